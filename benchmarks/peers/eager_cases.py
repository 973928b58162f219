# SPDX-License-Identifier: BSL-1.0
"""What the cases of eager tensors start from, the same numbers as in eager.hpp. A peer has a table
of functions, by the name of a case or by its name without the size behind the last underscore."""
import functools

import numpy as np

from worker import Case

PERIOD = 1 << 20
A, B, C = 2.5, -1.5, 0.5  # a * x + b * z + c


@functools.lru_cache(maxsize=4)
def hashed(seed):
    h = np.arange(PERIOD, dtype=np.uint32) + np.uint32(seed * 1000003)
    for _ in range(2):
        h = (h ^ h >> np.uint32(16)) * np.uint32(0x45d9f3b)
    return h ^ h >> np.uint32(16)


def values(seed, *shape):
    """In [-2, 2)."""
    one = (hashed(seed) >> np.uint32(8)).astype(np.float32) * np.float32(2 ** -22) - np.float32(2)
    return np.resize(one, shape)


def whole_numbers(n, end, seed):
    return (np.resize(hashed(seed), n) % np.uint32(end)).astype(np.int32)


SIZES = (1_000, 100_000, 1_000_000, 16_000_000)
INPUTS = {
    **{f"eager_axpbz_{n}": lambda n=n: (values(1, n), values(2, n)) for n in SIZES},
    **{f"eager_expmx2z_{n}": lambda n=n: (values(1, n), values(2, n)) for n in SIZES},
    **{f"eager_gelu_{n}": lambda n=n: (values(1, n),) for n in SIZES},
    "eager_adam_1000000": lambda: (values(1, 1_000_000), values(2, 1_000_000)),  # values, gradient
    "eager_adam_statements_1000000": lambda: (values(1, 1_000_000), values(2, 1_000_000)),
    "eager_dot_100000": lambda: (values(1, 100_000), values(2, 100_000)),
    "eager_sumexp_100000": lambda: (values(1, 100_000),),
    "eager_mean_1000000": lambda: (values(1, 1_000_000),),
    "eager_variance_1000000": lambda: (values(1, 1_000_000),),
    "eager_add_1024": lambda: (values(1, 1024, 1024), values(2, 1024, 1024)),
    "eager_add_row_1024": lambda: (values(1, 1024, 1024), values(2, 1024)),
    "eager_add_column_1024": lambda: (values(1, 1024, 1024), values(2, 1024, 1)),
    "eager_add_every_second_1024": lambda: (values(1, 1024, 1024), values(2, 1024, 2048)),
    "eager_add_sliced_1022": lambda: (values(1, 1024, 1024), values(2, 1024, 1024)),
    "eager_stencil_1022": lambda: (values(1, 1024, 1024),),
    "eager_transpose_1024": lambda: (values(1, 1024, 1024),),
    "eager_sum_axis0_1024": lambda: (values(1, 1024, 1024),),
    "eager_sum_axis1_1024": lambda: (values(1, 1024, 1024),),
    "eager_variance_axis0_1024": lambda: (values(1, 1024, 1024),),
    "eager_softmax_64x1024": lambda: (values(1, 64, 1024),),
    "eager_softmax_1024x1024": lambda: (values(1, 1024, 1024),),
    "eager_layer_norm_1024x768": lambda: (values(1, 1024, 768), values(2, 768), values(3, 768)),
    "eager_argmax_1000000": lambda: (values(1, 1_000_000),),
    "eager_argmax_axis1_1024": lambda: (values(1, 1024, 1024),),
    "eager_cumsum_1000000": lambda: (values(1, 1_000_000),),
    "eager_cumsum_axis0_1024": lambda: (values(1, 1024, 1024),),
    "eager_sort_100000": lambda: (values(1, 100_000),),
    "eager_sort_rows_1024": lambda: (values(1, 1024, 1024),),
    "eager_argsort_100000": lambda: (values(1, 100_000),),
    "eager_unique_100000": lambda: (whole_numbers(100_000, 1000, 1),),
    "eager_take_1000000": lambda: (values(1, 1_000_000), whole_numbers(1_000_000, 1_000_000, 2)),
    "eager_take_rows_4096x64": lambda: (values(1, 32768, 64), whole_numbers(4096, 32768, 2)),
    "eager_where_1000000": lambda: (values(1, 1_000_000), values(2, 1_000_000)),
    "eager_mask_assign_1000000": lambda: (values(1, 1_000_000), values(2, 1_000_000)),
    "eager_mask_select_1000000": lambda: (values(1, 1_000_000),),
    "eager_concatenate_axis0_1024": lambda: (values(1, 512, 1024), values(2, 512, 1024)),
    "eager_concatenate_axis1_1024": lambda: (values(1, 1024, 512), values(2, 1024, 512)),
    "eager_matvec_1024": lambda: (values(1, 1024, 1024), values(2, 1024)),
    "eager_matmul_256": lambda: (values(1, 256, 256), values(2, 256, 256)),
    "eager_matmul_1024": lambda: (values(1, 1024, 1024), values(2, 1024, 1024)),
    "eager_matmul_batch_256x8": lambda: (values(1, 256, 8, 8), values(2, 256, 8, 8)),
    "eager_matmul_batch_64x32": lambda: (values(1, 64, 32, 32), values(2, 64, 32, 32)),
    "eager_einsum_bqd_bkd_bqk": lambda: (values(1, 16, 32, 64), values(2, 16, 32, 64)),
    "eager_einsum_bi_ij_bj_b": lambda: (values(1, 256, 64), values(2, 64, 64), values(3, 256, 64)),
}


def cases(by, table, made):
    """`made(f, arrays)` is the call, or (call, reset), of a function in the table."""
    out = []
    for name, inputs in INPUTS.items():
        f = table.get(name) or table.get(name.rsplit("_", 1)[0])
        if f:
            out.append(Case(name, by, lambda f=f, inputs=inputs: made(f, inputs())))
    return out
