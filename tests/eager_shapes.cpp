// SPDX-License-Identifier: BSL-1.0
// Shapes that are known at run time: random extents, strides, offsets and types against a plain
// evaluation; extents of 1 that are repeated, and what keeps them from it.
#include <doctest/doctest.h>

#include <random>
#include <vector>

#include "raised.hpp"

#include <weft/ops/ops.hpp>
#include <weft/program/eager.hpp>

using weft::axis;
using weft::dims;
using weft::dyn;
using weft::every;
using weft::tensor;
using weft::view;

namespace {

using listed = std::vector<double>;
using matrix = tensor<float, dyn, dyn>;

/// The elements of an expression, and its extents in front.
template <class E>
listed of(E const& e) {
    tensor const t = e;
    listed out;
    for (std::int64_t n : t.shape()) out.push_back(static_cast<double>(n));
    for (auto const& x : t) out.push_back(static_cast<double>(x));
    return out;
}

std::mt19937 engine(11);
std::int64_t below(std::int64_t n) {
    return static_cast<std::int64_t>(engine() % static_cast<std::uint32_t>(n));
}

/// Small numbers at random strides, and a plain way to read them.
template <class T>
class random_view {
public:
    random_view(dims<2> extents) {
        for (T& x : memory_) x = static_cast<T>(static_cast<float>(below(10)));
        dims<2> strides{below(13) - 6, below(7) - 3};
        if (below(2) == 0) strides = {extents[1], 1};
        std::int64_t low = 0, high = 0;
        for (int a = 0; a < 2; ++a)
            (strides[a] < 0 ? low : high) += (extents[a] - 1) * strides[a];
        std::int64_t const room = static_cast<std::int64_t>(memory_.size()) - (high - low);
        its = {memory_.data() - low + below(room), extents, strides};
    }
    view<T, dyn, dyn> its;

    double at(std::int64_t i, std::int64_t j) const {
        return static_cast<double>(
            its.data()[(its.extent(0) > 1 ? i * its.stride(0) : 0) +
                       (its.extent(1) > 1 ? j * its.stride(1) : 0)]);
    }

private:
    std::vector<T> memory_ = std::vector<T>(80);
};

/// Two views and a tensor whose extents are those of the result, or 1.
template <class A, class B>
int wrong_of_random(int rounds) {
    int wrong = 0;
    for (int round = 0; round < rounds; ++round) {
        dims<2> const all{1 + below(5), 1 + below(5)};
        auto const some = [&] { return dims<2>{below(3) ? all[0] : 1, below(3) ? all[1] : 1}; };
        random_view<A> const a(some());
        random_view<B> const b(some());
        random_view<A> const c(some());
        tensor<A, dyn, dyn> const owned(c.its);
        dims<2> shape{1, 1};
        for (dims<2> const& s : {a.its.shape(), b.its.shape(), c.its.shape()})
            for (int i = 0; i < 2; ++i)
                if (s[i] > 1) shape[i] = s[i];

        tensor const y = a.its * b.its + owned;
        tensor const total = sum(where(a.its > b.its, owned, 2), axis<1>);
        bool good = y.shape() == shape && total.extent(0) == shape[0];
        for (std::int64_t i = 0; good && i < shape[0]; ++i) {
            double s = 0;
            for (std::int64_t j = 0; j < shape[1]; ++j) {
                good = good && static_cast<double>(y(i, j)) == a.at(i, j) * b.at(i, j) + c.at(i, j);
                s += a.at(i, j) > b.at(i, j) ? c.at(i, j) : 2;
            }
            good = good && static_cast<double>(total(i)) == s;
        }
        wrong += !good;
    }
    return wrong;
}

}  // namespace

TEST_CASE("shapes: random extents, strides, offsets and types") {
    CHECK(wrong_of_random<float, float>(3000) == 0);
    CHECK(wrong_of_random<std::int16_t, double>(2000) == 0);
    CHECK(wrong_of_random<weft::bf16, std::uint8_t>(2000) == 0);
}

TEST_CASE("shapes: an extent of 1 is repeated") {
    matrix const mat{{0, 1, 2}, {3, 4, 5}}, row{{10, 20, 30}}, col{{100}, {200}}, one{{7}};
    CHECK(of(mat + row) == listed{2, 3, 10, 21, 32, 13, 24, 35});
    CHECK(of(one * row + col) == listed{2, 3, 170, 240, 310, 270, 340, 410});
    CHECK(of(mean(mat + col)) == listed{152.5});
    CHECK(of(softmax(mat * 0 + row * 0, axis<1>) * 3)[2] == doctest::Approx(1));
    CHECK(of(cumsum(mat - row, axis<0>)) == listed{2, 3, -10, -19, -28, -17, -35, -53});
    CHECK(of(transpose(row) + transpose(mat)) == listed{3, 2, 10, 13, 21, 24, 32, 35});
    CHECK(of(broadcast_to(row, {2, 3}) + mat) == listed{2, 3, 10, 21, 32, 13, 24, 35});
    CHECK(of(sum(row) + row + mat) == listed{2, 3, 70, 81, 92, 73, 84, 95});
    CHECK(of(row + tensor<float, 2, 3>{{1, 2, 3}, {4, 5, 6}}) ==
          listed{2, 3, 11, 22, 33, 14, 25, 36});
    CHECK(of(mat(every.by(-1), every) + row) == listed{2, 3, 13, 24, 35, 10, 21, 32});
    CHECK(of(mat + row(every, every.by(-1))) == listed{2, 3, 30, 21, 12, 33, 24, 15});
    CHECK(of(matrix(0, 3) + row) == listed{0, 3});

    matrix t = mat;
    t += row;
    CHECK(of(t + 0) == listed{2, 3, 10, 21, 32, 13, 24, 35});
    t(every, every.by(-1)) = row;
    CHECK(of(t + 0) == listed{2, 3, 30, 20, 10, 30, 20, 10});
    t.row(0) = tensor<float, dyn>{5};
    CHECK(of(t + 0) == listed{2, 3, 5, 5, 5, 30, 20, 10});
    t = row;
    t = t + col;
    CHECK(of(t + 0) == listed{2, 3, 110, 120, 130, 210, 220, 230});
}

TEST_CASE("shapes: what does not fit, or is no elementwise operand") {
    matrix const mat(2, 3), row(1, 3), one(1, 1);
    char const* const end = " do not fit together (operands are counted from the left)";
    CHECK(sentence([&] { of(mat + matrix(2, 2)); }) ==
          std::string("add: axis 1 of operand 0 (2, 3) and axis 1 of operand 1 (2, 2)") + end);
    CHECK(sentence([&] { of(one + mat + matrix(4, 3)); }) ==
          std::string("add: axis 0 of operand 1 (2, 3) and axis 0 of operand 2 (4, 3)") + end);
    CHECK(sentence([&] { of(matmul(mat, row)); }) ==
          std::string("dot_general: axis 1 of operand 0 (2, 3) and axis 0 of operand 1 (1, 3)") +
              end);
    auto const scaled = [](auto x) { return x - sum(x, axis<0>, weft::keep); };
    CHECK(has(sentence([&] { of(scaled(row + 0) + cumsum(row, axis<0>) + mat); }), end));
    matrix target = row;
    CHECK(sentence([&] { target += mat; }) ==
          "assignment: the value has the extents (2, 3), what is changed in place (1, 3)");
    CHECK(has(sentence([&] { target.view() = mat; }), end));
    CHECK(target.shape() == dims<2>{1, 3});
}
