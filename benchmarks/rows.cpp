// SPDX-License-Identifier: BSL-1.0
// Row by row: softmax and layer norm, of ordinary functions, into a given tensor.
#include <memory>
#include <weft/nn/norm.hpp>
#include <weft/weft.hpp>

#include "harness.hpp"

namespace {

constexpr auto softmax_into = [](auto& to, auto const& x) { to.y = softmax(x); };
constexpr auto normalize_into = [](auto& to, auto const& x, auto const& norm) { to.y = norm(x); };

template <int Rows, int Columns>
struct result {
    weft::tensor<float, Rows, Columns> y;
};

template <int Rows, int Columns>
struct buffers {
    weft::tensor<float, Rows, Columns> x;
    result<Rows, Columns> to;
    buffers() { weft::nn::normal(x, weft::random::key{1}, 1); }
};

/// Each number is read once and written once.
bench::work once(double flops, double numbers) {
    return {.flops = flops * numbers, .read = 4 * numbers, .written = 4 * numbers};
}

template <int Rows, int Columns>
void softmaxes(bench::suite& suite, char const* name) {
    auto const b = std::make_shared<buffers<Rows, Columns>>();
    suite.add(name, once(4, Rows * Columns), [b] { weft::call(softmax_into, b->to, b->x); });
}

}  // namespace

int main(int argc, char** argv) {
    bench::suite suite;
    softmaxes<64, 1024>(suite, "softmax_64x1024");
    softmaxes<1024, 1024>(suite, "softmax_1024x1024");
    auto const b = std::make_shared<buffers<1024, 768>>();
    auto const norm = std::make_shared<weft::nn::layer_norm<768>>();
    suite.add("layer_norm_1024x768", once(8, 1024 * 768),
              [b, norm] { weft::call(normalize_into, b->to, b->x, *norm); });
    return suite.run(argc, argv);
}
