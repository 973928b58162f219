// SPDX-License-Identifier: BSL-1.0
#include <weft/program/call.hpp>

#include "part.hpp"

#define WEFT_TEST_TEXT_(x) #x
#define WEFT_TEST_TEXT(x) WEFT_TEST_TEXT_(x)

// Callables that all files share, so that their kernels would have one name without the namespace.
struct chain {
    constexpr auto operator()(auto x, auto y) const { return exp(x) * y + tanh(x - y) / (2 + x * y); }
};
struct product {
    constexpr auto operator()(auto x, auto w) const { return relu(matmul(x, w) - 0.5); }
};
struct rows {
    constexpr auto operator()(auto x) const { return softmax(x); }
};

template <class P>
void const* kernel_of() {
    return reinterpret_cast<void const*>(weft::cpu::function_of<P, 0>());
}

#define WEFT_TEST_PART                                                                    \
    {                                                                                     \
        WEFT_TEST_TEXT(WEFT_ISA), kernel_of<weft::program<chain, grid const, grid const>>(), \
            [](grid const& x, grid const& y) { return weft::call(chain{}, x, y); },        \
            [](grid const& x, matrix const& w) { return weft::call(product{}, x, w); },    \
            [](grid const& x) { return weft::call(rows{}, x); }                           \
    }
