# SPDX-License-Identifier: BSL-1.0
"""JAX on the cases of eager tensors, jit; where the result can have the memory of an argument, also
with the last result donated."""
import jax
import jax.numpy as jnp

import eager_cases
from eager_cases import A, B, C
from jax_training import BY, adam as update, called, layer_norm
from worker import serve


def adam(start, gradient):
    step = jax.jit(lambda p, m, v, t, g: (*update(p, g, m, v, t + 1), t + 1),
                   donate_argnums=(0, 1, 2, 3))
    gradient = jnp.array(gradient)
    state = None

    def call():
        nonlocal state
        state = step(*state, gradient)
        return state[0].block_until_ready()

    def reset():
        nonlocal state
        state = jnp.array(start), jnp.zeros_like(start), jnp.zeros_like(start), jnp.float32(0)

    return call, reset


SAME_SHAPE = {
    "eager_axpbz": lambda x, z: A * x + B * z + C,
    "eager_expmx2z": lambda x, z: jnp.exp(-x * x) * z,
    "eager_gelu": lambda x: jax.nn.gelu(x, approximate=True),
    "eager_add": jnp.add,
    "eager_add_row": jnp.add,
    "eager_add_column": jnp.add,
    "eager_add_every_second": lambda a, b: a + b[:, ::2],
    "eager_transpose": jnp.transpose,
    "eager_softmax": lambda x: jax.nn.softmax(x, axis=1),
    "eager_layer_norm": layer_norm,
    "eager_where": lambda x, z: jnp.where(x > 0, x, z),
    "eager_mask_assign": lambda y, z: jnp.where(z > 0, 0.5, y),
}
TABLE = {
    **SAME_SHAPE,
    "eager_dot": jnp.dot,
    "eager_sumexp": lambda x: jnp.exp(x).sum(),
    "eager_mean": jnp.mean,
    "eager_variance": jnp.var,
    "eager_add_sliced": lambda a, b: a[1:-1, 1:-1] + b[1:-1, 1:-1],
    "eager_stencil": lambda a: 0.25 * (a[:-2, 1:-1] + a[2:, 1:-1] + a[1:-1, :-2] + a[1:-1, 2:]),
    "eager_sum_axis0": lambda a: a.sum(0),
    "eager_sum_axis1": lambda a: a.sum(1),
    "eager_variance_axis0": lambda a: a.var(0),
    "eager_argmax": jnp.argmax,
    "eager_argmax_axis1": lambda a: jnp.argmax(a, 1),
    "eager_cumsum": jnp.cumsum,
    "eager_cumsum_axis0": lambda a: jnp.cumsum(a, 0),
    "eager_sort": lambda x: jnp.sort(x, stable=False),
    "eager_sort_rows": lambda x: jnp.sort(x, stable=False),
    "eager_argsort": lambda x: jnp.argsort(x, stable=False),
    "eager_unique": lambda x: jnp.unique(x, size=1000),
    "eager_take": lambda x, i: jnp.take(x, i, axis=0, mode="clip"),
    "eager_take_rows": lambda x, i: jnp.take(x, i, axis=0, mode="clip"),
    "eager_concatenate_axis0": lambda a, b: jnp.concatenate((a, b), 0),
    "eager_concatenate_axis1": lambda a, b: jnp.concatenate((a, b), 1),
    "eager_matvec": jnp.matmul,
    "eager_matmul": jnp.matmul,
    "eager_matmul_batch": jnp.matmul,
    "eager_einsum_bqd_bkd_bqk": lambda q, k: jnp.einsum("bqd,bkd->bqk", q, k),
    "eager_einsum_bi_ij_bj_b": lambda x, m, z: jnp.einsum("bi,ij,bj->b", x, m, z),
}
# A result whose extent depends on values is none for jit.
TRACELESS = {"eager_mask_select": lambda x: x[x > 0]}


def jitted(f, arrays):
    return called(f, *map(jnp.array, arrays))


def traceless(f, arrays):
    x = [jnp.array(a) for a in arrays]
    return lambda: f(*x).block_until_ready()


def donated(f, arrays):
    x = [jnp.array(a) for a in arrays]
    f = jax.jit(lambda _, *x, f=f: f(*x), donate_argnums=0, keep_unused=True)
    y = jnp.zeros_like(x[0])

    def call():
        nonlocal y
        y = f(y, *x).block_until_ready()
        return y

    return call


if __name__ == "__main__":
    serve(eager_cases.cases(BY, TABLE, jitted) + eager_cases.cases(BY, TRACELESS, traceless) +
          eager_cases.cases(BY, {"eager_adam": adam}, lambda f, arrays: f(*arrays)) +
          eager_cases.cases(BY + ", donated", SAME_SHAPE, donated))
