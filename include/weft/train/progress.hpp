// SPDX-License-Identifier: BSL-1.0
// Shows how training goes: a bar that is redrawn in place on a terminal, one line an epoch or
// nothing elsewhere. Allocates nothing, and knows neither models nor tensors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <string_view>

#include <weft/train/progress_line.hpp>

#if __has_include(<sys/ioctl.h>) && __has_include(<unistd.h>)
#include <sys/ioctl.h>
#include <unistd.h>
#endif

namespace weft::train {

/// What is shown: a bar on a terminal and nothing elsewhere (automatic), nothing, a line after each
/// epoch, or a bar and that line.
enum class show { automatic, nothing, epochs, bar };

/// Where progress is written, how wide a line is there (0 where it is no terminal), and what time
/// it is, in seconds from anywhere.
struct progress_output {
    void (*write)(void* self, std::string_view text);
    int (*width)(void* self);
    double (*now)(void* self);
    void* self = nullptr;

    static progress_output standard_error();
};

namespace detail {

inline int terminal_width() {
#ifdef TIOCGWINSZ
    if (!isatty(2)) return 0;
    winsize size{};
    return ioctl(2, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
#else
    return 0;
#endif
}

inline double seconds() {
    std::timespec t{};
#ifdef CLOCK_MONOTONIC
    clock_gettime(CLOCK_MONOTONIC, &t);
#else
    std::timespec_get(&t, TIME_UTC);
#endif
    return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

}  // namespace detail

inline progress_output progress_output::standard_error() {
    return {[](void*, std::string_view text) { std::fwrite(text.data(), 1, text.size(), stderr); },
            [](void*) { return detail::terminal_width(); },
            [](void*) { return detail::seconds(); }};
}

/// A loss, and the part of right answers, negative where there are no classes.
struct progress_metrics {
    double loss = 0;
    double accuracy = -1;
};

/// Follows training through epochs and steps:
///
///     train::progress progress(epochs, set.size());
///     for (...) {                                          an epoch
///         for (...) progress.step(rows, loss, right);      a batch
///         progress.end_epoch();
///     }
class progress {
public:
    WEFT_COLD progress(std::int64_t epochs, std::int64_t examples, show what = show::automatic,
             progress_output const& output = progress_output::standard_error())
        : output_(output), show_(what), epochs_(epochs), examples_(examples) {
        if (show_ == show::automatic) show_ = width() > 0 ? show::bar : show::nothing;
        if (show_ != show::nothing) start_ = epoch_start_ = now();
    }
    progress(progress const&) = delete;
    progress& operator=(progress const&) = delete;
    /// Ends a line that an error has left open.
    ~progress() {
        if (drawn_ > 0) output_.write(output_.self, "\n");
    }

    /// After a batch: its mean loss, and how many of its rows were answered right (negative where
    /// there are no classes). Draws at most ten times a second.
    void step(std::int64_t rows, double loss, double right = -1) {
        if (show_ == show::nothing) return;
        rows_ += rows;
        loss_ += loss * static_cast<double>(rows);
        right_ = right < 0 || right_ < 0 ? -1 : right_ + right;
        if (show_ != show::bar) return;
        double const time = now();
        if (drawn_ > 0 && time - drawn_at_ < interval) return;
        drawn_at_ = time;
        draw(bar(time), "");
    }
    /// After the last batch of an epoch, with what a validation set said.
    void end_epoch(progress_metrics const& validation) { end_epoch(&validation); }
    void end_epoch() { end_epoch(nullptr); }

private:
    static constexpr double interval = 0.1;

    double now() const { return output_.now(output_.self); }
    int width() const { return output_.width(output_.self); }

    WEFT_COLD void end_epoch(progress_metrics const* validation) {
        if (show_ != show::nothing) {
            draw(summary(now(), validation), "\n");
            drawn_ = 0;
            epoch_start_ = now();
        }
        ++epoch_;
        rows_ = 0, loss_ = 0, right_ = 0;
    }
    WEFT_COLD progress_metrics mean() const {
        auto const rows = static_cast<double>(rows_);
        return rows_ > 0 ? progress_metrics{loss_ / rows, right_ < 0 ? -1 : right_ / rows}
                         : progress_metrics{};
    }

    WEFT_COLD void write_epoch(detail::line& to) const {
        int digits = 1;
        for (std::int64_t rest = epochs_; rest >= 10; rest /= 10) ++digits;
        ((to << "epoch ").integer(epoch_ + 1, digits) << "/").integer(epochs_);
    }
    WEFT_COLD static void write_metrics(detail::line& to, std::string_view loss,
                                        progress_metrics const& m) {
        (to << loss).number(m.loss);
        if (m.accuracy >= 0) (to << "  accuracy ").fixed(100 * m.accuracy, 1) << " %";
    }
    WEFT_COLD void write_rate(detail::line& to, double time) const {
        double const taken = time - epoch_start_;
        if (taken > 0) (to << "  ").rate(static_cast<double>(rows_) / taken) << " examples/s";
    }

    /// What fits, the most telling first, and a bar in the room that is left.
    WEFT_COLD detail::line bar(double time) const {
        double part =
            examples_ > 0 ? static_cast<double>(rows_) / static_cast<double>(examples_) : 1;
        if (part > 1) part = 1;
        double const done = static_cast<double>(epoch_) + part;

        detail::line head, percent, metrics, rate, left;
        write_epoch(head);
        (percent << " ").integer(static_cast<std::int64_t>(100 * part), 3) << " %";
        write_metrics(metrics, "  loss ", mean());
        write_rate(rate, time);
        if (done > 0)
            (left << "  ").clock((time - start_) * (static_cast<double>(epochs_) - done) / done)
                << " left";

        int room = columns() - head.size();
        bool shown[4] = {};
        detail::line const* const parts[] = {&metrics, &percent, &left, &rate};
        for (int i = 0; i < 4 && parts[i]->size() <= room; ++i)
            shown[i] = true, room -= parts[i]->size();
        // In steps, so that it seldom changes with the length of a number.
        int const fits = (room - 3) / bar_step * bar_step;
        int const length = fits > longest_bar ? longest_bar : fits;
        if (length > 0) {
            int const full = static_cast<int>(part * length);
            (head << " [").repeat('=', full).repeat('>', full < length);
            head.repeat(' ', length - full - 1) << "]";
        }
        if (shown[1]) head << percent.view();
        if (shown[3]) head << rate.view();
        if (shown[0]) head << metrics.view();
        if (shown[2]) head << left.view();
        head.cut(columns());
        return head;
    }
    WEFT_COLD detail::line summary(double time, progress_metrics const* validation) const {
        detail::line to;
        write_epoch(to);
        double const taken = time - epoch_start_;
        to << "  ";
        taken < 60 ? to.fixed(taken, 2) << " s" : to.clock(taken);
        write_rate(to, time);
        write_metrics(to, "  loss ", mean());
        if (validation) write_metrics(to, "  validation loss ", *validation);
        return to;
    }

    /// The last column stays empty: some terminals go on to the next line when it is written.
    int columns() const {
        int const found = width();
        return (found > 0 ? found : 80) - 1;
    }
    WEFT_COLD void draw(detail::line const& now, std::string_view end) {
        detail::line text;
        if (drawn_ > 0) text << "\r";
        int const cover = drawn_ < columns() ? drawn_ : columns();
        (text << now.view()).repeat(' ', cover - now.size()) << end;
        output_.write(output_.self, text.view());
        drawn_ = now.size();
    }

    static constexpr int bar_step = 8, longest_bar = 40;

    progress_output output_;
    show show_;
    std::int64_t epochs_, examples_, epoch_ = 0, rows_ = 0;
    double loss_ = 0, right_ = 0;
    double start_ = 0, epoch_start_ = 0, drawn_at_ = 0;
    int drawn_ = 0;  // characters of the open line
};

}  // namespace weft::train
