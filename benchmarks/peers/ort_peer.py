# SPDX-License-Identifier: BSL-1.0
"""ONNX Runtime, CPU provider, one thread, inputs and outputs bound once (IO binding)."""
import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

import cases
from worker import Case, serve

BY = f"ONNX Runtime {ort.__version__}"


def session(nodes, constants, inputs, outputs):
    """A call of the graph with `inputs`, {name: array}, into buffers of `outputs`, {name: shape}."""
    info = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
    graph = helper.make_graph(
        nodes, "case", [info(k, v.shape) for k, v in inputs.items()],
        [info(k, v) for k, v in outputs.items()],
        [numpy_helper.from_array(np.ascontiguousarray(v), k) for k, v in constants.items()])
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    run = ort.InferenceSession(model.SerializeToString(), options,
                               providers=["CPUExecutionProvider"])
    binding = run.io_binding()
    keep = []
    for name, value in inputs.items():
        keep.append(ort.OrtValue.ortvalue_from_numpy(value))
        binding.bind_ortvalue_input(name, keep[-1])
    for name, shape in outputs.items():
        keep.append(ort.OrtValue.ortvalue_from_numpy(np.zeros(shape, np.float32)))
        binding.bind_ortvalue_output(name, keep[-1])
    return lambda run=run, keep=keep: run.run_with_iobinding(binding)


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
