# SPDX-License-Identifier: BSL-1.0
"""JAX on convolutional nets, channels behind; pooling as reshape and max, which is faster there than
reduce_window and its gradient."""
import jax
import jax.numpy as jnp

import cases
import conv_cases
from jax_training import BY, called, cross_entropy, training
from worker import Case, serve


def parameters(layers):
    out = []
    for layer, p in zip(layers, conv_cases.parameters(layers)):
        if layer[0] == "conv":
            p["weight"] = p["weight"].transpose(2, 3, 1, 0)
        elif layer[0] == "linear":
            p["weight"] = p["weight"].T
        out.append({k: jnp.array(v) for k, v in p.items()})
    return out


def forward(net, x, layers):
    for p, layer in zip(net, layers):
        kind = layer[0] if isinstance(layer, tuple) else layer
        if kind == "conv":
            x = jax.lax.conv_general_dilated(x, p["weight"], (1, 1), [(layer[4],) * 2] * 2,
                                             dimension_numbers=("NHWC", "HWIO", "NHWC"))
            x = x + p["bias"] if "bias" in p else x
        elif kind == "linear":
            x = x @ p["weight"] + p["bias"]
        elif kind == "bn":
            mean, var = x.mean((0, 1, 2)), x.var((0, 1, 2))
            x = (x - mean) * jax.lax.rsqrt(var + 1e-5) * p["scale"] + p["bias"]
        elif kind == "relu":
            x = jax.nn.relu(x)
        elif kind == "pool":
            n, h, w, c = x.shape
            x = x.reshape(n, h // 2, 2, w // 2, 2, c).max((2, 4))
        elif kind == "mean":
            x = x.mean((1, 2))
        else:
            x = x.reshape(x.shape[0], -1)
    return x


def train(layers, shape):
    x = jnp.array(cases.uniform(*shape).transpose(0, 2, 3, 1))
    y = jnp.array(cases.labels(shape[0], 10).astype("i4"))
    return training(lambda net, x, y: cross_entropy(forward(net, x, layers), y),
                    lambda: parameters(layers), x, y)


def infer(layers, shape):
    net = parameters(layers)
    return called(lambda x: forward(net, x, layers),
                  jnp.array(cases.uniform(*shape).transpose(0, 2, 3, 1)))


if __name__ == "__main__":
    serve([Case(name, BY, lambda f=f, a=a: f(*a))
           for table, f in ((conv_cases.TRAIN, train), (conv_cases.INFER, infer))
           for name, a in table.items()])
