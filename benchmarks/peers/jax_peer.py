# SPDX-License-Identifier: BSL-1.0
"""JAX, jit on the CPU: synchronous dispatch, donated training state; small models also with their
weights as constants of the compiled function."""
import jax
import jax.numpy as jnp

import cases
from worker import Case, serve

BY = f"JAX {jax.__version__}"


def array(value):
    return jax.device_put(value)


def forward(net, x, activation):
    for i, (weight, bias) in enumerate(net):
        x = x @ weight + bias
        if activation and i + 1 < len(net):
            x = activation(x)
    return x


def loss(net, x, y):
    logits = jax.nn.log_softmax(forward(net, x, jax.nn.relu))
    return -jnp.mean(jnp.take_along_axis(logits, y[:, None], axis=1))


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


def train(sizes, batch):
    x, y = array(cases.uniform(batch, sizes[0])), array(cases.labels(batch, sizes[-1]).astype("i4"))
    step = jax.jit(adam, donate_argnums=0)
    state = None

    def call():
        nonlocal state
        state, value = step(state, x, y)
        return value.block_until_ready()

    def reset():
        nonlocal state
        net = [tuple(map(jnp.array, layer)) for layer in cases.layers(sizes)]
        zeros = lambda: jax.tree.map(jnp.zeros_like, net)
        state = (net, zeros(), zeros(), jnp.float32(0))

    return call, reset


def called(f, *arguments):
    f = jax.jit(f)
    return lambda: f(*arguments).block_until_ready()


def network(sizes, activation):
    return [tuple(map(array, layer)) for layer in cases.layers(sizes)], \
        jnp.tanh if activation else None


def infer(sizes, activation):
    net, activation = network(sizes, activation)
    return called(lambda net, x: forward(net, x, activation), net,
                  array(cases.normal(1, sizes[0])))


def infer_constant(sizes, activation):
    net, activation = network(sizes, activation)
    return called(lambda x: forward(net, x, activation), array(cases.normal(1, sizes[0])))


def axpbz(n):
    return called(lambda x, z: cases.A * x + cases.B * z + cases.C,
                  array(cases.normal(n)), array(cases.normal(n, seed=1)))


def softmax(rows, columns):
    return called(lambda x: jax.nn.softmax(x, axis=1), array(cases.normal(rows, columns)))


def layer_norm(rows, columns):
    def f(x, scale, bias):
        x = x - x.mean(-1, keepdims=True)
        return x * jax.lax.rsqrt((x * x).mean(-1, keepdims=True) + 1e-5) * scale + bias

    return called(f, array(cases.normal(rows, columns)), jnp.ones(columns), jnp.zeros(columns))


def matmul(m, k, n):
    return called(jnp.matmul, array(cases.normal(m, k)), array(cases.normal(k, n, seed=1)))


def grad_lse(m, n):
    gradient = jax.grad(lambda x, a: jax.scipy.special.logsumexp(a @ x))
    return called(gradient, array(cases.normal(n, seed=1)), array(cases.normal(m, n)))


if __name__ == "__main__":
    jax.config.update("jax_platforms", "cpu")
    jax.config.update("jax_cpu_enable_async_dispatch", False)
    tables = [(cases.TRAIN, train, BY), (cases.INFER, infer, BY),
              (cases.INFER, infer_constant, BY + ", constant weights"),
              (cases.AXPBZ, axpbz, BY), (cases.SOFTMAX, softmax, BY),
              (cases.LAYER_NORM, layer_norm, BY), (cases.MATMUL, matmul, BY),
              (cases.GRAD_LSE, grad_lse, BY)]
    serve([Case(name, by, lambda f=f, a=a: f(*a) if isinstance(a, tuple) else f(a))
           for table, f, by in tables for name, a in table.items()])
