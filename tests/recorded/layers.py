# SPDX-License-Identifier: BSL-1.0
"""Records normalisations and attention of PyTorch, with gradients of weighted sums: layers.hpp.

    python3 -m venv venv && venv/bin/pip install torch && venv/bin/python tests/recorded/layers.py
"""
from table import Header

import numpy as np
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
rng = np.random.default_rng(11)


def number(*shape):
    return torch.tensor(rng.normal(0, 1, shape))


header = Header(__file__, "Layers: inputs, parameters, results, gradients of weighted sums.",
                f"PyTorch {torch.__version__.split('+')[0]}")


def record(name, layer, x, **parameters):
    """Layer(x, **parameters): the inputs, the result and the gradients by all of them."""
    inputs = {"x": x, **parameters}
    for part, v in inputs.items():
        header.add(f"{name}_{part}", v.ravel())
        v.requires_grad_()
    y = layer(x, **parameters)
    weights = number(*y.shape)
    (y * weights).sum().backward()
    header.add(f"{name}_y", y.detach().ravel())
    header.add(f"{name}_weights", weights.ravel())
    for part, v in inputs.items():
        header.add(f"{name}_d{part}", v.grad.ravel())


record("layer_norm", lambda x, scale, bias: F.layer_norm(x, (5,), scale, bias, 1e-5),
       number(3, 5), scale=number(5), bias=number(5))
record("rms_norm", lambda x, scale: F.rms_norm(x, (5,), scale, 1e-5), number(3, 5), scale=number(5))


def group_norm(x, scale, bias):  # channels last
    return F.group_norm(x.movedim(-1, 1), 2, scale, bias, 1e-5).movedim(1, -1)


record("group_norm", group_norm, number(2, 3, 6), scale=number(6), bias=number(6))


def heads(mask=None, causal=False):
    def layer(x, q, k, v, o, bq, bk, bv, bo):
        def split(y):
            return y.reshape(2, 3, 2, 2).transpose(1, 2)
        y = F.scaled_dot_product_attention(split(x @ q + bq), split(x @ k + bk), split(x @ v + bv),
                                           attn_mask=mask, is_causal=causal)
        return y.transpose(1, 2).reshape(2, 3, 4) @ o + bo
    return layer


MASK = np.array([[[1, 0, 1], [0, 1, 0], [1, 1, 1]], [[1, 1, 0], [1, 0, 1], [0, 0, 1]]], bool)
header.add("mask", MASK.ravel())
for name, layer in {"attention": heads(), "causal": heads(causal=True),
                    "masked": heads(torch.tensor(MASK)[:, None])}.items():
    record(name, layer, number(2, 3, 4), q=number(4, 4), k=number(4, 4), v=number(4, 4),
           o=number(4, 4), bq=number(4), bk=number(4), bv=number(4), bo=number(4))
header.write()
