// expect: matmul(arg1, hidden.weight): (32, 100) x (784, 10), the inner extents differ
#include <weft/program/compile.hpp>

template <std::int64_t In, std::int64_t Out>
struct dense {
    weft::tensor<float, In, Out> weight;
    weft::tensor<float, Out> bias;
    constexpr auto operator()(auto const& x) const { return matmul(x, weight) + bias; }
};
struct classifier {
    dense<784, 10> hidden;
    constexpr auto operator()(auto const& x) const { return hidden(x); }
};
using batch = weft::tensor<float, 32, 100>;

constexpr auto infer = weft::compile<weft::tensor<float, 32, 10>(classifier const&, batch const&)>(
    [](auto& net, auto x) { return net(x); });
static_assert(infer.workspace_bytes() < 1 << 20 && infer.flops() < 1e6 && infer.steps() < 10);
extern const weft::compiled<weft::tensor<float, 32, 10>(classifier const&, batch const&)> step;
const weft::compiled<weft::tensor<float, 32, 10>(classifier const&, batch const&)> step = infer;
