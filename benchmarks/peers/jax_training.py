# SPDX-License-Identifier: BSL-1.0
"""Shared by the programs of JAX: its settings, calls that wait for their result, and training with
Adam, whose state is donated."""
import jax
import jax.numpy as jnp

import cases

BY = f"JAX {jax.__version__}"
jax.config.update("jax_platforms", "cpu")
jax.config.update("jax_cpu_enable_async_dispatch", False)


def called(f, *arguments):
    f = jax.jit(f)
    return lambda: f(*arguments).block_until_ready()


def adam(p, g, m, v, t):
    """One update, the first with t = 1: the new (p, m, v)."""
    m = jax.tree.map(lambda m, g: cases.BETA1 * m + (1 - cases.BETA1) * g, m, g)
    v = jax.tree.map(lambda v, g: cases.BETA2 * v + (1 - cases.BETA2) * g * g, v, g)
    rate = cases.RATE / (1 - cases.BETA1 ** t)
    root = jax.lax.rsqrt(1 - cases.BETA2 ** t)
    p = jax.tree.map(lambda p, m, v: p - rate * m / (jnp.sqrt(v) * root + cases.EPSILON), p, m, v)
    return p, m, v


def training(loss, parameters, *batch):
    """(call, reset) of a step that minimises loss(net, *batch) from what parameters() returns."""
    def update(state, *batch):
        net, m, v, t = state
        value, gradient = jax.value_and_grad(loss)(net, *batch)
        return (*adam(net, gradient, m, v, t + 1), t + 1), value

    step = jax.jit(update, donate_argnums=0)
    state = None

    def call():
        nonlocal state
        state, value = step(state, *batch)
        return value.block_until_ready()

    def reset():
        nonlocal state
        net = parameters()
        zeros = lambda: jax.tree.map(jnp.zeros_like, net)
        state = (net, zeros(), zeros(), jnp.float32(0))

    return call, reset


def cross_entropy(logits, labels):
    scores = jax.nn.log_softmax(logits)
    return -jnp.mean(jnp.take_along_axis(scores, labels[:, None], axis=1))


def layer_norm(x, scale, bias):
    x = x - x.mean(-1, keepdims=True)
    return x * jax.lax.rsqrt((x * x).mean(-1, keepdims=True) + 1e-5) * scale + bias
