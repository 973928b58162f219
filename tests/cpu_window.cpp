// SPDX-License-Identifier: BSL-1.0
// The kernels of convolution by kind, called as a plan calls them: random windows of one to three
// axes in all layouts against plain sums, element by element, with and without an epilogue.
#include <algorithm>
#include <vector>

#include <doctest/doctest.h>

#include <weft/core/philox.hpp>
#include <weft/cpu/window.hpp>

namespace {

using namespace weft::window_detail;

class dice {
public:
    explicit dice(std::uint64_t seed) : key_(seed) {}
    int next(int low, int high) {
        return low + static_cast<int>(weft::random::bits(key_, count_++).word[0] %
                                      static_cast<unsigned>(high - low + 1));
    }

private:
    weft::random::key key_;
    std::uint64_t count_ = 0;
};

enum class order { last, first, weights };

/// A window over an image of dense memory; `span` is how many elements both operands have.
struct problem {
    window_shape shape{};
    std::int64_t image = 1, weights = 1, weights_origin = 0;

    void lay(order how) {
        window_shape& w = shape;
        auto const spatial = [&](std::int64_t at) {
            for (int d = w.axes - 1; d >= 0; --d) w.at[d].step = at, at *= w.at[d].size;
            return at;
        };
        if (how == order::last) {
            w.lane_step = 1, w.channel_step = w.lanes;
            w.image_step = spatial(w.lanes * w.channels);
            image = w.image_step * w.images;
        } else if (how == order::first) {
            w.lane_step = 1;
            w.channel_step = spatial(w.lanes);
            w.image_step = w.channel_step * w.channels;
            image = w.image_step * w.images;
        } else {  // images side by side, as in the derivative along weights
            w.lane_step = 1, w.image_step = w.lanes;
            w.channel_step = spatial(w.lanes * w.images);
            image = w.channel_step * w.channels;
            w.inner = true;
        }
        bool const turned = how == order::weights;
        w.lane_weight = 1, w.filter_weight = w.lanes;
        w.channel_weight = w.filters * w.lanes;
        std::int64_t at = w.channel_weight * w.channels;
        if (turned) w.filter_weight = w.channels * w.lanes, w.channel_weight = w.lanes;
        for (int d = w.axes - 1; d >= 0; --d) w.at[d].weight = at, at *= w.at[d].taps;
        weights = at;
    }
};

template <class T>
struct recorder {
    std::vector<T>* to;
    std::int64_t columns;
    std::vector<int>* times;
    static void run(void const* context, weft::block<T> const& b) {
        auto const& r = *static_cast<recorder const*>(context);
        for (std::int64_t i = 0; i < b.rows; ++i)
            for (std::int64_t j = 0; j < b.columns; ++j) {
                auto const at = static_cast<std::size_t>((b.row + i) * r.columns + b.column + j);
                (*r.to)[at] = b.data[i * b.stride + j];
                ++(*r.times)[at];
            }
    }
};

template <class T>
void check(problem const& p, double tolerance) {
    window_shape const& w = p.shape;
    std::vector<T> x(static_cast<std::size_t>(p.image)),
        weights(static_cast<std::size_t>(p.weights));
    dice d(7);
    for (T& v : x) v = static_cast<T>(d.next(-32, 32)) / 32;
    for (T& v : weights) v = static_cast<T>(d.next(-32, 32)) / 32;
    auto const size = static_cast<std::size_t>(w.m() * w.n());
    std::vector<T> expected(size), found(size, T(-77)), direct(size, T(-77)),
        row(static_cast<std::size_t>(w.n()));
    each_window_row(
        w, row.data(),
        [&](std::int64_t i, T* sums) { std::copy_n(sums, w.n(), expected.data() + i * w.n()); },
        [&](std::int64_t i) { return x.at(static_cast<std::size_t>(i)); },
        [&](std::int64_t i) { return weights.at(static_cast<std::size_t>(i)); });
    std::vector<char> work(static_cast<std::size_t>(window_workspace_bytes<T>(w)));
    std::vector<int> times(size, 0);
    recorder<T> const r{&found, w.n(), &times};
    auto* const memory = reinterpret_cast<T*>(work.data());
    run_window<T>({w, x.data(), weights.data(), nullptr, 0, {&recorder<T>::run, &r}, memory});
    run_window<T>({w, x.data(), weights.data(), direct.data(), w.n(), {}, memory});
    bool same = true;
    for (std::size_t i = 0; i < size; ++i) {
        double const e = static_cast<double>(expected[i]);
        same = same && times[i] == 1 && found[i] == direct[i] &&
               std::abs(static_cast<double>(found[i]) - e) <= tolerance * (1 + std::abs(e));
    }
    CHECK(same);
}

window_shape random_window(dice& d, int largest) {
    window_shape w{};
    w.axes = d.next(1, 3);
    w.images = d.next(1, 3), w.channels = d.next(1, largest), w.filters = d.next(1, largest);
    w.lanes = 1;
    for (int i = 0; i < w.axes; ++i) {
        window_axis& a = w.at[i];
        a.size = d.next(1, w.axes == 3 ? 6 : 17), a.taps = d.next(1, 4);
        a.result = d.next(1, w.axes == 3 ? 6 : 19);
        a.stride = d.next(1, 3), a.dilation = d.next(1, 3),
        a.spread = d.next(0, 3) ? 1 : d.next(2, 3);
        a.padding = d.next(-1, 4);
        if (d.next(0, 7) == 0) a.stride = -a.stride, a.padding = -a.size;
    }
    return w;
}

}  // namespace

TEST_CASE("convolutions of all layouts and sizes are the plain sums") {
    dice d(1);
    for (int round = 0; round < 400; ++round) {
        problem p{random_window(d, round % 3 == 0 ? 40 : 7)};
        p.lay(static_cast<order>(d.next(0, 2)));
        CAPTURE(round);
        check<float>(p, 1e-4);
        if (round % 8 == 0) check<double>(p, 1e-12);
    }
}

TEST_CASE("the sizes that choose between ways: few results, a long sum, spread images") {
    dice d(2);
    for (int filters : {1, 3, 6, 8, 16, 33})
        for (int channels : {1, 3, 16, 48})
            for (int spread : {1, 2}) {
                problem p;
                window_shape& w = p.shape;
                w.axes = 2, w.images = 2, w.channels = channels, w.filters = filters, w.lanes = 1;
                w.at[0] = {13, 9, 0, 5, 0, 1, 1, spread, 2};
                w.at[1] = {14, 10, 0, 5, 0, 1, 1, spread, 2};
                for (order how : {order::last, order::first}) {
                    p.lay(how);
                    CAPTURE(filters);
                    CAPTURE(channels);
                    check<float>(p, 1e-4);
                }
                // The derivative along weights: a window as large as the image.
                w.images = channels, w.channels = 3;
                w.at[0] = {5, 29, 0, 29, 0, 1, 1, 1, 2};
                w.at[1] = {3, 28, 0, 28, 0, 1, 1, 1, 1};
                p.lay(order::weights);
                check<float>(p, 1e-3);
            }
}

TEST_CASE("long windows, read where they are in a padded image") {
    dice d(4);
    for (int round = 0; round < 40; ++round) {
        problem p{random_window(d, 20)};
        window_shape& w = p.shape;
        w.channels = 17 + d.next(0, 30), w.filters = 16 + d.next(0, 30);
        for (int i = 0; i < w.axes; ++i)
            w.at[i].spread = 1, w.at[i].stride = d.next(1, 2), w.at[i].taps = d.next(1, 4);
        w.at[w.axes - 1].dilation = 1, w.at[w.axes - 1].taps = 4;
        if (round % 4 == 0)  // no padding
            for (int i = 0; i < w.axes; ++i)
                w.at[i].padding = 0, w.at[i].size = i + 1 < w.axes ? 24 : 90;
        w.at[w.axes - 1].result = d.next(0, 1) ? 12 : 30 + d.next(0, 8);
        p.lay(order::last);
        CAPTURE(round);
        CHECK(window_blocks<float>(w).way == window_way::direct);
        check<float>(p, 1e-4);
    }
}

TEST_CASE("channels that do not see each other") {
    dice d(3);
    for (int round = 0; round < 120; ++round) {
        problem p{random_window(d, 3)};
        p.shape.lanes = d.next(2, 37);
        p.lay(static_cast<order>(d.next(0, 2)));
        CAPTURE(round);
        check<float>(p, 1e-4);
    }
}

TEST_CASE("nothing to sum is zero, and no results are no calls") {
    problem p;
    window_shape& w = p.shape;
    w.axes = 1, w.images = 2, w.channels = 0, w.filters = 5, w.lanes = 1;
    w.at[0] = {4, 6, 0, 3, 0, 1, 1, 1, 0};
    p.lay(order::last);
    check<float>(p, 0);
    w.channels = 3, w.images = 0;
    p.lay(order::last);
    check<float>(p, 0);
}
