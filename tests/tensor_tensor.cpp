// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <complex>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <weft/core/reflect.hpp>
#include <weft/ops/ops.hpp>
#include <weft/tensor/tensor.hpp>

using weft::dyn;
using weft::tensor;

namespace {

using small = tensor<float, 2, 3>;
using large = tensor<float, 100, 3>;
using mixed = tensor<float, dyn, 3>;

bool aligned(void const* p) { return reinterpret_cast<std::uintptr_t>(p) % 64 == 0; }

template <class T>
bool inside(T const& t) {
    auto const* const p = reinterpret_cast<char const*>(t.data());
    auto const* const object = reinterpret_cast<char const*>(&t);
    return p >= object && p < object + sizeof t;
}

template <class T, class... I>
concept made_from_extents = requires(I... i) { T(i...); };

struct layer {
    small weight;
    large table;
    mixed batch;
    tensor<float> scale;

    constexpr weft::symbol operator()(auto const& x) const { return weight * x + scale; }
};

layer global;
tensor<double, 2> const global_small{};
thread_local large local_to_thread;
// std::complex has a constructor: its elements always have a value.
using complex_pair = tensor<std::complex<double>, 2>;
complex_pair global_complex = complex_pair::full(3), global_listed{3., 3.};
large global_full = large::full(3);
mixed global_mixed = mixed::full(3, 4);
tensor<float, 2> global_pair = tensor<float, 2>::full(3);
tensor<float> global_scalar{3.f};

// What the trace of a model does: default construction, binding, copies, calls.
constexpr bool traces() {
    weft::ir::builder b;
    layer m{};
    weft::extent const shape[] = {{2}, {3}};
    m.weight.bind(b.input(weft::dtype::f32, {shape, 2}, "weight"));
    m.scale.bind(b.input(weft::dtype::f32, {}, "scale"));
    layer const copy = m;
    layer assigned;
    assigned = copy;
    layer const moved = std::move(assigned);
    weft::symbol const y = moved(moved.weight);
    tensor<float, 2, 3> local;
    local = y;
    return y.valid() && !b.failed() && local.traced().id() == y.id() &&
           moved.weight.traced().id() == m.weight.traced().id() &&
           !tensor<float, 4>::full(1.f).traced().valid() && !moved.batch.traced().builder();
}
static_assert(traces());

static_assert(weft::Traced<small> && weft::Traced<mixed> && weft::Traced<tensor<bool>>);
static_assert(small::rank == 2 && small::static_size == 6 && small::is_inline);
static_assert(mixed::static_size == dyn && !mixed::is_inline && mixed::dynamic_rank == 1);
static_assert(mixed::extents[0] == dyn && mixed::extents[1] == 3);
static_assert(tensor<float, 64>::is_inline && !tensor<float, 65>::is_inline);
static_assert(tensor<double>::rank == 0 && tensor<double>::static_size == 1);
static_assert(tensor<float, 4, 0>::static_size == 0);
static_assert(weft::is_tensor<small> && weft::is_tensor<small const> && !weft::is_tensor<float>);
static_assert(std::is_nothrow_move_constructible_v<large> &&
              std::is_nothrow_move_assignable_v<large>);
static_assert(made_from_extents<mixed, int> && made_from_extents<mixed, int, long>);
static_assert(!made_from_extents<mixed, int, int, int> && !made_from_extents<small, int>);
static_assert(!std::is_convertible_v<int, mixed>);
static_assert(!std::is_convertible_v<float, tensor<float>>);
static_assert(std::is_convertible_v<tensor<float>, float>);
static_assert(!std::is_convertible_v<tensor<float, 1>, float>);
static_assert(weft::member_count<layer> == 4 && weft::Reflectable<layer>);

}  // namespace

TEST_CASE("tensor: default construction gives zeros") {
    CHECK(array_equal(small(), small{{0, 0, 0}, {0, 0, 0}}));
    large const big;
    CHECK(big.size() == 300);
    for (float const x : big) CHECK(x == 0);
    mixed const none;
    CHECK(none.size() == 0);
    CHECK(none.empty());
    CHECK(none.extent(0) == 0);
    CHECK(none.extent(1) == 3);
    CHECK(none.begin() == none.end());
    CHECK(tensor<double>().item() == 0);
    CHECK(tensor<float, 3, 0>().empty());
}

TEST_CASE("tensor: static variables have elements") {
    static layer in_function;
    for (layer const* m : {&global, &in_function}) {
        REQUIRE(m->table.data() != nullptr);
        CHECK(m->table(99, 2) == 0);
        CHECK(m->weight(1, 2) == 0);
    }
    REQUIRE(local_to_thread.data() != nullptr);
    CHECK(local_to_thread(99, 2) == 0);
    CHECK(global_small(1) == 0);
    static complex_pair const in_function_full = complex_pair::full(3);
    CHECK(global_complex(1) == 3.);
    CHECK(in_function_full(1) == 3.);
    CHECK(global_listed(1) == 3.);
    CHECK(array_equal(global_full, large::full(3)));
    CHECK(array_equal(global_mixed, mixed::full(3, 4)));
    CHECK(global_pair(1) == 3);
    CHECK(global_scalar.item() == 3);
    global.table(99, 2) = 1;
    CHECK(global.table.at(99, 2) == 1);
}

TEST_CASE("tensor: elements are aligned, small ones inside of the object") {
    small const a;
    CHECK(inside(a));
    CHECK(aligned(a.data()));
    auto const on_heap = std::vector<small>(3);
    for (auto const& t : on_heap) CHECK(aligned(t.data()));
    large const b;
    CHECK(!inside(b));
    CHECK(aligned(b.data()));
    CHECK(aligned(mixed(5).data()));
    CHECK(aligned(tensor<bool, dyn>(1).data()));
    CHECK(sizeof(tensor<float>) == 64);
    CHECK(sizeof(tensor<float, 8>) == 64);
}

TEST_CASE("tensor: every element type") {
    auto check = []<class T>(T one) {
        tensor<T, 2> a;
        tensor<T, dyn> b(40);
        CHECK(a.data()[1] == T{});
        CHECK(b.data()[39] == T{});
        a(1) = one;
        b.fill(one);
        CHECK(b(39) == one);
        CHECK(a(1) == b[0]);
        CHECK(array_equal(tensor<T, 2>(a), a));
        CHECK(tensor<T>{}.item() == T{});
    };
    check(1.f);
    check(1.);
    check(weft::bf16(1));
    check(weft::f16(1));
    check(true);
    check(std::int8_t{1});
    check(std::int16_t{1});
    check(std::int32_t{1});
    check(std::int64_t{1});
    check(std::uint8_t{1});
    check(std::uint16_t{1});
    check(std::uint32_t{1});
    check(std::uint64_t{1});
    check(weft::complex<float>{1, 2});
    check(std::complex<double>{1, 2});
}

TEST_CASE("tensor: extents at run time") {
    mixed const a(4), b(4, 3);
    CHECK(a.size() == 12);
    CHECK(array_equal(a, b));
    CHECK(mixed(0).data() == nullptr);
    CHECK(a.shape() == weft::dims<2>{4, 3});
    CHECK(array_equal(mixed(weft::dims<2>{4, 3}), a));
    CHECK(array_equal(small(2, 3), small()));
    CHECK(tensor<int, dyn, dyn>(0, 7).extent(1) == 7);
    CHECK_THROWS_WITH(mixed(4, 5), "tensor<float, dyn, 3>: extent 1 is 3, found 5");
    CHECK_THROWS_WITH(mixed(-2), "tensor<float, dyn, 3>: extent 0 is negative: -2");
    CHECK_THROWS_WITH(small(2, 2), "tensor<float, 2, 3>: extent 1 is 3, found 2");
    CHECK_THROWS_WITH(mixed(weft::dims<2>{1, 2}), "tensor<float, dyn, 3>: extent 1 is 3, found 2");
    auto const huge = std::numeric_limits<std::int64_t>::max();
    CHECK_THROWS_WITH(mixed(huge / 3),
                      "tensor<float, dyn, 3>: no memory for the extents (3074457345618258602, 3)");
    CHECK_THROWS_AS(mixed(huge, 3), weft::error);
    CHECK_THROWS_AS((tensor<float, dyn, dyn>(huge, huge)), weft::error);
    CHECK_THROWS_AS((tensor<float, dyn, dyn, dyn>(0, huge, huge)), weft::error);
    CHECK_THROWS_AS((tensor<std::int8_t, dyn>(huge)), weft::error);
}

TEST_CASE("tensor: nested lists") {
    tensor<float, 2, 2> const a{{1, 2}, {3, 4}};
    CHECK(a(0, 1) == 2);
    CHECK(a(1, 0) == 3);
    tensor<int, dyn, 2> const b{{1, 2}, {3, 4}, {5, 6}};
    CHECK(b.extent(0) == 3);
    CHECK(b(2, 1) == 6);
    tensor<double, dyn, dyn, dyn> const c{{{1, 2, 3}}, {{4, 5, 6}}};
    CHECK(c.shape() == weft::dims<3>{2, 1, 3});
    CHECK(c(1, 0, 2) == 6);
    tensor<weft::bf16, 2> const d{0.5, 3};
    CHECK(static_cast<float>(d[0]) == 0.5f);
    CHECK(tensor<bool, 2>{true, false}[0]);
    tensor<float> const e(2.5f), f{2.5f};
    CHECK(e.item() == 2.5f);
    CHECK(f.item() == 2.5f);
    CHECK(tensor<float, dyn>{5}.size() == 1);
    CHECK(tensor<float, dyn>(5).size() == 5);
    CHECK_THROWS_WITH((tensor<float, 2, 2>{{1, 2}, {3}}),
                      "tensor<float, 2, 2>: the braces along axis 1 hold 1 items, expected 2");
    CHECK_THROWS_WITH((tensor<float, 2, 2>{{1, 2}, {3, 4}, {5, 6}}),
                      "tensor<float, 2, 2>: the braces along axis 0 hold 3 items, expected 2");
    CHECK_THROWS_WITH((tensor<std::int8_t, dyn, dyn>{{1, 2}, {3, 4, 5}}),
                      "tensor<int8_t, dyn, dyn>: the braces along axis 1 hold 3 items, expected 2");
    CHECK_THROWS_AS((tensor<float, dyn, 3>{{1, 2}}), weft::error);
}

TEST_CASE("tensor: named constructions") {
    CHECK(array_equal(small::full(2), small{{2, 2, 2}, {2, 2, 2}}));
    CHECK(array_equal(mixed::full(2, 1), mixed{{2, 2, 2}}));
    CHECK(array_equal(mixed::full(2, 1, 3), mixed{{2, 2, 2}}));
    CHECK(array_equal(mixed::zeros(2), mixed(2)));
    CHECK(array_equal(small::zeros(), small()));
    CHECK(mixed::uninitialized(7).size() == 21);
    CHECK(mixed::uninitialized(weft::dims<2>{7, 3}).size() == 21);
    CHECK_THROWS_AS(mixed::full(2, 1, 4), weft::error);
}

TEST_CASE("tensor: access") {
    small a{{1, 2, 3}, {4, 5, 6}};
    small const& c = a;
    a(1, 2) = 7;
    CHECK(c(1, 2) == 7);
    a.at(0, 0) = 8;
    CHECK(c.at(0, 0) == 8);
    CHECK(c.data()[5] == 7);
    CHECK(&a(1, 0) == a.data() + 3);
    CHECK_THROWS_WITH(a.at(2, 0),
                      "tensor<float, 2, 3>: index (2, 0) is outside of the extents (2, 3)");
    CHECK_THROWS_WITH(c.at(0, -1),
                      "tensor<float, 2, 3>: index (0, -1) is outside of the extents (2, 3)");
    CHECK_THROWS_WITH(mixed(4).at(4, 2),
                      "tensor<float, dyn, 3>: index (4, 2) is outside of the extents (4, 3)");
    tensor<int, dyn> v(3);
    v[2] = 5;
    CHECK(std::as_const(v)[2] == 5);
    CHECK(v.at(2) == 5);
    CHECK_THROWS_AS(v.at(3), weft::error);
    float sum = 0;
    for (float const x : c) sum += x;
    CHECK(sum == 8 + 2 + 3 + 4 + 5 + 7);
    tensor<float> s;
    s() = 3;
    float const number = s;
    CHECK(number == 3);
}

TEST_CASE("tensor: copies and moves") {
    auto check = [](auto const& original) {
        using T = std::remove_cvref_t<decltype(original)>;
        T a = original;
        T b = a;
        CHECK(array_equal(b, original));
        CHECK(b.data() != a.data());
        *b.begin() += 1;
        CHECK(!array_equal(b, a));
        T c;
        c = a;
        CHECK(array_equal(c, original));
        auto& same = c;
        c = same;
        CHECK(array_equal(c, original));
        T d = std::move(c);
        CHECK(array_equal(d, original));
        c = d;  // a moved-from tensor can be assigned to
        CHECK(array_equal(c, original));
        T e;
        e = std::move(d);
        CHECK(array_equal(e, original));
        d = std::move(e);
        CHECK(array_equal(d, original));
        T f = e;  // and copied
        f = a;
        CHECK(array_equal(f, original));
    };
    check(small{{1, 2, 3}, {4, 5, 6}});
    check(large::full(3));
    check(mixed{{1, 2, 3}});
    check(tensor<float>(4));

    large a = large::full(1);
    float const* elements = a.data();
    large b = std::move(a);
    CHECK(b.data() == elements);
    CHECK(a.data() == nullptr);
    CHECK(a.size() == 0);
    CHECK(a.empty());
    CHECK(a.begin() == a.end());
    CHECK_THROWS_AS(array_equal(a, b), weft::error);
    CHECK_THROWS_AS(a.at(0, 0), weft::error);
    CHECK_THROWS_WITH(a.view(), "tensor<float, 100, 3>: has no elements; it was moved from");
    a.fill(1);
    CHECK(large(a).empty());
    b = a;
    CHECK(b.empty());

    mixed c(2), d(5);
    mixed moved = std::move(c);
    CHECK(c.size() == 0);
    CHECK(c.extent(0) == 0);
    CHECK(c.extent(1) == 3);
    d = moved;
    CHECK(d.extent(0) == 2);
    tensor<float, dyn, dyn> e(2, 6), f(3, 4);
    elements = e.data();
    e = f;
    CHECK(e.data() == elements);  // as many elements: the memory is kept
    CHECK(e.extent(1) == 4);
}

TEST_CASE("tensor: equality") {
    mixed const a{{1, 2, 3}}, b{{1, 2, 4}};
    CHECK(array_equal(a, a));
    CHECK_FALSE(array_equal(a, b));
    CHECK_FALSE(array_equal(a, mixed(2)));
    CHECK(array_equal(a, tensor<float, 1, 3>{{1, 2, 3}}));
    CHECK(!array_equal(tensor<float, dyn, dyn>(2, 3), tensor<float, dyn, dyn>(3, 2)));
    CHECK(!array_equal(tensor<float, dyn, dyn>(0, 3), tensor<float, dyn, dyn>(0, 2)));
    tensor<float, 1> const nan{std::numeric_limits<float>::quiet_NaN()};
    CHECK_FALSE(array_equal(nan, nan));
    CHECK(array_equal(tensor<float, 1>{0.f}, tensor<float, 1>{-0.f}));
}

TEST_CASE("tensor: numbers are not traced") {
    char const* const sentence =
        "this tensor holds numbers: layers and traced functions see symbols only; use "
        "weft::call(f, x)";
    small a;
    CHECK_THROWS_WITH(a.traced(), sentence);
    CHECK_THROWS_WITH(static_cast<void>(weft::symbol(a + a)),
                      "this expression holds numbers: layers and traced functions see symbols only; "
                      "use weft::call(f, x)");
    CHECK_THROWS_WITH(a = weft::symbol(),
                      "a symbol was assigned outside of a trace: this tensor holds numbers; use "
                      "weft::call(f, x)");
    // A trace at run time is one, too.
    weft::ir::builder b;
    a.bind(b.input(weft::dtype::f32, {}, "a"));
    weft::symbol const twice = a.traced() + a.traced();
    CHECK(twice.valid());
    a = twice;
    CHECK(small(a).traced().id() == twice.id());
    a = {};
    CHECK_THROWS_AS(a.traced(), weft::error);
}
