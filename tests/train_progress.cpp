// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <cstdint>
#include <cstdlib>
#include <limits>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include <weft/train/progress.hpp>

using weft::train::progress;
using weft::train::progress_output;
using weft::train::show;
using weft::train::detail::line;

namespace {

std::int64_t allocations = 0;

/// A terminal that remembers what was written, with a clock of its own.
struct terminal {
    int columns = 0;  // 0: a file
    double time = 1000;
    std::string written = std::string();
    int writes = 0;

    terminal() { written.reserve(1 << 20); }

    progress_output output() {
        return {[](void* t, std::string_view s) {
                    static_cast<terminal*>(t)->written += s;
                    ++static_cast<terminal*>(t)->writes;
                },
                [](void* t) { return static_cast<terminal*>(t)->columns; },
                [](void* t) { return static_cast<terminal*>(t)->time; }, this};
    }
    /// What stands on the screen: a carriage return goes back to the line's begin.
    std::vector<std::string> screen() const {
        std::vector<std::string> lines(1);
        std::size_t column = 0;
        for (char const c : written) {
            if (c == '\r') {
                column = 0;
            } else if (c == '\n') {
                lines.emplace_back();
                column = 0;
            } else {
                std::string& last = lines.back();
                if (column == last.size()) last += ' ';
                last[column++] = c;
                REQUIRE((columns == 0 || column < static_cast<std::size_t>(columns)));
            }
        }
        for (std::string& l : lines) l.erase(l.find_last_not_of(' ') + 1);
        return lines;
    }
};

template <class F>
std::string written(F f) {
    line l;
    f(l);
    return std::string(l.view());
}
std::string number(double x) {
    return written([&](line& l) { l.number(x); });
}
std::string rate(double x) {
    return written([&](line& l) { l.rate(x); });
}
std::string clock_text(double x) {
    return written([&](line& l) { l.clock(x); });
}

}  // namespace

void* operator new(std::size_t size) {
    ++allocations;
    if (void* const memory = std::malloc(size ? size : 1)) return memory;
    throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

TEST_CASE("progress: numbers in few characters") {
    using limits = std::numeric_limits<double>;
    CHECK(number(0) == "0.0000");
    CHECK(number(0.23145) == "0.2315");
    CHECK(number(-12.5) == "-12.5000");
    CHECK(number(2.30258509) == "2.3026");
    CHECK(number(9999) == "9999.0000");
    CHECK(number(12345) == "1.23e+04");
    CHECK(number(0.000999) == "9.99e-04");
    CHECK(number(9.999e-5) == "1.00e-04");
    CHECK(number(99999) == "1.00e+05");
    CHECK(number(-3e200) == "-3.00e+200");
    CHECK(number(limits::max()) == "1.80e+308");
    CHECK(number(limits::denorm_min()) == "4.94e-324");
    CHECK(number(limits::infinity()) == "inf");
    CHECK(number(-limits::infinity()) == "-inf");
    CHECK(number(limits::quiet_NaN()) == "nan");
    CHECK(rate(0) == "0.00");
    CHECK(rate(7.251) == "7.25");
    CHECK(rate(830.4) == "830");
    CHECK(rate(999.6) == "1.0 k");
    CHECK(rate(41234) == "41.2 k");
    CHECK(rate(999960) == "1.0 M");
    CHECK(rate(2.5e9) == "2.5 G");
    CHECK(rate(3e12) == "3000.0 G");
    CHECK(rate(limits::infinity()) == "many");
    CHECK(clock_text(0) == "0:00");
    CHECK(clock_text(7.4) == "0:07");
    CHECK(clock_text(750) == "12:30");
    CHECK(clock_text(3659.7) == "1:01:00");
    CHECK(clock_text(limits::infinity()) == "very long");
    CHECK(clock_text(limits::quiet_NaN()) == "very long");
    CHECK(written([](line& l) { l.repeat('x', 1000); }) == std::string(255, 'x'));
}

TEST_CASE("progress: a terminal gets a bar that is redrawn") {
    terminal t;
    t.columns = 110;
    {
        progress p(2, 1000, show::automatic, t.output());
        t.time += 0.5;
        p.step(250, 2, 50);
        CHECK(t.screen() ==
              std::vector<std::string>{"epoch 1/2 [========>                       ]  25 %  500 "
                                       "examples/s  loss 2.0000  accuracy 20.0 %  0:04 left"});
        t.time += 0.5;
        p.step(250, 1, 150);
        CHECK(t.screen() ==
              std::vector<std::string>{"epoch 1/2 [================>               ]  50 %  500 "
                                       "examples/s  loss 1.5000  accuracy 40.0 %  0:03 left"});
        t.time += 1;
        p.step(500, 0.5, 500);
        CHECK(t.screen().back().find(
                  "[================================] 100 %  500 examples/s  loss 1.0000") !=
              std::string::npos);
        t.time += 0.5;
        p.end_epoch({.loss = 0.75, .accuracy = 0.931});
        CHECK(t.screen() ==
              std::vector<std::string>{"epoch 1/2  2.50 s  400 examples/s  loss 1.0000  accuracy "
                                       "70.0 %  validation loss 0.7500  accuracy 93.1 %",
                                       ""});
        t.time += 1;
        p.step(500, 3, 0);
        CHECK(t.screen().back().find("epoch 2/2 [") == 0);
        CHECK(t.screen().back().find(" 50 %  500 examples/s  loss 3.0000  accuracy 0.0 %") !=
              std::string::npos);
        CHECK(t.screen().back().find("  0:01 left") != std::string::npos);
        t.time += 100;
        p.end_epoch();
    }
    CHECK(t.screen().size() == 3);
    CHECK(t.screen()[1] == "epoch 2/2  1:41  4.95 examples/s  loss 3.0000  accuracy 0.0 %");
}

TEST_CASE("progress: an error leaves a whole line behind") {
    terminal t;
    t.columns = 80;
    {
        progress p(1, 100, show::automatic, t.output());
        p.step(10, 1);
        CHECK(t.written.back() != '\n');
    }
    CHECK(t.written.back() == '\n');
}

TEST_CASE("progress: losses without classes have no accuracy") {
    terminal t;
    t.columns = 80;
    progress p(1, 100, show::bar, t.output());
    p.step(100, 0.25);
    t.time += 1;
    p.end_epoch({.loss = 0.5});
    CHECK(t.screen()[0] ==
          "epoch 1/1  1.00 s  100 examples/s  loss 0.2500  validation loss 0.5000");
}

TEST_CASE("progress: at most ten redraws a second") {
    terminal t;
    t.columns = 80;
    progress p(1, 100000, show::automatic, t.output());
    for (int i = 0; i < 10000; ++i) {
        t.time += 1. / 1024;
        p.step(10, 1, 5);
    }
    CHECK(t.writes > 80);
    CHECK(t.writes <= 99);
}

TEST_CASE("progress: quiet where there is no terminal, or a line an epoch") {
    terminal t;
    auto const train = [&](show what) {
        t.written.clear();
        progress p(12, 64, what, t.output());
        for (int epoch = 0; epoch < 2; ++epoch) {
            for (int i = 0; i < 2; ++i) {
                t.time += 0.001;
                p.step(32, 0.5, 16);
            }
            p.end_epoch();
        }
        return t.written;
    };
    CHECK(train(show::automatic) == "");
    CHECK(train(show::nothing) == "");
    CHECK(train(show::epochs) ==
          "epoch  1/12  0.00 s  32.0 k examples/s  loss 0.5000  accuracy 50.0 %\n"
          "epoch  2/12  0.00 s  32.0 k examples/s  loss 0.5000  accuracy 50.0 %\n");
    t.columns = 80;
    CHECK(train(show::nothing) == "");
}

TEST_CASE("progress: every width, and odd numbers") {
    double const odd[] = {0, 1e300, -1e-300, std::numeric_limits<double>::infinity(),
                          std::numeric_limits<double>::quiet_NaN()};
    for (int columns = 1; columns < 300; ++columns)
        for (double const loss : odd) {
            terminal t;
            t.columns = columns;
            progress p(1000000, columns % 7 * 1000, show::automatic, t.output());
            for (int i = 0; i < 5; ++i) {
                p.step(i * 1000, loss, i);
                t.time += i == 2 ? 1e12 : i == 3 ? -50 : 0.2;
            }
            REQUIRE(t.screen().size() == 1);
            if (columns > 60) REQUIRE(t.screen()[0].find("epoch       1/1000000") == 0);
        }
}

TEST_CASE("progress: steps allocate nothing") {
    terminal t;
    t.columns = 100;
    progress p(3, 1000, show::automatic, t.output());
    std::int64_t const before = allocations;
    for (int i = 0; i < 300; ++i) {
        t.time += 0.05;
        p.step(10, 1, 5);
        if (i % 100 == 99) p.end_epoch({1, 0.5});
    }
    CHECK(allocations == before);
    CHECK(t.writes > 100);
}
