# SPDX-License-Identifier: BSL-1.0
"""ONNX Runtime, CPU provider, one thread, inputs and outputs bound once (IO binding)."""
import numpy as np
from onnx import helper

import cases
from ort_session import BY, session
from worker import Case, serve


def infer(sizes, activation):
    nodes, constants, value = [], {}, "x"
    net = cases.layers(sizes)
    for i, (weight, bias) in enumerate(net):
        constants |= {f"w{i}": weight, f"b{i}": bias}
        last = i + 1 == len(net)
        name = "y" if last else f"h{i}"
        nodes.append(helper.make_node("Gemm", [value, f"w{i}", f"b{i}"], [name]))
        value = name
        if activation and not last:
            value = f"a{i}"
            nodes.append(helper.make_node("Tanh", [name], [value]))
    return session(nodes, constants, {"x": cases.normal(1, sizes[0])}, {"y": (1, sizes[-1])})


def axpbz(n):
    nodes = [helper.make_node("Mul", ["x", "a"], ["ax"]), helper.make_node("Mul", ["z", "b"], ["bz"]),
             helper.make_node("Add", ["ax", "bz"], ["s"]), helper.make_node("Add", ["s", "c"], ["y"])]
    constants = {k: np.float32(v) for k, v in (("a", cases.A), ("b", cases.B), ("c", cases.C))}
    return session(nodes, constants, {"x": cases.normal(n), "z": cases.normal(n, seed=1)},
                   {"y": (n,)})


def softmax(rows, columns):
    return session([helper.make_node("Softmax", ["x"], ["y"], axis=1)], {},
                   {"x": cases.normal(rows, columns)}, {"y": (rows, columns)})


def layer_norm(rows, columns):
    node = helper.make_node("LayerNormalization", ["x", "scale", "bias"], ["y"], axis=1,
                            epsilon=1e-5)
    constants = {"scale": np.ones(columns, np.float32), "bias": np.zeros(columns, np.float32)}
    return session([node], constants, {"x": cases.normal(rows, columns)}, {"y": (rows, columns)})


def matmul(m, k, n):
    return session([helper.make_node("MatMul", ["a", "b"], ["y"])], {},
                   {"a": cases.normal(m, k), "b": cases.normal(k, n, seed=1)}, {"y": (m, n)})


if __name__ == "__main__":
    tables = [(cases.INFER, infer), (cases.AXPBZ, axpbz), (cases.SOFTMAX, softmax),
              (cases.LAYER_NORM, layer_norm), (cases.MATMUL, matmul)]
    serve([Case(name, BY, lambda f=f, a=a: f(*a) if isinstance(a, tuple) else f(a))
           for table, f in tables for name, a in table.items()])
