// SPDX-License-Identifier: BSL-1.0
#include "step.hpp"

// Neither SIMD, which starts with this macro, nor passes, operations or derivatives came with it.
#ifdef WEFT_ISA
#error "step.hpp brings SIMD"
#endif
#if __has_include(<xsimd/config/xsimd_config.hpp>) && defined(XSIMD_VERSION_MAJOR)
#error "step.hpp brings xsimd"
#endif
namespace weft::pass {
struct plan;  // complete where the passes are included
template <class T>
concept complete = requires { sizeof(T); };
static_assert(!complete<plan>);
}  // namespace weft::pass
namespace weft::ops {
struct add;
static_assert(!pass::complete<add>);
}  // namespace weft::ops

#include <doctest/doctest.h>

TEST_CASE("a compiled step of another file trains") {
    line net, truth;
    truth.weight = weft::tensor<float, 3, 2>{{1, 2}, {3, 4}, {5, 6}};
    truth.bias = weft::tensor<float, 2>{-1, 1};
    CHECK(step.workspace_bytes() == -1);  // its extents are known at run time
    CHECK(infer.workspace_bytes() >= 0);
    CHECK(infer.flops() >= 12);
    CHECK(infer.bytes() >= 4 * (6 + 2 + 3 + 2));
    float first = 0, loss = 0;
    for (int i = 0; i < 3000; ++i) {
        std::int64_t const n = 4 + i % 3;
        rows x(n);
        targets y(n);
        for (std::int64_t r = 0; r < n; ++r) {
            for (std::int64_t j = 0; j < 3; ++j)
                x(r, j) = static_cast<float>((i * 7 + r * 5 + j * (r + 3)) % 11) / 11;
            for (std::int64_t k = 0; k < 2; ++k) {
                y(r, k) = truth.bias[k];
                for (std::int64_t j = 0; j < 3; ++j) y(r, k) += x(r, j) * truth.weight(j, k);
            }
        }
        loss = step(net, x, y);
        if (i == 0) first = loss;
    }
    CHECK(loss < 1e-2f * first);
    weft::workspace own(infer.workspace_bytes());
    weft::tensor<float, 3> const x{1, 0, 0};
    auto const y = infer(own, net, x);
    CHECK(y[0] == doctest::Approx(net.weight(0, 0) + net.bias[0]));
    net.rate = 0;
    float const again = step(net, rows(4), targets(4));
    CHECK(step(net, rows(4), targets(4)) == again);
}
