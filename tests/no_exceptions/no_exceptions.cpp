// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <csetjmp>
#include <csignal>
#include <cstdlib>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

#include <weft/core/error.hpp>

void set_handler_without_exceptions(void (*handler)(std::string_view));
void raise_without_exceptions();

namespace {

std::jmp_buf before;
char seen[100];

void remember(std::string_view message) { seen[message.copy(seen, sizeof seen - 1)] = '\0'; }

/// Runs `raise_without_exceptions` in a child: its standard error, and whether it was aborted.
struct child {
    std::string printed;
    bool aborted = false;

    child() {
        int ends[2] = {};
        REQUIRE(pipe(ends) == 0);
        pid_t const id = fork();
        REQUIRE(id >= 0);
        if (id == 0) {
            std::signal(SIGABRT, SIG_DFL);  // not doctest's
            dup2(ends[1], 2);
            raise_without_exceptions();
            _exit(0);
        }
        close(ends[1]);
        char part[100];
        for (ssize_t n; (n = read(ends[0], part, sizeof part)) > 0;)
            printed.append(part, static_cast<std::size_t>(n));
        close(ends[0]);
        int status = 0;
        waitpid(id, &status, 0);
        aborted = WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
    }
};

}  // namespace

TEST_CASE("error: the default handler prints and aborts") {
    child const c;
    CHECK(c.printed == "weft: expected 1, found 2\n");
    CHECK(c.aborted);
}

TEST_CASE("error: a handler that returns does not save the program") {
    set_handler_without_exceptions(remember);
    child const c;
    set_handler_without_exceptions(nullptr);
    CHECK(c.printed == "");
    CHECK(c.aborted);
}

TEST_CASE("error: a handler may leave by longjmp") {
    set_handler_without_exceptions([](std::string_view message) {
        remember(message);
        std::longjmp(before, 1);
    });
    if (setjmp(before) == 0) raise_without_exceptions();
    set_handler_without_exceptions(nullptr);
    CHECK(std::string(seen) == "expected 1, found 2");
}

TEST_CASE("error: files with exceptions keep throwing beside files without") {
    CHECK_THROWS_WITH_AS(weft::raise("thrown"), "thrown", weft::error);
}
