# SPDX-License-Identifier: BSL-1.0
"""Shared by the programs of ONNX Runtime: a graph on one thread, inputs and outputs bound once."""
import numpy as np
import onnxruntime as ort
from onnx import TensorProto, ValueInfoProto, helper, numpy_helper

BY = f"ONNX Runtime {ort.__version__}"


def session(nodes, constants, inputs, outputs, opset=17):
    """A call of the graph with `inputs`, {name: array}, into buffers of `outputs`, {name: shape};
    where the shape is None, type and shape are those of a first run."""
    def output(name, shape):
        if shape is None:
            return ValueInfoProto(name=name)
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    graph = helper.make_graph(
        nodes, "case",
        [helper.make_tensor_value_info(k, helper.np_dtype_to_tensor_dtype(v.dtype), v.shape)
         for k, v in inputs.items()],
        [output(k, v) for k, v in outputs.items()],
        [numpy_helper.from_array(np.ascontiguousarray(v), k) for k, v in constants.items()])
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid("com.microsoft", 1)]
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
        first = run.run([name], inputs)[0] if shape is None else np.zeros(shape, np.float32)
        keep.append(ort.OrtValue.ortvalue_from_numpy(first))
        binding.bind_ortvalue_output(name, keep[-1])
    return lambda run=run, keep=keep: run.run_with_iobinding(binding)
