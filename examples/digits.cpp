// SPDX-License-Identifier: BSL-1.0
// Trains a model on handwritten digits and shows what it reads: digits [file.csv.gz]
#include <cstdio>
#include <weft/data/data.hpp>
#include <weft/data/gzip.hpp>
#include <weft/nn/nn.hpp>
#include <weft/optim/adam.hpp>
#include <weft/train/train.hpp>

namespace nn = weft::nn;

struct reader {
    nn::linear<64, 128> hidden;
    nn::linear<128, 10> output;
    constexpr auto operator()(auto const& x) const { return output(relu(hidden(x))); }
};

void print_confusion(auto const& counts) {
    std::puts("\nrows: the digit, columns: the answer\n     0   1   2   3   4   5   6   7   8   9");
    for (int i = 0; i < 10; ++i) {
        std::printf("%d ", i);
        for (int j = 0; j < 10; ++j) std::printf(counts(i, j) ? "%4d" : "   .", counts(i, j));
        std::puts("");
    }
}

void print_digit(auto const& pixels, int digit, int answer) {
    std::printf("\na %d, read as %d\n", digit, answer);
    for (int i = 0; i < 64; ++i) {
        char const shade = " .:-=+*#@"[static_cast<int>(8 * pixels[i])];
        std::printf("%c%c%s", shade, shade, i % 8 == 7 ? "\n" : "");
    }
}

int main(int argc, char** argv) {
    auto const path = argc > 1 ? argv[1] : "examples/data/digits.csv.gz";
    auto const table = weft::data::read_csv<float>(weft::data::gzip(path));
    auto const all = weft::data::labelled<64>(table, {.classes = 10, .scale = 1. / 16});
    auto const [train, test] = all.split(0.8, weft::random::key{1});

    reader net = nn::init<reader>(weft::random::key{42});
    weft::optim::adam const adam{.rate = 2e-3f};
    auto trainer = weft::train::trainer(net, nn::softmax_cross_entropy, adam);
    trainer.fit(train, {.epochs = 40, .batch = 32, .validate = test});

    auto const result = trainer.evaluate(test);
    auto const answers = weft::train::answers(result.scores);
    print_confusion(weft::train::confusion<10>(answers, test.labels()));
    for (int i = 0, shown = 0; i < test.size() && shown < 5; ++i)
        if (answers[i] != test.labels()[i]) {
            print_digit(test.features().row(i), test.labels()[i], answers[i]);
            ++shown;
        }
    std::printf("\ntest accuracy: %.1f %%\n", 100 * result.accuracy);
}
