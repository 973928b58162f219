// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <algorithm>
#include <clocale>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>

#include <weft/core/half.hpp>
#include <weft/core/philox.hpp>
#include <weft/data/csv.hpp>

#include "data_files.hpp"

using weft::dyn;
using weft::tensor;
using weft::data::csv_options;
using weft::data::read_csv;

namespace {

/// Text in memory, handed over in pieces of some size.
struct text_source {
    std::string_view text;
    std::size_t piece = 1 << 20;
    std::size_t handed = 0;

    std::string_view name() const { return "t.csv"; }
    std::size_t read(char* bytes, std::size_t count) {
        count = std::min({count, piece, text.size()});
        if (count > 0) std::memcpy(bytes, text.data(), count);
        text.remove_prefix(count);
        handed += count;
        return count;
    }
};

template <class T = float>
tensor<T, dyn, dyn> read(std::string_view text, csv_options const& options = {}) {
    return read_csv<T>(text_source{text}, options);
}
template <class T = float>
std::string mistake(std::string_view text, csv_options const& options = {}) {
    return sentence([&] { read<T>(text, options); });
}

using floats = tensor<float, dyn, dyn>;
using doubles = tensor<double, dyn, dyn>;
using ints = tensor<std::int32_t, dyn, dyn>;

constexpr std::string_view two_rows = "1,2.5\n-3,4e2\n";
floats const expected{{1, 2.5f}, {-3, 400}};

}  // namespace

TEST_CASE("csv: what is accepted") {
    CHECK(array_equal(read(two_rows), expected));
    CHECK(array_equal(read("1,2.5\n-3,4e2"), expected));
    CHECK(array_equal(read("1,2.5\r\n-3,4e2\r\n"), expected));
    CHECK(array_equal(read("1,2.5\r\n-3,4e2"), expected));
    CHECK(array_equal(read("\xef\xbb\xbf" "1,2.5\n-3,4e2\n"), expected));
    CHECK(array_equal(read("\n1,2.5\n\n \t\n-3,4e2\n\n\r\n"), expected));
    CHECK(array_equal(read(" 1 ,\t2.5\n  -3,4e2\t\n"), expected));
    CHECK(array_equal(read("\"1\",\"2.5\"\n \"-3\" ,\" 4e2 \"\n"), expected));
    CHECK(array_equal(read("+1,+2.5\n-3,400\n"), expected));
    CHECK(array_equal(read("1;2.5\n-3;4e2\n", {.delimiter = ';'}), expected));
    CHECK(array_equal(read("1\t2.5\n-3\t4e2\n", {.delimiter = '\t'}), expected));
    CHECK(array_equal(read("1 2.5\n-3 4e2\n", {.delimiter = ' '}), expected));
    CHECK(array_equal(read("7"), floats{{7}}));
    CHECK(array_equal(read("7\n8"), floats{{7}, {8}}));
}

TEST_CASE("csv: a header and comments") {
    csv_options const header{.header = true};
    CHECK(array_equal(read("a,b\n1,2.5\n-3,4e2\n", header), expected));
    CHECK(array_equal(read("\"a, \"\"b\"\"\nc\",b\r\n1,2.5\n-3,4e2\n", header), expected));
    csv_options const comment{.comment = '#'};
    CHECK(array_equal(read("# 1,2\n1,2.5 # x,y\n  # z\n-3,4e2# no end", comment), expected));
    CHECK(array_equal(read("# c\na,b # d\n1,2.5\n-3,4e2\n", {.header = true, .comment = '#'}),
                      expected));
    std::string const long_names = std::string(300000, 'n') + ',' + std::string(300000, 'm');
    CHECK(array_equal(read(long_names + "\n1,2.5\n-3,4e2\n", header), expected));
    CHECK(array_equal(read('#' + long_names + "\n1,2.5\n-3,4e2\n", comment), expected));
    CHECK(mistake("a,b,c\n1,2\n", header) == "t.csv, line 2: expected 3 columns, found 2");
    CHECK(mistake("a,b\n", header) == "t.csv, line 2: expected numbers after the header");
    CHECK(mistake("a,\"b\n1,2\n", header) == "t.csv, line 1: a quote is not closed");
}

TEST_CASE("csv: numbers are read exactly, in any locale") {
    using limits = std::numeric_limits<double>;
    CHECK(array_equal(read<double>("0.1,1e-3,123456789012345678,.5,5.,1E+2"),
                      doubles{{0.1, 1e-3, 123456789012345678., .5, 5, 100}}));
    CHECK(array_equal(read("0.1,16777217,8388609.5,0.3333333333333333333,1e10"),
                      floats{{0.1f, 16777217.f, 8388609.5f, 0.3333333333333333333f, 1e10f}}));
    CHECK(std::signbit(read("-0")(0, 0)));
    CHECK(std::signbit(read("-0.0")(0, 0)));
    CHECK(std::isnan(read("nan")(0, 0)));
    CHECK(array_equal(read("inf,-inf"), floats{{INFINITY, -INFINITY}}));
    CHECK(array_equal(read<double>("1.7976931348623157e308,4.9406564584124654e-324"),
                      doubles{{limits::max(), limits::denorm_min()}}));
    // Too close to 0 is 0, too large is refused: whatever the spelling is.
    CHECK(array_equal(read("1e-50,-1e-50,0.00000000000000000000000000000000000000000000000000001"),
                      floats{{0, 0, 0}}));
    CHECK(array_equal(read("1000000000000e-70,1e-99999999999999999999"), floats{{0, 0}}));
    CHECK(mistake("1e50") ==
          "t.csv, line 1, column 1: expected a number in the range of float32, "
          "found \"1e50\"; if line 1 holds names, set header");
    CHECK(mistake("1\n0.00001e60").find("in the range of float32") != std::string::npos);
    CHECK(mistake("1\n" + std::string(60, '9') + "e-5").find("range") != std::string::npos);

    char const* const before = std::setlocale(LC_ALL, "de_DE.UTF-8");  // where it is installed
    CHECK(array_equal(read<double>("1.5"), doubles{{1.5}}));
    CHECK(mistake("2\n1,5e").substr(0, 7) == "t.csv, ");
    if (before) std::setlocale(LC_ALL, "C");

    // Every spelling against the C library.
    std::uint64_t drawn = 0;
    for (int i = 0; i < 20000; ++i) {
        auto const w = weft::random::bits(weft::random::key{7}, drawn++);
        char text[64];
        double const x = static_cast<double>(static_cast<std::int32_t>(w.word[0])) *
                         std::pow(10., static_cast<int>(w.word[1] % 13) - 9);
        std::snprintf(text, sizeof text, w.word[2] % 2 ? "%.*f" : "%.*g",
                      static_cast<int>(w.word[3] % 12), x);
        REQUIRE(read<double>(text)(0, 0) == std::strtod(text, nullptr));
        REQUIRE(read<float>(text)(0, 0) == std::strtof(text, nullptr));
    }
}

TEST_CASE("csv: integers, truth values and 16-bit floats") {
    CHECK(array_equal(read<std::int32_t>("1,-2\n2147483647,-2147483648"),
                      ints{{1, -2}, {INT32_MAX, INT32_MIN}}));
    CHECK(array_equal(read<std::uint8_t>("255,0"), tensor<std::uint8_t, dyn, dyn>{{255, 0}}));
    CHECK(array_equal(read<bool>("1,0"), tensor<bool, dyn, dyn>{{true, false}}));
    CHECK(array_equal(read<weft::bf16>("1.5,-2"), tensor<weft::bf16, dyn, dyn>{{1.5f, -2.f}}));
    CHECK(mistake<std::int32_t>("1\n1.5") ==
          "t.csv, line 2, column 1: expected an integer, found \"1.5\"");
    CHECK(mistake<std::int32_t>("1\n2147483648") ==
          "t.csv, line 2, column 1: expected an integer in the range of int32: -2147483648 .. "
          "2147483647, found \"2147483648\"");
    CHECK(mistake<std::uint8_t>("1\n256") ==
          "t.csv, line 2, column 1: expected an integer in the range of uint8: 0 .. 255, found "
          "\"256\"");
    CHECK(mistake<std::uint8_t>("1\n-1") ==
          "t.csv, line 2, column 1: expected an integer in the range of uint8: 0 .. 255, found "
          "\"-1\"");
    CHECK(mistake<bool>("1\n2") == "t.csv, line 2, column 1: expected 0 or 1, found \"2\"");
    CHECK(mistake<weft::f16>("1\n70000") ==
          "t.csv, line 2, column 1: expected a number in the range of float16, found \"70000\"");
}

TEST_CASE("csv: what is refused, and where") {
    CHECK(mistake("") == "t.csv: is empty, expected numbers");
    CHECK(mistake("\n \r\n") == "t.csv: is empty, expected numbers");
    CHECK(mistake("1,2\n3,x\n") == "t.csv, line 2, column 2: expected a number, found \"x\"");
    CHECK(mistake("1,2\n3,4x\n") == "t.csv, line 2, column 2: expected a number, found \"4x\"");
    CHECK(mistake("1,2\n3, 4 5 \n") == "t.csv, line 2, column 2: expected a number, found \"4 5\"");
    CHECK(mistake("a,b\n1,2\n") ==
          "t.csv, line 1, column 1: expected a number, found \"a\"; if line 1 holds names, set "
          "header");
    CHECK(mistake("1,2\n3,\n") ==
          "t.csv, line 2, column 2: expected a number, found an empty field");
    CHECK(mistake("1,2\n,3\n") ==
          "t.csv, line 2, column 1: expected a number, found an empty field");
    CHECK(mistake("1,2\n \t,3\n").find("an empty field") != std::string::npos);
    CHECK(mistake("1,2\n3,\"\"\n") == "t.csv, line 2, column 2: expected a number, found \"\"\"\"");
    CHECK(mistake("1,2\n\n3\n") == "t.csv, line 3: expected 2 columns, found 1");
    CHECK(mistake("1,2\r\n3,4,5,6\r\n") == "t.csv, line 2: expected 2 columns, found 4");
    CHECK(mistake("1\n3,4") == "t.csv, line 2: expected 1 column, found 2");
    CHECK(mistake("1,2\n3,4,") == "t.csv, line 2: expected 2 columns, found 3");
    CHECK(mistake("1\n--2") == "t.csv, line 2, column 1: expected a number, found \"--2\"");
    CHECK(mistake("1\n+-2") == "t.csv, line 2, column 1: expected a number, found \"+-2\"");
    CHECK(mistake("1\n0x1p3") == "t.csv, line 2, column 1: expected a number, found \"0x1p3\"");
    CHECK(mistake("1\n\"2") == "t.csv, line 2, column 1: a quote is not closed");
    CHECK(mistake("1\n\"2\"3") == "t.csv, line 2, column 1: expected a number, found \"\"2\"3\"");
    CHECK(mistake("1\n\"1,5\"") == "t.csv, line 2, column 1: expected a number, found \"\"1,5\"\"");
    CHECK(mistake("1\n2\r3") == "t.csv, line 2, column 1: expected a number, found \"2\\x0d3\"");
    CHECK(mistake("1\n\xc3\xa4") ==
          "t.csv, line 2, column 1: expected a number, found \"\\xc3\\xa4\"");
    CHECK(mistake("1\n" + std::string(100, 'x')) ==
          "t.csv, line 2, column 1: expected a number, found \"" + std::string(40, 'x') + "\"...");
    using namespace std::string_view_literals;
    CHECK(mistake("1\n2\0003\n"sv) == "t.csv, line 2, column 1: found a NUL byte, expected text");
    CHECK(mistake("1\n\0"sv) == "t.csv, line 2, column 1: found a NUL byte, expected text");
    CHECK(mistake("a\0b\n1"sv, {.header = true}) ==
          "t.csv, line 1: found a NUL byte, expected text");
    CHECK(mistake("\xff\xfe"
                  "1\0,\0"sv) == "t.csv is UTF-16 text, expected UTF-8");
    CHECK(mistake("\x1f\x8b\x08") ==
          "t.csv is compressed with gzip: include <weft/data/gzip.hpp> and read "
          "weft::data::gzip(path)");
    CHECK(mistake(two_rows, {.delimiter = '.'}).find("part of a number") != std::string::npos);
    CHECK(mistake(two_rows, {.comment = ','}).find("also the comment") != std::string::npos);
}

TEST_CASE("csv: files") {
    temporary_file const file(two_rows);
    CHECK(array_equal(read_csv<float>(file.path), expected));
    CHECK(sentence([] { read_csv<float>("no/such/file.csv"); }) ==
          "no/such/file.csv: cannot be opened: No such file or directory");
    CHECK(sentence([] { read_csv<float>("."); }) == ".: cannot be read: Is a directory");
    CHECK(sentence([] {
              read_csv<float>(std::string_view("a\0b", 3));
          }).find("a NUL byte in the path") == 0);
}

TEST_CASE("csv: pieces and windows of any size") {
    std::string text = "\xef\xbb\xbf";
    int constexpr count = 30000, columns = 3;
    for (int i = 0; i < count; ++i)
        text += std::to_string(i * 7 % 1000) + ",-" + std::to_string(i) + ".25, " +
                std::to_string(i % 10) + (i % 3 ? "\n" : "\r\n");
    auto const whole = read(text);
    REQUIRE(whole.extent(0) == count);
    REQUIRE(whole.extent(1) == columns);
    for (int i = 0; i < count; ++i) {
        REQUIRE(whole(i, 0) == static_cast<float>(i * 7 % 1000));
        REQUIRE(whole(i, 1) == -static_cast<float>(i) - .25f);
        REQUIRE(whole(i, 2) == static_cast<float>(i % 10));
    }
    for (std::size_t const piece : {1u, 7u, 4096u, 100000u})
        CHECK(array_equal(read_csv<float>(text_source{text, piece}), whole));
}

TEST_CASE("csv: long lines and long fields") {
    std::string line = "1";
    for (int i = 1; i < 200000; ++i) line += ",1";
    auto const table = read(line + '\n' + line);
    CHECK(table.extent(0) == 2);
    CHECK(table.extent(1) == 200000);
    CHECK(mistake(line + '\n' + line + ",1\n") ==
          "t.csv, line 2: expected 200000 columns, found 200001");

    CHECK(array_equal(read(std::string(4000, ' ') + "1," + std::string(4000, '0') + '2'),
                      floats{{1, 2}}));
    CHECK(mistake("1," + std::string(4200, '0')) ==
          "t.csv, line 1, column 2: a field is longer than 4096 characters");
    // A field without end is refused before much of it is read.
    for (char const c : {'1', ' ', 'x', '"', '\t'}) {
        CAPTURE(c);
        std::string const text = "1\n" + std::string(20 << 20, c);
        text_source source{text};
        CHECK(sentence([&] {
                  read_csv<float>(source);
              }).find("t.csv, line 2, column 1: a field is longer than 4096 characters") == 0);
        CHECK(source.handed < 1 << 20);
    }
}

TEST_CASE("csv: damaged text is refused or read, and nothing else happens") {
    std::string good;
    for (int i = 0; i < 40; ++i)
        good += std::to_string(i) + ",\"" + std::to_string(i * i) + ".5\", -1e" +
                std::to_string(i % 30) + (i % 2 ? "\r\n" : "\n");
    using namespace std::string_view_literals;
    constexpr std::string_view odd = ",\n\r\"+-.eE09 \t#;xn\0\xff\x80"sv;
    std::uint64_t drawn = 0;
    auto const draw = [&](std::size_t bound) {
        return weft::random::bits(weft::random::key{99}, drawn++).word[0] % (bound ? bound : 1);
    };
    int refused = 0, accepted = 0;
    for (int round = 0; round < 4000; ++round) {
        std::string text = good;
        for (auto edits = draw(4) + 1; edits > 0; --edits) {
            if (text.empty()) break;
            auto const at = draw(text.size());
            switch (draw(5)) {
                case 0:
                    text[at] = odd[draw(odd.size())];
                    break;
                case 1:
                    text.insert(at, 1, odd[draw(odd.size())]);
                    break;
                case 2:
                    text.erase(at, draw(20));
                    break;
                case 3:
                    text.resize(at + 1);
                    break;
                default:
                    auto const from = draw(text.size());
                    text.insert(at, text.substr(from, draw(30)));
            }
        }
        csv_options const options{.delimiter = draw(8) ? ',' : ';',
                                  .header = draw(4) == 0,
                                  .comment = draw(2) ? '#' : '\0'};
        std::size_t const piece = draw(2) ? 1 << 20 : draw(50) + 1;
        auto const read_once = [&](std::size_t size) {
            return sentence([&] {
                auto const table = read_csv<float>(text_source{text, size}, options);
                if (table.extent(0) < 1 || table.extent(1) < 1) throw "an empty table";
            });
        };
        std::string const said = read_once(piece);
        (said.empty() ? accepted : refused) += 1;
        REQUIRE(said == read_once(1 << 20));
        if (!said.empty()) REQUIRE(said.substr(0, 5) == "t.csv");
        if (said.find("line") != said.npos) REQUIRE(said.find("line 0") == said.npos);
    }
    CHECK(refused > 1000);
    CHECK(accepted > 100);
}
