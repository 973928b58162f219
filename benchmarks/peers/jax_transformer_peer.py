# SPDX-License-Identifier: BSL-1.0
"""JAX on a block of a transformer: donated training state; inference with constant weights."""
import jax
import jax.numpy as jnp

import cases
import transformer_cases as block
from worker import Case, serve

BY = f"JAX {jax.__version__}"


def parameters():
    norm = lambda: (jnp.ones(block.WIDTH), jnp.zeros(block.WIDTH))
    return [norm(), norm(), *(tuple(map(jnp.array, p)) for p in block.parameters())]


def normalized(x, scale, bias):
    x = x - x.mean(-1, keepdims=True)
    return x * jax.lax.rsqrt((x * x).mean(-1, keepdims=True) + 1e-5) * scale + bias


def forward(net, x):
    first, second, heads, together, hidden, output = net
    n, length, width = x.shape
    z = normalized(x, *first) @ heads[0] + heads[1]
    q, k, v = z.reshape(n, length, 3, block.HEADS, -1).transpose(2, 0, 3, 1, 4)
    scores = jax.nn.softmax(q @ k.swapaxes(-1, -2) * q.shape[-1] ** -0.5)
    a = (scores @ v).swapaxes(1, 2).reshape(n, length, width)
    x = x + a @ together[0] + together[1]
    h = jax.nn.gelu(normalized(x, *second) @ hidden[0] + hidden[1], approximate=True)
    return x + h @ output[0] + output[1]


def train(shape):
    x, y = jnp.array(cases.normal(*shape)), jnp.array(cases.normal(*shape, seed=1))

    def adam(state, x, y):
        net, m, v, t = state
        value, grad = jax.value_and_grad(lambda net: jnp.mean((forward(net, x) - y) ** 2))(net)
        t = t + 1
        m = jax.tree.map(lambda m, g: cases.BETA1 * m + (1 - cases.BETA1) * g, m, grad)
        v = jax.tree.map(lambda v, g: cases.BETA2 * v + (1 - cases.BETA2) * g * g, v, grad)
        rate = cases.RATE / (1 - cases.BETA1 ** t)
        root = jax.lax.rsqrt(1 - cases.BETA2 ** t)
        net = jax.tree.map(lambda p, m, v: p - rate * m / (jnp.sqrt(v) * root + cases.EPSILON),
                           net, m, v)
        return (net, m, v, t), value

    step = jax.jit(adam, donate_argnums=0)
    state = None

    def call():
        nonlocal state
        state, value = step(state, x, y)
        return value.block_until_ready()

    def reset():
        nonlocal state
        net = parameters()
        zeros = lambda: jax.tree.map(jnp.zeros_like, net)
        state = (net, zeros(), zeros(), jnp.float32(0))

    return call, reset


def infer(shape):
    net, x = parameters(), jnp.array(cases.normal(*shape))
    f = jax.jit(lambda x: forward(net, x))
    return lambda: f(x).block_until_ready()


if __name__ == "__main__":
    jax.config.update("jax_platforms", "cpu")
    jax.config.update("jax_cpu_enable_async_dispatch", False)
    serve([Case(name, BY, lambda f=f, shape=shape: f(shape))
           for table, f in ((block.TRAIN, train), (block.INFER, infer))
           for name, shape in table.items()])
