# SPDX-License-Identifier: BSL-1.0
"""ONNX Runtime on a block of a transformer: inference with bound inputs and outputs, by the
standard's operators, and by its own for attention and gelu."""
import numpy as np
from onnx import helper

import cases
import transformer_cases as block
from ort_session import BY, session
from worker import Case, serve

SPLIT = block.WIDTH // block.HEADS


def infer(shape, fused):
    constants = {"one": np.ones(block.WIDTH, np.float32), "zero": np.zeros(block.WIDTH, np.float32)}
    for name, (weight, bias) in zip(("heads", "together", "hidden", "output"), block.parameters()):
        constants |= {name: weight, name + "_bias": bias}
    nodes = []

    def add(kind, *inputs, to=None, **attributes):
        to = to or f"v{len(nodes)}"
        nodes.append(helper.make_node(kind, list(inputs), [to], **attributes))
        return to

    def constant(value):
        constants[f"c{len(constants)}"] = np.asarray(value)
        return f"c{len(constants) - 1}"

    def norm(x):
        return add("LayerNormalization", x, "one", "zero", axis=-1, epsilon=1e-5)

    def linear(x, name):
        return add("Add", add("MatMul", x, name), name + "_bias")

    def attention(x):
        if fused:
            return add("Attention", x, "heads", "heads_bias", num_heads=block.HEADS,
                       domain="com.microsoft")
        parts = [f"part{i}" for i in range(3)]
        nodes.append(helper.make_node("Split", [linear(x, "heads")], parts, axis=2))
        split = constant([*shape[:2], block.HEADS, SPLIT])
        q, k, v = (add("Transpose", add("Reshape", part, split), perm=order)
                   for part, order in zip(parts, ([0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3])))
        scores = add("MatMul", q, k)
        scores = add("Softmax", add("Mul", scores, constant(np.float32(SPLIT ** -0.5))), axis=-1)
        y = add("Transpose", add("MatMul", scores, v), perm=[0, 2, 1, 3])
        return add("Reshape", y, constant(list(shape)))

    def gelu(x):
        if fused:
            return add("FastGelu", x, domain="com.microsoft")
        cube = add("Mul", add("Mul", x, x), add("Mul", x, constant(np.float32(0.044715))))
        inner = add("Mul", add("Add", x, cube), constant(np.float32((2 / np.pi) ** 0.5)))
        grown = add("Add", add("Tanh", inner), constant(np.float32(1)))
        return add("Mul", add("Mul", x, grown), constant(np.float32(0.5)))

    y = add("Add", "x", linear(attention(norm("x")), "together"))
    add("Add", y, linear(gelu(linear(norm(y), "hidden")), "output"), to="y")
    return session(nodes, constants, {"x": cases.normal(*shape)}, {"y": shape})


if __name__ == "__main__":
    serve([Case(name, by, lambda shape=shape, fused=fused: infer(shape, fused))
           for name, shape in block.INFER.items()
           for by, fused in ((BY, False), (BY + ", own operators", True))])
