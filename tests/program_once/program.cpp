// SPDX-License-Identifier: BSL-1.0
// One function, used in each of the ways that need its graph or its plan; so deep that tracing it
// takes longer than all else that is evaluated beside the passes.
#include <weft/autodiff/grad.hpp>
#include <weft/program/compile.hpp>

struct net {
    weft::tensor<float, 4, 4> weight;
    weft::tensor<float, 4> bias;
    constexpr auto operator()(weft::symbol x) const {
        for (int i = 0; i < 24; ++i) x = tanh(matmul(x, weight) + bias);
        return x;
    }
};
using rows = weft::tensor<float, weft::dyn, 4>;
struct loss_of {
    constexpr auto operator()(auto& m, auto const& x) const {
        return weft::value_and_grad([](auto& n, auto const& a) { return sum(square(n(a))); })(m, x);
    }
};
using result = std::pair<weft::tensor<float>, net>;

constexpr auto step = weft::compile<result(net&, rows const&)>(loss_of{});
static_assert(step.kernels() > 0);

result use(net& m, rows const& x, weft::workspace& memory) {
    weft::compiled<result(net&, rows const&)> const light = step;
    step(memory, m, x);
    light(m, x);
    return weft::call(loss_of{}, m, x);
}
