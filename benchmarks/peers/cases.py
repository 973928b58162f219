# SPDX-License-Identifier: BSL-1.0
"""What the cases are, the same for every peer; docs/measurements/README.md defines them in words."""
import numpy as np

TRAIN = {  # case: (layer sizes, batch)
    "train_mlp_784_128_10_b32": ((784, 128, 10), 32),
    "train_mlp_784_50_50_10_b32": ((784, 50, 50, 10), 32),
    "train_mlp_784_512_512_10_b128": ((784, 512, 512, 10), 128),
}
INFER = {  # case: (layer sizes, activation between all layers), batch 1
    "infer_linear_784_10_b1": ((784, 10), None),
    "infer_policy_48_64_64_12_b1": ((48, 64, 64, 12), "tanh"),
}
AXPBZ = {f"axpbz_{n}": n for n in (1_000, 100_000, 1_000_000)}
A, B, C = 2.5, -1.5, 0.5  # a * x + b * z + c
SOFTMAX = {f"softmax_{m}x{n}": (m, n) for m, n in ((64, 1024), (1024, 1024))}
LAYER_NORM = {"layer_norm_1024x768": (1024, 768)}  # with scale and bias
MATMUL = {f"matmul_{m}x{k}x{n}": (m, k, n) for m, k, n in (
    (8, 8, 8), (16, 16, 16), (32, 32, 32), (64, 64, 64), (128, 128, 128), (256, 256, 256),
    (512, 512, 512), (1024, 1024, 1024), (32, 784, 128))}
GRAD_LSE = {"grad_lse_vec_1000x100": (1000, 100)}  # d/dx log sum exp(A x)
OPTIM = {"adam_1000000": ("adam", 1_000_000), "sgd_momentum_1000000": ("sgd", 1_000_000)}

RATE, BETA1, BETA2, EPSILON = 1e-3, 0.9, 0.999, 1e-8


def normal(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)


def uniform(*shape, seed=0):
    return np.random.default_rng(seed).random(shape, dtype=np.float32)


def labels(n, classes=10):
    return np.random.default_rng(1).integers(0, classes, n).astype(np.int64)


def layers(sizes):
    """[(weight of shape (in, out), bias)], uniform in +-1/sqrt(in)."""
    out = []
    for i, (inputs, outputs) in enumerate(zip(sizes, sizes[1:])):
        bound = inputs ** -0.5
        weight = (2 * uniform(inputs, outputs, seed=2 * i) - 1) * bound
        out.append((weight, (2 * uniform(outputs, seed=2 * i + 1) - 1) * bound))
    return out
