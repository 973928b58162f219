# SPDX-License-Identifier: BSL-1.0
"""NumPy: matrix products of its OpenBLAS, with a shorter way to them than the frameworks have."""
import numpy as np

import cases
from worker import Case, serve


def matmul(m, k, n):
    a, b, c = cases.normal(m, k), cases.normal(k, n, seed=1), np.empty((m, n), np.float32)
    return lambda: np.matmul(a, b, out=c)


if __name__ == "__main__":
    serve([Case(name, f"NumPy {np.__version__}", lambda a=a: matmul(*a))
           for name, a in cases.MATMUL.items()])
