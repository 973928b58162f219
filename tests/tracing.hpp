// SPDX-License-Identifier: BSL-1.0
// What tests of operations and passes share: functions traced at run time, and their values.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include <weft/ir/print.hpp>
#include <weft/ops/ops.hpp>
#include <weft/pass/differentiate.hpp>
#include <weft/pass/reference.hpp>
#include <weft/pass/simplify.hpp>

namespace testing {

using weft::dtype;
using weft::extent;
using weft::symbol;
using values = std::vector<double>;

/// Run-time sizes in shapes of tests: the first two symbols of a trace.
inline constexpr std::int64_t n0 = -1, n1 = -2;

/// An input of a traced function. Its random values lie between low and high.
struct argument {
    dtype type = dtype::f64;
    std::vector<std::int64_t> shape;
    double low = -1, high = 1;
};

/// Functions under test take an array of symbols, so that one tracer serves them all.
using function = symbol (*)(symbol const*);

/// A builder with inputs x0, x1, ...
class trace {
public:
    weft::ir::builder b;
    std::vector<symbol> in;

    explicit trace(std::vector<argument> const& arguments) {
        for (int i = 0; i < 2; ++i) b.extents().symbol(i);
        for (argument const& a : arguments)
            in.push_back(input(a.type, a.shape, "x" + std::to_string(in.size())));
    }
    symbol input(dtype type, std::vector<std::int64_t> const& shape, std::string const& name) {
        weft::list<extent> extents;
        for (std::int64_t e : shape) extents.push({e});
        return b.input(type, extents, name);
    }
    symbol input_like(symbol x, std::string const& name) {
        weft::list<extent> const shape(b.view().shape(x.node().shape));
        return b.input(x.type(), shape, name);
    }
    symbol call(function f) { return f(in.data()); }
    void output(symbol s) { b.result().outputs.push(s.id()); }
    std::string error() const { return std::string(b.error().view()); }
    std::string print() const { return std::string(weft::ir::print(b.view()).view()); }
};

/// The value of f at these inputs.
inline values evaluate(function f, std::vector<argument> const& arguments,
                       std::vector<values> const& inputs,
                       std::vector<std::int64_t> const& symbols = {}) {
    trace t(arguments);
    symbol const y = t.call(f);
    if (t.b.failed()) weft::raise(t.b.error());
    t.output(y);
    return weft::pass::reference(t.b.view(), inputs, symbols).outputs[0];
}

/// The sentence that f records when it is traced.
inline std::string mistake(function f, std::vector<argument> const& arguments) {
    trace t(arguments);
    symbol const y = t.call(f);
    return y.valid() ? "no mistake" : t.error();
}

/// The text of the graph of f before and after simplify.
inline std::string printed(function f, std::vector<argument> const& arguments, bool simplified) {
    trace t(arguments);
    symbol const y = t.call(f);
    if (!y.valid()) return t.error();
    t.output(y);
    if (!simplified) return t.print();
    weft::ir::graph const g = weft::pass::simplify(t.b.view());
    return std::string(weft::ir::print(g).view());
}

/// Numbers that repeat with the seed, uniform between low and high.
class numbers {
public:
    explicit numbers(std::uint32_t seed) : key_(seed) {}
    double next(double low, double high) {
        auto const w = weft::random::bits(key_, count_++);
        return low + (high - low) * weft::random::bits_to_uniform(w.word[0], w.word[1]);
    }
    values several(std::size_t count, double low, double high) {
        values v(count);
        for (double& x : v) x = next(low, high);
        return v;
    }

private:
    weft::random::key key_;
    std::uint64_t count_ = 0;
};

inline std::size_t count_of(std::vector<std::int64_t> const& shape,
                            std::vector<std::int64_t> const& symbols = {}) {
    std::size_t n = 1;
    for (std::int64_t e : shape)
        n *= static_cast<std::size_t>(e >= 0 ? e : symbols[static_cast<std::size_t>(-1 - e)]);
    return n;
}

inline double dot(values const& a, values const& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}

inline bool close(double a, double b, double tolerance) {
    return std::isnan(a) ? std::isnan(b)
                         : a == b || std::abs(a - b) <=
                                         tolerance * (1 + std::max(std::abs(a), std::abs(b)));
}

inline bool close(values const& a, values const& b, double tolerance) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (!close(a[i], b[i], tolerance)) return false;
    return true;
}

/// Bit for bit, but for NaN.
inline bool same(values const& a, values const& b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (std::isnan(a[i]) ? !std::isnan(b[i])
                             : a[i] != b[i] || std::signbit(a[i]) != std::signbit(b[i]))
            return false;
    return true;
}

}  // namespace testing
