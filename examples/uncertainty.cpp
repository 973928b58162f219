// SPDX-License-Identifier: BSL-1.0
// A regression that knows what it does not know: it learns the mean and the spread of noisy
// measurements, whose noise grows to the right, with a loss that is written here.
#include <cmath>
#include <cstdio>
#include <weft/weft.hpp>

namespace nn = weft::nn;

struct regression {
    nn::linear<1, 64> first;
    nn::linear<64, 64> second;
    nn::linear<64, 2> output;
    /// (batch, 1) to (batch, 2): the mean, and the logarithm of the standard deviation.
    constexpr auto operator()(auto const& x) const { return output(tanh(second(tanh(first(x))))); }
};

/// What a normal distribution with the predicted mean and deviation says against the measurement.
struct gaussian_loss {
    constexpr auto operator()(auto const& predicted, auto const& y) const {
        auto const mean = slice(predicted, 1, 0, 1), log_deviation = slice(predicted, 1, 1, 2);
        return weft::mean(log_deviation + 0.5 * square((y - mean) * exp(-log_deviation)));
    }
};

double truth(double x) { return std::sin(3 * x) + 0.5 * x; }
double noise(double x) { return 0.05 + 0.15 * (x + 1); }

auto measurements(std::int64_t count, weft::random::key key) {
    weft::tensor<float, weft::dyn, 1> x(count), y(count), spread(count);
    nn::uniform(x, weft::random::fold_in(key, 1), -1, 1);
    nn::normal(spread, weft::random::fold_in(key, 2), 1);
    for (std::int64_t i = 0; i < count; ++i)
        y(i, 0) = static_cast<float>(truth(x(i, 0)) + noise(x(i, 0)) * spread(i, 0));
    return weft::data::set(std::move(x), std::move(y));
}

int main() {
    auto const train = measurements(4000, weft::random::key{1});
    auto const test = measurements(2000, weft::random::key{2});

    auto net = nn::init<regression>(weft::random::key{3});
    weft::optim::adam const adam{.rate = 3e-3f};
    auto trainer = weft::train::trainer(net, gaussian_loss{}, adam);
    trainer.fit(train, {.epochs = 40, .batch = 64, .validate = test});

    std::puts("\n    x    truth     mean    noise   spread");
    for (double x = -1; x <= 1.01; x += 0.25) {
        auto const y = weft::call(net, weft::tensor<float, 1, 1>{{static_cast<float>(x)}});
        std::printf("%5.2f  %7.3f  %7.3f  %7.3f  %7.3f\n", x, truth(x),
                    static_cast<double>(y(0, 0)), noise(x), std::exp(static_cast<double>(y(0, 1))));
    }
    auto const result = trainer.evaluate(test);
    int inside = 0;
    for (std::int64_t i = 0; i < test.size(); ++i)
        inside +=
            std::abs(test.labels()(i, 0) - result.scores(i, 0)) < 2 * std::exp(result.scores(i, 1));
    std::printf("\nwithin two deviations: %.1f %% (95.4 %% of a normal distribution)\n",
                100. * inside / static_cast<double>(test.size()));
}
