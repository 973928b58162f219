// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include <weft/core/reflect.hpp>
#include <weft/core/text.hpp>

namespace outer {

struct nothing {};
struct pair {
    int first = 1;
    float second = 2;
};
/// Would match any initialiser.
struct greedy {
    greedy() = default;
    template <class... A>
    constexpr greedy(A&&...) {}
};
struct greedy_const {
    greedy_const() = default;
    template <class A>
    constexpr greedy_const(A const&) {}
};
struct greedy_value {
    greedy_value() = default;
    template <class A>
    constexpr greedy_value(A) {}
};
struct listed {
    listed() = default;
    constexpr listed(std::initializer_list<int>) {}
};

template <int In, int Out>
struct layer {
    std::array<float, In * Out> weight;
    std::array<float, Out> bias;
};

struct model {
    nothing front;
    layer<2, 3> input;
    std::array<layer<3, 3>, 4> blocks;
    greedy any;
    greedy_value by_value;
    listed of_list;
    nothing middle;
    pair two;
    std::unique_ptr<int> moves_only;
    int last = 7;
};

struct one {
    model only;
};
struct first_greedy {
    greedy g;
    int n;
};
struct first_greedy_const {
    greedy_const g;
    int n;
};
struct first_greedy_value {
    greedy_value g;
    int n;
};
struct explained {
    double rate = 1e-3;
    std::vector<int> sizes;
    std::string text;
    int* pointer;
    void (*function)(int);
    enum class color { red } shade;
    static constexpr int not_a_member = 3;
    constexpr int operator()(int x) const { return x; }
};

struct member_32 {
    int m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19,
        m20, m21, m22, m23, m24, m25, m26, m27, m28, m29, m30, m31;
};
struct member_64 {
    pair m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19,
        m20, m21, m22, m23, m24, m25, m26, m27, m28, m29, m30, m31, m32, m33, m34, m35, m36, m37,
        m38, m39, m40, m41, m42, m43, m44, m45, m46, m47, m48, m49, m50, m51, m52, m53, m54, m55,
        m56, m57, m58, m59, m60, m61, m62, m63;
};
struct member_65 {
    member_32 a;
    int m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19,
        m20, m21, m22, m23, m24, m25, m26, m27, m28, m29, m30, m31, m32, m33, m34, m35, m36, m37,
        m38, m39, m40, m41, m42, m43, m44, m45, m46, m47, m48, m49, m50, m51, m52, m53, m54, m55,
        m56, m57, m58, m59, m60, m61, m62, m63;
};

inline int variable = 0;
struct needs_argument {
    explicit needs_argument(int) {}
};
struct with_base : pair {
    int n;
};
struct with_empty_base : nothing {
    int n;
};
struct with_greedy_base : greedy {
    int n;
};
struct with_greedy_const_base : greedy_const {
    int n;
};
struct with_greedy_value_base : greedy_value {
    int n;
};
struct with_two_bases : nothing, pair {};
struct with_array {
    int a;
    int numbers[3];
    int b;
};
struct with_array_of_structs {
    pair pairs[2];
};
struct with_reference {
    int a;
    int& r;
};
struct with_const_reference {
    int a;
    int const& r;
};
struct with_bound_reference {
    int a;
    int& r = variable;
    int b;
};
struct with_bound_const_reference {
    int a;
    int const& r = variable;
    int b;
};
struct with_const {
    int a;
    int const fixed = 3;
};
struct with_needy {
    int a;
    needs_argument b;
};
struct with_made_needy {
    int a;
    needs_argument b{3};
    int c;
};
class with_private {
public:
    int a;
    int get() const { return b; }

private:
    int b = 0;
};
struct with_constructor {
    with_constructor() {}
    int a;
};
struct with_virtual {
    virtual void f() {}
    int a;
};
union either {
    int a;
    float b;
};

}  // namespace outer

namespace {

using namespace outer;
using weft::refusal;
using weft::refusal_of;

struct local_name {
    int alpha;
    nothing beta;
};

template <class T>
constexpr weft::text names() {
    weft::text out;
    [&]<int... I>(std::integer_sequence<int, I...>) {
        ((out << weft::member_name<T, I> << ' '), ...);
    }
    (std::make_integer_sequence<int, weft::member_count<T>>{});
    return out;
}

constexpr int sum_of_pair() {
    pair p;
    weft::for_each_member(p, [](auto i, auto& m) {
        m += static_cast<std::remove_reference_t<decltype(m)>>(10 * i());
    });
    int sum = 0;
    weft::for_each_member(std::as_const(p),
                          [&](auto, auto const& m) { sum += static_cast<int>(m); });
    return sum;
}

}  // namespace

TEST_CASE("reflect: counts") {
    static_assert(weft::member_count<nothing> == 0);
    static_assert(weft::member_count<pair> == 2 && weft::member_count<pair const> == 2);
    static_assert(weft::member_count<model> == 10);
    static_assert(weft::member_count<one> == 1);
    static_assert(weft::member_count<layer<784, 128>> == 2);
    static_assert(weft::member_count<explained> == 6);
    static_assert(weft::member_count<first_greedy> == 2);
    static_assert(weft::member_count<first_greedy_const> == 2);
    static_assert(weft::member_count<first_greedy_value> == 2);
    static_assert(weft::member_count<member_32> == 32 && weft::member_count<member_64> == 64);
    static_assert(weft::Reflectable<model> && !weft::Reflectable<with_base>);
    CHECK(weft::member_count<model> == 10);
}

TEST_CASE("reflect: names") {
    static_assert(weft::member_name<pair, 1> == "second");
    static_assert(names<model>().view() ==
                  "front input blocks any by_value of_list middle two moves_only last ");
    static_assert(names<one>().view() == "only ");
    static_assert(names<layer<3, 4> const>().view() == "weight bias ");
    static_assert(names<explained>().view() == "rate sizes text pointer function shade ");
    static_assert(names<local_name>().view() == "alpha beta ");
    static_assert(weft::member_name<member_32, 31> == "m31");
    static_assert(weft::member_name<member_64, 0> == "m0" &&
                  weft::member_name<member_64, 63> == "m63");
    struct in_function {
        int gamma;
        std::array<pair, 2> delta;
    };
    static_assert(names<in_function>().view() == "gamma delta ");
    CHECK(names<explained>().view() == "rate sizes text pointer function shade ");
}

TEST_CASE("reflect: types") {
    static_assert(std::is_same_v<weft::member_type<model, 0>, nothing>);
    static_assert(std::is_same_v<weft::member_type<model, 2>, std::array<layer<3, 3>, 4>>);
    static_assert(std::is_same_v<weft::member_type<model const, 9>, int>);
    static_assert(std::is_same_v<weft::member_type<explained, 3>, int*>);
    static_assert(std::is_same_v<weft::member_type<one, 0>, model>);
}

TEST_CASE("reflect: visits in order, and members can be assigned") {
    static_assert(sum_of_pair() == 13);
    CHECK(sum_of_pair() == 13);
    model m{};
    int visited = 0;
    weft::for_each_member(m, [&](auto i, auto& member) {
        CHECK(i() == visited++);
        static_assert(std::is_same_v<decltype(member), weft::member_type<model, i()>&>);
        if constexpr (weft::member_name<model, i()> == "last") {
            CHECK(&member == &m.last);
            member = 11;
        }
    });
    CHECK(visited == 10);
    CHECK(m.last == 11);
    weft::for_each_member(std::as_const(m), [](auto i, auto& member) {
        static_assert(std::is_same_v<decltype(member), weft::member_type<model, i()> const&>);
    });
    member_64 many{};
    int sum = 0;
    weft::for_each_member(many, [&](auto i, pair const& p) { sum += i() * p.first; });
    CHECK(sum == 63 * 64 / 2);
    nothing n;
    weft::for_each_member(n, [&](auto, auto&) { ++sum; });
    CHECK(sum == 63 * 64 / 2);
}

TEST_CASE("reflect: what is refused, and why") {
    static_assert(refusal_of<model>() == refusal::none && refusal_of<nothing>() == refusal::none);
    static_assert(refusal_of<with_private>() == refusal::not_aggregate);
    static_assert(refusal_of<with_constructor>() == refusal::not_aggregate);
    static_assert(refusal_of<with_virtual>() == refusal::not_aggregate);
    static_assert(refusal_of<either>() == refusal::not_aggregate);
    static_assert(refusal_of<int>() == refusal::not_aggregate);
    static_assert(refusal_of<int[3]>() == refusal::not_aggregate);
    static_assert(refusal_of<int&>() == refusal::not_aggregate);
    static_assert(refusal_of<with_base>() == refusal::base_class);
    static_assert(refusal_of<with_empty_base>() == refusal::base_class);
    static_assert(refusal_of<with_greedy_base>() == refusal::base_class);
    static_assert(refusal_of<with_greedy_const_base>() == refusal::base_class);
    static_assert(refusal_of<with_greedy_value_base>() == refusal::base_class);
    static_assert(refusal_of<with_two_bases>() == refusal::base_class);
    static_assert(refusal_of<first_greedy>() == refusal::none);
    static_assert(refusal_of<first_greedy_const>() == refusal::none);
    static_assert(refusal_of<first_greedy_value>() == refusal::none);
    static_assert(refusal_of<member_64>() == refusal::none);
    static_assert(refusal_of<member_65>() == refusal::too_many_members);
    static_assert(refusal_of<with_array>() == refusal::array_member);
    static_assert(refusal_of<with_array_of_structs>() == refusal::array_member);
    static_assert(refusal_of<with_reference>() == refusal::reference_member);
    static_assert(refusal_of<with_const_reference>() == refusal::reference_member);
    static_assert(refusal_of<with_bound_reference>() == refusal::reference_member);
    static_assert(refusal_of<with_bound_const_reference>() == refusal::reference_member);
    static_assert(refusal_of<with_const>() == refusal::const_member);
    static_assert(refusal_of<with_needy>() == refusal::no_default);
    static_assert(refusal_of<with_made_needy>() == refusal::no_default);
    static_assert(refusal_of<model const>() == refusal::none);
    static_assert(weft::refused_member<with_array>() == "numbers");
    static_assert(weft::refused_member<with_array_of_structs>() == "pairs");
    static_assert(weft::refused_member<with_const>() == "fixed");
    static_assert(weft::refused_member<with_base>().empty());
    static_assert(weft::refused_member<with_bound_const_reference>().empty());
    CHECK(reason(refusal_of<with_base>()) == "has a base class; make it a member");
    CHECK(with_private{}.get() == 0);
}
