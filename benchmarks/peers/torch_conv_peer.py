# SPDX-License-Identifier: BSL-1.0
"""PyTorch on convolutional nets: eager, channels behind (its faster layout), and compiled."""
# First, because it says how torch is loaded.
from torch_training import BY, inference, tensor, training

import torch
import torch.nn.functional as F
from torch import nn

import cases
import conv_cases
from worker import Case, serve


def model(layers):
    modules = []
    for i, (layer, p) in enumerate(zip(layers, conv_cases.parameters(layers))):
        kind = layer[0] if isinstance(layer, tuple) else layer
        if kind == "conv":
            m = nn.Conv2d(*layer[1:4], padding=layer[4], bias="bias" in p)
        elif kind == "linear":
            m = nn.Linear(*layer[1:])
        else:
            m = {"bn": lambda: nn.BatchNorm2d(layer[1]), "relu": nn.ReLU,
                 "pool": lambda: nn.MaxPool2d(2), "flatten": nn.Flatten,
                 "mean": lambda: nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())}[kind]()
        with torch.no_grad():
            for name in p.keys() & {"weight", "bias"}:
                getattr(m, name).copy_(tensor(p[name]))
        modules.append(m)
    return nn.Sequential(*modules)


def variant(net, x, way):
    if way != "eager":
        net, x = net.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
    return net, x


def train(layers, shape, way):
    net, x = variant(model(layers), tensor(cases.uniform(*shape)), way)
    return training(net, F.cross_entropy, x, tensor(cases.labels(shape[0], 10)),
                    compiled=way == "compiled")


def infer(layers, shape, way):
    net, x = variant(model(layers).eval(), tensor(cases.uniform(*shape)), way)
    return inference(net, x, compiled=way == "compiled")


if __name__ == "__main__":
    ways = {"eager": BY, "nhwc": BY + ", channels last", "compiled": BY + ", compiled"}
    serve([Case(name, by, lambda f=f, a=a, way=way: f(*a, way))
           for table, f in ((conv_cases.TRAIN, train), (conv_cases.INFER, infer))
           for name, a in table.items() for way, by in ways.items()])
