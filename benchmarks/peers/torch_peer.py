# SPDX-License-Identifier: BSL-1.0
"""PyTorch, eager: fused Adam, preallocated outputs where an operation takes them. Layer norm also
compiled."""
# First, because it says how torch is loaded.
from torch_training import BY, adam, inference, linear, restarting, tensor, training

import torch
import torch.nn.functional as F

import cases
from worker import Case, serve


def model(sizes, activation):
    modules = []
    for i, parameters in enumerate(cases.layers(sizes)):
        if i and activation:
            modules.append(activation())
        modules.append(linear(*parameters))
    return modules[0] if len(modules) == 1 else torch.nn.Sequential(*modules)


def train(sizes, batch):
    return training(model(sizes, torch.nn.ReLU), F.cross_entropy,
                    tensor(cases.uniform(batch, sizes[0])), tensor(cases.labels(batch, sizes[-1])))


def optim(kind, n):
    p = torch.nn.Parameter(tensor(cases.uniform(n)))
    p.grad = tensor(cases.normal(n))
    optimizer = adam([p]) if kind == "adam" else \
        torch.optim.SGD([p], lr=cases.RATE, momentum=0.9, fused=True)
    return optimizer.step, restarting([p], optimizer)


def infer(sizes, activation):
    return inference(model(sizes, torch.nn.Tanh if activation else None).eval(),
                     tensor(cases.normal(1, sizes[0])))


def axpbz(n):
    x, z, y = tensor(cases.normal(n)), tensor(cases.normal(n, seed=1)), torch.empty(n)

    @torch.inference_mode()
    def call():
        torch.mul(x, cases.A, out=y)
        y.add_(z, alpha=cases.B).add_(cases.C)

    return call


def softmax(rows, columns):
    x, y = tensor(cases.normal(rows, columns)), torch.empty(rows, columns)

    @torch.inference_mode()
    def call():
        torch.softmax(x, 1, out=y)

    return call


def layer_norm(rows, columns):
    x, y = tensor(cases.normal(rows, columns)), torch.empty(rows, columns)
    mean, deviation = torch.empty(rows, 1), torch.empty(rows, 1)
    scale, bias = torch.ones(columns), torch.zeros(columns)

    @torch.inference_mode()
    def call():
        torch.ops.aten.native_layer_norm.out(x, [columns], scale, bias, 1e-5,
                                             out0=y, out1=mean, out2=deviation)

    return call


def layer_norm_compiled(rows, columns):
    x, scale, bias = tensor(cases.normal(rows, columns)), torch.ones(columns), torch.zeros(columns)
    norm = torch.compile(F.layer_norm)

    @torch.inference_mode()
    def call():
        return norm(x, (columns,), scale, bias, 1e-5)

    return call


def matmul(m, k, n):
    a, b, c = tensor(cases.normal(m, k)), tensor(cases.normal(k, n, seed=1)), torch.empty(m, n)

    @torch.inference_mode()
    def call():
        torch.mm(a, b, out=c)

    return call


def grad_lse(m, n):
    a, x = tensor(cases.normal(m, n)), tensor(cases.normal(n, seed=1)).requires_grad_()

    def call():
        return torch.autograd.grad(torch.logsumexp(torch.mv(a, x), 0), x)

    return call


if __name__ == "__main__":
    tables = [(cases.TRAIN, train), (cases.OPTIM, optim), (cases.INFER, infer), (cases.AXPBZ, axpbz),
              (cases.SOFTMAX, softmax), (cases.LAYER_NORM, layer_norm), (cases.MATMUL, matmul),
              (cases.GRAD_LSE, grad_lse)]
    serve([Case(name, BY, lambda f=f, a=a: f(*a) if isinstance(a, tuple) else f(a))
           for table, f in tables for name, a in table.items()] +
          [Case(name, BY + ", compiled", lambda a=a: layer_norm_compiled(*a))
           for name, a in cases.LAYER_NORM.items()])
