// SPDX-License-Identifier: BSL-1.0
// A convolutional net, after LeNet-5 (LeCun et al., 1998), that reads handwritten digits and shows
// what its first filters look for: lenet [file.csv.gz]
#include <cstdio>
#include <weft/data/data.hpp>
#include <weft/data/gzip.hpp>
#include <weft/nn/nn.hpp>
#include <weft/optim/adam.hpp>
#include <weft/train/train.hpp>

namespace nn = weft::nn;
using weft::window;

struct lenet {
    nn::conv2d<1, 16, 3, window{.padding = 1}> first;
    nn::conv2d<16, 32, 3, window{.padding = 1}> second;
    nn::linear<128, 64> hidden;
    nn::dropout drop;
    nn::linear<64, 10> output;

    constexpr auto operator()(auto const& pixels) const {
        auto const image = reshape(pixels, {pixels.size(0), 8, 8, 1});
        auto const edges = max_pool(relu(first(image)), 2);
        auto const parts = max_pool(relu(second(edges)), 2);
        return output(drop(relu(hidden(nn::flatten{}(parts)))));
    }
};

void print_filters(auto const& weight) {
    std::puts("\nthe first eight filters, from - to #");
    for (int i = 0; i < 3; ++i) {
        for (int f = 0; f < 8; ++f) {
            for (int j = 0; j < 3; ++j) {
                float const w = weight(i, j, 0, f);
                char const shade = w < -0.3f ? '-' : w < 0.1f ? '.' : w < 0.4f ? '+' : '#';
                std::printf("%c%c", shade, shade);
            }
            std::printf("  ");
        }
        std::puts("");
    }
}

int main(int argc, char** argv) {
    auto const path = argc > 1 ? argv[1] : "examples/data/digits.csv.gz";
    auto const table = weft::data::read_csv<float>(weft::data::gzip(path));
    auto const all = weft::data::labelled<64>(table, {.classes = 10, .scale = 1. / 16});
    auto const [train, test] = all.split(0.8, weft::random::key{1});

    lenet net = nn::init<lenet>(weft::random::key{42});
    constexpr int epochs = 90, batch = 32;
    auto const steps = static_cast<double>(epochs * ((train.size() + batch - 1) / batch));
    weft::optim::adamw const adamw{
        .rate = weft::optim::cosine{.peak = 3e-3f, .warm_up = 100, .steps = steps}, .decay = 0.01f};
    auto trainer = weft::train::trainer(net, nn::softmax_cross_entropy, adamw);
    trainer.fit(train, {.epochs = epochs, .batch = batch, .validate = test});

    print_filters(net.first.weight);
    std::printf("\ntest accuracy: %.1f %%\n", 100 * trainer.evaluate(test).accuracy);
}
