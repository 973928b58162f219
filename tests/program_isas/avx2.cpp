// SPDX-License-Identifier: BSL-1.0
#include "part.inl"

part avx2() { return WEFT_TEST_PART; }
