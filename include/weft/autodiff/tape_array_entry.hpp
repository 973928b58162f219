// SPDX-License-Identifier: BSL-1.0
// The entries of a tape that stand for expressions of arrays: an expression is run, its operands
// are noted and not copied, and on the way back its second program adds to their adjoints. One
// class and one function for all expressions; what differs is a table.
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include <weft/autodiff/tape.hpp>
#include <weft/autodiff/tape_array_graph.hpp>

namespace weft {

namespace detail {

/// A variable as an operand of an array expression.
template <class T>
struct var_scalar {
    using value_type = T;
    static constexpr int rank = 0;
    static constexpr dims<0> extents{};
    var<T> variable;

    T const* data() const { return &variable.value(); }
    dims<0> const& shape() const { return extents; }
    array_name name() const { return {}; }
};

constexpr int words_of(array_operand_type const& t) { return (t.bytes + 7) / 8; }

/// What is known of an expression at compile time, as tables.
struct array_code {
    single_loop const* loop;  // binds run-time numbers
    array_operand_type const* types;
    array_parts const* parts;
    int symbols;
    int result_rank;
    int number_words;  // of eight bytes, of all numbers
    std::string_view name;
    /// The extents of the result, then the elements of what is kept.
    void (*measure)(std::int64_t const* symbols, std::int64_t* extents, std::int64_t* kept);
    void (*forward)(std::int64_t const* symbols, void* const* inputs, void* const* outputs);
    void (*backward)(std::int64_t const* symbols, void* const* inputs, void* const* outputs);
    int const* kept_bytes;  // of an element

    /// The outermost function.
    std::string_view call() const { return name.substr(name.rfind(':') + 1); }
};

/// An operand of an expression as it is met when that is recorded.
struct array_operand {
    footprint where;
    array_name array;
    tape_index scalar = 0;
};

/// How a view lies in its array, and in one piece.
struct array_layout {
    std::int64_t size;
    int rank;
    std::int64_t const *shape, *strides, *dense;
};
inline constexpr std::uint32_t no_array = ~std::uint32_t{0};

/// Where the adjoint of an active operand is.
struct array_adjoint {
    std::uint32_t array = no_array;
    tape_index scalar = 0;
    std::int64_t offset = 0;  // of its first element in that of the array
    // Of what is computed in other memory: not in one piece, passive, or an operand before it has
    // the same elements.
    array_layout const* apart = nullptr;
    bool is_whole = true;  // all of the array
};

/// An expression on the tape; all that it points to is in the tape's memory.
template <class T>
struct array_entry final : tape_call<T> {
    array_code const* code;
    std::int64_t const* symbols;
    void* const* inputs;  // of the way back: operands; then, as they stand there, result and kept
    array_adjoint const* adjoints;
    std::uint32_t result = no_array;
    tape_index scalar = 0;  // of a scalar result

    explicit array_entry(array_code const* c) : code(c) {}

    void sweep(T*, std::size_t) const override {}
    void sweep_arrays(T* numbers, std::size_t lanes, array_adjoints<T>& arrays) const override {
        for (std::size_t k = 0; k < lanes; ++k) {
            T bar{};
            T* cotangent = &bar;
            if (scalar != 0) {
                bar = std::exchange(numbers[scalar * lanes + k], T(0));
                if (vanishes(bar)) continue;
            } else {
                if (arrays.is_zero(result, k)) continue;
                cotangent = arrays.memory(result, k);
                arrays.set_zero(result, k);
            }
            back(numbers + k, lanes, k, cotangent, arrays);
        }
    }
    void describe(text& t) const override {
        auto const name = [&](std::uint32_t a, tape_index v) {
            if (a != no_array)
                t << 'a' << static_cast<std::int64_t>(a);
            else if (v != 0)
                t << 'v' << static_cast<std::int64_t>(v);
            else
                t << "a constant";
        };
        name(result, scalar);
        t << " = " << code->call() << " of ";
        for (int a = 0; a < code->parts->actives; ++a) {
            if (a) t << ", ";
            name(adjoints[a].array, adjoints[a].scalar);
        }
    }

private:
    void back(T* numbers, std::size_t lanes, std::size_t lane, T* cotangent,
              array_adjoints<T>& arrays) const {
        array_parts const& parts = *code->parts;
        void* all[6 * most_array_operands];
        int const behind = parts.cotangent + 1, more = parts.reads_result + parts.kept;
        for (int i = 0; i < parts.cotangent; ++i) all[i] = i < parts.operands ? inputs[i] : nullptr;
        for (int i = 0; i < more; ++i) all[behind + i] = inputs[parts.operands + i];
        all[parts.cotangent] = cotangent;
        T gradients[most_array_operands];
        void* outputs[most_array_operands + 1];
        for (int i = 0; i < parts.gradients; ++i) outputs[i] = gradients + i;

        bool keep[most_array_operands];
        std::int64_t work = 0;
        for (int a = 0; a < parts.actives; ++a)
            if (adjoints[a].apart) work += adjoints[a].apart->size;
        T* scratch = work > 0 ? arrays.scratch(static_cast<std::size_t>(work)) : nullptr;
        for (int a = 0; a < parts.actives; ++a) {
            active_places const& at = parts.active[a];
            if (at.target < 0) continue;
            array_adjoint const& its = adjoints[a];
            all[at.keep] = keep + a;
            if (its.apart) {
                keep[a] = false;
                all[at.target] = scratch;
                scratch += its.apart->size;
                continue;
            }
            if (!its.is_whole) arrays.written(its.array, lane);
            keep[a] = !arrays.is_zero(its.array, lane);
            all[at.target] = arrays.memory(its.array, lane) + its.offset;
            arrays.set_written(its.array, lane);
        }
        code->backward(symbols, all, outputs);
        for (int a = 0; a < parts.actives; ++a) {
            active_places const& at = parts.active[a];
            array_adjoint const& its = adjoints[a];
            if (at.gradient >= 0 && its.scalar != 0)
                numbers[its.scalar * lanes] += gradients[at.gradient];
            if (its.apart && its.array != no_array)
                add_strided(arrays.written(its.array, lane) + its.offset, its.apart->strides,
                            static_cast<T const*>(all[at.target]), its.apart->dense,
                            its.apart->shape, its.apart->rank);
        }
    }
};

/// The tape that an expression of arrays is recorded on.
template <class T>
tape<T>& recording_tape() {
    auto* const r = current<T, false>->owner;
    if (!r) [[unlikely]]
        raise(
            "weft::var_tensor: an expression of arrays is computed while no tape of its type "
            "records on this thread: call record() or inputs(), or compute with value()");
    return *r->home;
}

/// An array on the tape that has a value and, if it is active, an adjoint.
template <class T>
struct recorded_array {
    T const* data;
    array_name name;
    tape_index scalar;
};

/// Operands whose extents do not fit together.
[[noreturn]] WEFT_COLD inline void raise_misfit(array_code const& code, footprint const* where) {
    text t("weft::var_tensor: ");
    t << code.call() << " of arrays whose extents do not fit together:";
    for (int i = 0; i < code.parts->operands; ++i)
        if (where[i].shape) write_extents(t << ' ', where[i].shape, where[i].rank);
    raise(t);
}

/// Copies to memory of the tape.
template <class X>
X* kept_copy(bump_memory& memory, X const* from, std::size_t n) {
    X* const to = memory.array<X>(n);
    std::copy_n(from, n, to);
    return to;
}

inline bool have_common_elements(footprint const& x, footprint const& y) {
    byte_range const p = range_of(x), q = range_of(y);
    return p.first <= q.last && q.first <= p.last && may_overlap(x, p, y, q);
}

/// What an operand that is not computed in place needs.
inline array_layout const* layout_apart(bump_memory& memory, footprint const& f) {
    auto const rank = static_cast<std::size_t>(f.rank);
    std::int64_t* const dense = memory.array<std::int64_t>(3 * rank);
    std::int64_t step = 1;
    for (int d = f.rank; d-- > 0; step *= f.shape[d]) dense[d] = step;
    std::copy_n(f.strides ? f.strides : dense, rank, dense + rank);
    std::copy_n(f.shape, rank, dense + 2 * rank);
    return new (memory.allocate(sizeof(array_layout)))
        array_layout{step, f.rank, dense + 2 * rank, dense + rank, dense};
}

/// Where the adjoints of the active operands are.
template <class T>
void place_adjoints(tape<T>& t, array_code const& code, array_operand const* operands,
                    array_adjoint* adjoints) {
    array_parts const& parts = *code.parts;
    for (int a = 0; a < parts.actives; ++a) {
        array_operand const& x = operands[parts.active[a].operand];
        array_adjoint& to = *new (adjoints + a) array_adjoint{};
        to.scalar = x.scalar;
        if (parts.active[a].target < 0) continue;
        bool is_apart = parts.active[a].is_strided || !x.array.is_active();
        if (x.array.is_active()) {
            array_block const& block = t.arrays()[x.array.number];
            to.array = x.array.number;
            to.offset = static_cast<T const*>(static_cast<void const*>(x.where.data)) -
                        static_cast<T const*>(block.data);
            to.is_whole =
                product(x.where.shape, x.where.rank) == static_cast<std::int64_t>(block.size);
            for (int b = 0; b < a && !is_apart; ++b) {
                array_operand const& y = operands[parts.active[b].operand];
                is_apart = parts.active[b].target >= 0 && y.array.serial == x.array.serial &&
                           have_common_elements(x.where, y.where);
            }
        }
        if (is_apart) to.apart = layout_apart(t.memory(), x.where);
    }
}

/// Runs an expression and appends its entry. `extents` gets the result's.
template <class T>
recorded_array<T> record(tape<T>& t, array_code const& code, array_operand const* operands,
                         std::int64_t* extents) {
    array_parts const& parts = *code.parts;
    footprint where[most_array_operands];
    bool is_active = false;
    for (int i = 0; i < parts.operands; ++i) {
        where[i] = operands[i].where;
        if (!code.types[i].is_active) continue;
        if (operands[i].array.is_active()) t.arrays().require(operands[i].array);
        is_active = is_active || operands[i].array.is_active() || operands[i].scalar != 0;
    }
    // In one piece: adjoints, inputs, symbols, numbers.
    bump_memory& memory = t.memory();
    int const inputs_kept = parts.operands + parts.reads_result + parts.kept;
    auto* const adjoints = static_cast<array_adjoint*>(memory.allocate(
        static_cast<std::size_t>(parts.actives) * sizeof(array_adjoint) +
        static_cast<std::size_t>(inputs_kept) * sizeof(void*) +
        static_cast<std::size_t>(code.symbols + code.number_words) * sizeof(std::int64_t)));
    auto** const inputs = reinterpret_cast<void**>(adjoints + parts.actives);
    auto* const symbols = reinterpret_cast<std::int64_t*>(inputs + inputs_kept);
    std::int64_t* numbers = symbols + code.symbols;
    if (!code.loop->bind(where, symbols)) raise_misfit(code, where);
    std::int64_t kept_elements[most_array_operands];
    code.measure(symbols, extents, kept_elements);

    std::size_t const size = static_cast<std::size_t>(product(extents, code.result_rank));
    T* const result = memory.array<T>(size);
    for (int i = 0; i < parts.operands; ++i) {
        array_operand_type const& type = code.types[i];
        inputs[i] = const_cast<char*>(where[i].data);
        if (type.bytes > 0) {
            std::memcpy(numbers, where[i].data, static_cast<std::size_t>(type.bytes));
            inputs[i] = numbers;
            numbers += words_of(type);
        } else if (type.is_temporary) {
            inputs[i] = kept_copy(
                memory, where[i].data,
                static_cast<std::size_t>(product(where[i].shape, type.rank) * where[i].size));
        }
    }
    void* outputs[most_array_operands + 1] = {result};
    for (int i = 0; i < parts.kept; ++i)
        outputs[1 + i] =
            memory.array<char>(static_cast<std::size_t>(kept_elements[i] * code.kept_bytes[i]));
    code.forward(symbols, inputs, outputs);
    if (!is_active) return {result, {}, 0};

    int next = parts.operands;
    for (int i = parts.reads_result ? 0 : 1; i < 1 + parts.kept; ++i) inputs[next++] = outputs[i];
    place_adjoints(t, code, operands, adjoints);
    recorded_array<T> made{result, {}, 0};
    if (code.result_rank == 0)
        made.scalar = t.claim(1);
    else
        made.name = t.add_array(result, size);
    array_entry<T>& entry = t.template call<array_entry<T>>(&code);
    entry.symbols = symbols, entry.inputs = inputs, entry.adjoints = adjoints;
    entry.scalar = made.scalar;
    if (made.name.is_active()) entry.result = made.name.number;
    return made;
}

/// Collects the operands of an expression.
struct array_operand_collector {
    array_operand* next;

    template <class X>
    void operator()(X const& x) {
        if constexpr (ArrayVariable<X>) {
            next->where = {reinterpret_cast<char const*>(x.data()), x.shape().data(), nullptr,
                           X::rank, int{sizeof(typename X::value_type)}};
            if constexpr (requires { x.strides(); }) next->where.strides = x.strides().data();
            next->array = x.name();
            if constexpr (requires { x.variable; }) next->scalar = x.variable.index();
        } else {
            cpu::footprint_collector{&next->where}(x);
        }
        ++next;
    }
};
/// What all views of an expression have in common.
struct array_pattern_finder {
    cpu::pattern_finder finder;

    template <class X>
    void operator()(X const& x) {
        if constexpr (ArrayVariable<X> && requires { x.strides(); })
            finder(x.value());
        else
            finder(x);
    }
};

/// The tables of the expression E.
template <class T, class E, access_pattern Known>
struct array_tables {
    using programs = array_programs<T, E, Known>;
    using forward = typename programs::forward;
    using backward = typename programs::backward;
    static constexpr array_parts parts = programs::graph;

    static constexpr auto types = [] {
        list<array_operand_type> all;
        operand_types<E>::collect(all);
        std::array<array_operand_type, static_cast<std::size_t>(parts.operands) + 1> kept{};
        for (int i = 0; i < all.size(); ++i) kept[static_cast<std::size_t>(i)] = all[i];
        return kept;
    }();
    static constexpr int number_words = [] {
        int n = 0;
        for (array_operand_type const& t : types) n += words_of(t);
        return n;
    }();
    struct binding_tables {
        static constexpr cpu::frozen_tables made = [] {
            cpu::eager_tables all;
            auto const g = programs::graph.graph.view();
            cpu::source_collector<Known> sources{all};
            each_input<passive_t<E>>::visit(sources);
            all.loop.binds = cpu::read_shapes(g, g.shape_of(g.outputs[0]), all);
            return cpu::frozen_tables(static_cast<cpu::eager_tables&&>(all));
        }();
    };
    static constexpr single_loop loop = cpu::kept_tables<binding_tables>::loop;
    static_assert(
        parts.kept < most_array_operands,
        "weft::var_tensor: an expression keeps more than 63 intermediate values: assign a "
        "part of it to a variable first");

    /// The extents of the result, then of all that is kept, one after another.
    static constexpr int extent_count = [] {
        auto const g = programs::graph.graph.view();
        int n = 0;
        for (int i = 0; i < 1 + parts.kept; ++i) n += g.shape_of(g.outputs[i]).count;
        return n;
    }();
    struct shape_table {
        std::array<extent, static_cast<std::size_t>(extent_count) + 1> extents{};
        std::array<int, static_cast<std::size_t>(parts.kept) + 1> ranks{}, bytes{};
    };
    static constexpr shape_table shapes = [] {
        shape_table made{};
        auto const g = programs::graph.graph.view();
        std::size_t next = 0;
        for (std::size_t i = 0; i < made.ranks.size(); ++i) {
            int const n = g.outputs[static_cast<int>(i)];
            made.ranks[i] = g.shape_of(n).count;
            if (i > 0) made.bytes[i - 1] = size_of(g.nodes[n].type);
            for (extent e : g.shape_of(n)) made.extents[next++] = e;
        }
        return made;
    }();
    static void measure([[maybe_unused]] std::int64_t const* symbols, std::int64_t* extents,
                        std::int64_t* kept) {
        std::size_t next = 0;
        auto const value = [&](extent e) {
            if constexpr (forward::is_static)
                return e.value();
            else if (e.is_static())
                return e.value();
            else
                return cpu::kept_extents<cpu::traced_extents<forward>>::view().evaluate(
                    e, {symbols, loop.symbols});
        };
        for (int d = 0; d < shapes.ranks[0]; ++d) extents[d] = value(shapes.extents[next++]);
        for (std::size_t i = 1; i < shapes.ranks.size(); ++i) {
            std::int64_t n = 1;
            for (int d = 0; d < shapes.ranks[i]; ++d) n *= value(shapes.extents[next++]);
            kept[i - 1] = n;
        }
    }
    template <class P>
    static void run(std::int64_t const* symbols, void* const* inputs, void* const* outputs) {
        static thread_local cpu::binding<P> bound;
        cpu::run_program<P, false>(workspace::of_thread(), bound, symbols, inputs, outputs);
    }
    static constexpr array_code code{&loop,
                                     types.data(),
                                     &parts,
                                     loop.symbols,
                                     shapes.ranks[0],
                                     number_words,
                                     type_name<typename E::function>(),
                                     &measure,
                                     &run<forward>,
                                     &run<backward>,
                                     shapes.bytes.data()};
};

/// Records an expression of variables.
template <class T, class E>
recorded_array<T> record_expression(E const& e, std::int64_t* extents) {
    array_operand operands[array_programs<T, E, access_pattern::dense>::graph.operands];
    array_operand_collector collect{operands};
    e.visit(collect);
    tape<T>& t = recording_tape<T>();
    if constexpr (has_views<passive_t<E>>) {
        array_pattern_finder pattern;
        e.visit(pattern);
        if (pattern.finder.found == access_pattern::any)
            return record(t, array_tables<T, E, access_pattern::any>::code, operands, extents);
        if (pattern.finder.found == access_pattern::rows)
            return record(t, array_tables<T, E, access_pattern::rows>::code, operands, extents);
    }
    return record(t, array_tables<T, E, access_pattern::dense>::code, operands, extents);
}

/// The type of number of an expression's variables.
template <class X>
struct variables_of {
    using type = void;
};
template <class V>
    requires(passive_operand<ir::owned<V>>::is_active)
struct variables_of<ir::owned<V>> {
    using type = typename V::value_type;
};
template <class A, class B>
using first_type = std::conditional_t<std::is_void_v<A>, B, A>;
template <class F>
struct variables_of<ir::expression<F>> {
    using type = void;
};
template <class F, class X, class... Rest>
struct variables_of<ir::expression<F, X, Rest...>> {
    using type = first_type<typename variables_of<X>::type,
                            typename variables_of<ir::expression<F, Rest...>>::type>;
};

/// What holds the value of an expression of variables, with numbers in place of these.
template <class E>
struct recorded {
    using T = typename variables_of<E>::type;
    using programs = array_programs<T, E, access_pattern::dense>;
    static constexpr bool fits = programs::fits();
    static constexpr auto find() {
        if constexpr (fits)
            return std::type_identity<cpu::output_tensor_t<typename programs::forward, 0>>{};
        else
            return std::type_identity<tensor<T>>{};
    }
    using type = typename decltype(find())::type;
};
template <class E>
using recorded_t = typename recorded<E>::type;

}  // namespace detail
}  // namespace weft
