// SPDX-License-Identifier: BSL-1.0
// The loop over epochs and batches, with validation: two compiled programs, a step and an
// evaluation, whose number of rows is bound at run time, so that a smaller last batch fits too.
#pragma once

#include <weft/data/batches.hpp>
#include <weft/train/progress.hpp>
#include <weft/train/step.hpp>

namespace weft::train {

/// A set to validate with, or none.
template <class Set>
class validation_set {
public:
    constexpr validation_set() = default;
    constexpr validation_set(Set const& set) : set_(&set) {}
    validation_set(Set const&&) = delete;
    constexpr Set const* get() const { return set_; }

private:
    Set const* set_ = nullptr;
};

/// How to fit: `{.epochs = 10, .batch = 32, .validate = test}`.
template <class Set>
struct fit_options {
    int epochs = 10;
    std::int64_t batch = 32;
    /// Measured after each epoch.
    validation_set<Set> validate{};
    /// Validates the averaged parameters of optim::average.
    bool average = false;
    /// Of the order of the examples.
    std::uint64_t seed = 0;
    /// What is shown meanwhile: a bar on a terminal and nothing elsewhere by default.
    train::show show = train::show::automatic;
};

/// The mean loss, and the part of right answers, negative where labels are no classes.
using quality = progress_metrics;

/// The last epoch of a fit: as its steps measured, and on the validation set.
struct fit_result {
    quality training, validation;
};

/// An evaluation, with the scores of every row.
template <class Scores>
struct evaluation : quality {
    Scores scores;
};

/// Trains a model, which stays the caller's, with a loss and an optimizer whose state it keeps.
///
///     auto trainer = train::trainer(net, nn::softmax_cross_entropy, optim::adam{.rate = 1e-3f});
///     trainer.fit(train, {.epochs = 10, .batch = 32, .validate = test});
template <class M, class Loss, class Optimizer>
class trainer {
public:
    train::step<M, Loss, Optimizer> step;

    trainer(M& model, Loss loss, Optimizer optimizer, random::key key = random::key{0})
        : step(model, loss, optimizer, key), model_(&model) {}
    trainer(M const&&, Loss, Optimizer, random::key = random::key{0}) = delete;

    /// Goes through the set in a new order each epoch. Raises before anything has changed where
    /// the set or an option is of no use; in the middle where a loss is not finite, with the model
    /// as the last good step left it.
    template <class Set>
    fit_result fit(Set const& set, fit_options<Set> const& options = {}) {
        check(set);
        if (options.validate.get()) check(*options.validate.get());
        check_options(options.epochs, options.average);
        random::key const seed(options.seed);
        data::batch_range<Set, dyn> batches(set, options.batch);
        progress shown(options.epochs, set.size(), options.show);
        fit_result result;
        for (int epoch = 0; epoch < options.epochs; ++epoch, ++epoch_) {
            batches.shuffle(random::fold_in(seed, static_cast<std::uint64_t>(epoch_)));
            totals sum;
            for (auto const [x, y] : batches) {
                measured const m = step(*model_, x, y);
                sum.add(m, y);
                shown.step(y.extent(0), static_cast<double>(m.loss), right_rows(m, y));
            }
            result.training = sum.quality();
            if (options.validate.get()) {
                result.validation = validate(*options.validate.get(), options.average);
                shown.end_epoch(result.validation);
            } else {
                shown.end_epoch();
            }
        }
        return result;
    }

    /// Loss, accuracy and scores in inference mode. Raises where the set is empty or a label is no
    /// class.
    template <class Set>
    auto evaluate(Set const& set) const {
        return evaluate_model(*model_, set);
    }
    /// The same with the averaged parameters of optim::average.
    template <class Set>
    auto evaluate_average(Set const& set) const {
        return evaluate_model(optim::averaged_model(*model_, step.state), set);
    }

private:
    static constexpr std::int64_t rows_at_once = 256;
    static constexpr bool has_average =
        optim::has_average<typename train::step<M, Loss, Optimizer>::state_type>();

    template <class Set>
    quality validate(Set const& set, bool average) const {
        if constexpr (has_average)
            if (average) return evaluate_average(set);
        return evaluate(set);
    }

    template <class Set>
    auto evaluate_model(M const& model, Set const& set) const {
        using P = program_of<Set>;
        if constexpr (P::fits()) {
            using scores_type = cpu::output_tensor_t<P, 2>;
            static_assert(scores_type::dynamic_rank == 1 && scores_type::extents[0] == dyn,
                          "weft::train::evaluate: the model's result has a row for each example, "
                          "and static extents beside");
            check(set);
            evaluation<scores_type> result;
            auto shape = scores_type::extents;
            shape[0] = set.size();
            result.scores = scores_type::uninitialized(shape);
            shape[0] = 1;
            std::int64_t const width = weft::detail::product(shape.data(), scores_type::rank);
            auto* scores = result.scores.data();
            random::key key{0};
            totals sum;
            for (auto const [x, y] : data::batches(set, rows_at_once)) {
                measured m;
                void* const outputs[] = {&m.loss, &m.right, scores};
                run_into<false, P>(outputs, model, x, y, key);
                sum.add(m, y);
                scores += width * y.extent(0);
            }
            static_cast<quality&>(result) = sum.quality();
            return result;
        } else {
            return weft::detail::stopped{};
        }
    }

    /// How many labels count: those that the loss does not ignore.
    template <class Y>
    static double counted(Y const& y) {
        auto n = static_cast<double>(y.size());
        if constexpr (detail::ignored_label<Loss> != nn::no_label)
            for (std::int64_t i = 0; i < y.size(); ++i)
                n -= std::cmp_equal(y.data()[i], detail::ignored_label<Loss>);
        return n;
    }
    /// Right answers as so many rows of the batch; negative where there are no classes.
    template <class Y>
    static double right_rows(measured const& m, Y const& y) {
        if (m.right < 0) return -1;
        double const labels = counted(y);
        return labels > 0 ? static_cast<double>(m.right) * static_cast<double>(y.extent(0)) / labels
                          : 0;
    }

    struct totals {
        double loss = 0, right = 0, weight = 0, labels = 0;

        template <class Y>
        void add(measured const& m, Y const& y) {
            bool const by_label = detail::ignored_label<Loss> != nn::no_label;
            double const found = counted(y),
                         n = by_label ? found : static_cast<double>(y.extent(0));
            loss += static_cast<double>(m.loss) * n;
            right = m.right < 0 ? -1 : right + static_cast<double>(m.right);
            weight += n, labels += found;
        }
        train::quality quality() const { return {loss / weight, right < 0 ? -1 : right / labels}; }
    };

    template <class Set>
    using batch_of = typename data::batch_range<Set, dyn>::value_type;
    template <class Set>
    using program_of =
        detail::evaluation_program<Loss, M, decltype(batch_of<Set>::features),
                                   decltype(batch_of<Set>::labels)>;

    WEFT_COLD static void check_options(int epochs, bool average) {
        if (epochs < 0) raise(text("weft::train::fit: ") << epochs << " epochs");
        if (average && !has_average)
            raise("weft::train::fit: the optimizer keeps no average: optim::average(rule)");
    }
    template <class Set>
    WEFT_COLD static void check(Set const& set) {
        using P = program_of<Set>;
        if constexpr (P::fits())
            detail::check_batch<P, Loss>(set.features(), set.labels());
    }

    M* model_;
    std::int64_t epoch_ = 0;
};

}  // namespace weft::train
