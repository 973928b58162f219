// SPDX-License-Identifier: BSL-1.0
// Assignments whose operands overlap with what they write: random views of one piece of memory
// against a plain evaluation that reads everything before it writes; and the orders in which an
// evaluation in place goes wrong.
#include <doctest/doctest.h>

#include <cstdint>
#include <cstring>
#include <random>
#include <vector>
#include <weft/ops/ops.hpp>
#include <weft/program/eager.hpp>
#include <weft/tensor/create.hpp>

using weft::dyn;
using weft::tensor;
using weft::view;

namespace {

constexpr std::int64_t room = 96;

/// Random views of one piece of memory.
template <class T>
struct maker {
    std::mt19937 engine{7};
    std::vector<T> memory = std::vector<T>(room);

    std::int64_t below(std::int64_t n) {
        return static_cast<std::int64_t>(engine() % static_cast<std::uint32_t>(n));
    }
    void refill() {
        for (T& x : memory) x = static_cast<T>(below(40) - 20);
    }
    /// No two elements at one place, if the view is to be written.
    view<T, dyn, dyn> make(weft::dims<2> shape, bool written) {
        for (;;) {
            weft::dims<2> strides{below(21) - 10, below(9) - 4};
            if (below(3) == 0) strides = {shape[1], 1};
            if (below(6) == 0) strides = {1, shape[0]};
            std::int64_t low = 0, high = 0;
            for (int a = 0; a < 2; ++a)
                (strides[a] < 0 ? low : high) += (shape[a] - 1) * strides[a];
            if (high - low >= room) continue;
            if (written) {
                bool seen[room] = {}, twice = false;
                for (std::int64_t i = 0; i < shape[0]; ++i)
                    for (std::int64_t j = 0; j < shape[1]; ++j) {
                        bool& s = seen[i * strides[0] + j * strides[1] - low];
                        twice |= s;
                        s = true;
                    }
                if (twice) continue;
            }
            return {memory.data() - low + below(room - (high - low)), shape, strides};
        }
    }
};

/// Assigns in both ways, and compares all memory.
template <class T, class Eager, class Plain>
bool agree(maker<T>& m, view<T, dyn, dyn> const& to, view<T, dyn, dyn> const& x,
           view<T, dyn, dyn> const& y, Eager eager, Plain plain) {
    std::vector<T> expected = m.memory;
    auto const place = [&](view<T, dyn, dyn> const& v, std::int64_t i, std::int64_t j) {
        return v.data() - m.memory.data() + (v.extent(0) == 1 ? 0 : i * v.stride(0)) +
               (v.extent(1) == 1 ? 0 : j * v.stride(1));
    };
    for (std::int64_t i = 0; i < to.extent(0); ++i)
        for (std::int64_t j = 0; j < to.extent(1); ++j) {
            auto const at = [&](view<T, dyn, dyn> const& v) {
                return m.memory[static_cast<std::size_t>(place(v, i, j))];
            };
            expected[static_cast<std::size_t>(place(to, i, j))] =
                static_cast<T>(plain(at(to), at(x), at(y)));
        }
    eager(to, x, y);
    return expected == m.memory;
}

template <class T>
void fuzz(int rounds) {
    maker<T> m;
    int wrong = 0;
    for (int round = 0; round < rounds; ++round) {
        m.refill();
        weft::dims<2> const shape{1 + m.below(5), 1 + m.below(5)};
        // Of the second source all, a row that is repeated, or a column.
        std::int64_t const form = m.below(3);
        weft::dims<2> const other{form == 1 ? 1 : shape[0], form == 2 ? 1 : shape[1]};
        auto const to = m.make(shape, true), x = m.make(shape, false), y = m.make(other, false);
        bool const fits =
            form == 0   ? agree(m, to, x, y,  //
                                [](auto& t, auto& a, auto& b) { t.assign(a + b); },
                                [](T, T a, T b) { return a + b; })
            : form == 1 ? agree(m, to, x, y,
                                [](auto& t, auto& a, auto& b) { t += a - 2 * b.row(0); },
                                [](T t, T a, T b) { return t + (a - 2 * b); })
                        : agree(m, to, x, y,
                                [](auto& t, auto& a, auto& b) {
                                    t.assign(a - b(weft::every, 0, weft::newaxis));
                                },
                                [](T, T a, T b) { return a - b; });
        wrong += !fits;
    }
    CHECK(wrong == 0);
}

template <class T, std::int64_t... E>
void number(tensor<T, E...>& t) {
    T next{};
    for (T& x : t) x = next, next = static_cast<T>(next + T{1});
}

}  // namespace

TEST_CASE("overlap: random views of one piece of memory") {
    fuzz<float>(20000);
    fuzz<std::int8_t>(10000);
}

TEST_CASE("overlap: two types in one piece of memory") {
    alignas(64) unsigned char bytes[256], expected[256];
    maker<float> m;  // for its numbers
    int wrong = 0;
    for (int round = 0; round < 10000; ++round) {
        for (std::size_t i = 0; i < sizeof bytes; i += 2) {
            auto const x = static_cast<std::int16_t>(m.below(200) - 100);
            std::memcpy(bytes + i, &x, 2);
        }
        std::int64_t const n = 1 + m.below(12), to_step = m.below(2) ? 1 : m.below(5) - 5,
                           from_step = m.below(2) ? 1 : m.below(9) - 4;
        auto const first = [&](std::int64_t step, std::int64_t places) {
            std::int64_t const reach = (n - 1) * step;
            return m.below(places - (reach < 0 ? -reach : reach)) - (reach < 0 ? reach : 0);
        };
        std::int64_t const to_first = first(to_step, 64), from_first = first(from_step, 128);
        view<std::int32_t, dyn> const to(reinterpret_cast<std::int32_t*>(bytes) + to_first, {n},
                                         {to_step});
        view<std::int16_t, dyn> const from(reinterpret_cast<std::int16_t*>(bytes) + from_first,
                                           {n}, {from_step});
        std::memcpy(expected, bytes, sizeof bytes);
        for (std::int64_t i = 0; i < n; ++i) {
            std::int32_t old;
            std::int16_t x;
            std::memcpy(&old, bytes + 4 * (to_first + i * to_step), 4);
            std::memcpy(&x, bytes + 2 * (from_first + i * from_step), 2);
            std::int32_t const y = old / 2 + x * 3;
            std::memcpy(expected + 4 * (to_first + i * to_step), &y, 4);
        }
        to.assign(weft::cast<std::int32_t>(trunc(to / 2.0)) + weft::cast<std::int32_t>(from) * 3);
        wrong += std::memcmp(bytes, expected, sizeof bytes) != 0;
    }
    CHECK(wrong == 0);
}

TEST_CASE("overlap: a matrix and its transpose") {
    tensor<float, dyn, dyn> a(3, 3);
    number(a);
    tensor<float, dyn, dyn> const was = a;
    a = a.transposed() + a;
    a(0, 0) -= 0;
    for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j) CHECK(a(i, j) == was(i, j) + was(j, i));
    a = was;
    a = transpose(a) - a;
    for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j) CHECK(a(i, j) == was(j, i) - was(i, j));
    a = was;
    a.transposed() = a;
    for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j) CHECK(a(i, j) == was(j, i));
    // Of another shape: new memory, with the old read first.
    tensor<float, dyn, dyn> b(2, 3);
    number(b);
    b = b.transposed() * 2;
    CHECK(b.shape() == weft::dims<2>{3, 2});
    CHECK(b(2, 1) == 10);
}

TEST_CASE("overlap: parts of the same tensor") {
    tensor<int, dyn> a(6);
    number(a);
    a.rows(1, 6) = a.rows(0, 5);
    CHECK(array_equal(a, tensor<int, dyn>{0, 0, 1, 2, 3, 4}));
    number(a);
    a.rows(0, 5) = a.rows(1, 6);
    CHECK(array_equal(a, tensor<int, dyn>{1, 2, 3, 4, 5, 5}));
    number(a);
    a(weft::every.by(-1)) = a + 1;
    CHECK(array_equal(a, tensor<int, dyn>{6, 5, 4, 3, 2, 1}));
    number(a);
    a(weft::every.by(2)) = a(weft::from(1).by(2)) * 10;
    CHECK(array_equal(a, tensor<int, dyn>{10, 1, 30, 3, 50, 5}));
    number(a);
    a = a.flip(0) * 2;
    CHECK(array_equal(a, tensor<int, dyn>{10, 8, 6, 4, 2, 0}));
    // A sum over what is written.
    tensor<int, dyn, dyn> m(2, 2);
    number(m);
    m = m + sum(m);
    CHECK(array_equal(m, tensor<int, dyn, dyn>{{6, 7}, {8, 9}}));
    m += m.row(0);
    CHECK(array_equal(m, tensor<int, dyn, dyn>{{12, 14}, {14, 16}}));
    m = matmul(m, m);
    CHECK(m(0, 0) == 12 * 12 + 14 * 14);
}

TEST_CASE("overlap: memory is kept where nothing is in the way") {
    tensor<float, dyn> a(100), b(100);
    number(a);
    float const* const data = a.data();
    a = a * 2 + b;
    a += a * a;
    a -= 1;
    CHECK(a.data() == data);
    CHECK(a[3] == 6 + 36 - 1);
}
