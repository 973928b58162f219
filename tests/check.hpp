// SPDX-License-Identifier: BSL-1.0
// What tests of constexpr code share: each case runs in constant evaluation and at run time.
#pragma once

#include <doctest/doctest.h>

/// Checks a constant expression when the test is compiled, and once more when it runs. Several
/// statements go into a lambda that is called: WEFT_CHECK_BOTH([] { ...; return a == b; }()).
/// As in doctest's CHECK, `a && b` stands in parentheses.
#define WEFT_CHECK_BOTH(...)        \
    do {                            \
        static_assert(__VA_ARGS__); \
        CHECK(__VA_ARGS__);         \
    } while (false)
