// SPDX-License-Identifier: BSL-1.0
// Dual numbers, Taylor series and variables of a tape inside Eigen's matrices, and Eigen's vectors
// as arguments of the drivers. Needs Eigen 3.4; no other header of weft includes this one.
#pragma once

#include <Eigen/Core>

#include <weft/autodiff/drivers.hpp>
#include <weft/autodiff/taylor.hpp>
#include <weft/autodiff/var.hpp>

namespace weft::detail {

template <class X, class T>
struct active_num_traits : Eigen::NumTraits<T> {
    using Real = X;
    using NonInteger = X;
    using Nested = X;
    using Literal = typename Eigen::NumTraits<T>::Literal;
    enum {
        IsComplex = 0,
        IsInteger = 0,
        IsSigned = 1,
        RequireInitialization = 1,
        ReadCost = static_cast<int>(sizeof(X) / sizeof(double)),
        AddCost = ReadCost,
        MulCost = 2 * ReadCost,
    };
    static Real epsilon() { return Real(Eigen::NumTraits<T>::epsilon()); }
    static Real dummy_precision() { return Real(Eigen::NumTraits<T>::dummy_precision()); }
    static Real highest() { return Real(Eigen::NumTraits<T>::highest()); }
    static Real lowest() { return Real(Eigen::NumTraits<T>::lowest()); }
    static Real infinity() { return Real(Eigen::NumTraits<T>::infinity()); }
    static Real quiet_NaN() { return Real(Eigen::NumTraits<T>::quiet_NaN()); }
};

/// A vector of Eigen, or any expression that is one.
template <class X>
concept EigenVector =
    std::derived_from<X, Eigen::DenseBase<X>> &&
    (X::ColsAtCompileTime == 1 || X::RowsAtCompileTime == 1) && Real<typename X::Scalar>;

template <EigenVector X>
struct numbers_in<X> {
    using type = typename X::Scalar;
    using index = Eigen::Index;
    static constexpr bool known = true, single = false;
    static constexpr std::int64_t extent =
        X::SizeAtCompileTime == Eigen::Dynamic ? dyn : X::SizeAtCompileTime;
    template <class T, std::int64_t R, std::int64_t C>
    using matrix = Eigen::Matrix<T, R == dyn ? Eigen::Dynamic : static_cast<int>(R),
                                 C == dyn ? Eigen::Dynamic : static_cast<int>(C)>;
    static std::size_t size(X const& x) { return static_cast<std::size_t>(x.size()); }
    template <class U>
    static auto like(X const& x) {
        using vector = Eigen::Matrix<U, X::RowsAtCompileTime, X::ColsAtCompileTime, 0,
                                     X::MaxRowsAtCompileTime, X::MaxColsAtCompileTime>;
        return vector(vector::Constant(x.rows(), x.cols(), U(0)));
    }
    static type at(X const& x, std::size_t i) {
        if constexpr (requires { x.coeff(0); })
            return x.coeff(static_cast<Eigen::Index>(i));
        else
            return x.eval().coeff(static_cast<Eigen::Index>(i));
    }
    template <class C>
    static auto const& argument(C const& c) {
        return c;
    }
};

}  // namespace weft::detail

namespace Eigen {

template <class T, int N>
struct NumTraits<weft::dual<T, N>> : weft::detail::active_num_traits<weft::dual<T, N>, T> {};
template <class T, int K>
struct NumTraits<weft::taylor<T, K>> : weft::detail::active_num_traits<weft::taylor<T, K>, T> {};
template <class T, bool C>
struct NumTraits<weft::var<T, C>> : weft::detail::active_num_traits<weft::var<T, C>, T> {};

// Matrices of numbers and of dual numbers mix.
template <class T, int N, class U, class Op>
    requires std::is_arithmetic_v<U>
struct ScalarBinaryOpTraits<weft::dual<T, N>, U, Op> {
    using ReturnType = weft::dual<T, N>;
};
template <class T, int N, class U, class Op>
    requires std::is_arithmetic_v<U>
struct ScalarBinaryOpTraits<U, weft::dual<T, N>, Op> {
    using ReturnType = weft::dual<T, N>;
};
template <class T, int K, class U, class Op>
    requires std::is_arithmetic_v<U>
struct ScalarBinaryOpTraits<weft::taylor<T, K>, U, Op> {
    using ReturnType = weft::taylor<T, K>;
};
template <class T, int K, class U, class Op>
    requires std::is_arithmetic_v<U>
struct ScalarBinaryOpTraits<U, weft::taylor<T, K>, Op> {
    using ReturnType = weft::taylor<T, K>;
};
template <class T, bool C, class U, class Op>
    requires(std::is_arithmetic_v<U> || std::is_same_v<T, U>)
struct ScalarBinaryOpTraits<weft::var<T, C>, U, Op> {
    using ReturnType = weft::var<T, C>;
};
template <class T, bool C, class U, class Op>
    requires(std::is_arithmetic_v<U> || std::is_same_v<T, U>)
struct ScalarBinaryOpTraits<U, weft::var<T, C>, Op> {
    using ReturnType = weft::var<T, C>;
};

namespace internal {

// Where LU is included: Eigen 3.4's formula for 4 x 4 asks for one type of a b and -c, which are
// expressions of two types; by elimination, as larger ones.
template <class Derived, int Size>
struct determinant_impl;
template <class T, bool C, int Options, int Rows, int Columns>
struct determinant_impl<Matrix<weft::var<T, C>, 4, 4, Options, Rows, Columns>, 4>
    : determinant_impl<Matrix<weft::var<T, C>, 4, 4, Options, Rows, Columns>, Dynamic> {};

}  // namespace internal
}  // namespace Eigen
