// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#if __has_include(<zlib.h>)
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <weft/core/philox.hpp>
#include <weft/data/csv.hpp>
#include <weft/data/gzip.hpp>

#include "data_files.hpp"

namespace {

namespace data = weft::data;
using table = weft::tensor<float, weft::dyn, weft::dyn>;

std::string compress(std::string_view text) {
    z_stream s{};
    REQUIRE(deflateInit2(&s, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    std::string in(text), out(text.size() + 1000, '\0');
    s.next_in = reinterpret_cast<Bytef*>(in.data());
    s.avail_in = static_cast<uInt>(in.size());
    s.next_out = reinterpret_cast<Bytef*>(out.data());
    s.avail_out = static_cast<uInt>(out.size());
    REQUIRE(deflate(&s, Z_FINISH) == Z_STREAM_END);
    out.resize(s.total_out);
    deflateEnd(&s);
    return out;
}

/// The table in a file of these bytes, or what is said of it, without the path.
table read(std::string_view bytes) {
    temporary_file const file(bytes);
    return data::read_csv<float>(data::gzip(file.path));
}
std::string mistake(std::string_view bytes) {
    temporary_file const file(bytes);
    std::string const said = sentence([&] { data::read_csv<float>(data::gzip(file.path)); });
    if (said.empty()) return said;
    REQUIRE(said.find(file.path) == 0);
    return said.substr(file.path.size());
}

std::string long_text(int rows) {
    std::string text;
    for (int i = 0; i < rows; ++i)
        text += std::to_string(i) + ',' + std::to_string(i * 7919 % 10007) + '\n';
    return text;
}

}  // namespace

TEST_CASE("gzip: files of one and of several members") {
    table const expected{{1, 2}, {3, 4}};
    CHECK(array_equal(read(compress("1,2\n3,4\n")), expected));
    CHECK(array_equal(read(compress("1,2\n3,") + compress("4\n")), expected));
    CHECK(array_equal(read(compress("") + compress("1,2\n3,4") + compress("")), expected));
    CHECK(array_equal(read(compress("1,2\n3,4\n") + std::string(1000, '\0')), expected));

    int constexpr rows = 200000;  // more than any buffer
    table const all = read(compress(long_text(rows)));
    REQUIRE(all.extent(0) == rows);
    for (int i = 0; i < rows; ++i)
        REQUIRE((all(i, 0) == static_cast<float>(i) &&
                 all(i, 1) == static_cast<float>(i * 7919 % 10007)));
}

TEST_CASE("gzip: the digits") {
    table const digits = data::read_csv<float>(data::gzip("examples/data/digits.csv.gz"));
    REQUIRE(digits.extent(0) == 1797);
    REQUIRE(digits.extent(1) == 65);
    double pixels = 0, labels = 0;
    for (int r = 0; r < 1797; ++r) {
        for (int c = 0; c < 64; ++c) pixels += static_cast<double>(digits(r, c));
        labels += static_cast<double>(digits(r, 64));
    }
    CHECK(pixels == 561718);
    CHECK(labels == 8070);
}

TEST_CASE("gzip: what is refused") {
    std::string const good = compress("1,2\n3,4\n");
    CHECK(mistake("") == ": is empty, expected a file compressed with gzip");
    CHECK(mistake("1,2\n") == ": expected a file compressed with gzip, found another kind");
    CHECK(mistake("\x1f") == ": ends too soon: the compressed data are cut off");
    CHECK(mistake("\x1fqabc") == ": the compressed data are damaged: incorrect header check");
    CHECK(mistake(good + "more") == ": the compressed data are damaged: incorrect header check");
    CHECK(mistake(compress("1,2\n3,x\n")) == ", line 2, column 2: expected a number, found \"x\"");
    CHECK(mistake(compress("")) == ": is empty, expected numbers");
    for (std::size_t length = 1; length < good.size(); ++length) {
        CAPTURE(length);
        REQUIRE(mistake(good.substr(0, length)) ==
                ": ends too soon: the compressed data are cut off");
    }
    std::string const large = compress(long_text(100000));
    CHECK(mistake(large.substr(0, large.size() / 2)) ==
          ": ends too soon: the compressed data are cut off");
    CHECK(sentence([] { data::gzip("no/such.csv.gz"); }) ==
          "no/such.csv.gz: cannot be opened: No such file or directory");
    CHECK(sentence([] { data::read_csv<float>(data::gzip(".")); }) ==
          ".: cannot be read: Is a directory");
}

TEST_CASE("gzip: a damaged byte is found by the checksum, or did not matter") {
    std::string const text = long_text(300), good = compress(text);
    table const expected = read(good);
    std::uint64_t drawn = 0;
    auto const draw = [&](std::size_t bound) {
        return weft::random::bits(weft::random::key{5}, drawn++).word[0] % bound;
    };
    int refused = 0;
    for (int round = 0; round < 1500; ++round) {
        std::string bytes = good;
        std::size_t const at = draw(bytes.size());
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << draw(8)));
        temporary_file const file(bytes);
        std::string const said = sentence([&] {
            if (!array_equal(data::read_csv<float>(data::gzip(file.path)), expected)) std::abort();
        });
        refused += !said.empty();
        // Time, system and flags in the header; bits that fill the last byte of data.
        if (said.empty()) REQUIRE((at < 10 || at == bytes.size() - 9));
    }
    CHECK(refused > 1400);
}
#endif
