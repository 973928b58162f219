// SPDX-License-Identifier: BSL-1.0
// The real functions of <cmath> for numbers that differentiate, under std's names and with std's
// results, so that templates written for double run unchanged: `using std::exp; exp(x)`. Most are
// operations of arrays too; those that are not stand here, as operations of numbers only.
#pragma once

#include <cmath>

#include <weft/autodiff/partials.hpp>
#include <weft/ops/exponential.hpp>
#include <weft/ops/hyperbolic.hpp>
#include <weft/ops/logical.hpp>
#include <weft/ops/power.hpp>
#include <weft/ops/rounding.hpp>
#include <weft/ops/special.hpp>
#include <weft/ops/trigonometric.hpp>

namespace weft {

/// Numbers of C++ and active ones, at least one of these.
template <class... T>
concept ActiveOperands = Operands<T...> && (ActiveNumber<T> || ...);

/// The number of C++ inside an active number.
template <class T>
WEFT_INLINE constexpr auto plain_value(T const& x) {
    if constexpr (ActiveNumber<T>)
        return plain_value(x.value());
    else
        return x;
}

namespace ops {

/// a * b + c, rounded once.
struct fma : elementwise<3, ir::typing::floating> {
    static constexpr std::string_view name = "number.fma";
    template <scalar::Number V>
    static V eval(V a, V b, V c) {
        return std::fma(a, b, c);
    }
    template <int I, class V>
    static constexpr auto partial(V a, V b, V, V) {
        if constexpr (I == 2)
            return ir::one{};
        else
            return I == 0 ? b : a;
    }
};

/// sqrt(a^2 + b^2 + c^2), without overflow.
struct hypot3 : elementwise<3, ir::typing::floating> {
    static constexpr std::string_view name = "number.hypot3";
    static constexpr int cost = 20;
    template <scalar::Number V>
    static V eval(V a, V b, V c) {
        return std::hypot(a, b, c);
    }
    template <int I, class V>
    static constexpr V partial(V a, V b, V c, V y) {
        if constexpr (!std::is_arithmetic_v<typename V::plain>) {  // as hypot of two
            V const x = I == 0   ? a
                        : I == 1 ? b
                                 : c,
                    r = (I == 0 ? b : a) / x, s = (I == 2 ? b : c) / x;
            if (r * r + s * s < 1)
                return weft::where(x < 0, V(-1), V(1)) / ir::elementwise<hypot3>(V(1), r, s);
        }
        return (I == 0 ? a : I == 1 ? b : c) / weft::where(y == 0, 1, y);
    }
};

/// The larger of both; a NaN is not the larger. The derivative of a tie goes to the second.
struct fmax : elementwise<2> {
    static constexpr std::string_view name = "number.fmax";
    template <scalar::Number V>
    static V eval(V a, V b) {
        return std::fmax(a, b);
    }
    template <int I, class V>
    static constexpr auto partial(V a, V b, V) {
        auto const second = weft::where(b >= a, true, a != a);
        if constexpr (I == 0)
            return ir::when{weft::logical_not(second)};
        else
            return ir::when{second};
    }
};

struct fmin : elementwise<2> {
    static constexpr std::string_view name = "number.fmin";
    template <scalar::Number V>
    static V eval(V a, V b) {
        return std::fmin(a, b);
    }
    template <int I, class V>
    static constexpr auto partial(V a, V b, V y) {
        return fmax::partial<I>(-a, -b, -y);
    }
};

/// a - b where that is positive, else 0.
struct fdim : elementwise<2> {
    static constexpr std::string_view name = "number.fdim";
    template <scalar::Number V>
    static V eval(V a, V b) {
        return std::fdim(a, b);
    }
    template <int I, class V>
    static constexpr auto partial(V a, V b, V) {
        if constexpr (I == 0)
            return ir::when{a > b};
        else
            return weft::where(a > b, V(-1), V(0));
    }
};

/// a - n b, where n is the integer next to a / b, the even one of two.
struct ieee_remainder : elementwise<2> {
    static constexpr std::string_view name = "number.remainder";
    static constexpr int cost = 10;
    template <scalar::Number V>
    static V eval(V a, V b) {
        return std::remainder(a, b);
    }
    template <int I, class V>
    static constexpr auto partial(V a, V b, V y) {
        if constexpr (I == 0)
            return ir::one{};
        else
            return -ir::elementwise<round>((a - y) / b);
    }
};

/// To the nearest integer, of two to the one further from zero.
struct round_away : elementwise<1> {
    static constexpr std::string_view name = "number.round";
    template <scalar::Number V>
    static V eval(V x) {
        return std::round(x);
    }
};

/// What stands behind the point, with the sign of x.
struct fraction : elementwise<1> {
    static constexpr std::string_view name = "number.fraction";
    template <scalar::Number V>
    static V eval(V x) {
        V whole;
        return std::modf(x, &whole);
    }
    template <int, class V>
    static constexpr ir::one partial(V, V) {
        return {};
    }
};

/// x 2^n for an integer n.
struct ldexp : elementwise<2> {
    static constexpr std::string_view name = "number.ldexp";
    template <scalar::Number V>
    static V eval(V x, V n) {
        return std::ldexp(x, static_cast<int>(n));
    }
    template <int I, class V>
    static constexpr auto partial(V, V n, V) {
        if constexpr (I == 0)
            return ir::elementwise<ldexp>(V(1), n);
        else
            return ir::zero{};
    }
};

/// The next number after x in the direction of the second.
struct nextafter : elementwise<2> {
    static constexpr std::string_view name = "number.nextafter";
    template <scalar::Number V>
    static V eval(V x, V to) {
        return std::nextafter(x, to);
    }
    template <int I, class V>
    static constexpr auto partial(V, V, V) {
        if constexpr (I == 0)
            return ir::one{};
        else
            return ir::zero{};
    }
};

/// The binary exponent of x, as a number.
struct logb : elementwise<1> {
    static constexpr std::string_view name = "number.logb";
    template <scalar::Number V>
    static V eval(V x) {
        return std::logb(x);
    }
};

}  // namespace ops

template <class X, class Y>
    requires ActiveOperands<X, Y>
WEFT_INLINE constexpr auto pow(X const& x, Y const& y) {
    return ir::elementwise<ops::power>(x, y);
}
template <class A, class B, class C>
    requires ActiveOperands<A, B, C>
WEFT_INLINE constexpr auto fma(A const& a, B const& b, C const& c) {
    return ir::elementwise<ops::fma>(a, b, c);
}
template <class A, class B, class C>
    requires ActiveOperands<A, B, C>
WEFT_INLINE constexpr auto hypot(A const& a, B const& b, C const& c) {
    return ir::elementwise<ops::hypot3>(a, b, c);
}
template <class A, class B>
    requires ActiveOperands<A, B>
WEFT_INLINE constexpr auto fmax(A const& a, B const& b) {
    return ir::elementwise<ops::fmax>(a, b);
}
template <class A, class B>
    requires ActiveOperands<A, B>
WEFT_INLINE constexpr auto fmin(A const& a, B const& b) {
    return ir::elementwise<ops::fmin>(a, b);
}
template <class A, class B>
    requires ActiveOperands<A, B>
WEFT_INLINE constexpr auto fdim(A const& a, B const& b) {
    return ir::elementwise<ops::fdim>(a, b);
}
template <class A, class B>
    requires ActiveOperands<A, B>
WEFT_INLINE constexpr auto nextafter(A const& a, B const& b) {
    return ir::elementwise<ops::nextafter>(a, b);
}
template <ActiveNumber A>
WEFT_INLINE constexpr auto fabs(A const& x) {
    return ir::elementwise<ops::abs>(x);
}
template <ActiveNumber A>
WEFT_INLINE constexpr auto polygamma(int n, A const& x) {
    if (n == 0) return digamma(x);
    return ir::elementwise<ops::polygamma>(n, x);
}

// Of arrays `round` takes the even one of two and `remainder` has the sign of the divisor, as in
// NumPy; numbers keep to <cmath>.
template <ActiveNumber A>
WEFT_INLINE constexpr auto round(A const& x) {
    return ir::elementwise<ops::round_away>(x);
}
template <class A, class B>
    requires Operands<A, B> && (ActiveNumber<A> || ActiveNumber<B>)
WEFT_INLINE constexpr auto remainder(A const& a, B const& b) {
    return ir::elementwise<ops::ieee_remainder>(a, b);
}
template <ActiveNumber A>
WEFT_INLINE constexpr auto rint(A const& x) {
    return ir::elementwise<ops::round>(x);
}
template <ActiveNumber A>
WEFT_INLINE constexpr auto nearbyint(A const& x) {
    return ir::elementwise<ops::round>(x);
}

template <ActiveNumber A>
WEFT_INLINE constexpr auto ldexp(A const& x, int n) {
    return ir::elementwise<ops::ldexp>(x, n);
}
template <ActiveNumber A>
WEFT_INLINE constexpr auto scalbn(A const& x, int n) {
    return ir::elementwise<ops::ldexp>(x, n);
}
template <ActiveNumber A>
WEFT_INLINE constexpr auto scalbln(A const& x, long n) {
    return ir::elementwise<ops::ldexp>(x, n > 9999 ? 9999 : n < -9999 ? -9999 : n);
}
/// x = result 2^n with 1/2 <= |result| < 1.
template <ActiveNumber A>
A frexp(A const& x, int* n) {
    using std::frexp;
    frexp(plain_value(x), n);
    return ldexp(x, -*n);
}
/// What stands behind the point; what stands before it goes to `whole`.
template <ActiveNumber A>
A modf(A const& x, A* whole) {
    *whole = trunc(x);
    return ir::elementwise<ops::fraction>(x);
}
template <ActiveNumber A>
WEFT_INLINE constexpr auto logb(A const& x) {
    return ir::elementwise<ops::logb>(x);
}

// Integers and conditions have no derivative: they are std's, of the value.
template <ActiveNumber A>
int ilogb(A const& x) {
    return std::ilogb(plain_value(x));
}
template <ActiveNumber A>
long lround(A const& x) {
    return std::lround(plain_value(x));
}
template <ActiveNumber A>
long long llround(A const& x) {
    return std::llround(plain_value(x));
}
template <ActiveNumber A>
long lrint(A const& x) {
    return std::lrint(plain_value(x));
}
template <ActiveNumber A>
long long llrint(A const& x) {
    return std::llrint(plain_value(x));
}
template <ActiveNumber A>
bool signbit(A const& x) {
    return std::signbit(plain_value(x));
}
template <ActiveNumber A>
bool isnormal(A const& x) {
    return std::isnormal(plain_value(x));
}
template <ActiveNumber A>
int fpclassify(A const& x) {
    return std::fpclassify(plain_value(x));
}

}  // namespace weft
