# SPDX-License-Identifier: BSL-1.0
# dlpack.py LIBRARY: hands arrays from NumPy to weft and back through DLPack, without copies.
import ctypes
import sys

import numpy as np

library = ctypes.CDLL(sys.argv[1])
for name in ("weft_counted", "weft_combined"):
    getattr(library, name).restype = ctypes.c_void_p
library.weft_combined.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
library.weft_scale.argtypes = [ctypes.c_void_p, ctypes.c_double]

python = ctypes.pythonapi
python.PyCapsule_New.restype = ctypes.py_object
python.PyCapsule_New.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
python.PyCapsule_GetPointer.restype = ctypes.c_void_p
python.PyCapsule_GetPointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
python.PyCapsule_SetName.argtypes = [ctypes.py_object, ctypes.c_char_p]
used = b"used_dltensor"


class Given:
    """A tensor of weft's, for np.from_dlpack."""

    def __init__(self, pointer):
        assert pointer
        self.capsule = python.PyCapsule_New(pointer, b"dltensor", None)

    def __dlpack__(self, **options):
        return self.capsule

    def __dlpack_device__(self):
        return (1, 0)


def lent(array):
    """A pointer to NumPy's DLManagedTensor, which weft deletes."""
    capsule = array.__dlpack__()
    pointer = python.PyCapsule_GetPointer(capsule, b"dltensor")
    python.PyCapsule_SetName(capsule, used)
    return pointer


counted = np.from_dlpack(Given(library.weft_counted(3, 4)))
assert counted.dtype == np.float64 and np.array_equal(counted, np.arange(12.0).reshape(3, 4))

a = np.arange(12, dtype=np.float32).reshape(3, 4)
for x, y in ((a, a), (a[:, ::2], a[:, 1::2]), (a.T, a.T[::-1]), (a[::-1], a[:, ::-1])):
    assert np.array_equal(np.from_dlpack(Given(library.weft_combined(lent(x), lent(y)))), x + 2 * y)
assert library.weft_combined(lent(a.astype(np.float64)), lent(a)) is None
assert library.weft_combined(lent(a[0]), lent(a)) is None

b = np.ones((4, 6))
library.weft_scale(lent(b[1::2, ::3]), 5.0)
assert b.sum() == 24 + 4 * 4 and b[1, 3] == 5 and b[1, 1] == 1
print("dlpack: NumPy", np.__version__, "and weft read each other's arrays")
