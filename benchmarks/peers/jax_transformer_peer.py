# SPDX-License-Identifier: BSL-1.0
"""JAX on a block of a transformer: donated training state; inference with constant weights."""
import jax
import jax.numpy as jnp

import cases
import transformer_cases as block
from jax_training import BY, called, layer_norm, training
from worker import Case, serve


def parameters():
    norm = lambda: (jnp.ones(block.WIDTH), jnp.zeros(block.WIDTH))
    return [norm(), norm(), *(tuple(map(jnp.array, p)) for p in block.parameters())]


def forward(net, x):
    first, second, heads, together, hidden, output = net
    n, length, width = x.shape
    z = layer_norm(x, *first) @ heads[0] + heads[1]
    q, k, v = z.reshape(n, length, 3, block.HEADS, -1).transpose(2, 0, 3, 1, 4)
    scores = jax.nn.softmax(q @ k.swapaxes(-1, -2) * q.shape[-1] ** -0.5)
    a = (scores @ v).swapaxes(1, 2).reshape(n, length, width)
    x = x + a @ together[0] + together[1]
    h = jax.nn.gelu(layer_norm(x, *second) @ hidden[0] + hidden[1], approximate=True)
    return x + h @ output[0] + output[1]


def train(shape):
    return training(lambda net, x, y: jnp.mean((forward(net, x) - y) ** 2), parameters,
                    jnp.array(cases.normal(*shape)), jnp.array(cases.normal(*shape, seed=1)))


def infer(shape):
    net = parameters()
    return called(lambda x: forward(net, x), jnp.array(cases.normal(*shape)))


if __name__ == "__main__":
    serve([Case(name, BY, lambda f=f, shape=shape: f(shape))
           for table, f in ((block.TRAIN, train), (block.INFER, infer))
           for name, shape in table.items()])
