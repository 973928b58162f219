// SPDX-License-Identifier: BSL-1.0
// The expected texts are NumPy's: str(x) with np.set_printoptions(precision=4).
#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <sstream>
#include <string>

#include <weft/ops/arithmetic.hpp>
#include <weft/program/eager.hpp>
#include <weft/tensor/format.hpp>

using weft::dyn;
using weft::tensor;
using weft::to_string;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float no_number = std::numeric_limits<float>::quiet_NaN();

}  // namespace

TEST_CASE("print: columns align") {
    CHECK(to_string(tensor<float, 2, 2>{{1, 2}, {3, 4}}) == "[[1. 2.]\n [3. 4.]]");
    CHECK(to_string(tensor<float, 2, 3>{{1, -2.5, 3}, {10, 0.125, 100}}) ==
          "[[  1.     -2.5     3.   ]\n [ 10.      0.125 100.   ]]");
    CHECK(to_string(tensor<double, 2, 1, 2>{{{1, 2}}, {{3, 4}}}) == "[[[1. 2.]]\n\n [[3. 4.]]]");
    CHECK(to_string(tensor<int, 2, 2>{{1, -20}, {300, 4}}) == "[[  1 -20]\n [300   4]]");
    CHECK(to_string(tensor<bool, 2, 2>{{true, false}, {false, false}}) ==
          "[[ True False]\n [False False]]");
    CHECK(to_string(tensor<bool, 2>{true, true}) == "[ True  True]");
    CHECK(to_string(tensor<std::uint8_t, 2>{65, 255}) == "[ 65 255]");
    CHECK(to_string(tensor<std::int64_t, 1>{std::numeric_limits<std::int64_t>::min()}) ==
          "[-9223372036854775808]");
    CHECK(to_string(tensor<std::uint64_t, 1>{std::numeric_limits<std::uint64_t>::max()}) ==
          "[18446744073709551615]");
}

TEST_CASE("print: at most four decimals") {
    CHECK(to_string(tensor<float, 3>{0.1f, 1.f / 3, 2}) == "[0.1    0.3333 2.    ]");
    CHECK(to_string(tensor<double, 2>{0.00012, 0.00055}) == "[0.0001 0.0006]");
    CHECK(to_string(tensor<double, 2>{0.99996, -0.99996}) == "[ 1. -1.]");
    CHECK(to_string(tensor<weft::f16, 2>{0.1f, 3}) == "[0.1 3. ]");
    CHECK(to_string(tensor<weft::bf16, 2>{0.1f, 3}) == "[0.1 3. ]");
    CHECK(to_string(tensor<float, 2>{-0.f, 0}) == "[-0.  0.]");
}

TEST_CASE("print: exponents where magnitudes differ") {
    CHECK(to_string(tensor<double, 3>{1e-5, 1, -2.5}) == "[ 1.0e-05  1.0e+00 -2.5e+00]");
    CHECK(to_string(tensor<double, 2>{1e100, 1}) == "[1.e+100 1.e+000]");
    CHECK(to_string(tensor<float, 2>{1e6f, 1e6f}) == "[1.e+06 1.e+06]");
    CHECK(to_string(tensor<float, 2>{1000, 1}) == "[1000.    1.]");
    CHECK(to_string(tensor<float, 2>{1001, 1}) == "[1.001e+03 1.000e+00]");
    CHECK(to_string(tensor<float, 2>{1e-4f, 1e-4f}) == "[0.0001 0.0001]");
    CHECK(to_string(tensor<double, 2>{1.23456789e-7, 0}) == "[1.2346e-07 0.0000e+00]");
    CHECK(to_string(tensor<weft::f16, 2>{6e-8f, 1}) == "[6.e-08 1.e+00]");
    CHECK(to_string(tensor<weft::f16, 2>{4e-7f, 1.234f}) == "[4.172e-07 1.234e+00]");
}

TEST_CASE("print: NaN and infinities") {
    CHECK(to_string(tensor<float, 3>{1, no_number, -infinity}) == "[  1.  nan -inf]");
    CHECK(to_string(tensor<float, 3>{1.5, infinity, -2}) == "[ 1.5  inf -2. ]");
    CHECK(to_string(tensor<float, 2>{no_number, infinity}) == "[nan inf]");
    CHECK(to_string(tensor<float, 2>{no_number, -infinity}) == "[ nan -inf]");
    CHECK(to_string(tensor<double, 2>{no_number, 1e-9}) == "[   nan 1.e-09]");
}

TEST_CASE("print: complex numbers") {
    tensor<weft::complex<float>, 2> z;
    z[0] = {1, -2.5f};
    z[1] = {-0.5f, 3};
    CHECK(to_string(z) == "[ 1. -2.5j -0.5+3.j ]");
    CHECK(to_string(tensor<weft::complex<float>>({1, -2})) == "(1-2j)");
}

TEST_CASE("print: scalars and empty tensors") {
    CHECK(to_string(tensor<float>(1.5f)) == "1.5");
    CHECK(to_string(tensor<float>(3)) == "3.0");
    CHECK(to_string(tensor<float>(0.1234567f)) == "0.1234567");
    CHECK(to_string(tensor<double>(1e20)) == "1e+20");
    CHECK(to_string(tensor<float>(1e-5f)) == "1e-05");
    CHECK(to_string(tensor<float>(no_number)) == "nan");
    CHECK(to_string(tensor<double>(-std::numeric_limits<double>::infinity())) == "-inf");
    CHECK(to_string(tensor<bool>(true)) == "True");
    CHECK(to_string(tensor<int>(-3)) == "-3");
    CHECK(to_string(tensor<float, dyn, 3>()) == "[]");
    CHECK(to_string(tensor<float, 2, 0>()) == "[]");
    tensor<float, 100> moved;
    tensor<float, 100> const other = std::move(moved);
    CHECK(to_string(moved) == "[]");
}

TEST_CASE("print: long lines wrap") {
    tensor<int, 30> v;
    for (int i = 0; i < 30; ++i) v[i] = 1000 + i;
    CHECK(to_string(v) ==
          "[1000 1001 1002 1003 1004 1005 1006 1007 1008 1009 1010 1011 1012 1013\n"
          " 1014 1015 1016 1017 1018 1019 1020 1021 1022 1023 1024 1025 1026 1027\n"
          " 1028 1029]");
}

TEST_CASE("print: more than a thousand elements are summarised") {
    tensor<float, dyn> v(1001);
    for (int i = 0; i < 1001; ++i) v[i] = static_cast<float>(i) / 4;
    CHECK(to_string(v) == "[  0.     0.25   0.5  ... 249.5  249.75 250.  ]");
    tensor<float, dyn, dyn> m(4, 300);
    m(3, 299) = 5;
    CHECK(to_string(m) ==
          "[[0. 0. 0. ... 0. 0. 0.]\n [0. 0. 0. ... 0. 0. 0.]\n [0. 0. 0. ... 0. 0. 0.]\n"
          " [0. 0. 0. ... 0. 0. 5.]]");
    m = tensor<float, dyn, dyn>(600, 2);
    CHECK(to_string(m) == "[[0. 0.]\n [0. 0.]\n [0. 0.]\n ...\n [0. 0.]\n [0. 0.]\n [0. 0.]]");
    CHECK(to_string(tensor<float, dyn>(1000)).find("...") == std::string::npos);
}

TEST_CASE("print: streams, views, states, settings") {
    std::ostringstream out;
    tensor<float, 2, 2> const a{{1, 2}, {3, 4}};
    out << a.slice(1, 1, 2) << ' ' << weft::state<float, 2, 2>(a).row(1) << ' '
        << weft::state<float, 1>() << ' ' << weft::setting<float>(0.25f) << ' ' << tensor<float>(2);
    CHECK(out.str() == "[[2.]\n [4.]] [3. 4.] [0.] 0.25 2.0");
    CHECK(to_string(weft::view<float const, 2, 2>(a.data(), {2, 2}, {1, 2})) ==
          "[[1. 3.]\n [2. 4.]]");
}

TEST_CASE("print: options, and expressions") {
    tensor<double, 2> const x{1. / 3, 1e-9};
    CHECK(to_string(x, {.precision = 8}) == "[3.33333333e-01 1.00000000e-09]");
    CHECK(to_string(x, {.precision = 2, .suppress = true}) == "[0.33 0.  ]");
    tensor<int, 9> n;
    for (int i = 0; i < 9; ++i) n(i) = i;
    CHECK(to_string(n, {.threshold = 5, .edge = 2}) == "[0 1 ... 7 8]");
    CHECK(to_string(n, {.width = 12}) == "[0 1 2 3 4\n 5 6 7 8]");
    CHECK(to_string(n(weft::seq(0, 3)) * 2) == "[0 2 4]");
    std::ostringstream out;
    out << n(weft::from(-2)) + 1;
    CHECK(out.str() == "[8 9]");
}

#ifdef __cpp_lib_format
TEST_CASE("print: std::format") {
    tensor<double, 2> const x{1. / 3, 1e-9};
    CHECK(std::format("{}", x) == to_string(x));
    CHECK(std::format("{:.8} {:.2s}", x, x.view()) ==
          "[3.33333333e-01 1.00000000e-09] [0.33 0.  ]");
    CHECK(std::format("{}", x * 3) == "[1.e+00 3.e-09]");
    tensor<int, dyn, dyn> const many(40, 40);
    CHECK(std::format("{}", many).size() < 400);
    CHECK(std::format("{:#}", many).size() > 3000);
    CHECK_THROWS_AS(static_cast<void>(std::vformat("{:4}", std::make_format_args(x))),
                    std::format_error);
}
#endif
