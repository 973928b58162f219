# SPDX-License-Identifier: BSL-1.0
"""A block of a transformer, norms first, no mask, gelu by tanh: the same for every peer. Queries,
keys and values come from one product, which is faster for the peers."""
import cases

WIDTH, HEADS, HIDDEN, LENGTH = 64, 4, 256, 64

TRAIN = {"train_transformer_64_4_256_b8": (8, LENGTH, WIDTH)}  # case: shape of input and target
INFER = {"infer_transformer_64_4_256_b1": (1, LENGTH, WIDTH)}


def parameters():
    """[(weight of shape (in, out), bias)]: queries, keys and values; attention's output; hidden;
    output. The norms start with ones and zeros."""
    return [pair for sizes in ((WIDTH, 3 * WIDTH), (WIDTH, WIDTH), (WIDTH, HIDDEN), (HIDDEN, WIDTH))
            for pair in cases.layers(sizes)]
