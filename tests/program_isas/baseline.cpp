// SPDX-License-Identifier: BSL-1.0
#include "part.inl"

part baseline() { return WEFT_TEST_PART; }
