// SPDX-License-Identifier: BSL-1.0
// std::format of tensors, views and expressions, where the standard library has it:
// `std::format("{:.2}", a)`. The text is that of tensor/print.hpp.
#pragma once

#include <version>

#include <weft/tensor/print.hpp>

#ifdef __cpp_lib_format

#include <format>

namespace weft::detail {

/// What may stand behind the colon: `#`, all elements are shown; `.4`, so many digits behind the
/// point at most; `s`, no exponents.
template <class X>
struct array_formatter {
    print_options how;

    constexpr auto parse(std::format_parse_context& context) {
        auto at = context.begin();
        auto const more = [&] { return at != context.end() && *at != '}'; };
        if (more() && *at == '#') how.threshold = INT64_MAX, ++at;
        if (more() && *at == '.') {
            how.precision = 0;
            for (++at; more() && *at >= '0' && *at <= '9'; ++at)
                how.precision = 10 * how.precision + (*at - '0');
        }
        if (more() && *at == 's') how.suppress = true, ++at;
        if (more()) refuse();
        return at;
    }
    template <class Context>
    auto format(X const& x, Context& context) const {
        auto out = context.out();
        for (char c : to_string(x, how)) *out++ = c;
        return out;
    }

private:
    [[noreturn]] static void refuse() {
        constexpr char const* why = "weft: the format of a tensor is {:[#][.digits][s]}";
#ifdef __cpp_exceptions
        throw std::format_error(why);
#else
        raise(why);
#endif
    }
};

}  // namespace weft::detail

template <class T, std::int64_t... E>
struct std::formatter<weft::tensor<T, E...>, char>
    : weft::detail::array_formatter<weft::tensor<T, E...>> {};
template <class T, std::int64_t... E>
struct std::formatter<weft::view<T, E...>, char>
    : weft::detail::array_formatter<weft::view<T, E...>> {};
template <class F, class... X>
struct std::formatter<weft::ir::expression<F, X...>, char>
    : weft::detail::array_formatter<weft::ir::expression<F, X...>> {};

#endif
