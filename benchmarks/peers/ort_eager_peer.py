# SPDX-License-Identifier: BSL-1.0
"""ONNX Runtime on the cases of eager tensors: graphs with bound inputs and outputs."""
import numpy as np
from onnx import helper

import eager_cases
from eager_cases import A, B, C
from ort_session import BY, session
from worker import serve

TABLE = {
    "eager_axpbz": lambda g, x, z: g.Add(g.Add(g.Mul(x, A), g.Mul(z, B)), C),
    "eager_expmx2z": lambda g, x, z: g.Mul(g.Exp(g.Neg(g.Mul(x, x))), z),
    "eager_gelu": lambda g, x: g.Gelu(x, approximate="tanh"),
    "eager_dot": lambda g, x, z: g.MatMul(x, z),
    "eager_sumexp": lambda g, x: g.ReduceSum(g.Exp(x), keepdims=0),
    "eager_mean": lambda g, x: g.ReduceMean(x, keepdims=0),
    "eager_variance": lambda g, x: variance(g, x),
    "eager_add": lambda g, a, b: g.Add(a, b),
    "eager_add_row": lambda g, a, b: g.Add(a, b),
    "eager_add_column": lambda g, a, b: g.Add(a, b),
    "eager_add_every_second": lambda g, a, b: g.Add(a, g.Slice(b, [0], [2048], [1], [2])),
    "eager_add_sliced": lambda g, a, b: g.Add(part(g, a, 1, 1), part(g, b, 1, 1)),
    "eager_stencil": lambda g, a: g.Mul(g.Sum(part(g, a, 0, 1), part(g, a, 2, 1), part(g, a, 1, 0),
                                              part(g, a, 1, 2)), 0.25),
    "eager_transpose": lambda g, a: g.Transpose(a),
    "eager_sum_axis0": lambda g, a: g.ReduceSum(a, [0], keepdims=0),
    "eager_sum_axis1": lambda g, a: g.ReduceSum(a, [1], keepdims=0),
    "eager_variance_axis0": lambda g, a: variance(g, a, [0]),
    "eager_softmax": lambda g, x: g.Softmax(x, axis=1),
    "eager_layer_norm": lambda g, x, s, b: g.LayerNormalization(x, s, b, axis=1, epsilon=1e-5),
    "eager_argmax": lambda g, x: g.ArgMax(x, axis=0, keepdims=0),
    "eager_argmax_axis1": lambda g, a: g.ArgMax(a, axis=1, keepdims=0),
    "eager_cumsum": lambda g, x: g.CumSum(x, np.int64(0)),
    "eager_cumsum_axis0": lambda g, a: g.CumSum(a, np.int64(0)),
    "eager_unique": lambda g, x: g.Unique(x, sorted=1),
    "eager_take": lambda g, x, i: g.Gather(x, i, axis=0),
    "eager_take_rows": lambda g, x, i: g.Gather(x, i, axis=0),
    "eager_where": lambda g, x, z: g.Where(g.Greater(x, 0.), x, z),
    "eager_mask_assign": lambda g, y, z: g.Where(g.Greater(z, 0.), 0.5, y),
    "eager_mask_select": lambda g, x: g.Compress(x, g.Greater(x, 0.), axis=0),
    "eager_concatenate_axis0": lambda g, a, b: g.Concat(a, b, axis=0),
    "eager_concatenate_axis1": lambda g, a, b: g.Concat(a, b, axis=1),
    "eager_matvec": lambda g, a, x: g.MatMul(a, x),
    "eager_matmul": lambda g, a, b: g.MatMul(a, b),
    "eager_matmul_batch": lambda g, a, b: g.MatMul(a, b),
    "eager_einsum_bqd_bkd_bqk": lambda g, q, k: g.Einsum(q, k, equation="bqd,bkd->bqk"),
    "eager_einsum_bi_ij_bj_b": lambda g, x, m, z: g.Einsum(x, m, z, equation="bi,ij,bj->b"),
}


def part(g, a, i, j):
    return g.Slice(a, [i, j], [i + 1022, j + 1022], [0, 1], [1, 1])


def variance(g, x, axes=None):
    more = () if axes is None else (axes,)
    off = g.Sub(x, g.ReduceMean(x, *more, keepdims=1))
    return g.ReduceMean(g.Mul(off, off), *more, keepdims=0)


class Values:
    """Operators as functions of the names of values, and of numbers; they return such a name."""
    def __init__(self):
        self.nodes, self.constants = [], {}

    def name(self, x):
        if isinstance(x, str):
            return x
        name = f"c{len(self.constants)}"
        self.constants[name] = np.asarray(x, np.float32 if isinstance(x, float) else np.int64)
        return name

    def __getattr__(self, operator):
        def add(*inputs, **attributes):
            name = f"v{len(self.nodes)}"
            self.nodes.append(helper.make_node(operator, [self.name(x) for x in inputs], [name],
                                               **attributes))
            return name

        return add


def made(f, arrays):
    inputs = {f"x{i}": a.astype(np.int64) if a.dtype == np.int32 else a
              for i, a in enumerate(arrays)}
    values = Values()
    f(values, *inputs)
    values.nodes[-1].output[0] = "y"
    return session(values.nodes, values.constants, inputs, {"y": None}, opset=20)


if __name__ == "__main__":
    serve(eager_cases.cases(BY, TABLE, made))
