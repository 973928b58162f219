// SPDX-License-Identifier: BSL-1.0
#include "part.inl"

part native() { return WEFT_TEST_PART; }
