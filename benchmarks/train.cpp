// SPDX-License-Identifier: BSL-1.0
// Training steps of perceptrons: forward, backward and Adam as one compiled program.
#include <memory>
#include <weft/weft.hpp>

#include "harness.hpp"

namespace nn = weft::nn;

namespace {

struct one_hidden {
    nn::linear<784, 128> hidden;
    nn::linear<128, 10> output;
    constexpr auto operator()(auto const& x) const { return output(relu(hidden(x))); }
};

template <int Width>
struct two_hidden {
    nn::linear<784, Width> first;
    nn::linear<Width, Width> second;
    nn::linear<Width, 10> output;
    constexpr auto operator()(auto const& x) const {
        return output(relu(second(relu(first(x)))));
    }
};

/// Model, optimizer and one batch of noise.
template <class M, int Batch>
struct task {
    M model = nn::init<M>(weft::random::key{42});
    weft::train::step<M, decltype(nn::softmax_cross_entropy), weft::optim::adam> step{
        model, nn::softmax_cross_entropy, weft::optim::adam{}};
    weft::tensor<float, Batch, 784> x;
    weft::tensor<std::int32_t, Batch> y;

    task() {
        std::uint32_t s = 1;
        for (float& v : x) {
            s = s * 1664525u + 1013904223u;
            v = static_cast<float>(s >> 8) / 8388608.f - 1;
        }
        for (int i = 0; i < Batch; ++i) y(i) = i % 10;
    }
};

/// The least: three products of each layer (the first needs no gradient of its argument), and
/// Adam's parameter, mean and square read and written once.
template <int Batch>
bench::work least(std::initializer_list<int> sizes) {
    bench::work w;
    double parameters = 0;
    for (auto in = sizes.begin(); in + 1 != sizes.end(); ++in) {
        double const weights = double(in[0]) * in[1];
        w.flops += (in == sizes.begin() ? 4 : 6) * Batch * weights;
        parameters += weights + in[1];
    }
    w.flops += 12 * parameters;
    w.read = 4 * (3 * parameters + Batch * 785.), w.written = 4 * 3 * parameters;
    w.footprint = w.read;
    return w;
}

template <class M, int Batch>
void add(bench::suite& suite, char const* name, std::initializer_list<int> sizes) {
    auto t = std::make_shared<std::unique_ptr<task<M, Batch>>>(std::make_unique<task<M, Batch>>());
    suite.add(
        name, least<Batch>(sizes),
        [t] { return (*t)->step((*t)->model, (*t)->x, (*t)->y).loss; },
        [t] { *t = std::make_unique<task<M, Batch>>(); });
}

}  // namespace

int main(int argc, char** argv) {
    bench::suite suite;
    add<one_hidden, 32>(suite, "train_mlp_784_128_10_b32", {784, 128, 10});
    add<two_hidden<50>, 32>(suite, "train_mlp_784_50_50_10_b32", {784, 50, 50, 10});
    add<two_hidden<512>, 128>(suite, "train_mlp_784_512_512_10_b128", {784, 512, 512, 10});
    return suite.run(argc, argv);
}
