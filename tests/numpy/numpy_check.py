# SPDX-License-Identifier: BSL-1.0
# numpy_check.py PROGRAM: the program prints lines `name, type, shape, numbers` of its arrays and
# `=expression, ...` of calls in NumPy's words, with tabs between; here NumPy computes the same.
import subprocess
import sys

import numpy as np

names = {"np": np}
wrong = checked = 0
for line in subprocess.run(sys.argv[1:2], capture_output=True, text=True, check=True).stdout.splitlines():
    what, dtype, shape, numbers = line.split("\t")
    shape = tuple(int(n) for n in shape.split())
    found = np.array([float.fromhex(x) for x in numbers.split()]).reshape(shape).astype(dtype)
    if not what.startswith("="):
        names[what] = found
        continue
    expected = np.asarray(eval(what[1:], names))
    checked += 1
    exact = not np.issubdtype(expected.dtype, np.floating)
    if expected.shape != shape or not np.allclose(
        found, expected, rtol=0 if exact else 2e-6, atol=0 if exact else 1e-6, equal_nan=True
    ):
        wrong += 1
        print(f"{what[1:]}\n  NumPy: {expected.tolist()}\n  weft:  {found.tolist()}")
print(f"numpy: {checked} calls compared with NumPy {np.__version__}, {wrong} differ")
sys.exit(wrong > 0 or checked == 0)
