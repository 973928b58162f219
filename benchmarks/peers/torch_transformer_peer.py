# SPDX-License-Identifier: BSL-1.0
"""PyTorch on a block of a transformer: eager and compiled, with its own scaled dot product
attention."""
import os

os.environ.setdefault("TORCH_USE_RTLD_GLOBAL", "1")  # see install.py

import torch
import torch.nn.functional as F
from torch import nn

import cases
import transformer_cases as block
from worker import Case, serve

BY = "PyTorch " + torch.__version__.split("+")[0]


def tensor(array):
    return torch.from_numpy(array.copy())


def linear(weight, bias):
    layer = nn.Linear(*weight.shape)
    with torch.no_grad():
        layer.weight.copy_(tensor(weight.T))
        layer.bias.copy_(tensor(bias))
    return layer


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
    net, x, y = Block(), tensor(cases.normal(*shape)), tensor(cases.normal(*shape, seed=1))
    adam = torch.optim.Adam(net.parameters(), lr=cases.RATE, betas=(cases.BETA1, cases.BETA2),
                            eps=cases.EPSILON, fused=True)
    first = [p.detach().clone() for p in net.parameters()]
    forward = torch.compile(net) if compiled else net

    def step():
        adam.zero_grad(set_to_none=True)
        loss = F.mse_loss(forward(x), y)
        loss.backward()
        adam.step()
        return loss

    @torch.no_grad()
    def reset():
        for p, start in zip(net.parameters(), first):
            p.copy_(start)
        for state in adam.state.values():
            for value in state.values():
                value.zero_()

    return step, reset


def infer(shape, compiled):
    net, x = Block().eval(), tensor(cases.normal(*shape))
    forward = torch.compile(net) if compiled else net

    @torch.inference_mode()
    def call():
        return forward(x)

    return call


if __name__ == "__main__":
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    serve([Case(name, by, lambda f=f, shape=shape, compiled=compiled: f(shape, compiled))
           for table, f in ((block.TRAIN, train), (block.INFER, infer))
           for name, shape in table.items()
           for by, compiled in ((BY, False), (BY + ", compiled", True))])
