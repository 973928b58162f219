// SPDX-License-Identifier: BSL-1.0
// One block of a transformer, norms first and without a mask: a training step against a target
// (forward, backward and Adam as one compiled program), and one sample.
#include <memory>
#include <weft/nn/attention.hpp>
#include <weft/weft.hpp>

#include "harness.hpp"

namespace nn = weft::nn;

namespace {

constexpr int width = 64, heads = 4, hidden = 256, length = 64, batch = 8;

struct transformer {
    nn::transformer_block<width, heads, hidden> block;
    constexpr auto operator()(auto const& x) const { return block(x); }
};

template <class X>
X noise(std::uint32_t seed) {
    X x;
    for (float& v : x) {
        seed = seed * 1664525u + 1013904223u;
        v = static_cast<float>(seed >> 8) / 8388608.f - 1;
    }
    return x;
}

/// Model, optimizer and one batch of noise.
struct task {
    using values = weft::tensor<float, batch, length, width>;
    transformer model = nn::init<transformer>(weft::random::key{42});
    weft::train::step<transformer, decltype(nn::mse), weft::optim::adam> step{model, nn::mse,
                                                                              weft::optim::adam{}};
    values x = noise<values>(1), y = noise<values>(2);
};

constexpr double parameters =
    4 * (width * width + width) + 4 * width + 2 * width * hidden + hidden + width;
/// Multiply-adds of one sample: layers, then scores and what they weigh.
constexpr double sums = length * (4. * width * width + 2 * width * hidden + 2 * length * width);

}  // namespace

int main(int argc, char** argv) {
    bench::suite suite;
    double const values = batch * length * width;
    auto t = std::make_shared<std::unique_ptr<task>>(std::make_unique<task>());
    suite.add(
        "train_transformer_64_4_256_b8",
        {.flops = 6 * batch * sums + 12 * parameters,
         .read = 4 * (3 * parameters + 2 * values),
         .written = 12 * parameters,
         .footprint = 4 * (3 * parameters + 2 * values)},
        [t] { return (*t)->step((*t)->model, (*t)->x, (*t)->y).loss; },
        [t] { *t = std::make_unique<task>(); });
    using sample = weft::tensor<float, 1, length, width>;
    auto const model = nn::init<transformer>(weft::random::key{1});
    auto const x = noise<sample>(1);
    suite.add("infer_transformer_64_4_256_b1",
              {.flops = 2 * sums,
               .read = 4 * (parameters + length * width),
               .written = 4 * length * width},
              [&] { return weft::call(model, x)(0, 0, 0); });
    return suite.run(argc, argv);
}
