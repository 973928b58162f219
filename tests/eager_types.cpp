// SPDX-License-Identifier: BSL-1.0
// Types of eager expressions by the lattice of promotions, which core_dtype has whole; random
// shapes against plain loops; expressions that outlive what they were made of; memory: none taken
// in a steady state, and nothing changed where there is none.
#include <doctest/doctest.h>

#include <complex>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <random>
#include <weft/core/error.hpp>
#include <weft/ops/ops.hpp>
#include <weft/program/eager.hpp>

using weft::bf16;
using weft::dyn;
using weft::f16;
using weft::tensor;

namespace {

bool out_of_memory = false;
long allocations = 0;

}  // namespace

// Not inlined, or g++ takes them for a mismatch.
__attribute__((noinline)) void* operator new(std::size_t n, std::align_val_t a,
                                             std::nothrow_t const&) noexcept {
    ++allocations;
    if (out_of_memory) return nullptr;
    auto const align = static_cast<std::size_t>(a);
    return std::aligned_alloc(align, (n + align) / align * align);
}
__attribute__((noinline)) void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
__attribute__((noinline)) void operator delete(void* p, std::align_val_t,
                                               std::nothrow_t const&) noexcept {
    std::free(p);
}

namespace {

template <class T>
using two = tensor<T, 2>;
template <class T, class E>
constexpr bool is(E const&) {
    using found = typename weft::detail::evaluated_t<E>::value_type;
    return weft::dtype_of<found> == weft::dtype_of<T>;
}

}  // namespace

TEST_CASE("eager types: of two tensors, and with numbers, which are weak") {
    two<float> const f{1, 2};
    two<std::int8_t> const i{3, -4};
    two<std::uint8_t> const u{200, 7};
    two<bool> const yes{true, false};
    two<bf16> const b{bf16(1), bf16(0.5f)};
    two<f16> const h{f16(1), f16(0.5f)};
    two<std::complex<float>> const z{{1, 2}, {3, 4}};

    CHECK(is<std::int16_t>(i + u));
    CHECK(array_equal(tensor(i + u), two<std::int16_t>{203, 3}));
    CHECK(is<float>(b + h));
    CHECK(is<std::complex<double>>(z * two<double>{1, 2}));
    CHECK(is<f16>(h + u));
    CHECK(is<std::int8_t>(yes + i));
    CHECK(is<float>(f * 0.5));
    CHECK(is<bf16>(b * 0.5 + 1));
    CHECK(array_equal(tensor(b * 0.5 + 1), two<bf16>{bf16(1.5f), bf16(1.25f)}));
    CHECK(is<std::int8_t>(i * 2));
    CHECK(is<float>(i * 0.5));
    CHECK(is<std::int32_t>(yes + 1));
    CHECK(is<std::complex<float>>(f * std::complex<double>(0, 1)));
    CHECK(is<bool>(f < 1));
    two<std::complex<float>> turned = z * std::complex<float>(0, 1);
    turned = turned + turned;
    CHECK(turned[0] == std::complex<float>(-4, 2));
    std::complex<float> const first = tensor(z * 2)[0];
    CHECK(first == std::complex<float>(2, 4));
    CHECK(is<float>(i / i));
    CHECK(is<float>(abs(z)));

    // What is assigned may widen.
    two<double> d;
    d = i + 0;
    d.view().assign(i);
    CHECK(d[1] == -4);
    d = yes + f;
    CHECK(array_equal(d, two<double>{2, 2}));
    tensor<float, 2, 2> m;
    m.row(1) = i;
    CHECK(m(1, 1) == -4);
    two<std::int8_t> narrow = weft::cast<std::int8_t>(f * 2.7);
    CHECK(array_equal(narrow, two<std::int8_t>{2, 5}));
    narrow(weft::every) = 7;
    CHECK(narrow[0] == 7);
}

TEST_CASE("eager: random shapes against plain loops") {
    std::mt19937 engine(3);
    auto const below = [&](int n) { return static_cast<std::int64_t>(engine() % unsigned(n)); };
    for (int round = 0; round < 300; ++round) {
        std::int64_t const n = below(20), k = below(40) + 1;
        tensor<float, dyn, dyn> a(n, k), b(n, k);
        tensor<float, dyn> row(k), column(n);
        for (auto* x : {&a, &b})
            for (float& e : *x) e = static_cast<float>(below(19) - 9);
        for (float& e : row) e = static_cast<float>(below(19) - 9);
        for (float& e : column) e = static_cast<float>(below(19) - 9);
        tensor<float, dyn, dyn> const y = a * b - row * column(weft::every, weft::newaxis);
        tensor<float, dyn> const total = sum(a * b, weft::axis<1>), most = max(a, weft::axis<1>);
        tensor<float, dyn> const down = sum(a(weft::every.by(-1), weft::every) + 1, weft::axis<0>);
        bool good = y.shape() == a.shape() && total.size() == n && down.size() == k;
        tensor<float, dyn> expected_down(k);
        for (std::int64_t i = 0; i < n; ++i) {
            float s = 0, m = a(i, 0);
            for (std::int64_t j = 0; j < k; ++j) {
                good = good && y(i, j) == a(i, j) * b(i, j) - row(j) * column(i);
                s += a(i, j) * b(i, j);
                m = a(i, j) > m ? a(i, j) : m;
                expected_down(j) += a(i, j) + 1;
            }
            good = good && total(i) == s && most(i) == m;
        }
        REQUIRE((good && array_equal(down, expected_down)));
    }
}

TEST_CASE("eager: expressions own what has no name") {
    auto const make = [](float x) { return tensor<float, dyn>{x, 2 * x}; };
    tensor<float, dyn> const named{1, 1};
    auto const later = [&] {
        auto const scaled = make(3) * 2.f;  // a temporary, and a number that goes out of scope
        float const local = 10;
        return exp(scaled * 0) + named * local + scaled;
    }();
    tensor<float, dyn> clutter(2);
    clutter.fill(-1);
    CHECK(array_equal(tensor(later), tensor<float, dyn>{17, 23}));
    CHECK(array_equal(tensor(later), tensor<float, dyn>{17, 23}));
    // Reductions kept with auto, and used twice.
    auto const shifted = named - max(named);
    auto const logs = shifted - log(sum(exp(shifted)));
    CHECK(std::abs(tensor(logs)[0] + 0.6931472f) < 1e-6f);
}

TEST_CASE("eager: memory") {
    tensor<float, dyn> a(1000), b(1000);
    b.fill(2);
    auto const step = [&] {
        a = a + b * 3;
        a += sum(b) - 2000;
        a(weft::seq(0, 10)) *= 2;
    };
    step();
    long const before = allocations;
    step();
    CHECK(allocations == before);

    a.fill(1);
    tensor<float, dyn> small(3);
    small.fill(4);
    auto const refused = [&](auto const& f) {
        out_of_memory = true;
        bool raised = false;
        try {
            f();
        } catch (weft::error const&) {
            raised = true;
        }
        out_of_memory = false;
        return raised;
    };
    CHECK(refused([&] { small = a + b; }));
    CHECK(array_equal(small, tensor<float, dyn>{4, 4, 4}));
    float const* const data = a.data();
    CHECK(refused([&] { a = a(weft::every.by(-1)) + a; }));
    CHECK(refused([&] { a(weft::every.by(-1)) = a + 1; }));
    CHECK(a.data() == data);
    CHECK((a[0] == 1 && a[999] == 1));
    CHECK_THROWS_AS(a = a + small, weft::error);
    CHECK_THROWS_AS(a(weft::seq(0, 4)) = small, weft::error);
    CHECK((a.size() == 1000 && a[0] == 1));
}
