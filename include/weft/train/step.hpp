// SPDX-License-Identifier: BSL-1.0
// One training step and one evaluation as compiled programs: forward, loss, gradient and update
// are one plan. A step whose loss is not finite changes nothing.
#pragma once

#include <weft/autodiff/grad.hpp>
#include <weft/data/labels.hpp>
#include <weft/nn/loss/classes.hpp>
#include <weft/optim/average.hpp>
#include <weft/program/call.hpp>
#include <weft/train/metrics.hpp>

namespace weft::train {

/// What a step measured: the mean loss over the rows, and how many labels were answered right,
/// negative where y is no label of a class.
struct measured {
    float loss = 0;
    float right = -1;
};

namespace detail {

/// The label that a loss leaves out, such as nn::softmax_cross_entropy_ignoring<-1>.
template <class Loss>
inline constexpr std::int64_t ignored_label = nn::no_label;
template <class Loss>
    requires requires { Loss::ignored; }
inline constexpr std::int64_t ignored_label<Loss> = Loss::ignored;

/// How many rows have their largest score at the label; -1 where y holds no labels.
template <class Loss>
constexpr symbol right_answers(symbol scores, symbol y) {
    if (!scores.valid()) return scores;
    ir::builder& b = *scores.builder();
    if (!y.valid() || !is_integer(y.type()) || scores.rank() != y.rank() + 1)
        return b.constant(dtype::f32, b.scalar_shape(), -1);
    symbol right = nn::detail::label_margin(scores, y) == 0;
    if (ignored_label<Loss> != nn::no_label)
        right = logical_and(right, cast<std::int64_t>(y) != ignored_label<Loss>);
    return sum(cast<float>(right));
}

template <class Loss>
constexpr symbol loss_of(symbol scores, symbol y) {
    symbol const loss = Loss{}(scores, y);
    if (!loss.valid()) return loss;
    if (loss.rank() != 0)
        return loss.builder()->fail(ir::sentence("loss", loss)
                                    << " is not a scalar: reduce it with mean or sum");
    return ir::cast(loss, dtype::f32);
}

/// Forward, loss, gradient, and what the optimizer does with it.
template <class Loss>
struct training_step {
    template <class M, class Optimizer, class State>
    constexpr auto operator()(M& model, Optimizer const& optimizer, State& state, symbol x,
                              symbol y, symbol) const {
        x.builder()->training = true;
        auto const forward = [&](auto& differentiated) {
            symbol const scores = differentiated(x);
            return std::pair{loss_of<Loss>(scores, y),
                             stop_gradient(right_answers<Loss>(scores, y))};
        };
        auto [result, gradient] = value_and_grad(forward)(model);
        if constexpr (optim::is_accumulated<Optimizer>)
            optimizer.collect(gradient, state);
        else
            optim::update(optimizer, model, gradient, state);
        return result;
    }
};

/// The update after the last of several batches.
struct flush_step {
    template <class M, class Optimizer, class State>
    constexpr void operator()(M& model, Optimizer const& optimizer, State& state) const {
        optimizer.flush(model, state);
    }
};

/// Loss, right answers, scores.
template <class Loss>
struct evaluation_step {
    template <class M>
    constexpr auto operator()(M& model, symbol x, symbol y, symbol) const {
        symbol const scores = model(x);
        return std::tuple{loss_of<Loss>(scores, y), right_answers<Loss>(scores, y), scores};
    }
};

template <class Loss, class M, class X, class Y>
using evaluation_program = program<evaluation_step<Loss>, M const, X const, Y const, random::key>;

/// Whether y holds the labels of scores over classes.
template <class P, class Y>
constexpr bool has_classes =
    std::is_integral_v<typename Y::value_type> &&
    P::traced.shapes[P::traced.nodes[P::traced.outputs[2]].shape].count == Y::rank + 1;

/// The number of classes, where it is static; or -1.
template <class P, class Y>
constexpr std::int64_t class_count() {
    if constexpr (has_classes<P, Y>) {
        extent const classes = P::traced.view().shape_of(P::traced.outputs[2]).back();
        if (classes.is_static()) return classes.value();
    }
    return -1;
}

[[noreturn]] WEFT_COLD inline void raise_rows(std::int64_t x, std::int64_t y) {
    if (x == 0) raise("weft::train: no rows: the set or batch is empty");
    raise(text("weft::train: ") << x << " rows of features, but " << y << " labels");
}

/// Labels in memory: one check for the tensors and views of all sets.
template <class T>
struct label_run {
    using value_type = T;
    T const* first;
    std::int64_t count;

    T const* data() const { return first; }
    std::int64_t size() const { return count; }
};
template <class T>
[[gnu::noinline]] void check_labels(T const* y, std::int64_t count, std::int64_t classes,
                                    std::int64_t ignored) {
    data::check_labels(label_run<T>{y, count}, classes, ignored);
}

/// Raises where there is no row, where the rows of x and y differ in number, or where a label is
/// none of the classes of P's scores. P evaluates.
template <class P, class Loss, class X, class Y>
void check_batch(X const& x, Y const& y) {
    static_assert(X::rank > 0 && Y::rank > 0, "weft::train: the first axis of x and y is the row");
    if (x.extent(0) == 0 || x.extent(0) != y.extent(0)) raise_rows(x.extent(0), y.extent(0));
    constexpr std::int64_t classes = class_count<P, Y>();
    if constexpr (classes >= 0)
        check_labels(y.data(), y.size(), classes, ignored_label<Loss>);
}

[[noreturn]] WEFT_COLD inline void raise_loss(float loss, std::int64_t steps) {
    text t("weft::train: the loss is ");
    t << (loss != loss ? "nan" : loss > 0 ? "infinite" : "minus infinity") << " in step "
      << steps + 1 << "; model and optimizer are as they were before it";
    raise(t);
}

}  // namespace detail

inline namespace WEFT_ISA {

/// Runs a program on arguments whose results have their places. Guarded: changes nothing and
/// returns false where the first result is not finite.
template <bool Guarded, class P, class... A>
bool run_into(void* const* outputs, A&... arguments) {
    static thread_local cpu::binding<P> bound;
    std::int64_t symbols[cpu::binding<P>::symbols + 1] = {};
    void* inputs[P::plan.inputs + 1];
    void* chunks[cpu::chunk_count<P> + 1];
    cpu::argument_collector to{inputs, symbols, chunks};
    (to.argument(arguments), ...);
    return cpu::run_program<P, Guarded>(workspace::of_thread(), bound, symbols, inputs, outputs);
}

}  // namespace WEFT_ISA

/// A compiled training step with the optimizer's state. Nothing is allocated after the first call
/// for batches of a size.
///
///     train::step step(net, nn::softmax_cross_entropy, optim::adam{.rate = 1e-3f});
///     for (auto [x, y] : data::batches(set, 32, key)) step(net, x, y);
template <class M, class Loss, class Optimizer>
class step {
    static_assert(Model<M>, "weft::train::step: the first argument is a model");
    static_assert(std::is_empty_v<Loss>,
                  "weft::train::step: the loss is a function without captures, such as nn::mse");

public:
    using state_type = optim::state_of<Optimizer, M>;

    Optimizer optimizer;  ///< its settings may be changed between steps
    state_type state;

    step(M const& model, Loss, Optimizer with, random::key k = random::key{0})
        : optimizer(with), state(optim::start(optimizer, model)), key_(k) {}

    /// Trains on a batch; x and y are tensors or contiguous views whose first axes agree. What is
    /// scheduled follows the number of updates. Raises, and leaves model and optimizer as they are,
    /// where a label is no class, where extents do not fit or where the loss is not finite.
    template <class X, class Y>
    measured operator()(M& model, X const& x, Y const& y) {
        using scores = detail::evaluation_program<Loss, M, X, Y>;
        using P = program<detail::training_step<Loss>, M, Optimizer, state_type, X const, Y const,
                          random::key>;
        if constexpr (!scores::fits()) {
            return {};
        } else if constexpr (!P::fits()) {
            return {};
        } else {
            detail::check_batch<scores, Loss>(x, y);
            optim::at_step(optimizer, updates_);
            random::key k = random::fold_in(key_, static_cast<std::uint64_t>(steps_));
            measured m;
            void* const outputs[] = {&m.loss, &m.right};
            if (!run_into<true, P>(outputs, model, optimizer, state, x, y, k))
                detail::raise_loss(m.loss, steps_);
            ++steps_;
            update(model);
            return m;
        }
    }
    /// Batches that were trained on.
    std::int64_t steps() const { return steps_; }
    /// Updates of the parameters: fewer where optim::accumulate sums gradients.
    std::int64_t updates() const { return updates_; }
    /// Goes on as after so many batches: with a model and a state that were stored then.
    void resume(std::int64_t steps) {
        steps_ = steps, updates_ = steps / batches(), collected_ = steps % batches();
    }

private:
    std::int64_t batches() const {
        if constexpr (optim::is_accumulated<Optimizer>) {
            std::int64_t const n = optimizer.batches.value();
            return n > 1 ? n : 1;
        } else {
            return 1;
        }
    }
    void update([[maybe_unused]] M& model) {
        if constexpr (optim::is_accumulated<Optimizer>) {
            if (++collected_ < batches()) return;
            collected_ = 0;
            using P = program<detail::flush_step, M, Optimizer, state_type>;
            run_into<false, P>(nullptr, model, optimizer, state);
        }
        ++updates_;
    }

    random::key key_;
    std::int64_t steps_ = 0, updates_ = 0, collected_ = 0;
};

}  // namespace weft::train
