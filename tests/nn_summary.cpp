// SPDX-License-Identifier: BSL-1.0
#include <memory>
#include <string>

#include <doctest/doctest.h>

#include <weft/nn/act.hpp>
#include <weft/nn/batch_norm.hpp>
#include <weft/nn/conv.hpp>
#include <weft/nn/linear.hpp>
#include <weft/nn/repeat.hpp>
#include <weft/nn/sequential.hpp>
#include <weft/nn/summary.hpp>

namespace nn = weft::nn;

namespace {

struct deep {
    nn::linear<784, 128> first;
    nn::repeat<nn::residual<nn::linear<128, 128>>, 3> blocks;
    nn::sequential<nn::act::relu, nn::linear<128, 10>> head;
    constexpr auto operator()(auto const& x) const { return head(blocks(relu(first(x)))); }
};

}  // namespace

TEST_CASE("summary: layers by their names, what they give, their parameters and work") {
    auto const net = std::make_unique<deep>();
    weft::tensor<float, 32, 784> const x;
    std::string const table = nn::summary(*net, x);
    CAPTURE(table);
    CHECK(table ==
          "layer            result     parameters   operations\n"
          "first            (32, 128)      100.5 k   6430.7 k\n"
          "blocks[*].inner  (32, 128)       49.5 k   3174.4 k\n"
          "head.1           (32, 10)        1290       82.2 k\n"
          "all                             151.3 k   9687.4 k\n"
          "605224 bytes of parameters, 32768 bytes of workspace\n");
}

TEST_CASE("summary: run-time extents are named, and count as one") {
    nn::linear<4, 2> const layer;
    std::string const table = nn::summary(layer, weft::tensor<float, weft::dyn, 4>(3));
    CHECK(table.find(", 2)") != std::string::npos);
    CHECK(table.find("        18") != std::string::npos);  // 16 of the product, 2 of the bias
}

TEST_CASE("summary: convolutions count their windows, settings and states are no parameters") {
    nn::sequential<nn::conv2d<1, 8, 3>, nn::batch_norm<8>> net;
    std::string const table = nn::summary(net, weft::tensor<float, 2, 6, 6, 1>{});
    CAPTURE(table);
    CHECK(table.find("0      (2, 4, 4, 8)         80       4864") != std::string::npos);
    CHECK(table.find("1      (2, 4, 4, 8)         16 ") != std::string::npos);
    CHECK(table.find("384 bytes of parameters") != std::string::npos);
}
