// SPDX-License-Identifier: BSL-1.0
// Convolutional nets: training steps (forward, backward and Adam as one compiled program), and one
// image through LeNet-5.
#include <memory>
#include <weft/weft.hpp>

#include "harness.hpp"

namespace nn = weft::nn;
using weft::window;

namespace {

struct lenet {
    nn::conv2d<1, 6, 5, window{.padding = 2}> first;
    nn::conv2d<6, 16, 5> second;
    nn::linear<400, 120> third;
    nn::linear<120, 84> fourth;
    nn::linear<84, 10> output;
    constexpr auto operator()(auto const& x) const {
        auto const a = max_pool(relu(first(x)), 2);
        auto const b = nn::flatten{}(max_pool(relu(second(a)), 2));
        return output(relu(fourth(relu(third(b)))));
    }
};

template <int In, int Out>
struct block {
    nn::conv2d<In, Out, 3, window{.padding = 1}, nn::bias::no> window_sum;
    nn::batch_norm<Out> normal;
    constexpr auto operator()(auto const& x) { return relu(normal(window_sum(x))); }
};

struct convnet {
    block<3, 32> first;
    block<32, 32> second;
    block<32, 64> third;
    block<64, 64> fourth;
    nn::linear<64, 10> output;
    constexpr auto operator()(auto const& x) {
        auto const a = max_pool(second(first(x)), 2);
        return output(global_avg_pool(fourth(third(a))));
    }
};

template <class X>
X noise() {
    X x{};
    std::uint32_t s = 1;
    for (float& v : x) {
        s = s * 1664525u + 1013904223u;
        v = static_cast<float>(s >> 8) / 16777216.f;
    }
    return x;
}

/// Model, optimizer and one batch of noise.
template <class M, class X, int Batch>
struct task {
    M model = nn::init<M>(weft::random::key{42});
    weft::train::step<M, decltype(nn::softmax_cross_entropy), weft::optim::adam> step{
        model, nn::softmax_cross_entropy, weft::optim::adam{}};
    X x = noise<X>();
    weft::tensor<std::int32_t, Batch> y;

    task() {
        for (int i = 0; i < Batch; ++i) y(i) = i % 10;
    }
};

/// The least: `forward` multiply-adds an image, of which `first` need no gradient of the image;
/// parameters and both moments read and written once.
bench::work least(double batch, double forward, double first, double parameters, double pixels) {
    bench::work w;
    w.flops = batch * (6 * forward - 2 * first) + 12 * parameters;
    w.read = 4 * (3 * parameters + batch * pixels), w.written = 12 * parameters;
    w.footprint = w.read;
    return w;
}

template <class M, class X, int Batch>
void add(bench::suite& suite, char const* name, bench::work const& needs) {
    using T = task<M, X, Batch>;
    auto t = std::make_shared<std::unique_ptr<T>>(std::make_unique<T>());
    suite.add(
        name, needs, [t] { return (*t)->step((*t)->model, (*t)->x, (*t)->y).loss; },
        [t] { *t = std::make_unique<T>(); });
}

}  // namespace

int main(int argc, char** argv) {
    bench::suite suite;
    double const lenet_first = 784 * 25 * 6, lenet_sums = lenet_first + 100 * 150 * 16 + 58920;
    add<lenet, weft::tensor<float, 64, 28, 28, 1>, 64>(
        suite, "train_lenet5_b64", least(64, lenet_sums, lenet_first, 61706, 784));
    double const first = 1024 * 27 * 32,
                 sums = first + 1024 * 288 * 32 + 256 * (288 + 576) * 64 + 640;
    add<convnet, weft::tensor<float, 32, 32, 32, 3>, 32>(suite, "train_convnet_32_32_64_64_b32",
                                                         least(32, sums, first, 66410, 3072));
    auto const model = nn::init<lenet>(weft::random::key{1});
    auto const image = noise<weft::tensor<float, 1, 28, 28, 1>>();
    suite.add("infer_lenet5_b1", {2 * lenet_sums, 4 * (61706. + 784), 40, 4 * 62490.},
              [&] { return weft::call(model, image)(0, 0); });
    return suite.run(argc, argv);
}
