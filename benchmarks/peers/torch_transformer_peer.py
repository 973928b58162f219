# SPDX-License-Identifier: BSL-1.0
"""PyTorch on a block of a transformer: eager and compiled, with its own scaled dot product
attention."""
# First, because it says how torch is loaded.
from torch_training import BY, inference, linear, tensor, training

import torch
import torch.nn.functional as F
from torch import nn

import cases
import transformer_cases as block
from worker import Case, serve


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.LayerNorm(block.WIDTH), nn.LayerNorm(block.WIDTH)
        self.heads, self.together, self.hidden, self.output = (
            linear(*p) for p in block.parameters())

    def forward(self, x):
        n, length, width = x.shape
        z = self.heads(self.first(x)).reshape(n, length, 3, block.HEADS, width // block.HEADS)
        q, k, v = z.permute(2, 0, 3, 1, 4)
        a = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, length, width)
        x = x + self.together(a)
        return x + self.output(F.gelu(self.hidden(self.second(x)), approximate="tanh"))


def train(shape, compiled):
    return training(Block(), F.mse_loss, tensor(cases.normal(*shape)),
                    tensor(cases.normal(*shape, seed=1)), compiled)


def infer(shape, compiled):
    return inference(Block().eval(), tensor(cases.normal(*shape)), compiled=compiled)


if __name__ == "__main__":
    serve([Case(name, by, lambda f=f, shape=shape, compiled=compiled: f(shape, compiled))
           for table, f in ((block.TRAIN, train), (block.INFER, infer))
           for name, shape in table.items()
           for by, compiled in ((BY, False), (BY + ", compiled", True))])
