# SPDX-License-Identifier: BSL-1.0
"""JAX, jit on the CPU: synchronous dispatch, donated training state; small models also with their
weights as constants of the compiled function."""
import jax
import jax.numpy as jnp

import cases
import jax_training
from jax_training import BY, called, cross_entropy, training
from worker import Case, serve


def array(value):
    return jax.device_put(value)


def forward(net, x, activation):
    for i, (weight, bias) in enumerate(net):
        x = x @ weight + bias
        if activation and i + 1 < len(net):
            x = activation(x)
    return x


def train(sizes, batch):
    x, y = array(cases.uniform(batch, sizes[0])), array(cases.labels(batch, sizes[-1]).astype("i4"))
    return training(lambda net, x, y: cross_entropy(forward(net, x, jax.nn.relu), y),
                    lambda: [tuple(map(jnp.array, layer)) for layer in cases.layers(sizes)], x, y)


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
    return called(jax_training.layer_norm, array(cases.normal(rows, columns)),
                  jnp.ones(columns), jnp.zeros(columns))


def matmul(m, k, n):
    return called(jnp.matmul, array(cases.normal(m, k)), array(cases.normal(k, n, seed=1)))


def grad_lse(m, n):
    gradient = jax.grad(lambda x, a: jax.scipy.special.logsumexp(a @ x))
    return called(gradient, array(cases.normal(n, seed=1)), array(cases.normal(m, n)))


if __name__ == "__main__":
    tables = [(cases.TRAIN, train, BY), (cases.INFER, infer, BY),
              (cases.INFER, infer_constant, BY + ", constant weights"),
              (cases.AXPBZ, axpbz, BY), (cases.SOFTMAX, softmax, BY),
              (cases.LAYER_NORM, layer_norm, BY), (cases.MATMUL, matmul, BY),
              (cases.GRAD_LSE, grad_lse, BY)]
    serve([Case(name, by, lambda f=f, a=a: f(*a) if isinstance(a, tuple) else f(a))
           for table, f, by in tables for name, a in table.items()])
