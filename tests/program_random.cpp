// SPDX-License-Identifier: BSL-1.0
// Random graphs over all operations as compiled programs: the plan that was made at compile time is
// the one that the passes make at run time, and its kernels give what the reference gives.
#include <cstring>
#include <memory>

#include "compiled.hpp"
#include "plan_interpreter.hpp"
#include "random_graph.hpp"

namespace {

using namespace testing;

/// A program whose graph is random, for what runs programs.
template <std::uint64_t Seed, int Steps, bool RunTimeExtents, weft::dtype Type = weft::dtype::f32>
struct random_program {
    static constexpr random_graph_options options{Steps, RunTimeExtents, true, Type};

    static constexpr weft::ir::frozen_graph traced = [] {
        weft::ir::builder b;
        random_graph(b, Seed, options);
        return weft::ir::frozen_graph(b.view(), b.error().view());
    }();
    static_assert(traced.mistake.size == 0);
    static constexpr weft::ir::frozen_graph simplified{weft::pass::simplify(traced.view())};
    static constexpr weft::pass::frozen_clustering clusters =
        weft::pass::frozen_clustering::of(simplified.view());
    static constexpr weft::pass::frozen_plan fused{
        weft::pass::lower(simplified.view(), clusters.view())};
    static constexpr weft::pass::frozen_plan plan{
        weft::pass::allocate(weft::pass::schedule(fused.thaw()))};
    static constexpr bool is_static = plan.extents.starts.count == 0;
};

/// Bytes of exactly the size of a value, so that AddressSanitizer sees what is beyond.
class elements {
public:
    elements(weft::dtype type, std::size_t count)
        : type_(type), count_(count),
          bytes_(new std::byte[count * static_cast<std::size_t>(size_of(type))]) {
        std::memset(bytes_.get(), 0xa5, count * static_cast<std::size_t>(size_of(type)));
    }
    void* data() { return bytes_.get(); }
    void set(std::size_t i, double x) {
        switch (type_) {
            case weft::dtype::f32: return put(i, static_cast<float>(x));
            case weft::dtype::f64: return put(i, x);
            case weft::dtype::int32: return put(i, static_cast<std::int32_t>(x));
            default: return put(i, static_cast<std::uint32_t>(x));
        }
    }
    double get(std::size_t i) const {
        return type_ == weft::dtype::f32   ? static_cast<double>(take<float>(i))
               : type_ == weft::dtype::f64 ? take<double>(i)
                                           : static_cast<double>(take<std::int32_t>(i));
    }
    std::size_t size() const { return count_; }

private:
    weft::dtype type_;
    std::size_t count_;
    std::unique_ptr<std::byte[]> bytes_;

    template <class T>
    void put(std::size_t i, T x) {
        std::memcpy(bytes_.get() + i * sizeof x, &x, sizeof x);
    }
    template <class T>
    T take(std::size_t i) const {
        T x;
        std::memcpy(&x, bytes_.get() + i * sizeof x, sizeof x);
        return x;
    }
};

std::size_t count_of(weft::ir::graph_view const& g, int n,
                     std::vector<std::int64_t> const& symbols) {
    std::size_t count = 1;
    for (weft::extent e : g.shape_of(n))
        count *= static_cast<std::size_t>(
            g.extents.evaluate(e, {symbols.data(), static_cast<int>(symbols.size())}));
    return count;
}

template <class P>
void run(std::uint64_t seed, std::vector<std::int64_t> const& symbols, double tolerance) {
    CAPTURE(seed);
    CAPTURE(symbols.size());
    auto const g = kept_graph<P>::view();
    std::vector<values> inputs;
    std::vector<elements> buffers;
    for (int i = 0; i < g.inputs.size(); ++i) {
        std::size_t const n = count_of(g, g.inputs[i], symbols);
        inputs.emplace_back();
        buffers.emplace_back(g.nodes[g.inputs[i]].type, n);
        for (std::size_t k = 0; k < n; ++k) {
            inputs.back().push_back(random_input(g, seed, i, k));
            buffers.back().set(k, inputs.back().back());
        }
    }
    std::vector<elements> results;
    for (int o : g.outputs) results.emplace_back(g.nodes[o].type, count_of(g, o, symbols));
    std::vector<void*> in, out;
    for (elements& e : buffers) in.push_back(e.data());
    for (elements& e : results) out.push_back(e.data());

    static weft::cpu::binding<P> bound;
    weft::workspace memory;
    // A program of functions has a symbol for each axis of its arguments; here axes share them.
    std::vector<std::int64_t> sizes(symbols);
    sizes.resize(static_cast<std::size_t>(weft::cpu::binding<P>::symbols) + symbols.size());
    weft::cpu::run_program<P, false>(memory, bound, sizes.data(), in.data(), out.data());

    auto const expected = expected_results(g, inputs, symbols);
    for (std::size_t i = 0; i < expected.size(); ++i) {
        CAPTURE(i);
        values found;
        for (std::size_t k = 0; k < results[i].size(); ++k) found.push_back(results[i].get(k));
        CHECK(near(found, expected[i], tolerance));
    }
    for (std::size_t i = 0; i < inputs.size(); ++i)
        for (std::size_t k = 0; k < inputs[i].size(); ++k)
            if (g.nodes[g.inputs[static_cast<int>(i)]].type != weft::dtype::uint32)
                CHECK(buffers[i].get(k) == inputs[i][k]);
}

template <std::uint64_t Seed, int Steps, weft::dtype Type>
void check_static(double tolerance) {
    using P = random_program<Seed, Steps, false, Type>;
    CHECK(same_plan<P>());
    run<P>(Seed, {}, tolerance);
}

template <std::uint64_t Seed, int Steps>
void check_dynamic(double tolerance) {
    using P = random_program<Seed, Steps, true>;
    CHECK(same_plan<P>());
    // Several bindings in turn, to find what one leaves behind for the next.
    for (int round = 0; round < 2; ++round)
        for (auto const& symbols : {std::vector<std::int64_t>{4, 6}, {1, 2}, {19, 33}, {2, 1}})
            run<P>(Seed, symbols, tolerance);
}

// Fewer where they take long to compile.
#ifdef __SANITIZE_ADDRESS__
constexpr std::uint64_t part = 3;
#else
constexpr std::uint64_t part = 1;
#endif

}  // namespace

TEST_CASE("random graphs of f32") {
    [&]<std::uint64_t... I>(std::integer_sequence<std::uint64_t, I...>) {
        (check_static<I, 3 + 2 * I, weft::dtype::f32>(1e-4), ...);
    }(std::make_integer_sequence<std::uint64_t, 10 / part>{});
}

TEST_CASE("random graphs of f64") {
    [&]<std::uint64_t... I>(std::integer_sequence<std::uint64_t, I...>) {
        (check_static<20 + I, 4 + 4 * I, weft::dtype::f64>(1e-9), ...);
    }(std::make_integer_sequence<std::uint64_t, 6 / part>{});
}

TEST_CASE("random graphs with run-time extents") {
    [&]<std::uint64_t... I>(std::integer_sequence<std::uint64_t, I...>) {
        (check_dynamic<30 + I, 3 + 2 * I>(1e-4), ...);
    }(std::make_integer_sequence<std::uint64_t, 8 / part>{});
}
