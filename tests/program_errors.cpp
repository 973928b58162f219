// SPDX-License-Identifier: BSL-1.0
// What a call says when run-time extents or layouts do not fit, and that nothing has changed then.
#include <string>

#include "compiled.hpp"
#include "raised.hpp"

#include <weft/program/compile.hpp>

namespace {

using namespace testing;
using weft::axis;
using weft::dyn;
using weft::state;
using weft::symbol;
using weft::tensor;

struct model {
    tensor<float, dyn, 3> weight;
    state<std::int32_t> calls;
    constexpr auto operator()(auto const& x) {
        calls = calls + 1;
        weight = weight * 0.5;
        return matmul(x, weight);
    }
};

constexpr auto both = [](symbol x, symbol y) { return exp(x) + y; };

}  // namespace

TEST_CASE("extents that the trace took for equal are checked, with their values") {
    tensor<float, dyn, dyn> const x(4, 5), y(4, 6);
    std::string const why = sentence([&] { weft::call(both, x, y); });
    CHECK(why.find("weft::call: the extents") == 0);
    CHECK(why.find("must agree, found 5 and 6") != std::string::npos);
    CHECK(sentence([&] { weft::call(both, y, tensor<float, dyn, dyn>(3, 6)); })
              .find("found 4 and 3") != std::string::npos);
    // An error leaves nothing behind for the next call.
    auto const z = weft::call(both, x, x);
    CHECK(z(3, 4) == 1);
    CHECK(sentence([&] { weft::call(both, x, y); }) == why);
    CHECK(weft::call(both, y, y)(0, 0) == 1);
    // Nothing is broadcast that was not one at compile time.
    CHECK(sentence([&] { weft::call(both, x, tensor<float, dyn, dyn>(1, 5)); })
              .find("found 4 and 1") != std::string::npos);
}

TEST_CASE("a call that fails leaves the model as it was") {
    model m;
    m.weight = tensor<float, dyn, 3>::full(8, 5);
    tensor<float, dyn, dyn> const good(2, 5), bad(2, 4);
    CHECK(sentence([&] { weft::call(m, bad); }).find("found") != std::string::npos);
    CHECK(m.calls.item() == 0);
    CHECK(array_equal(m.weight, tensor<float, dyn, 3>::full(8, 5)));
    weft::call(m, good);
    CHECK(m.calls.item() == 1);
    CHECK(array_equal(m.weight, tensor<float, dyn, 3>::full(4, 5)));
    CHECK(sentence([&] { weft::call(m, bad); }).find("found") != std::string::npos);
    CHECK(m.calls.item() == 1);
    CHECK(array_equal(m.weight, tensor<float, dyn, 3>::full(4, 5)));
}

TEST_CASE("views: contiguous ones are read in place, others are refused") {
    auto const x = numbers<tensor<float, 6, 5>>(1);
    auto const twice = [](symbol a) { return a * 2; };
    auto const rows = weft::call(twice, x.rows(2, 5));
    CHECK(rows.extent(0) == 3);
    CHECK(rows(0, 0) == 2 * x(2, 0));
    auto const row = weft::call(twice, x.row(4));
    CHECK(row[3] == 2 * x(4, 3));
    CHECK(sentence([&] { weft::call(twice, x.slice(1, 0, 2)); }).find("not contiguous") !=
          std::string::npos);
    // Of one column, or one row, nothing is in between.
    CHECK(weft::call(twice, x.slice(0, 1, 2)).extent(1) == 5);
}

TEST_CASE("sizes that would be negative, or no whole number, are refused") {
    auto const drop_two = [](symbol a) { return slice(a, 0, 2, a.size(0)) * 1; };
    CHECK(weft::call(drop_two, tensor<float, dyn>(5)).size() == 3);
    CHECK(weft::call(drop_two, tensor<float, dyn>(2)).size() == 0);
    std::string const why = sentence([&] { weft::call(drop_two, tensor<float, dyn>(1)); });
    CHECK(why.find("must agree, found 2 and 1") != std::string::npos);
    auto const five = [](symbol a) { return sum(slice(a, 0, 0, 5)); };
    CHECK(weft::call(five, tensor<float, dyn>::full(1, 5)).item() == 5);
    CHECK(sentence([&] { weft::call(five, tensor<float, dyn>(4)); })
              .find("must agree, found 5 and 4") != std::string::npos);
    auto const last_three = [](symbol a) { return sum(slice(a, 0, -3, -1)); };
    CHECK(weft::call(last_three, tensor<float, dyn>::full(1, 3)).item() == 2);
    CHECK(sentence([&] { weft::call(last_three, tensor<float, dyn>(2)); })
              .find("must agree, found") != std::string::npos);
    auto const pairs = [](symbol a) { return sum(reshape(a, {-1, 2}), axis<1>); };
    CHECK(weft::call(pairs, tensor<float, dyn>(6)).size() == 3);
    std::string const odd = sentence([&] { weft::call(pairs, tensor<float, dyn>(7)); });
    CHECK(odd.find("must agree, found 7 and 6") != std::string::npos);
}

TEST_CASE("compiled functions say the same") {
    constexpr auto f = weft::compile<tensor<float, dyn, dyn>(tensor<float, dyn, dyn> const&,
                                                             tensor<float, dyn, dyn> const&)>(both);
    tensor<float, dyn, dyn> const x(4, 5), y(4, 6);
    CHECK(sentence([&] { f(x, y); }).find("must agree, found 5 and 6") != std::string::npos);
    weft::workspace small;
    CHECK(f(small, x, x)(0, 0) == 1);
}
