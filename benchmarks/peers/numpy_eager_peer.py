# SPDX-License-Identifier: BSL-1.0
"""NumPy on the cases of eager tensors: results and intermediate values in arrays that exist, where
a function takes them."""
import numpy as np

import cases as training
import eager_cases
from eager_cases import A, B, C
from worker import serve


def axpbz(x, z):
    y, t = np.empty_like(x), np.empty_like(x)

    def call():
        np.multiply(x, A, out=y)
        np.multiply(z, B, out=t)
        np.add(y, t, out=y)
        return np.add(y, C, out=y)

    return call


def expmx2z(x, z):
    y = np.empty_like(x)

    def call():
        np.multiply(x, x, out=y)
        np.negative(y, out=y)
        np.exp(y, out=y)
        return np.multiply(y, z, out=y)

    return call


def gelu(x):
    y = np.empty_like(x)

    def call():
        np.multiply(x, x, out=y)
        np.multiply(y, 0.044715, out=y)
        np.add(y, 1, out=y)
        np.multiply(y, x, out=y)
        np.multiply(y, 0.7978845608, out=y)
        np.tanh(y, out=y)
        np.add(y, 1, out=y)
        np.multiply(y, x, out=y)
        return np.multiply(y, 0.5, out=y)

    return call


def adam(start, g):
    p, m, v, s, t = (np.zeros_like(start) for _ in range(5))
    steps = 0

    def call():
        nonlocal steps
        steps += 1
        np.multiply(m, training.BETA1, out=m)
        np.multiply(g, 1 - training.BETA1, out=t)
        np.add(m, t, out=m)
        np.multiply(v, training.BETA2, out=v)
        np.multiply(g, g, out=t)
        np.multiply(t, 1 - training.BETA2, out=t)
        np.add(v, t, out=v)
        np.sqrt(v, out=s)
        np.multiply(s, (1 - training.BETA2 ** steps) ** -0.5, out=s)
        np.add(s, training.EPSILON, out=s)
        np.multiply(m, training.RATE / (1 - training.BETA1 ** steps), out=t)
        np.divide(t, s, out=t)
        return np.subtract(p, t, out=p)

    def reset():
        nonlocal steps
        steps = 0
        p[:], m[:], v[:] = start, 0, 0

    return call, reset


def softmax(x):
    y, one = np.empty_like(x), np.empty((x.shape[0], 1), np.float32)

    def call():
        np.max(x, axis=1, keepdims=True, out=one)
        np.subtract(x, one, out=y)
        np.exp(y, out=y)
        np.sum(y, axis=1, keepdims=True, out=one)
        return np.divide(y, one, out=y)

    return call


def layer_norm(x, scale, bias):
    y, t, one = np.empty_like(x), np.empty_like(x), np.empty((x.shape[0], 1), np.float32)

    def call():
        np.mean(x, axis=1, keepdims=True, out=one)
        np.subtract(x, one, out=y)
        np.multiply(y, y, out=t)
        np.mean(t, axis=1, keepdims=True, out=one)
        np.add(one, 1e-5, out=one)
        np.sqrt(one, out=one)
        np.divide(y, one, out=y)
        np.multiply(y, scale, out=y)
        return np.add(y, bias, out=y)

    return call


def sumexp(x):
    t = np.empty_like(x)
    return lambda: np.exp(x, out=t).sum()


def stencil(a):
    y = np.empty_like(a)[1:-1, 1:-1]

    def call():
        np.add(a[:-2, 1:-1], a[2:, 1:-1], out=y)
        np.add(y, a[1:-1, :-2], out=y)
        np.add(y, a[1:-1, 2:], out=y)
        return np.multiply(y, 0.25, out=y)

    return call


def into(f, shape=None, dtype=np.float32):
    """A function with an `out`; `shape` of the arrays, the first one's if there is none."""
    def make(*x):
        out = np.empty(shape or x[0].shape, dtype)
        return lambda: f(*x, out)

    return make


def plain(f):
    return lambda *x: lambda: f(*x)


def transposed(a):
    y = np.empty(a.shape[::-1], a.dtype)

    def call():
        np.copyto(y, a.T)
        return y

    return call


def sort(x):
    y = np.empty_like(x)

    def call():
        np.copyto(y, x)
        y.sort()
        return y

    return call


def mask_assign(y, z):
    y, mask = y.copy(), np.empty(z.shape, bool)

    def call():
        np.greater(z, 0, out=mask)
        np.putmask(y, mask, np.float32(0.5))
        return y

    return call


def take(x, i):
    i = i.astype(np.intp)
    y = np.empty((*i.shape, *x.shape[1:]), x.dtype)
    return lambda: np.take(x, i, axis=0, out=y, mode="clip")  # "raise" would copy the result


TABLE = {
    "eager_axpbz": axpbz,
    "eager_expmx2z": expmx2z,
    "eager_gelu": gelu,
    "eager_adam_statements": adam,
    "eager_dot": plain(np.dot),
    "eager_sumexp": sumexp,
    "eager_mean": plain(np.mean),
    "eager_variance": plain(np.var),
    "eager_add": into(np.add),
    "eager_add_row": into(np.add),
    "eager_add_column": into(np.add),
    "eager_add_every_second": into(lambda a, b, y: np.add(a, b[:, ::2], out=y)),
    "eager_add_sliced": into(lambda a, b, y: np.add(a[1:-1, 1:-1], b[1:-1, 1:-1], out=y),
                             (1022, 1022)),
    "eager_stencil": stencil,
    "eager_transpose": transposed,
    "eager_sum_axis0": into(lambda a, y: np.sum(a, axis=0, out=y), (1024,)),
    "eager_sum_axis1": into(lambda a, y: np.sum(a, axis=1, out=y), (1024,)),
    "eager_variance_axis0": into(lambda a, y: np.var(a, axis=0, out=y), (1024,)),
    "eager_softmax": softmax,
    "eager_layer_norm": layer_norm,
    "eager_argmax": plain(np.argmax),
    "eager_argmax_axis1": into(lambda a, y: np.argmax(a, axis=1, out=y), (1024,), np.intp),
    "eager_cumsum": into(lambda x, y: np.cumsum(x, out=y)),
    "eager_cumsum_axis0": into(lambda a, y: np.cumsum(a, axis=0, out=y)),
    "eager_sort": sort,
    "eager_sort_rows": sort,
    "eager_argsort": plain(np.argsort),
    "eager_unique": plain(np.unique),
    "eager_take": take,
    "eager_take_rows": take,
    "eager_where": plain(lambda x, z: np.where(x > 0, x, z)),
    "eager_mask_assign": mask_assign,
    "eager_mask_select": plain(lambda x: x[x > 0]),
    "eager_concatenate_axis0": into(lambda a, b, y: np.concatenate((a, b), 0, out=y), (1024, 1024)),
    "eager_concatenate_axis1": into(lambda a, b, y: np.concatenate((a, b), 1, out=y), (1024, 1024)),
    "eager_matvec": into(np.matmul, (1024,)),
    "eager_matmul": into(np.matmul),
    "eager_matmul_batch": into(np.matmul),
    "eager_einsum_bqd_bkd_bqk": into(
        lambda q, k, y: np.einsum("bqd,bkd->bqk", q, k, out=y, optimize=True), (16, 32, 32)),
    "eager_einsum_bi_ij_bj_b": into(
        lambda x, m, z, y: np.einsum("bi,ij,bj->b", x, m, z, out=y, optimize=True), (256,)),
}

if __name__ == "__main__":
    serve(eager_cases.cases(f"NumPy {np.__version__}", TABLE, lambda make, arrays: make(*arrays)))
