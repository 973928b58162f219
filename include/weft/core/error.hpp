// SPDX-License-Identifier: BSL-1.0
// What bad input gets at run time: an exception with a sentence, or, under -fno-exceptions, a call
// of a handler. Nothing here is for constant evaluation, where errors are recorded instead.
#pragma once

#include <cstddef>
#include <exception>
#include <new>
#include <string_view>
#if !defined(__cpp_exceptions)
#include <cstdio>
#include <cstdlib>
#endif

namespace weft {

/// A sentence that says what was expected and what was found. Copies never throw.
class error : public std::exception {
public:
    explicit error(std::string_view message) noexcept : message_(copy(message)) {}
    error(error const& other) noexcept : std::exception(other), message_(copy(other.view())) {}
    error(error&& other) noexcept : std::exception(other), message_(other.message_) {
        other.message_ = nullptr;
    }
    error& operator=(error other) noexcept {
        char* const mine = message_;
        message_ = other.message_;
        other.message_ = mine;
        return *this;
    }
    ~error() override { ::operator delete(message_); }

    char const* what() const noexcept override {
        return message_ ? message_ : "weft: an error whose text found no memory";
    }
    std::string_view view() const noexcept { return what(); }

private:
    static char* copy(std::string_view s) noexcept {
        void* const memory = ::operator new(s.size() + 1, std::nothrow);
        if (!memory) return nullptr;
        char* const text = static_cast<char*>(memory);
        s.copy(text, s.size());
        text[s.size()] = '\0';
        return text;
    }

    char* message_;
};

/// Receives the sentence of an error in a program built with -fno-exceptions. It may end the
/// program or leave by longjmp; where it returns, the program is aborted.
using error_handler = void (*)(std::string_view);

// A program may link files built with and without exceptions: each keeps its own functions.
#if defined(__cpp_exceptions)
inline namespace throwing {

/// Throws weft::error.
[[noreturn]] __attribute__((cold)) inline void raise(std::string_view message) { throw error(message); }

/// Sets what -fno-exceptions calls, and returns what was set before; here errors are thrown and
/// the handler is not used.
inline error_handler set_error_handler(error_handler) { return nullptr; }

}  // namespace throwing
#else
namespace detail {

inline void print_error(std::string_view message) {
    std::fprintf(stderr, "weft: %.*s\n", static_cast<int>(message.size()), message.data());
}

inline constinit error_handler current_error_handler = print_error;

}  // namespace detail

inline namespace aborting {

/// Calls the handler, then aborts.
[[noreturn]] __attribute__((cold)) inline void raise(std::string_view message) {
    detail::current_error_handler(message);
    std::abort();
}

/// Sets what `raise` calls, and returns what was set before; nullptr sets the default, which prints
/// to stderr. To be called before threads start.
inline error_handler set_error_handler(error_handler handler) {
    error_handler const before = detail::current_error_handler;
    detail::current_error_handler = handler ? handler : detail::print_error;
    return before;
}

}  // namespace aborting
#endif

}  // namespace weft
