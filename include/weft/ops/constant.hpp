// SPDX-License-Identifier: BSL-1.0
// Values that are known while a function is traced: one number at every place (full, zeros, ones and
// their _like forms), and tables of C++ values (constant), which are kept in the program.
#pragma once

#include <array>
#include <bit>

#include <weft/ops/index.hpp>
#include <weft/ops/whole.hpp>

namespace weft {
namespace ops {

/// A table of values; the attributes are its bytes, as they stand in memory. Each run copies it to
/// where it is read, which costs less than a second kind of memory in plans, bindings and sub-graphs.
struct constant_table : ir::operation_base {
    static constexpr std::string_view name = "constant_table", onnx = "Constant";
    static constexpr auto kind = ir::kind::whole;
    static constexpr int arity = 0, cost = 0;
    static_assert(std::endian::native == std::endian::little);

    template <class T>
    static constexpr list<std::int64_t> pack(range<T> values) {
        using bits = std::conditional_t<
            sizeof(T) == 1, std::uint8_t,
            std::conditional_t<sizeof(T) == 2, std::uint16_t,
                               std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>>>;
        constexpr int in_word = static_cast<int>(8 / sizeof(bits));
        list<std::int64_t> words;
        std::uint64_t word = 0;
        for (int i = 0; i < values.size(); ++i) {
            if constexpr (sizeof(T) == 16) {
                words.push(std::bit_cast<std::int64_t>(values[i].real()));
                words.push(std::bit_cast<std::int64_t>(values[i].imag()));
            } else if constexpr (weft::detail::complex_like<T>) {
                std::uint64_t const re = std::bit_cast<std::uint32_t>(values[i].real()),
                                    im = std::bit_cast<std::uint32_t>(values[i].imag());
                words.push(static_cast<std::int64_t>(re | im << 32));
            } else {
                auto const one = std::bit_cast<bits>(values[i]);
                int const place = 8 * static_cast<int>(sizeof(bits)) * (i % in_word);
                word |= static_cast<std::uint64_t>(one) << place;
                if (i % in_word < in_word - 1 && i + 1 < values.size()) continue;
                words.push(static_cast<std::int64_t>(word));
                word = 0;
            }
        }
        return words;
    }
    template <class Call>
    static void run(Call const& c) {
        std::size_t bytes = sizeof(typename Call::result_type);
        for (std::int64_t n : c.shape()) bytes *= static_cast<std::size_t>(n);
        __builtin_memcpy(c.result(), c.attributes, bytes);
    }
    static void reference_whole(ir::reference_call const& c) {
        dtype const type = c.graph.nodes[c.node].type;
        range<std::int64_t> const words = c.graph.attributes(c.node);
        auto const* const bytes = reinterpret_cast<char const*>(words.begin());
        for (std::int64_t i = 0, n = c.count(); i < n; ++i)
            c.result[i] = number(bytes + i * size_of(type), type);
    }

private:
    template <class T>
    static double read(char const* at) {
        T x;
        __builtin_memcpy(&x, at, sizeof x);
        return static_cast<double>(x);
    }
    static double number(char const* at, dtype type) {
        switch (type) {
            case dtype::boolean: return read<bool>(at);
            case dtype::int8: return read<std::int8_t>(at);
            case dtype::int16: return read<std::int16_t>(at);
            case dtype::int32: return read<std::int32_t>(at);
            case dtype::int64: return read<std::int64_t>(at);
            case dtype::uint8: return read<std::uint8_t>(at);
            case dtype::uint16: return read<std::uint16_t>(at);
            case dtype::uint32: return read<std::uint32_t>(at);
            case dtype::uint64: return read<std::uint64_t>(at);
            case dtype::bf16: return read<bf16>(at);
            case dtype::f16: return read<f16>(at);
            case dtype::f32: return read<float>(at);
            default: return read<double>(at);
        }
    }
};

}  // namespace ops

namespace detail {

/// The same number at every place; `type` is that of the number where nothing else is said.
template <class V>
constexpr symbol filled(ir::builder& b, dtype type, int shape, V const& value) {
    ir::operand const x = ir::to_operand(value);
    if (x.kind == weak::complex && !is_complex(type))
        return b.fail(text("full: ") << name(type) << " holds no complex number");
    return ir::constant(b, type, shape, x);
}

template <class T>
constexpr symbol table(ir::builder& b, range<T> values, list<extent> const& shape) {
    static_assert(Element<T>, "weft::constant: values are bool, integers, floats or complex");
    // One value at every place needs no table.
    bool same = !values.empty();
    if constexpr (std::is_arithmetic_v<T>) {
        for (int i = 1; same && i < values.size(); ++i)
            same = std::bit_cast<std::array<char, sizeof(T)>>(values[i]) ==
                   std::bit_cast<std::array<char, sizeof(T)>>(values[0]);
        double const value = same ? static_cast<double>(values[0]) : 0;
        if (same && value == value && (std::is_floating_point_v<T> || sizeof(T) < 8 ||
                                       (value < 0x1p53 && value > -0x1p53)))
            return b.constant(dtype_of<T>, b.shape(shape), value);
    }
    return b.add(ir::op<ops::constant_table>, dtype_of<T>, b.shape(shape), {},
                 ops::constant_table::pack(values));
}

}  // namespace detail

/// The number at every place of a shape, as T; `like` is any value of the trace.
template <class T = float, Traced A, Scalar V>
constexpr symbol full(A const& like, shape_list shape, V value) {
    symbol const x = like.traced();
    if (!x.valid()) return x;
    int const s = detail::shape_number(*x.builder(), shape, "full");
    return s < 0 ? symbol{x.builder(), -1}
                 : detail::filled(*x.builder(), dtype_of<T>, s, value);
}
template <class T = float, Traced A>
constexpr symbol zeros(A const& like, shape_list shape) {
    return full<T>(like, shape, 0);
}
template <class T = float, Traced A>
constexpr symbol ones(A const& like, shape_list shape) {
    return full<T>(like, shape, 1);
}

/// The number at every place, with the shape and the type of x.
template <Symbolic A, Scalar V>
constexpr symbol full_like(A const& a, V value) {
    symbol const x = a.traced();
    return x.valid() ? detail::filled(*x.builder(), x.type(), x.node().shape, value) : x;
}
template <Symbolic A>
constexpr symbol full_like(A const& a, ir::weak_symbol value) {
    symbol const x = a.traced();
    return x.valid() ? ir::broadcast(ir::cast(value.value, x.type()), x.node().shape) : x;
}
template <Symbolic A>
constexpr symbol zeros_like(A const& x) {
    return full_like(x, 0);
}
template <Symbolic A>
constexpr symbol ones_like(A const& x) {
    return full_like(x, 1);
}

/// A vector of these values; `like` is any value of the trace. The element type is that of the
/// values: 1.f is float32, 1.0 float64, 1 int32.
template <Traced A, class T>
constexpr symbol constant(A const& like, std::initializer_list<T> values) {
    symbol const x = like.traced();
    if (!x.valid()) return x;
    int const n = static_cast<int>(values.size());
    return detail::table(*x.builder(), range<T>{values.begin(), n}, {extent{n}});
}
/// A matrix, row by row.
template <Traced A, class T>
constexpr symbol constant(A const& like, std::initializer_list<std::initializer_list<T>> rows) {
    symbol const x = like.traced();
    if (!x.valid()) return x;
    list<T> values;
    int const count = static_cast<int>(rows.size());
    int const width = count ? static_cast<int>(rows.begin()->size()) : 0;
    for (auto const& row : rows) {
        if (static_cast<int>(row.size()) != width)
            return x.builder()->fail(text("constant: rows of ")
                                     << width << " and of " << static_cast<int>(row.size())
                                     << " values are no matrix");
        values.append({row.begin(), width});
    }
    return detail::table(*x.builder(), static_cast<range<T>>(values),
                         {extent{count}, extent{width}});
}
/// The values of a std::array, std::span or the like, as a vector or in another shape.
template <Traced A, class R>
    requires requires(R const& r) { r.data(), r.size(), r.begin(); }
constexpr symbol constant(A const& like, R const& values, shape_list shape = {-1}) {
    symbol const x = like.traced();
    if (!x.valid()) return x;
    using T = std::remove_cvref_t<decltype(*values.data())>;
    int const n = static_cast<int>(values.size());
    symbol const row = detail::table(*x.builder(), range<T>{values.data(), n}, {extent{n}});
    return reshape(row, shape);
}

WEFT_EAGER(zeros_like)
WEFT_EAGER(ones_like)
WEFT_EAGER(full_like)

namespace ir {
template <> struct struct_of<hash("constant_table")> { using type = ops::constant_table; };
}  // namespace ir
}  // namespace weft
