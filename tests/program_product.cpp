// SPDX-License-Identifier: BSL-1.0
// Compiled matrix products: every transpose, batches, vectors, sizes that are no multiple of a
// tile, and what their kernels finish: bias, relu, column sums, updates.
#include "compiled.hpp"

#include <weft/autodiff/grad.hpp>
#include <weft/program/eager.hpp>

namespace {

using namespace testing;
using weft::axis;
using weft::dyn;
using weft::symbol;
using weft::tensor;

}  // namespace

TEST_CASE("products of matrices, each operand transposed or not") {
    auto const a = numbers<tensor<float, 13, 22>>(1);
    auto const b = numbers<tensor<float, 22, 37>>(2);
    auto const at = numbers<tensor<float, 22, 13>>(3);
    auto const bt = numbers<tensor<float, 37, 22>>(4);
    check([](symbol x, symbol y) { return matmul(x, y); }, 1e-5, a, b);
    check([](symbol x, symbol y) { return matmul(transpose(x), y); }, 1e-5, at, b);
    check([](symbol x, symbol y) { return matmul(x, transpose(y)); }, 1e-5, a, bt);
    check([](symbol x, symbol y) { return matmul(transpose(x), transpose(y)); }, 1e-5, at, bt);
    check([](symbol x, symbol y) { return transpose(matmul(x, y)) + 1; }, 1e-5, a, b);
    check([](symbol x) { return matmul(x, transpose(x)); }, 1e-5, a);
}

TEST_CASE("vectors: rows, columns, inner and outer products") {
    auto const a = numbers<tensor<float, 13, 22>>(1);
    auto const x = numbers<tensor<float, 22>>(2);
    auto const y = numbers<tensor<float, 13>>(3);
    check([](symbol m, symbol v) { return matmul(m, v); }, 1e-5, a, x);
    check([](symbol m, symbol v) { return matmul(v, m); }, 1e-5, a, y);
    check([](symbol m, symbol v) { return matmul(transpose(m), v); }, 1e-5, a, y);
    check([](symbol v) { return matmul(v, v); }, 1e-5, x);
    check([](symbol u, symbol v) {
        return matmul(reshape(u, {-1, 1}), reshape(v, {1, -1}));
    }, 1e-5, x, y);
    check([](symbol m, symbol u, symbol v) { return matmul(u, matmul(m, v)); }, 1e-5, a, y, x);
}

TEST_CASE("batches, broadcast against each other") {
    auto const a = numbers<tensor<float, 4, 5, 6>>(1);
    auto const b = numbers<tensor<float, 4, 6, 18>>(2);
    auto const one = numbers<tensor<float, 6, 18>>(3);
    auto const grid = numbers<tensor<float, 3, 1, 6, 7>>(4);
    auto const v = numbers<tensor<float, 6>>(5);
    check([](symbol x, symbol y) { return matmul(x, y); }, 1e-5, a, b);
    check([](symbol x, symbol y) { return matmul(x, y); }, 1e-5, a, one);
    check([](symbol x, symbol y) { return matmul(x, y); }, 1e-5, a, grid);
    check([](symbol x, symbol y) { return matmul(x, y); }, 1e-5, a, v);
    check([](symbol x, symbol y) { return matmul(y, x); }, 1e-5, b, v);
    check([](symbol x, symbol y) { return matmul(transpose(x, {0, 2, 1}), y); }, 1e-5, a,
          numbers<tensor<float, 4, 5, 9>>(6));
}

TEST_CASE("contractions of any axes") {
    auto const a = numbers<tensor<double, 3, 4, 5>>(1);
    auto const b = numbers<tensor<double, 5, 3, 7>>(2);
    check([](symbol x, symbol y) { return dot_general(x, y, {{0, 2}, {1, 0}, {}, {}}); }, 1e-13, a, b);
    check([](symbol x, symbol y) { return dot_general(x, y, {{2}, {0}, {0}, {1}}); }, 1e-13, a, b);
    check([](symbol x, symbol y) { return dot_general(x, y, {{2}, {0}, {}, {}}); }, 1e-13, a, b);
    check([](symbol x, symbol y) { return dot_general(x, y, {{}, {}, {0}, {1}}); }, 1e-13, a, b);
    check([](symbol x) { return dot_general(x, x, {{0, 1, 2}, {0, 1, 2}, {}, {}}); }, 1e-13, a);
}

TEST_CASE("other element types") {
    auto const d = numbers<tensor<double, 9, 14>>(1);
    check([](symbol x) { return matmul(transpose(x), x); }, 1e-13, d);
    auto const i = numbers<tensor<std::int32_t, 9, 14>>(2);
    check([](symbol x) { return matmul(transpose(x), x); }, 0, i);
    check([](symbol x, symbol y) { return matmul(transpose(x), y); }, 1e-13, d, i);
    auto const f = numbers<tensor<float, 9, 3>>(3);
    check([](symbol x, symbol y) { return matmul(transpose(x), y); }, 1e-13, d, f);
}

TEST_CASE("narrow types: products are computed in floats") {
    auto const narrow = [](auto const& from, auto to) {
        for (std::int64_t i = 0; i < from.size(); ++i)
            to.data()[i] = static_cast<std::decay_t<decltype(to.data()[i])>>(from.data()[i]);
        return to;
    };
    auto const a = narrow(numbers<tensor<float, 21, 300>>(1), tensor<weft::bf16, 21, 300>());
    auto const b = narrow(numbers<tensor<float, 300, 37>>(2), tensor<weft::bf16, 300, 37>());
    check([](symbol x, symbol y) { return matmul(x, y); }, 1e-2, a, b);
    check([](symbol x, symbol y) { return relu(matmul(transpose(y), transpose(x))) + 1; }, 1e-2, a, b);
    auto const h = narrow(numbers<tensor<float, 13, 40>>(3), tensor<weft::f16, 13, 40>());
    check([](symbol x) { return matmul(x, transpose(x)); }, 2e-3, h);
}

TEST_CASE("small products of constant sizes: tails, transposes, epilogues, batches") {
    auto const a = numbers<tensor<float, 31, 17>>(1);
    auto const b = numbers<tensor<float, 17, 50>>(2);
    auto const c = numbers<tensor<float, 50>>(3);
    check([](symbol x, symbol y) { return matmul(x, y); }, 1e-5, a, b);
    check([](symbol x, symbol y, symbol z) { return relu(matmul(x, y) + z); }, 1e-5, a, b, c);
    check([](symbol x, symbol y) { return matmul(transpose(x), y); }, 1e-13,
          numbers<tensor<double, 9, 64>>(4), numbers<tensor<double, 9, 23>>(5));
    check([](symbol x, symbol y) { return matmul(x, y) * 2; }, 1e-5,
          numbers<tensor<float, 3, 2, 64, 16>>(6), numbers<tensor<float, 2, 16, 33>>(7));
    check([](symbol x) { return matmul(x, x); }, 1e-5, numbers<tensor<float, 2, 2>>(8));
}

TEST_CASE("run-time extents: several bindings in turn, empty and one-element ones") {
    auto const layer = [](symbol x, symbol w, symbol b) { return relu(matmul(x, w) + b); };
    for (int round = 0; round < 2; ++round)
        for (std::int64_t m : {0, 1, 3, 16, 50})
            for (std::int64_t k : {0, 1, 17}) {
                auto const x = numbers<tensor<float, dyn, dyn>>(1, m, k);
                auto const w = numbers<tensor<float, dyn, 21>>(2, k);
                auto const b = numbers<tensor<float, 21>>(3);
                check(layer, 1e-5, x, w, b);
            }
    for (std::int64_t n : {0, 1, 19}) {
        auto const x = numbers<tensor<float, dyn, dyn>>(1, 4, 6);
        auto const y = numbers<tensor<float, dyn, dyn>>(2, 6, n);
        auto const v = numbers<tensor<float, dyn>>(3, n);
        check([](symbol a, symbol b) { return matmul(a, b); }, 1e-5, x, y);
        check([](symbol a, symbol c) { return matmul(a, c); }, 1e-5, y, v);
    }
}

TEST_CASE("a product and what its kernel finishes") {
    auto const x = numbers<tensor<float, 32, 30>>(1);
    auto const w = numbers<tensor<float, 30, 21>>(2);
    auto const b = numbers<tensor<float, 21>>(3);
    check([](symbol a, symbol m, symbol c) {
        symbol const y = relu(matmul(a, m) + c);
        return std::tuple{y, sum(y, axis<0>), sum(y), y > 0};
    }, 1e-5, x, w, b);
    // Reductions of rows and further products do not fit into it.
    check([](symbol a, symbol m, symbol c) {
        symbol const y = matmul(a, m) + c;
        return std::tuple{softmax(y), matmul(tanh(y), transpose(m))};
    }, 1e-5, x, w, b);
}

TEST_CASE("products of one column or one row, and what their kernels finish") {
    auto const a = numbers<tensor<float, 13, 22>>(1);
    auto const x = numbers<tensor<float, 22>>(2);
    auto const b = numbers<tensor<float, 13>>(3);
    auto const c = numbers<tensor<float, 22>>(4);
    check([](symbol m, symbol v, symbol p) { return tanh(matmul(m, v) * p) + p; }, 1e-5, a, x, b);
    check([](symbol m, symbol v, symbol p) { return relu(matmul(v, m) + p) * p; }, 1e-5, a, b, c);
    check([](symbol m, symbol p) { return sum(tanh(matmul(transpose(m), p)) * matmul(p, m)); }, 1e-5, a, b);
    check([](symbol m, symbol p) {
        return p + dot_general(m, m, {{1}, {1}, {0}, {0}}) * exp(p);
    }, 1e-5, a, b);
}

TEST_CASE("a layer's gradients: sums of columns, masks, transposed products") {
    auto const x = numbers<tensor<float, 17, 12>>(1);
    auto const w = numbers<tensor<float, 12, 9>>(2);
    auto const b = numbers<tensor<float, 9>>(3);
    check([](symbol a, symbol m, symbol c) {
        return weft::value_and_grad(
            [](symbol p, symbol q, symbol r) { return sum(square(relu(matmul(p, q) + r))); },
            weft::wrt<0, 1, 2>)(a, m, c);
    }, 2e-5, x, w, b);
}

TEST_CASE("NaN and infinities pass through products; zero times infinity is NaN") {
    tensor<float, 2, 3> x{{0, 1, 2}, {3, 4, 5}};
    tensor<float, 3, 2> y{{1, INFINITY}, {2, 0}, {3, 0}};
    auto const z = weft::call([](symbol a, symbol b) { return matmul(a, b); }, x, y);
    CHECK(z(0, 0) == 8);
    CHECK(std::isnan(z(0, 1)));
    CHECK(z(1, 1) == INFINITY);
    auto const r = weft::call([](symbol a, symbol b) { return relu(matmul(a, b)); }, x, y);
    CHECK(std::isnan(r(0, 1)));
}

TEST_CASE("a run-time number of small products of constant sizes") {
    for (int count : {0, 1, 5}) {
        tensor<float, dyn, 3, 5> x(count);
        tensor<float, dyn, 5, 7> z(count);
        tensor<float, 7> bias;
        for (std::int64_t i = 0; i < x.size(); ++i) x.data()[i] = static_cast<float>(i % 7 - 3);
        for (std::int64_t i = 0; i < z.size(); ++i) z.data()[i] = static_cast<float>(i % 5 - 2);
        for (int j = 0; j < 7; ++j) bias[j] = static_cast<float>(j);
        tensor<float, dyn, 3, 7> const y = matmul(x, z);
        tensor<float, dyn, 3, 7> const moved = 2 * matmul(x, z) + bias;
        bool right = true;
        for (int b = 0; b < count; ++b)
            for (int i = 0; i < 3; ++i)
                for (int j = 0; j < 7; ++j) {
                    float sum = 0;
                    for (int k = 0; k < 5; ++k) sum += x(b, i, k) * z(b, k, j);
                    right = right && y(b, i, j) == sum && moved(b, i, j) == 2 * sum + bias[j];
                }
        CHECK(right);
    }
}
