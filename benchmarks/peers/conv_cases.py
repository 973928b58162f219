# SPDX-License-Identifier: BSL-1.0
"""Convolutional nets, the same for every peer. A layer: ("conv", in, out, kernel, padding), without
bias if ("bn", channels) follows, "relu", "pool" (max, 2 x 2), "mean" (over an image), "flatten", ("linear",
in, out). Images are (N, C, H, W)."""
import numpy as np

import cases

LENET = [("conv", 1, 6, 5, 2), "relu", "pool", ("conv", 6, 16, 5, 0), "relu", "pool", "flatten",
         ("linear", 400, 120), "relu", ("linear", 120, 84), "relu", ("linear", 84, 10)]


def block(inputs, outputs):
    return [("conv", inputs, outputs, 3, 1), ("bn", outputs), "relu"]


CONVNET = [*block(3, 32), *block(32, 32), "pool", *block(32, 64), *block(64, 64), "mean",
           ("linear", 64, 10)]

TRAIN = {  # case: (layers, shape of the images)
    "train_lenet5_b64": (LENET, (64, 1, 28, 28)),
    "train_convnet_32_32_64_64_b32": (CONVNET, (32, 3, 32, 32)),
}
INFER = {"infer_lenet5_b1": (LENET, (1, 1, 28, 28))}


def parameters(layers):
    """For each layer: {} or its arrays, weights as PyTorch has them."""
    out = []
    for i, layer in enumerate(layers):
        kind = layer[0] if isinstance(layer, tuple) else layer
        if kind == "conv":
            _, inputs, outputs, kernel, _ = layer
            bound = (inputs * kernel * kernel) ** -0.5
            shape = (outputs, inputs, kernel, kernel)
            p = {"weight": (2 * cases.uniform(*shape, seed=2 * i) - 1) * bound}
            if layers[i + 1][0] != "bn":
                p["bias"] = (2 * cases.uniform(outputs, seed=2 * i + 1) - 1) * bound
        elif kind == "linear":
            _, inputs, outputs = layer
            bound = inputs ** -0.5
            p = {"weight": (2 * cases.uniform(outputs, inputs, seed=2 * i) - 1) * bound,
                 "bias": (2 * cases.uniform(outputs, seed=2 * i + 1) - 1) * bound}
        elif kind == "bn":
            p = {"scale": np.ones(layer[1], np.float32), "bias": np.zeros(layer[1], np.float32)}
        else:
            p = {}
        out.append(p)
    return out
