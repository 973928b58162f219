// SPDX-License-Identifier: BSL-1.0
// This file is compiled without special flags: it runs on any machine.
#include <cmath>
#include <cstring>
#include <vector>

#include <doctest/doctest.h>

#include "part.hpp"

namespace {

std::vector<part> parts() {
    std::vector<part> all{baseline(), native()};
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) all.push_back(avx2());
#endif
    return all;
}

template <class T>
T numbers(int factor) {
    T t;
    int i = 0;
    for (auto& x : t) x = static_cast<float>((i++ * factor) % 41 - 20) / 16;
    return t;
}

}  // namespace

TEST_CASE("files for different instruction sets share no kernel, and all are right") {
    auto const x = numbers<grid>(7), y = numbers<grid>(13);
    auto const w = numbers<matrix>(11);
    auto const all = parts();
    for (part const& p : all) {
        CAPTURE(p.name);
        auto const chain = p.chain(x, y);
        auto const product = p.product(x, w);
        auto const soft = p.softmax(x);
        for (std::int64_t i = 0; i < 9; ++i) {
            double total = 0, sum = 0;
            for (std::int64_t j = 0; j < 37; ++j) total += std::exp(double(x(i, j)));
            for (std::int64_t j = 0; j < 37; ++j) {
                double const a = x(i, j), b = y(i, j);
                CHECK(chain(i, j) ==
                      doctest::Approx(std::exp(a) * b + std::tanh(a - b) / (2 + a * b)).epsilon(1e-5));
                CHECK(soft(i, j) == doctest::Approx(std::exp(a) / total).epsilon(1e-5));
                sum += soft(i, j);
            }
            CHECK(sum == doctest::Approx(1).epsilon(1e-5));
            for (std::int64_t k = 0; k < 21; ++k) {
                double s = -0.5;
                for (std::int64_t j = 0; j < 37; ++j) s += double(x(i, j)) * double(w(j, k));
                CHECK(product(i, k) == doctest::Approx(s > 0 ? s : 0).epsilon(1e-4));
            }
        }
    }
    for (std::size_t i = 0; i < all.size(); ++i)
        for (std::size_t j = 0; j < i; ++j) {
            bool const same_name = std::strcmp(all[i].name, all[j].name) == 0;
            CHECK((all[i].kernel == all[j].kernel) == same_name);
        }
#ifdef __x86_64__
    CHECK(std::strcmp(all[0].name, "sse2") == 0);
    if (all.size() > 2) CHECK(std::strcmp(all[2].name, "avx2_fma") == 0);
    if (__builtin_cpu_supports("avx2")) CHECK(std::strcmp(all[0].name, all[1].name) != 0);
#endif
}
