# SPDX-License-Identifier: BSL-1.0
"""Shared by the programs of PyTorch: its settings, tensors of NumPy's arrays, linear layers,
training and inference."""
import os

os.environ.setdefault("TORCH_USE_RTLD_GLOBAL", "1")  # see install.py

import torch

import cases

BY = "PyTorch " + torch.__version__.split("+")[0]
torch.set_num_threads(1)
torch.set_num_interop_threads(1)


def tensor(array):
    return torch.from_numpy(array.copy())


def linear(weight, bias):
    """`weight` of shape (in, out)."""
    layer = torch.nn.Linear(*weight.shape)
    with torch.no_grad():
        layer.weight.copy_(tensor(weight.T))
        layer.bias.copy_(tensor(bias))
    return layer


def adam(parameters):
    return torch.optim.Adam(parameters, lr=cases.RATE, betas=(cases.BETA1, cases.BETA2),
                            eps=cases.EPSILON, fused=True)


def restarting(parameters, optimizer):
    """A function that puts parameters back to their values of now and restarts the optimizer."""
    parameters = list(parameters)
    first = [p.detach().clone() for p in parameters]

    @torch.no_grad()
    def reset():
        for p, start in zip(parameters, first):
            p.copy_(start)
        for state in optimizer.state.values():
            for value in state.values():
                value.zero_()

    return reset


def training(net, loss, x, y, compiled=False):
    """(call, reset) of a step that minimises loss(net(x), y)."""
    optimizer = adam(net.parameters())
    reset = restarting(net.parameters(), optimizer)
    forward = torch.compile(net) if compiled else net

    def step():
        optimizer.zero_grad(set_to_none=True)
        value = loss(forward(x), y)
        value.backward()
        optimizer.step()
        return value

    return step, reset


def inference(f, *arguments, compiled=False):
    """A call of f."""
    f = torch.compile(f) if compiled else f

    @torch.inference_mode()
    def call():
        return f(*arguments)

    return call
