// SPDX-License-Identifier: BSL-1.0
#include "compiled.hpp"

#include <string>

#include <weft/pass/print.hpp>
#include <weft/pass/reference.hpp>

namespace testing {
namespace {

template <class T>
void append(values& to, void const* from, std::int64_t count) {
    auto const* x = static_cast<T const*>(from);
    for (std::int64_t i = 0; i < count; ++i) to.push_back(static_cast<double>(x[i]));
}

/// The passes, at run time.
weft::pass::plan plan_of(weft::ir::graph_view const& g) {
    weft::ir::graph const simple = weft::pass::simplify(g);
    return weft::pass::allocate(weft::pass::schedule(weft::pass::fuse(simple.view())));
}

}  // namespace

values& push_numbers(std::vector<values>& to, std::initializer_list<double> numbers) {
    return to.emplace_back(numbers);
}

void append_numbers(values& to, void const* from, weft::dtype type, std::int64_t count) {
    using enum weft::dtype;
    switch (type) {
        case boolean: return append<bool>(to, from, count);
        case int8: return append<std::int8_t>(to, from, count);
        case int16: return append<std::int16_t>(to, from, count);
        case int32: return append<std::int32_t>(to, from, count);
        case int64: return append<std::int64_t>(to, from, count);
        case uint8: return append<std::uint8_t>(to, from, count);
        case uint16: return append<std::uint16_t>(to, from, count);
        case uint32: return append<std::uint32_t>(to, from, count);
        case uint64: return append<std::uint64_t>(to, from, count);
        case weft::dtype::bf16: return append<weft::bf16>(to, from, count);
        case weft::dtype::f16: return append<weft::f16>(to, from, count);
        case f32: return append<float>(to, from, count);
        case f64: return append<double>(to, from, count);
        default: FAIL("no numbers for the reference: " << weft::name(type));
    }
}

bound_arguments::bound_arguments() = default;
bound_arguments::~bound_arguments() = default;
void bound_arguments::push_symbol(std::int64_t size) { symbols.push_back(size); }

bool is_plan_of(weft::ir::graph_view const& graph, weft::pass::plan_view const& plan) {
    std::string const now(weft::pass::print(plan_of(graph).view()).view());
    std::string const then(weft::pass::print(plan).view());
    if (now != then) MESSAGE("at compile time:\n" << then << "at run time:\n" << now);
    return now == then;
}

bool near(double found, double expected, double tolerance) {
    return found == expected || (std::isnan(found) && std::isnan(expected)) ||
           std::abs(found - expected) <= tolerance * (1 + std::abs(expected));
}

bool near(values const& found, values const& expected, double tolerance) {
    if (found.size() != expected.size()) {
        MESSAGE("expected " << expected.size() << " elements, found " << found.size());
        return false;
    }
    for (std::size_t i = 0; i < found.size(); ++i)
        if (!near(found[i], expected[i], tolerance)) {
            MESSAGE("element " << i << " of " << found.size() << ": expected " << expected[i]
                               << ", found " << found[i]);
            return false;
        }
    return true;
}

std::vector<values> expected_results(weft::ir::graph_view const& graph,
                                     std::vector<values> const& inputs,
                                     std::vector<std::int64_t> const& symbols) {
    return weft::pass::reference(graph, inputs, symbols).outputs;
}

void judge(weft::ir::graph_view const& graph, weft::pass::plan_view const& plan, double tolerance,
           bound_arguments const& before, bound_arguments const& after,
           std::vector<values> const& found) {
    auto const expected = weft::pass::reference(graph, before.inputs, before.symbols);
    REQUIRE(found.size() == expected.outputs.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        CAPTURE(i);
        CHECK(near(found[i], expected.outputs[i], tolerance));
    }
    for (std::size_t i = 0; i < before.inputs.size(); ++i) {
        values const* now = &before.inputs[i];
        for (int u = 0; u < graph.updates.size(); u += 2)
            if (graph.updates[u] == static_cast<int>(i))
                now = &expected.updates[static_cast<std::size_t>(u / 2)];
        CAPTURE(i);
        CHECK(near(after.inputs[i], *now, now == &before.inputs[i] ? 0 : tolerance));
    }
    CHECK(is_plan_of(graph, plan));
}

double drawn(std::uint64_t seed, std::uint64_t place) {
    auto const word = weft::random::bits(weft::random::key(seed), place).word[0];
    return weft::random::bits_to_uniform(word);
}

}  // namespace testing
