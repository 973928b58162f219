// SPDX-License-Identifier: BSL-1.0
// The loop around our side of every benchmark. A program registers cases and calls run(); alone it
// prints one JSON line a case, under report.py (`--serve`) it answers one block at a time, so that
// its rounds alternate with those of the peers.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace bench {

/// Makes the compiler believe that `value` is used.
template <class T>
inline void do_not_optimize(T const& value) {
    asm volatile("" : : "g"(&value) : "memory");
}

/// Makes the compiler believe that all memory is read and written here.
inline void clobber_memory() { asm volatile("" : : : "memory"); }

/// The least that one call has to do: floating-point operations, and bytes that must be read and
/// written once. `footprint` (bytes that are live between calls, the sum of both if 0) says from
/// which cache they come: the limit is the bandwidth measured on as much memory.
struct work {
    double flops = 0;
    double read = 0;
    double written = 0;
    double footprint = 0;
};

/// A set of cases under one program.
class suite {
public:
    /// A case of ours: `f()` is one call; its result, if any, counts as used.
    /// A case that changes its own state (a training step) gives `reset`, which runs before every
    /// block; such a block has at most 300 calls, so that nothing decays into subnormals.
    template <class F>
    void add(std::string name, work needs, F f, std::function<void()> reset = {}) {
        insert(std::move(name), "weft", needs, std::move(f), std::move(reset));
    }

    /// The same case done by somebody else in C++ (`by` names who): hand-written loops, Eigen.
    template <class F>
    void peer(std::string by, std::string name, F f, std::function<void()> reset = {}) {
        insert(std::move(name), std::move(by), {}, std::move(f), std::move(reset));
    }

    /// Arguments: `--serve`, or parts of case names (none: all).
    int run(int argc, char** argv) {
        std::vector<std::string_view> const arguments(argv + 1, argv + argc);
        if (!arguments.empty() && arguments.front() == "--serve") return serve();
        for (entry& e : entries_) {
            auto const wanted = [&](std::string_view part) {
                return e.name.find(part) != std::string::npos;
            };
            if (!arguments.empty() && std::none_of(arguments.begin(), arguments.end(), wanted))
                continue;
            double const ns = block(e, 0.5);
            std::printf(
                "{\"case\": \"%s\", \"by\": \"%s\", \"ns\": %.2f, "
                "\"flops\": %.0f, \"bytes\": %.0f}\n",
                e.name.c_str(), e.by.c_str(), ns, e.needs.flops, e.needs.read + e.needs.written);
            std::fflush(stdout);
        }
        return 0;
    }

private:
    using clock = std::chrono::steady_clock;

    struct entry {
        std::string name;
        std::string by;
        work needs;
        std::function<void(long)> call;  // the loop is inside, so that only it pays the indirection
        std::function<void()> reset;
    };

    template <class F>
    void insert(std::string name, std::string by, work needs, F f, std::function<void()> reset) {
        auto loop = [f = std::move(f)](long n) mutable {
            for (long i = 0; i < n; ++i) {
                if constexpr (std::is_void_v<decltype(f())>)
                    f();
                else
                    do_not_optimize(f());
                clobber_memory();
            }
        };
        entries_.push_back(
            {std::move(name), std::move(by), needs, std::move(loop), std::move(reset)});
    }

    static double timed(entry& e, long n) {
        auto const start = clock::now();
        e.call(n);
        return std::chrono::duration<double>(clock::now() - start).count();
    }

    /// One block: warm-up for a quarter of the time, then samples of at least 0.2 ms each;
    /// the median of a call in nanoseconds. peers/worker.py does the same.
    static double block(entry& e, double seconds) {
        long const limit = e.reset ? 300 : 1L << 40;
        if (e.reset) e.reset();
        double elapsed = timed(e, 1);
        long warm = 1;
        long n = 1;
        while (elapsed < seconds / 4 && warm + n <= limit) {
            double const t = timed(e, n);
            elapsed += t;
            warm += n;
            if (t < 2e-4 && 2 * n <= limit / 8) n *= 2;
        }
        if (e.reset) e.reset();
        std::vector<double> samples;
        elapsed = 0;
        for (long done = 0; samples.empty() || (elapsed < seconds && done + n <= limit);
             done += n) {
            double const t = timed(e, n);
            elapsed += t;
            samples.push_back(t / static_cast<double>(n));
        }
        auto const middle = samples.begin() + static_cast<std::ptrdiff_t>(samples.size() / 2);
        std::nth_element(samples.begin(), middle, samples.end());
        return *middle * 1e9;
    }

    /// First line out: the cases. Then for every line in, "<index> <seconds>", one line out.
    int serve() {
        std::string hello = "{\"cases\": [";
        for (std::size_t i = 0; i < entries_.size(); ++i) {
            entry const& e = entries_[i];
            double const bytes = e.needs.read + e.needs.written;
            char text[512];
            std::snprintf(text, sizeof text,
                          "%s{\"case\": \"%s\", \"by\": \"%s\", \"flops\": %.0f, \"read\": %.0f, "
                          "\"written\": %.0f, \"footprint\": %.0f}",
                          i == 0 ? "" : ", ", e.name.c_str(), e.by.c_str(), e.needs.flops,
                          e.needs.read, e.needs.written,
                          e.needs.footprint > 0 ? e.needs.footprint : bytes);
            hello += text;
        }
        std::cout << hello << "]}" << std::endl;
        std::size_t index = 0;
        double seconds = 0;
        while (std::cin >> index >> seconds && index < entries_.size())
            std::cout << "{\"ns\": " << block(entries_[index], seconds) << "}" << std::endl;
        return 0;
    }

    std::vector<entry> entries_;
};

}  // namespace bench
