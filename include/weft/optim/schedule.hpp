// SPDX-License-Identifier: BSL-1.0
// Numbers that follow the step: a schedule is a value, a row of simple pieces, and `scheduled` is a
// setting that is moved by one. Evaluated on the host, so that programs know a number only.
#pragma once

#include <concepts>
#include <cstdint>

#include <weft/core/error.hpp>
#include <weft/ir/leaves.hpp>
#include <weft/tensor/state.hpp>

namespace weft::optim {

namespace detail {

enum class curve : std::uint8_t { ramp, cosine, geometric, stairs, custom };

/// A part of a schedule, from step `begin` to the begin of the next part.
struct piece {
    curve kind = curve::ramp;
    double begin = 0, from = 0, to = 0;
    double steps = 0;  ///< until `to` is reached; of geometric ones, for one factor
    double power = 1;  ///< of a ramp; of geometric ones, the factor
    double (*custom)(std::int64_t) = nullptr;

    constexpr double at(double step) const {
        double const done = step - begin;
        if (kind == curve::custom) return custom(static_cast<std::int64_t>(done));
        if (kind == curve::geometric || kind == curve::stairs) {
            double const times = done / steps;
            double const value =
                from * __builtin_pow(power, kind == curve::stairs ? __builtin_floor(times) : times);
            return value > to ? value : to;
        }
        if (done >= steps) return to;
        double const left = 1 - done / steps;
        double const part = kind == curve::cosine
                                ? (1 - __builtin_cos(3.141592653589793 * left)) / 2
                            : power == 1 ? left
                                         : __builtin_pow(left, power);
        return to + (from - to) * part;
    }
};

}  // namespace detail

/// A number for each step, counted from 0. A number by itself is constant; a function
/// `double(std::int64_t step)` without captures can be anything.
class schedule {
public:
    static constexpr int capacity = 8;

    constexpr schedule(double constant) : schedule(detail::piece{.to = constant}) {}
    template <std::convertible_to<double (*)(std::int64_t)> F>
    constexpr schedule(F const& f)
        : schedule(detail::piece{.kind = detail::curve::custom, .custom = f}) {}
    constexpr schedule(detail::piece only) : pieces_{only}, count_(1) {}

    constexpr double operator()(std::int64_t step) const {
        int now = 0;
        for (int i = 1; i < count_; ++i)
            if (pieces_[i].begin <= static_cast<double>(step)) now = i;
        return pieces_[now].at(static_cast<double>(step));
    }
    /// From step `begin` on, the other one, which counts from there. Raises beyond 8 pieces.
    constexpr schedule& then(double begin, schedule const& other) {
        for (int i = 0; i < other.count_; ++i) {
            if (count_ == capacity) {
                raise("weft::optim::schedule: more than 8 pieces are joined");
                return *this;
            }
            pieces_[count_] = other.pieces_[i];
            pieces_[count_++].begin += begin;
        }
        return *this;
    }

private:
    detail::piece pieces_[capacity] = {};
    int count_ = 0;
};

/// From start to end in equal steps, and then end: `linear{.start = 0, .end = 1e-3, .steps = 100}`.
struct linear {
    double start = 0, end = 0, steps = 1;
    constexpr operator schedule() const {
        return detail::piece{.from = start, .to = end, .steps = steps};
    }
};

/// end + (start - end) (1 - step / steps)^power, and then end.
struct polynomial {
    double start = 1e-3, end = 0, power = 1, steps = 1;
    constexpr operator schedule() const {
        return detail::piece{.from = start, .to = end, .steps = steps, .power = power};
    }
};

/// start factor^(step / every), never below end.
struct exponential {
    double start = 1e-3, factor = 0.99, every = 1, end = 0;
    constexpr operator schedule() const {
        return detail::piece{.kind = detail::curve::geometric,
                             .from = start,
                             .to = end,
                             .steps = every,
                             .power = factor};
    }
};

/// Times factor after each `every` steps, never below end.
struct stairs {
    double start = 1e-3, factor = 0.1, every = 1, end = 0;
    constexpr operator schedule() const {
        return detail::piece{.kind = detail::curve::stairs,
                             .from = start,
                             .to = end,
                             .steps = every,
                             .power = factor};
    }
};

/// Linearly from start to peak in warm_up steps, then down half a cosine to end at step `steps`.
struct cosine {
    double peak = 1e-3, end = 0, start = 0, warm_up = 0, steps = 1;
    constexpr operator schedule() const {
        schedule const down = detail::piece{.kind = detail::curve::cosine,
                                            .from = peak,
                                            .to = end,
                                            .steps = steps - warm_up};
        if (!(warm_up > 0)) return down;
        return schedule(linear{start, peak, warm_up}).then(warm_up, down);
    }
};

/// Smith and Topin, "Super-convergence" (2018), as PyTorch's OneCycleLR: up from peak /
/// start_divisor in the first part of the steps, then down to that over end_divisor.
struct one_cycle {
    double peak = 1e-2, steps = 1, rising = 0.3, start_divisor = 25, end_divisor = 1e4;
    constexpr operator schedule() const {
        double const start = peak / start_divisor, top = rising * steps - 1;
        schedule up = detail::piece{
            .kind = detail::curve::cosine, .from = start, .to = peak, .steps = top};
        return up.then(top, detail::piece{.kind = detail::curve::cosine,
                                          .from = peak,
                                          .to = start / end_divisor,
                                          .steps = steps - 1 - top});
    }
};

/// A schedule that begins at a step: see joined.
struct after {
    double step;
    schedule next;
};
/// One schedule after the other, each counting from its begin:
///
///     joined(linear{.end = 1e-3, .steps = 100}, after{100, 1e-3}, after{900, stairs{...}})
template <class... After>
    requires(std::same_as<After, after> && ...)
constexpr schedule joined(schedule first, After const&... more) {
    (first.then(more.step, more.next), ...);
    return first;
}

/// A setting that a schedule moves: `.rate = 1e-3`, `.rate = optim::cosine{...}`. It holds the
/// number of one step; train::step moves it on, in a loop of your own optim::at_step does. Single
/// precision, so that in a trace it is an input as it is, which any kernel can read.
class scheduled : public setting<float> {
public:
    constexpr scheduled(double constant = 0)
        : setting<float>(static_cast<float>(constant)), schedule_(constant) {}
    template <class S>
        requires(!std::is_arithmetic_v<S> && !std::same_as<S, scheduled> &&
                 std::convertible_to<S, schedule>)
    constexpr scheduled(S const& s) : scheduled(0.) {
        schedule_ = s;
        at(0);
    }

    /// Goes to a step, counted from 0.
    constexpr void at(std::int64_t step) {
        static_cast<setting<float>&>(*this) = static_cast<float>(schedule_(step));
    }

private:
    schedule schedule_;
};

/// Moves what is scheduled in an optimizer, or in any model, to a step, counted from 0.
template <class R>
void at_step(R& rule, std::int64_t step) {
    for_each_leaf(rule, [step]<class L>(L& leaf) {
        if constexpr (std::is_same_v<L, scheduled>) leaf.at(step);
    });
}

}  // namespace weft::optim

namespace weft::detail {
template <>
inline constexpr bool is_setting<optim::scheduled> = true;
}  // namespace weft::detail
