# SPDX-License-Identifier: BSL-1.0
"""Records the loss of a hundred training steps in PyTorch, from weights that a formula gives:
curves.hpp.

    python3 -m venv venv && venv/bin/pip install torch && venv/bin/python tests/recorded/curves.py
"""
from table import Header

import torch
import torch.nn.functional as F

torch.set_num_threads(1)
count = 0


def wave(*shape, scale=1.0):
    """The next numbers of a sequence: sin(0.7 i + 0.3 sin(5 i)) for i = 1, 2, ... over all calls."""
    global count
    n = torch.Size(shape).numel()
    i = torch.arange(count + 1, count + n + 1, dtype=torch.float64)
    count += n
    x = scale * torch.sin(0.7 * i + 0.3 * torch.sin(5 * i))
    return x.float().reshape(shape)


def train(parameters, loss, steps=100, **options):
    parameters = [p.requires_grad_() for p in parameters]
    adam = torch.optim.Adam(parameters, **options)
    losses = []
    for _ in range(steps):
        adam.zero_grad()
        value = loss()
        value.backward()
        adam.step()
        losses.append(value.item())
    return losses[::10] + losses[-1:]


def block():
    """nn::transformer_block<16, 2, 32> on 4 sequences of length 8, against targets."""
    ones, zeros = torch.ones(16), torch.zeros(16)
    n1 = [ones.clone(), zeros.clone()]
    heads = [(wave(16, 16, scale=0.3), wave(16, scale=0.1)) for _ in range(4)]
    n2 = [ones.clone(), zeros.clone()]
    hidden, output = [wave(16, 32, scale=0.3), wave(32, scale=0.1)], \
        [wave(32, 16, scale=0.3), wave(16, scale=0.1)]
    x, y = wave(4, 8, 16), wave(4, 8, 16)

    def split(v, layer):
        return (v @ layer[0] + layer[1]).reshape(4, 8, 2, 8).transpose(1, 2)

    def loss():
        z = F.layer_norm(x, (16,), *n1)
        q, k, v = (split(z, layer) for layer in heads[:3])
        a = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        z = x + a.transpose(1, 2).reshape(4, 8, 16) @ heads[3][0] + heads[3][1]
        f = F.gelu(F.layer_norm(z, (16,), *n2) @ hidden[0] + hidden[1], approximate="tanh")
        return F.mse_loss(z + f @ output[0] + output[1], y)

    parameters = n1 + [p for layer in heads for p in layer] + n2 + hidden + output
    return train(parameters, loss, lr=1e-2)


def lenet():
    """LeNet-5 on 8 images of 28 x 28 x 1. Weights and images are made with channels behind.
    With Adam's usual epsilon of 1e-8 the rounding errors of gradients near 0 become steps: PyTorch
    in float and in double then differ by up to 8 %, with this one by 3e-5."""
    def layer(*shape, scale):
        return [wave(*shape, scale=scale), wave(shape[-1], scale=0.1)]

    first, second = layer(5, 5, 1, 6, scale=0.2), layer(5, 5, 6, 16, scale=0.1)
    first[0], second[0] = (p[0].permute(3, 2, 0, 1).contiguous() for p in (first, second))
    third, fourth, output = (layer(400, 120, scale=0.1), layer(120, 84, scale=0.2),
                             layer(84, 10, scale=0.2))
    x, y = wave(8, 28, 28, 1).permute(0, 3, 1, 2), torch.arange(8) % 10

    def loss():
        z = F.max_pool2d(F.relu(F.conv2d(x, *first, padding=2)), 2)
        z = F.max_pool2d(F.relu(F.conv2d(z, *second)), 2)
        z = z.permute(0, 2, 3, 1).flatten(1)
        z = F.relu(z @ third[0] + third[1])
        z = F.relu(z @ fourth[0] + fourth[1])
        return F.cross_entropy(z @ output[0] + output[1], y)

    return train([*first, *second, *third, *fourth, *output], loss, lr=1e-3, eps=1e-5)


header = Header(__file__, "The loss of every tenth of a hundred steps of Adam, and of the last.",
                f"PyTorch {torch.__version__.split('+')[0]}")
header.add("block", block())
count = 0
header.add("lenet", lenet())
header.write()
