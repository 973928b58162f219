// SPDX-License-Identifier: BSL-1.0
// Sizes and positions as they are written in calls. In an eager call, a number that shapes the
// result reaches the program as an extent of an operand without elements: one program serves all
// numbers.
#pragma once

#include <concepts>
#include <type_traits>

#include <weft/core/dyn.hpp>
#include <weft/core/error.hpp>
#include <weft/core/extent.hpp>
#include <weft/ir/expression.hpp>

namespace weft {

/// A size or a position as it is written in a call: a number, or an extent. A negative number is
/// no extent; where a function gives it a meaning, it says so.
struct axis_size {
    extent e;
    std::int64_t negative = 0;

    template <std::integral I>
    constexpr axis_size(I i) : e(i < I{0} ? 0 : static_cast<std::int64_t>(i)) {
        if (i < I{0}) negative = static_cast<std::int64_t>(i);
    }
    constexpr axis_size(extent x) : e(x) {}
    template <std::integral I, I N>
    constexpr axis_size(std::integral_constant<I, N>) : axis_size(N) {}
};

namespace detail {

/// N sizes as an operand of an eager call: a tensor of these extents that has no memory. While a
/// function is traced, they are what was written.
template <int N>
struct counts {
    struct sizes {
        std::int64_t at[N];
        constexpr std::int64_t const* data() const { return at; }
        constexpr std::int64_t operator[](int i) const { return at[i]; }
    };
    using value_type = bool;
    static constexpr int rank = N;
    static constexpr sizes extents = [] {
        sizes s{};
        for (std::int64_t& n : s.at) n = dyn;
        return s;
    }();

    axis_size const* given = nullptr;
    sizes numbers{};

    constexpr sizes const& shape() const { return numbers; }
    constexpr std::int64_t extent(int i) const { return numbers[i]; }
    bool const* data() const { return nullptr; }
    // A leaf, as tensors are.
    constexpr symbol traced() const { return {}; }
    constexpr void bind(symbol) {}
};

[[noreturn]] WEFT_COLD inline void raise_count(std::string_view call, std::int64_t n) {
    text t(call);
    t << ": a negative number, " << n;
    if (call == "reshape")
        t << "; an extent that follows from the others is said by a type, shape<-1, 3>";
    raise(t);
}
/// Raises where one is negative.
template <int N>
constexpr counts<N> counts_of(std::string_view call, axis_size const (&given)[N]) {
    counts<N> c{given};
    if (!__builtin_is_constant_evaluated()) {
        for (int i = 0; i < N; ++i) {
            if (given[i].negative) raise_count(call, given[i].negative);
            c.numbers.at[i] = given[i].e.code;
        }
        c.given = nullptr;
    }
    return c;
}

/// Size i of those that a function of symbols is called with.
constexpr axis_size size_of_call(symbol sizes, int i) { return sizes.size(i); }
template <int N>
constexpr axis_size size_of_call(counts<N> const& sizes, int i) {
    return sizes.given[i];
}

}  // namespace detail

template <int N>
inline constexpr bool is_concrete<detail::counts<N>> = true;

namespace ir {

template <int N>
struct owned<weft::detail::counts<N>> : one_input {
    using type = weft::detail::counts<N>;
    type kept;

    constexpr explicit owned(type x) : kept(x) {}

    constexpr type traced() const { return kept; }
    type const& value() const { return kept; }
    template <class Visitor>
    void visit(Visitor& f) const {
        f(kept);
    }
};

}  // namespace ir
}  // namespace weft

/// Lets a function of a symbol and a list of sizes be called on tensors with run-time sizes:
/// `NAME(a, {2, n})`.
#define WEFT_EAGER_SIZED(NAME)                                                                 \
    namespace calls {                                                                          \
    template <int N>                                                                           \
    struct NAME##_sized {                                                                      \
        template <class Sizes>                                                                 \
        constexpr symbol operator()(symbol x, Sizes const& n) const {                          \
            return [&]<int... I>(std::integer_sequence<int, I...>) {                           \
                return weft::NAME(x, {detail::size_of_call(n, I)...});                         \
            }(std::make_integer_sequence<int, N>{});                                           \
        }                                                                                      \
    };                                                                                         \
    }                                                                                          \
    template <class A, std::size_t N>                                                          \
        requires EagerCall<A>                                                                  \
    constexpr auto NAME(A&& a, axis_size const (&sizes)[N]) {                                  \
        return ir::eager<calls::NAME##_sized<int{N}>>(static_cast<A&&>(a),                     \
                                                      detail::counts_of(#NAME, sizes));        \
    }
