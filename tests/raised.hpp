// SPDX-License-Identifier: BSL-1.0
// What weft::error says, for tests of mistakes at run time.
#pragma once

#include <string>
#include <string_view>

#include <weft/core/error.hpp>

/// What weft::error says when f() is called; empty where it is not thrown.
template <class F>
std::string sentence(F f) {
    try {
        f();
    } catch (weft::error const& e) {
        return e.what();
    }
    return {};
}

inline bool has(std::string const& s, std::string_view part) {
    return s.find(part) != std::string::npos;
}
