// SPDX-License-Identifier: BSL-1.0
// Runs eager expressions: the type of an expression is traced to a program, once, at compile time;
// its assignment runs the plan on the tensors that it refers to, through a temporary only where
// these overlap with the target in another order.
#pragma once

#include <weft/program/stretch.hpp>

namespace weft {

namespace detail {

/// The types of an expression's inputs, from left to right.
template <class... T>
struct type_list {};
template <class... Lists>
struct joined {
    using type = type_list<>;
};
template <class... A>
struct joined<type_list<A...>> {
    using type = type_list<A...>;
};
template <class... A, class... B, class... Rest>
struct joined<type_list<A...>, type_list<B...>, Rest...>
    : joined<type_list<A..., B...>, Rest...> {};

/// P: what is known of the strides of all views.
template <access_pattern P, class T>
struct eager_input {
    using type = T const;
};
template <access_pattern P, class T, std::int64_t... E>
struct eager_input<P, view<T, E...>> {
    using type = strided_argument<view<T, E...>, P>;
};
template <access_pattern P, class X>
struct eager_inputs {
    using type = type_list<typename eager_input<P, typename X::type>::type>;
};
template <access_pattern P, class T>
struct eager_inputs<P, ir::option<T>> {
    using type = type_list<>;
};
template <access_pattern P, class F, class... X>
struct eager_inputs<P, ir::expression<F, X...>> {
    using type = typename joined<typename eager_inputs<P, X>::type...>::type;
};

/// Calls f with the type of each input.
template <class X>
struct each_input {
    template <class Visitor>
    static constexpr void visit(Visitor& f) {
        f(std::type_identity<typename X::type>{});
    }
};
template <class T>
struct each_input<ir::option<T>> {
    template <class Visitor>
    static constexpr void visit(Visitor&) {}
};
template <class F, class... X>
struct each_input<ir::expression<F, X...>> {
    template <class Visitor>
    static constexpr void visit(Visitor& f) {
        (each_input<X>::visit(f), ...);
    }
};

template <class X>
inline constexpr bool has_views = false;
template <class T>
inline constexpr bool has_views<ir::owned<T>> = is_view<T>;
template <class F, class... X>
inline constexpr bool has_views<ir::expression<F, X...>> = (has_views<X> || ...);

/// The value of an expression as a function of its inputs.
template <class E>
struct value_of {
    template <class... S>
    constexpr symbol operator()(S const&... inputs) const {
        symbol const all[] = {inputs...};
        return E::rebuilt(all);
    }
};

/// Assigns the value to a target, in the target's type and shape.
template <class E>
struct assign_to {
    template <class... S>
    constexpr void operator()(symbol& target, S const&... inputs) const {
        symbol const all[] = {inputs..., {}};
        symbol y = E::rebuilt(all);
        if (!y.valid()) {
            target = y;
            return;
        }
        ir::builder& b = *target.builder();
        if (promote(target.type(), y.type()) != target.type()) {
            text t("assignment: the target is ");
            t << name(target.type()) << ", the expression " << name(y.type())
              << ": use weft::cast to convert it";
            target = b.fail(t);
        } else if (!fits(y, target)) {
            text t("assignment: the expression ");
            ir::write_shape(t, y);
            t << " does not broadcast to the target ";
            ir::write_shape(t, target);
            target = b.fail(t);
        } else {
            target = ir::broadcast(ir::cast(y, target.type()), target.node().shape);
        }
    }

private:
    static constexpr bool fits(symbol y, symbol target) {
        int const fresh = target.rank() - y.rank();
        for (int a = 0; a < y.rank(); ++a)
            if (y.size(a) != extent{1} &&
                (fresh + a < 0 ||
                 !y.builder()->extents().assume_equal(y.size(a), target.size(fresh + a))))
                return false;
        return fresh >= 0;
    }
};

template <class F, class Target, class List>
struct program_of_list;
template <class F, class... A>
struct program_of_list<F, void, type_list<A...>> {
    using type = program<F, A...>;
};
template <class F, class Target, class... A>
struct program_of_list<F, Target, type_list<A...>> {
    using type = program<F, Target, A...>;
};

/// The program of an expression's value, and that of its assignment to a view.
template <class E, access_pattern P = access_pattern::dense>
using value_program = typename program_of_list<value_of<E>, void, typename eager_inputs<P, E>::type>::type;
template <class E, class V, access_pattern P>
using assign_program = typename program_of_list<assign_to<E>, strided_target<V, P>,
                                                typename eager_inputs<P, E>::type>::type;

/// The tensor that holds an expression's value.
template <class E>
struct evaluated {
    using P = value_program<E>;
    static constexpr bool fits = P::fits();
    using type = typename std::conditional_t<fits, cpu::result_of<P, symbol, 0>,
                                             std::type_identity<stopped>>::type;
};
template <class E>
using evaluated_t = typename evaluated<E>::type;

}  // namespace detail

inline namespace WEFT_ISA {
namespace cpu {

/// The strides of a strided input, extents: those of the node that reads it, or its own if it is a
/// target; empty if it is dense.
template <class P>
constexpr range<std::int64_t> strides_of_input(int input) {
    auto const g = P::traced.view();
    int const n = g.inputs[input];
    if (auto const own = g.attributes(n); own.size() > 2)
        return {own.first + 2, own.size() - 2};
    for (int i = n + 1; i < g.nodes.count; ++i)
        if (ir::is<ops::strided>(g.nodes[i].op) && g.operand(i, 0) == n) return g.attributes(i);
    return {};
}

/// Whether an input is read only in the step that writes the target, at the same places and before:
/// then both may be the same memory.
template <class P>
constexpr bool reads_in_place(int input, int written) {
    auto const v = P::plan.view();
    auto const uses = [&](int s, int b) {
        for (int i = 0; i < v.steps[s].slots.count; ++i) {
            int const at = v.whole(v.slot(s, i));
            if (at == b || v.buffers[at].alias == b) return i;
        }
        return -1;
    };
    range<std::int64_t> const from_strides = strides_of_input<P>(input);
    range<std::int64_t> to_strides{};
    if (written < P::plan.inputs) to_strides = strides_of_input<P>(written);
    // Strides that are known at run time only have other names in both.
    auto const same = [&](extent from, extent to) {
        if (from == to) return true;
        for (int a = 0; a < from_strides.count && a < to_strides.count; ++a)
            if (from.code == from_strides[a] && to.code == to_strides[a]) return true;
        return false;
    };
    bool begun = false;
    for (int s = 0; s < v.steps.size(); ++s) {
        int const from = uses(s, input), to = uses(s, written), k = v.steps[s].kernel;
        if (from >= 0 && begun) return false;
        if (to < 0) continue;
        if (v.steps[s].loop >= 0) return false;
        begun = true;
        if (from < 0) continue;
        if (v.kernels[k].kind != pass::kernel_kind::loop) return false;
        int target = -1;
        for (pass::instruction const& x : v.body(k)) {
            if (x.access < 0) continue;
            int const slot = v.access_of(k, x.access).slot;
            if (slot == from && target >= 0) return false;
            if (slot != to || x.what == pass::action::load) continue;
            if (x.what != pass::action::store) return false;
            target = x.access;
        }
        for (int a = 0; target >= 0 && a < v.kernels[k].accesses.count; ++a) {
            if (v.access_of(k, a).slot != from) continue;
            if (v.access_of(k, a).offset != v.access_of(k, target).offset) return false;
            for (int d = 0; d < v.kernels[k].rank; ++d)
                if (!same(v.stride(k, a, d), v.stride(k, target, d))) return false;
        }
    }
    return true;
}

/// The tables of an expression while they are made.
struct eager_tables {
    weft::detail::single_loop loop;
    list<std::int64_t> sources, equal, shape, run, checks;
    list<weft::detail::call_name> calls;
};

/// Where the run-time numbers of a program come from, in their order: see trace.hpp.
template <weft::detail::access_pattern P>
struct source_collector {
    eager_tables& to;

    template <class T>
    constexpr void operator()(std::type_identity<T>) {
        int const operand = to.loop.operands++;
        if constexpr (Concrete<T>) {
            constexpr bool strided = weft::detail::is_view<T> &&
                                     P != weft::detail::access_pattern::dense;
            for (int a = 0; a < T::rank; ++a)
                if (T::extents[a] < 0) push({operand, a, false});
            if (strided)
                for (int a = 0; a < T::rank - (P == weft::detail::access_pattern::rows); ++a)
                    push({operand, a, true});
        }
    }
    constexpr void push(weft::detail::symbol_source s) {
        to.sources.push(s.word);
        ++to.loop.symbols;
    }
};

/// The operation that takes two extents to be equal: the first that has both among its operands.
constexpr std::string_view who_assumes(ir::graph_view const& g, extent_constraint const& c) {
    for (int n = 0; n < g.nodes.count; ++n) {
        bool left = false, right = false;
        for (int o : g.operands(n)) {
            while (ir::is<ir::broadcast_to_op>(g.nodes[o].op) || ir::is<ir::cast_op>(g.nodes[o].op))
                o = g.operand(o, 0);
            for (extent e : g.shape_of(o)) left = left || e == c.left, right = right || e == c.right;
        }
        if (left && right) return g.nodes[n].op->name;
    }
    return "assignment";
}

/// Reads what operands have to fit, and the shape of the result; false where an extent is more than
/// a product of run-time numbers.
constexpr bool read_shapes(ir::graph_view const& g, range<extent> result, eager_tables& to) {
    for (extent_constraint const& c : g.extents.constraints) {
        if (!weft::detail::push_product(to.equal, g.extents, c.left) ||
            !weft::detail::push_product(to.equal, g.extents, c.right))
            return false;
        std::string_view const who = who_assumes(g, c);
        to.calls.push({who.data(), who.size()});
        ++to.loop.constraints;
    }
    for (extent e : result)
        if (!weft::detail::push_product(to.shape, g.extents, e)) return false;
    to.loop.rank = result.count;
    return true;
}
/// Reads a plan of one loop; false if it is another one.
template <class Plan>
constexpr bool read_loop(Plan const& plan, range<std::int64_t> codes, int written,
                         eager_tables& to) {
    if (plan.steps.size() != 1 || plan.kernels[0].kind != pass::kernel_kind::loop ||
        plan.loops.size() != 0 || codes.count > weft::detail::single_loop::most_numbers ||
        plan.steps[0].slots.count > weft::detail::single_loop::most_inputs + 1)
        return false;
    to.loop.slots = plan.steps[0].slots.count;
    for (int i = 0; i < to.loop.slots; ++i) {
        int const b = plan.slots[plan.steps[0].slots.first + i];
        bool const output = b == written || (b >= plan.inputs && plan.buffers[b].alias >= 0);
        if (!output && b >= plan.inputs) return false;  // in the workspace
        to.run.push(output ? -1 : b);
        if (output) to.loop.output_slot = i;
    }
    for (std::int64_t code : codes)
        if (!weft::detail::push_product(to.run, plan.extents.view(), extent{code})) return false;
    to.loop.numbers = codes.count;
    return true;
}

/// Whether a plan of one loop runs over all elements of equal operands in their order.
template <class Plan>
constexpr bool is_flat(Plan const& plan, ir::graph_view const& g) {
    auto const& k = plan.kernels[0];
    if (k.rank != 1 || k.row_rank != 0 || k.phases != 1) return false;
    auto const result = g.shape_of(g.outputs[0]);
    for (int a = 0; a < k.accesses.count; ++a) {
        int const b = plan.slots[plan.steps[0].slots.first + plan.access_of(0, a).slot];
        if (plan.access_of(0, a).offset != extent{0}) return false;
        bool const number = b < plan.inputs && g.shape_of(g.inputs[b]).count == 0;
        if (number ? plan.stride(0, a, 0) != extent{0} && result.count != 0
                   : plan.stride(0, a, 0) != extent{1} ||
                         plan.buffers[b].type != g.nodes[g.outputs[0]].type)
            return false;
        if (!number && b < plan.inputs && g.shape_of(g.inputs[b]).count != result.count)
            return false;
    }
    for (auto const& i : plan.body(0))
        if (i.what == pass::action::reduce_all || i.what == pass::action::reduce_row ||
            i.what == pass::action::reduce_column || i.what == pass::action::extent)
            return false;
    return result.count > 0;
}

/// Tables that a constant can hold.
struct frozen_tables {
    weft::detail::single_loop loop;
    ir::frozen_list<std::int64_t, 4096> words;
    ir::frozen_list<weft::detail::call_name, 1024> calls;

    constexpr explicit frozen_tables(eager_tables&& t) : loop(t.loop), calls(t.calls) {
        list<std::int64_t> all(static_cast<list<std::int64_t>&&>(t.sources));
        all.append(t.equal);
        loop.shape_at = all.size();
        all.append(t.shape);
        loop.run_at = all.size();
        all.append(t.run);
        loop.checks_at = all.size();
        all.append(t.checks);
        words = ir::frozen_list<std::int64_t, 4096>(all);
        if (words.overflows() || calls.overflows()) loop.binds = loop.fits = false;
    }
};
/// As much of the tables `T::made` as there is.
template <class T>
struct kept_tables {
    static constexpr auto words = [] {
        fixed<std::int64_t, T::made.words.count> its{};
        for (int i = 0; i < T::made.words.count; ++i) its[i] = T::made.words[i];
        return its;
    }();
    static constexpr auto calls = [] {
        fixed<weft::detail::call_name, T::made.calls.count> its{};
        for (int i = 0; i < T::made.calls.count; ++i) its[i] = T::made.calls[i];
        return its;
    }();
    static constexpr weft::detail::single_loop loop = [] {
        weft::detail::single_loop its = T::made.loop;
        its.words = words.at, its.calls = calls.at;
        return its;
    }();
};

/// The tables of a program; Target is the view that it assigns to, or void.
template <class P, weft::detail::access_pattern Known, class E, class Target>
struct tables_of {
    static constexpr frozen_tables made = [] {
        using weft::detail::single_loop;
        constexpr bool assigns = !std::is_void_v<Target>;
        eager_tables all;
        single_loop& to = all.loop;
        int const written = assigns ? 0 : P::plan.inputs;
        auto const g = P::traced.view();
        range<extent> result{};
        if constexpr (!assigns) result = g.shape_of(g.outputs[0]);
        range<std::int64_t> const codes{run_time_extents<P>::codes.data(),
                                        run_time_extents<P>::count};
        source_collector<Known> sources{all};
        if constexpr (assigns) sources(std::type_identity<Target>{});
        weft::detail::each_input<E>::visit(sources);
        to.binds = to.symbols <= single_loop::most_numbers && read_shapes(g, result, all);
        if (to.binds && to.constraints > 0)
            to.checks = weft::detail::stretch_checks(g, all.checks, assigns).count();
        to.fits = to.binds && read_loop(P::plan, codes, written, all) &&
                  to.operands <= single_loop::most_inputs;
        for (int i = 0; i < P::plan.inputs && i < single_loop::most_inputs; ++i)
            if (reads_in_place<P>(i, written)) to.in_place |= 1u << i;
        if constexpr (Known == weft::detail::access_pattern::dense && !assigns)
            to.flat = to.fits && is_flat(P::plan, g);
        return frozen_tables(static_cast<eager_tables&&>(all));
    }();
};
template <class P, weft::detail::access_pattern Known, class E, class Target>
inline constexpr weft::detail::single_loop const& single_loop_of =
    kept_tables<tables_of<P, Known, E, Target>>::loop;

/// Collects the operands of an expression.
struct footprint_collector {
    weft::detail::footprint* next;

    template <class T>
    void operator()(T const& x) {
        if constexpr (Concrete<T>)
            *next++ = footprint_of(x);
        else
            *next++ = {reinterpret_cast<char const*>(&x), nullptr, nullptr, -1, 0};
    }
};

/// What all views of an expression have in common.
struct pattern_finder {
    weft::detail::access_pattern found = weft::detail::access_pattern::dense;

    template <class T>
    void operator()(T const& x) {
        using enum weft::detail::access_pattern;
        if constexpr (weft::detail::is_view<T>)
            if constexpr (T::rank > 0)
                if (!x.contiguous() && found != any)
                    found = x.stride(T::rank - 1) == 1 || x.extent(T::rank - 1) == 1 ? rows : any;
    }
};

/// Runs a program of several steps on operands.
template <class P>
void run_steps_of(weft::detail::footprint const* operands, std::int64_t const* symbols,
                  void* output) {
    static thread_local binding<P> bound;
    void* inputs[P::plan.inputs + 1];
    for (int i = 0; i < P::plan.inputs; ++i) inputs[i] = const_cast<char*>(operands[i].data);
    run_program<P, false>(workspace::of_thread(), bound, symbols, inputs, &output);
}
template <class P>
constexpr loop_entry entry_of() {
    if constexpr (loop<P, 0>::has_parts)
        return {function_of<P, 0>(), loop<P, 0>::parts.run};
    else
        return {function_of<P, 0>(), nullptr};
}

/// Writes the value of an expression to a tensor: into its memory where that has room and is not in
/// the way, else into new memory.
template <weft::detail::access_pattern Known, class E, class Tensor>
void evaluate_known(E const& e, Tensor& to, weft::detail::target_state state) {
    using P = weft::detail::value_program<E, Known>;
    static constexpr auto& table = single_loop_of<P, Known, E, void>;
    weft::detail::footprint operands[table.operands + 1];
    footprint_collector collect{operands};
    e.visit(collect);
    if constexpr (table.fits) {
        static constexpr loop_entry entry = entry_of<P>();
        return evaluate_single(table, entry, operands, to, state);
    } else {
        std::int64_t symbols[table.symbols + 1] = {};
        dims<Tensor::rank> shape = Tensor::extents;
        stretched made_longer;
        weft::detail::footprint const* its = operands;
        if constexpr (table.binds && table.symbols > 0) {
            its = bind_or_stretch(table, operands, symbols, shape.data(), made_longer);
        } else if constexpr (table.symbols > 0) {
            table.bind(operands, symbols);
            shape = result_of<P, symbol, 0>::shape(symbols);
        }
        if (has_shape(to.shape(), shape, state) &&
            !in_the_way(footprint_of(to), its, table.operands, table.in_place))
            return run_steps_of<P>(its, symbols, to.data());
        Tensor made = Tensor::uninitialized(shape);
        run_steps_of<P>(its, symbols, made.data());
        to = static_cast<Tensor&&>(made);
    }
}

template <weft::detail::access_pattern Known, class V, class E>
void assign_known(V const& target, E const& e) {
    using P = weft::detail::assign_program<E, V, Known>;
    static constexpr auto& table = single_loop_of<P, Known, E, V>;
    auto const run = [&e](V const& to) {
        weft::detail::footprint operands[table.operands + 1];
        std::int64_t symbols[table.symbols + 1] = {};
        footprint_collector collect{operands};
        collect(to);
        e.visit(collect);
        stretched made_longer;
        weft::detail::footprint const* its = operands;
        if constexpr (table.binds)
            its = bind_or_stretch(table, operands, symbols, nullptr, made_longer);
        else
            table.bind(operands, symbols);
        void* const target_data = const_cast<char*>(operands[0].data);
        if constexpr (table.fits) {
            static constexpr loop_entry entry = entry_of<P>();
            run_single(table, entry, its, symbols, target_data);
        } else {
            run_steps_of<P>(its, symbols, target_data);
        }
    };
    weft::detail::footprint operands[table.operands + 1];
    footprint_collector collect{operands};
    collect(target);
    e.visit(collect);
    if (!in_the_way(operands[0], operands + 1, table.operands - 1, table.in_place >> 1))
        return run(target);
    tensor<typename V::value_type, dyn> flat(target.size());
    V const between(flat.data(), target.shape());
    run(between);
    target.copy_from(between);
}

}  // namespace cpu
}  // namespace WEFT_ISA

namespace detail {

template <bool Views, class E, class Run>
void with_pattern(E const& e, cpu::pattern_finder found, Run const& run) {
    if constexpr (Views) {
        e.visit(found);
        if (found.found == access_pattern::any)
            return run(std::integral_constant<access_pattern, access_pattern::any>{});
        if (found.found == access_pattern::rows)
            return run(std::integral_constant<access_pattern, access_pattern::rows>{});
    }
    run(std::integral_constant<access_pattern, access_pattern::dense>{});
}

/// How an expression does not fit into a tensor.
template <class E, class Tensor>
struct eager_misfit {
    using found = evaluated_t<E>;
    static constexpr bool converts =
        promote(dtype_of<typename Tensor::value_type>, dtype_of<typename found::value_type>) ==
        dtype_of<typename Tensor::value_type>;
    static constexpr bool fits = [] {
        if constexpr (found::rank != Tensor::rank) {
            return false;
        } else {
            for (int a = 0; a < Tensor::rank; ++a)
                if (found::extents[a] != Tensor::extents[a] && found::extents[a] != dyn &&
                    Tensor::extents[a] != dyn)
                    return false;
            return converts;
        }
    }();
    static constexpr kept_text<512> sentence{
        (text("weft: the expression is ")
         << type_name<found>() << ", it is assigned to " << type_name<Tensor>()
         << (converts ? ": the extents differ" : ": use weft::cast to convert its elements"))
            .view()};
};

template <class E, class Tensor>
void evaluate(E const& e, Tensor& to, weft::detail::target_state state) {
    if constexpr (!evaluated<E>::fits)
        return;
    else if constexpr (!eager_misfit<E, Tensor>::fits)
        stop<eager_misfit<E, Tensor>>();
    else if constexpr (dtype_of<typename evaluated_t<E>::value_type> !=
                       dtype_of<typename Tensor::value_type>)
        evaluate(ir::eager<calls::cast<typename Tensor::value_type>>(e), to, state);
    else
        with_pattern<has_views<E>>(e, {}, [&]<access_pattern P>(std::integral_constant<access_pattern, P>) {
            cpu::evaluate_known<P>(e, to, state);
        });
}

template <class E, class View>
void assign(View const& target, E const& e) {
    // Asked of one program: a mistake is told once.
    if constexpr (assign_program<E, View, access_pattern::dense>::fits()) {
        cpu::pattern_finder found;
        found(target);
        with_pattern<(View::rank > 0)>(
            e, found, [&]<access_pattern P>(std::integral_constant<access_pattern, P>) {
                cpu::assign_known<P>(target, e);
            });
    }
}

}  // namespace detail
}  // namespace weft
