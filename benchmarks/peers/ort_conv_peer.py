# SPDX-License-Identifier: BSL-1.0
"""ONNX Runtime on convolutional nets: inference with bound inputs and outputs."""
from onnx import helper

import cases
import conv_cases
from ort_session import BY, session
from worker import Case, serve


def infer(layers, shape):
    nodes, constants, value = [], {}, "x"
    for i, (layer, p) in enumerate(zip(layers, conv_cases.parameters(layers))):
        kind = layer[0] if isinstance(layer, tuple) else layer
        result = "y" if i + 1 == len(layers) else f"h{i}"
        names = [f"{k}{i}" for k in p]
        constants |= {f"{k}{i}": v for k, v in p.items()}
        if kind == "conv":
            nodes.append(helper.make_node("Conv", [value, *names], [result], pads=[layer[4]] * 4))
        elif kind == "linear":
            nodes.append(helper.make_node("Gemm", [value, *names], [result], transB=1))
        elif kind == "relu":
            nodes.append(helper.make_node("Relu", [value], [result]))
        elif kind == "pool":
            nodes.append(helper.make_node("MaxPool", [value], [result], kernel_shape=[2, 2],
                                          strides=[2, 2]))
        else:
            nodes.append(helper.make_node("Flatten", [value], [result]))
        value = result
    return session(nodes, constants, {"x": cases.uniform(*shape)}, {"y": (shape[0], 10)})


if __name__ == "__main__":
    serve([Case(name, BY, lambda a=a: infer(*a)) for name, a in conv_cases.INFER.items()])
