// SPDX-License-Identifier: BSL-1.0
#include <weft/cpu/gemm_static.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

namespace {

// Values in [-1, 1), the same on every run.
struct numbers {
    std::uint64_t state = 1;
    double operator()() {
        state = state * 6364136223846793005u + 1442695040888963407u;
        return static_cast<double>(static_cast<std::int64_t>(state) >> 11) * 0x1p-52;
    }
};

enum class layout { rows, columns, neither };

// A matrix with gaps between rows that hold NaN: a read of one of them shows in the result.
template <class T>
struct operand {
    std::vector<T> memory;
    weft::matrix<T> view;

    operand(numbers& next, std::int64_t m, std::int64_t n, layout l, std::int64_t gap) {
        std::int64_t row = n + gap, column = 1;
        if (l == layout::columns) row = 1, column = m + gap;
        if (l == layout::neither) row = 3, column = 3 * m + gap;
        // No element beyond the last one, so that AddressSanitizer sees a read past the end.
        std::int64_t const size = m > 0 && n > 0 ? (m - 1) * row + (n - 1) * column + 1 : 0;
        memory.assign(static_cast<std::size_t>(size), static_cast<T>(NAN));
        memory.shrink_to_fit();
        view = {memory.data(), row, column};
        for (std::int64_t i = 0; i < m; ++i)
            for (std::int64_t j = 0; j < n; ++j)
                memory[static_cast<std::size_t>(i * row + j * column)] = static_cast<T>(next());
    }
    double at(std::int64_t i, std::int64_t j) const {
        return static_cast<double>(view.data[i * view.row + j * view.column]);
    }
};

struct variant {
    layout a = layout::rows, b = layout::rows;
    std::int64_t gap = 0;
    bool accumulate = false;
    bool finish = false;  // with an epilogue
    bool c_given = true;
};

template <class T>
struct collected {
    std::vector<T> values;
    std::vector<int> visits;
    std::int64_t n = 0;

    static void run(void const* context, weft::block<T> const& b) {
        auto& self = *static_cast<collected*>(const_cast<void*>(context));
        for (std::int64_t i = 0; i < b.rows; ++i)
            for (std::int64_t j = 0; j < b.columns; ++j) {
                auto const at = static_cast<std::size_t>((b.row + i) * self.n + b.column + j);
                self.values.at(at) = b.data[i * b.stride + j];
                ++self.visits.at(at);
            }
    }
};

// The largest error of one product, as a multiple of what rounding allows; infinite if a byte
// outside C or the workspace changed, or if the epilogue saw an element other than once.
template <class T>
double error_of(std::int64_t m, std::int64_t n, std::int64_t k, variant v) {
    numbers next{static_cast<std::uint64_t>(m * 10007 + n * 101 + k)};
    operand<T> const a(next, m, k, v.a, v.gap), b(next, k, n, v.b, v.gap);
    std::int64_t const ldc = n + v.gap;
    std::vector<T> c(static_cast<std::size_t>(m * ldc));
    for (T& x : c) x = static_cast<T>(next());
    std::vector<T> const before = c;

    constexpr std::size_t guard = 256;
    constexpr auto mark = std::byte{0xa5};
    auto const bytes = static_cast<std::size_t>(weft::gemm_workspace_bytes<T>(
        m, n, k, {.b_rows = v.b == layout::rows, .c_given = v.c_given}));
    std::vector<std::byte> work(bytes + 2 * guard + 1, mark);
    std::byte* const start = work.data() + guard + 1;  // any alignment is allowed

    collected<T> seen{std::vector<T>(static_cast<std::size_t>(m * n), static_cast<T>(NAN)),
                      std::vector<int>(static_cast<std::size_t>(m * n)), n};
    weft::epilogue<T> finish;
    if (v.finish) finish = {collected<T>::run, &seen};
    weft::gemm<T>(m, n, k, a.view, b.view, v.c_given ? c.data() : nullptr, ldc, v.accumulate,
                  finish, start);

    if (std::any_of(work.data(), start, [](std::byte x) { return x != mark; })) return INFINITY;
    if (std::any_of(start + bytes, work.data() + work.size(),
                    [](std::byte x) { return x != mark; }))
        return INFINITY;
    if (v.finish &&
        std::any_of(seen.visits.begin(), seen.visits.end(), [](int x) { return x != 1; }))
        return INFINITY;

    double worst = 0;
    double const unit = std::is_same_v<T, float> ? 0x1p-23 : 0x1p-52;
    for (std::int64_t i = 0; i < m; ++i) {
        for (std::int64_t j = 0; j < ldc; ++j) {
            auto const at = static_cast<std::size_t>(i * ldc + j);
            if (j >= n || !v.c_given) {
                if (std::memcmp(&c[at], &before[at], sizeof(T)) != 0) return INFINITY;
                if (j >= n) continue;
            }
            bool const adds = v.accumulate && v.c_given;
            double sum = adds ? static_cast<double>(before[at]) : 0, size = std::abs(sum);
            for (std::int64_t p = 0; p < k; ++p) {
                sum += a.at(i, p) * b.at(p, j);
                size += std::abs(a.at(i, p) * b.at(p, j));
            }
            double const allowed = unit * (size * std::sqrt(static_cast<double>(k) + 4) + 1e-30);
            auto const differs = [&](T x) {
                double const d = std::abs(static_cast<double>(x) - sum) / allowed;
                return std::isnan(d) ? INFINITY : d;
            };
            if (v.c_given) worst = std::max(worst, differs(c[at]));
            if (v.finish)
                worst = std::max(worst, differs(seen.values[static_cast<std::size_t>(i * n + j)]));
        }
    }
    return worst;
}

constexpr layout layouts[] = {layout::rows, layout::columns, layout::neither};

}  // namespace

TEST_CASE_TEMPLATE("gemm: every small size", T, float, double) {
    for (std::int64_t m = 0; m <= 40; m += m < 15 ? 1 : 5)
        for (std::int64_t n = 0; n <= 40; n += n < 20 ? 1 : 3)
            for (std::int64_t k : {0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 33, 40})
                for (layout a : {layout::rows, layout::columns})
                    for (layout b : {layout::rows, layout::columns}) {
                        CAPTURE(m);
                        CAPTURE(n);
                        CAPTURE(k);
                        CAPTURE(static_cast<int>(a));
                        CAPTURE(static_cast<int>(b));
                        REQUIRE(error_of<T>(m, n, k, {.a = a, .b = b}) <= 1);
                    }
}

TEST_CASE_TEMPLATE("gemm: strides, gaps, accumulation and epilogues", T, float, double) {
    struct size {
        std::int64_t m, n, k;
    };
    for (size s : {size{1, 1, 1},
                   {1, 10, 784},
                   {1, 129, 65},
                   {1, 300, 20},
                   {37, 1, 50},
                   {2, 70, 33},
                   {3, 130, 40},
                   {5, 10, 0},
                   {1, 10, 0},
                   {13, 33, 17},
                   {32, 10, 128},
                   {61, 50, 37},
                   {23, 200, 64},
                   {67, 129, 130},
                   {1, 7, 100},
                   {1, 16, 50},
                   {1, 50, 30},
                   {100, 10, 32},
                   {37, 3, 70}})
        for (layout a : layouts)
            for (layout b : layouts)
                for (int bits = 0; bits < 16; ++bits) {
                    variant const v{a,
                                    b,
                                    (bits & 1) != 0 ? 5 : 0,
                                    (bits & 2) != 0,
                                    (bits & 4) != 0,
                                    (bits & 8) == 0};
                    CAPTURE(s.m);
                    CAPTURE(s.n);
                    CAPTURE(s.k);
                    CAPTURE(static_cast<int>(a));
                    CAPTURE(static_cast<int>(b));
                    CAPTURE(bits);
                    REQUIRE(error_of<T>(s.m, s.n, s.k, v) <= 1);
                }
}

TEST_CASE_TEMPLATE("gemm: several blocks of B and of the inner extent", T, float, double) {
    for (layout a : {layout::rows, layout::columns})
        for (layout b : {layout::rows, layout::columns})
            for (bool c_given : {true, false}) {
                variant const v{a, b, 3, c_given, true, c_given};
                CHECK(error_of<T>(29, 1100, 130, v) <= 1);
                CHECK(error_of<T>(75, 77, 1700, v) <= 1);
                CHECK(error_of<T>(70, 700, 821, v) <= 1);
            }
    // Few columns, for which the transpose of C is computed where A is transposed.
    for (layout b : layouts)
        for (bool c_given : {true, false}) {
            variant const v{layout::columns, b, 2, false, true, c_given};
            CHECK(error_of<T>(997, 10, 40, v) <= 1);
            CHECK(error_of<T>(75, 5, 1700, v) <= 1);
        }
    // Strides that are a large power of two, for which tiles of A are copied.
    for (layout a : {layout::rows, layout::columns})
        CHECK(error_of<T>(64, 256, 512, {.a = a, .finish = true}) <= 1);
    CHECK(error_of<T>(1024, 140, 64, {.a = layout::columns}) <= 1);
}

TEST_CASE("gemm: values that are not finite stay in their row and column") {
    constexpr std::int64_t m = 14, n = 35, k = 9;
    std::vector<float> a(m * k, 1.f), b(k * n, 1.f), c(m * n);
    a[3 * k + 4] = NAN;
    b[2 * n + 34] = INFINITY;
    std::vector<std::byte> work(
        static_cast<std::size_t>(weft::gemm_workspace_bytes<float>(m, n, k)));
    weft::gemm<float>(m, n, k, {a.data(), k, 1}, {b.data(), n, 1}, c.data(), n, false, {},
                      work.data());
    for (int i = 0; i < m; ++i)
        for (int j = 0; j < n; ++j) {
            float const x = c[static_cast<std::size_t>(i * n + j)];
            if (i == 3)
                CHECK(std::isnan(x));
            else if (j == 34)
                CHECK(x == INFINITY);
            else
                CHECK(x == static_cast<float>(k));
        }
}

TEST_CASE("gemm: the same bits for any split of the rows") {
    numbers next;
    constexpr std::int64_t m = 45, n = 70, k = 300;
    operand<float> const a(next, m, k, layout::rows, 0), b(next, k, n, layout::rows, 0);
    std::vector<float> whole(m * n), parts(m * n);
    std::vector<std::byte> work(
        static_cast<std::size_t>(weft::gemm_workspace_bytes<float>(m, n, k)));
    weft::gemm<float>(m, n, k, a.view, b.view, whole.data(), n, false, {}, work.data());
    for (std::int64_t i = 0, rows = 2; i < m; i += rows, rows = m - i < 23 ? m - i : 20)
        weft::gemm<float>(std::min(rows, m - i), n, k, {a.view.data + i * k, k, 1}, b.view,
                          parts.data() + i * n, n, false, {}, work.data());
    CHECK(std::memcmp(whole.data(), parts.data(), sizeof(float) * m * n) == 0);
}

// The same bits as the product whose sizes are known at run time, but for a single row, of which
// more columns are summed at once; reads and writes stay inside.
template <class T, weft::static_product P>
void check_constant() {
    constexpr std::int64_t m = P.m, n = P.n, k = P.k;
    numbers next{static_cast<std::uint64_t>(m * 10007 + n * 101 + k)};
    auto const fill = [&](std::int64_t size) {
        std::vector<T> x(static_cast<std::size_t>(size));
        for (T& v : x) v = static_cast<T>(next());
        x.shrink_to_fit();
        return x;
    };
    std::vector<T> const a = fill((m - 1) * P.a_row + (k - 1) * P.a_column + 1),
                         b = fill((k - 1) * P.b_row + n);
    std::vector<T> c = fill((m - 1) * P.c_row + n), expected = c;
    std::vector<std::byte> work(
        static_cast<std::size_t>(weft::gemm_workspace_bytes<T>(m, n, k, {true, true})));
    weft::gemm<T>(m, n, k, {a.data(), P.a_row, P.a_column}, {b.data(), P.b_row, 1}, expected.data(),
                  P.c_row, P.accumulate, {}, work.data());
    weft::gemm<T, P>(a.data(), b.data(), c.data());
    CAPTURE(m);
    CAPTURE(n);
    CAPTURE(k);
    if (m > 1) {
        CHECK(std::memcmp(c.data(), expected.data(), c.size() * sizeof(T)) == 0);
        return;
    }
    for (std::size_t j = 0; j < c.size(); ++j)
        CHECK(c[j] ==
              doctest::Approx(expected[j]).epsilon(sizeof(T) == 4 ? 1e-5 : 1e-13).scale(10));
}

TEST_CASE_TEMPLATE("gemm: sizes and strides that are constants", T, float, double) {
    check_constant<T, weft::static_product{2, 2, 2, 2, 1, 2, 2}>();
    check_constant<T, weft::static_product{5, 3, 7, 7, 1, 3, 3}>();
    check_constant<T, weft::static_product{14, 16, 1, 1, 1, 16, 16}>();
    check_constant<T, weft::static_product{15, 17, 9, 1, 15, 20, 17, true}>();
    check_constant<T, weft::static_product{33, 47, 13, 40, 2, 47, 50}>();
    check_constant<T, weft::static_product{63, 63, 63, 63, 1, 63, 63}>();
    check_constant<T, weft::static_product{64, 8, 64, 1, 64, 8, 8, true}>();
    check_constant<T, weft::static_product{3, 64, 64, 64, 1, 0, 64}>();
    check_constant<T, weft::static_product{1, 64, 48, 48, 1, 64, 64}>();
    check_constant<T, weft::static_product{1, 144, 33, 0, 2, 150, 144, true}>();
    if constexpr (weft::has_constant_gemm<T>({1, 13, 65, 65, 1, 13, 13})) {
        check_constant<T, weft::static_product{1, 13, 65, 65, 1, 13, 13}>();
        check_constant<T, weft::static_product{1, 203, 10, 10, 1, 203, 203, true}>();
    }
}

TEST_CASE("gemm: the workspace is known in constant evaluation") {
    constexpr auto small = weft::gemm_workspace_bytes<float>(32, 128, 784, {true, true});
    static_assert(small > 0 && small < 1 << 20);
    static_assert(weft::gemm_workspace_bytes<float>(4096, 4096, 4096, {false, true}) < 2 << 20);
    static_assert(weft::gemm_workspace_bytes<double>(0, 5, 5) == 0);
    CHECK(small % 64 == 0);
}
