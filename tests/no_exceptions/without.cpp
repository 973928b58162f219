// SPDX-License-Identifier: BSL-1.0
// Built with -fno-exceptions -fno-rtti: all of core compiles, and errors go to the handler.
#include <weft/core/dtype.hpp>
#include <weft/core/error.hpp>
#include <weft/core/extent.hpp>
#include <weft/core/half.hpp>
#include <weft/core/list.hpp>
#include <weft/core/philox.hpp>
#include <weft/core/reflect.hpp>
#include <weft/core/text.hpp>

#ifdef __cpp_exceptions
#error "this file is to be built with -fno-exceptions"
#endif

void set_handler_without_exceptions(void (*handler)(std::string_view)) {
    weft::set_error_handler(handler);
}

void raise_without_exceptions() { weft::raise(weft::text("expected ") << 1 << ", found " << 2); }
