// SPDX-License-Identifier: BSL-1.0
#include "step.hpp"

#include <weft/autodiff/grad.hpp>
#include <weft/program/compile.hpp>

template <class X>
constexpr auto line::operator()(X const& x) const {
    return matmul(x, weight) + bias;
}

constinit const weft::compiled<float(line&, rows const&, targets const&)> step =
    weft::compile<float(line&, rows const&, targets const&)>([](auto& m, auto x, auto y) {
        auto [loss, d] = weft::value_and_grad(
            [](auto& n, auto a, auto b) { return mean(square(n(a) - b)); })(m, x, y);
        m.weight = m.weight - m.rate * d.weight;
        m.bias = m.bias - m.rate * d.bias;
        return loss;
    });

constinit const weft::compiled<weft::tensor<float, 2>(line const&, weft::tensor<float, 3> const&)>
    infer = weft::compile<weft::tensor<float, 2>(line const&, weft::tensor<float, 3> const&)>(
        [](auto& m, auto x) { return m(x); });
