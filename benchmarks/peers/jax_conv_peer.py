# SPDX-License-Identifier: BSL-1.0
"""JAX on convolutional nets, channels behind; pooling as reshape and max, which is faster there than
reduce_window and its gradient."""
import jax
import jax.numpy as jnp

import cases
import conv_cases
from worker import Case, serve

BY = f"JAX {jax.__version__}"


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

    def loss(net, x, y):
        scores = jax.nn.log_softmax(forward(net, x, layers))
        return -jnp.mean(jnp.take_along_axis(scores, y[:, None], axis=1))

    def adam(state, x, y):
        net, m, v, t = state
        value, grad = jax.value_and_grad(loss)(net, x, y)
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
        net = parameters(layers)
        zeros = lambda: jax.tree.map(jnp.zeros_like, net)
        state = (net, zeros(), zeros(), jnp.float32(0))

    return call, reset


def infer(layers, shape):
    net, x = parameters(layers), jnp.array(cases.uniform(*shape).transpose(0, 2, 3, 1))
    f = jax.jit(lambda x: forward(net, x, layers))
    return lambda: f(x).block_until_ready()


if __name__ == "__main__":
    jax.config.update("jax_platforms", "cpu")
    jax.config.update("jax_cpu_enable_async_dispatch", False)
    serve([Case(name, BY, lambda f=f, a=a: f(*a))
           for table, f in ((conv_cases.TRAIN, train), (conv_cases.INFER, infer))
           for name, a in table.items()])
