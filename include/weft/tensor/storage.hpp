// SPDX-License-Identifier: BSL-1.0
// What owning tensors and views share: extents, index arithmetic over strides, aligned memory, and
// the sentences of their errors. Whatever does not depend on a tensor's type stands here, once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <string_view>

#include <weft/core/dtype.hpp>
#include <weft/core/dyn.hpp>
#include <weft/core/error.hpp>
#include <weft/core/text.hpp>

namespace weft {

/// One number an axis: extents, strides.
template <int Rank>
struct dims {
    std::int64_t values[Rank]{};

    constexpr std::int64_t& operator[](int axis) { return values[axis]; }
    constexpr std::int64_t operator[](int axis) const { return values[axis]; }
    static constexpr int size() { return Rank; }
    constexpr std::int64_t* data() { return values; }
    constexpr std::int64_t const* data() const { return values; }
    constexpr std::int64_t const* begin() const { return values; }
    constexpr std::int64_t const* end() const { return values + Rank; }
};

/// The extents of a scalar: empty.
template <>
struct dims<0> {
    constexpr std::int64_t operator[](int) const { return 0; }
    static constexpr int size() { return 0; }
    constexpr std::int64_t* data() { return nullptr; }
    constexpr std::int64_t const* data() const { return nullptr; }
    constexpr std::int64_t const* begin() const { return nullptr; }
    constexpr std::int64_t const* end() const { return nullptr; }
};

template <int Rank>
constexpr bool operator==(dims<Rank> const& a, dims<Rank> const& b) {
    for (int i = 0; i < Rank; ++i)
        if (a[i] != b[i]) return false;
    return true;
}

namespace detail {

/// A tensor's or view's type, as sentences name it.
struct tensor_type {
    std::string_view kind;
    dtype type;
    int rank;
    std::int64_t const* extents;
};

inline text& operator<<(text& out, tensor_type const& t) {
    constexpr std::string_view names[] = {
        "bool",    "int8_t",   "int16_t",  "int32_t",        "int64_t",
        "uint8_t", "uint16_t", "uint32_t", "uint64_t",       "bf16",
        "f16",     "float",    "double",   "complex<float>", "complex<double>"};
    out << t.kind << '<' << names[static_cast<int>(t.type)];
    for (int i = 0; i < t.rank; ++i)
        if (t.extents[i] == dyn)
            out << ", dyn";
        else
            out << ", " << t.extents[i];
    return out << ">";
}

inline void write_extents(text& out, std::int64_t const* extents, int rank) {
    out << '(';
    for (int i = 0; i < rank; ++i) (i ? out << ", " : out) << extents[i];
    out << ')';
}

[[noreturn]] WEFT_COLD inline void raise_extent(tensor_type const& t, int axis, std::int64_t found) {
    text s;
    s << t << ": extent " << axis;
    if (t.extents[axis] == dyn)
        s << " is negative: " << found;
    else
        s << " is " << t.extents[axis] << ", found " << found;
    raise(s);
}

[[noreturn]] WEFT_COLD inline void raise_memory(tensor_type const& t, std::int64_t const* extents) {
    text s;
    s << t << ": no memory for the extents ";
    write_extents(s, extents, t.rank);
    raise(s);
}

[[noreturn]] WEFT_COLD inline void raise_index(tensor_type const& t, std::int64_t const* index,
                                     std::int64_t const* extents) {
    text s;
    s << t << ": index ";
    write_extents(s, index, t.rank);
    s << " is outside of the extents ";
    write_extents(s, extents, t.rank);
    raise(s);
}

[[noreturn]] WEFT_COLD inline void raise_shapes(tensor_type const& t, std::int64_t const* expected,
                                      std::int64_t const* found) {
    text s;
    s << t << ": expected the extents ";
    write_extents(s, expected, t.rank);
    s << ", found ";
    write_extents(s, found, t.rank);
    raise(s);
}

[[noreturn]] WEFT_COLD inline void raise_listed(tensor_type const& t, int axis, std::int64_t expected,
                                      std::int64_t found) {
    text s;
    s << t << ": the braces along axis " << axis << " hold " << found << " items, expected "
      << expected;
    raise(s);
}

[[noreturn]] WEFT_COLD inline void raise_range(tensor_type const& t, int axis, std::int64_t begin,
                                     std::int64_t end, std::int64_t extent) {
    text s;
    s << t;
    if (axis < 0 || axis >= t.rank)
        s << ": no axis " << axis;
    else
        s << ": " << begin << " .. " << end << " is outside of axis " << axis << " of extent "
          << extent;
    raise(s);
}

[[noreturn]] WEFT_COLD inline void raise_moved(tensor_type const& t) {
    text s;
    s << t << ": has no elements; it was moved from";
    raise(s);
}

[[noreturn]] WEFT_COLD inline void raise_concrete() {
    raise(
        "this tensor holds numbers: layers and traced functions see symbols only; use "
        "weft::call(f, x)");
}

[[noreturn]] WEFT_COLD inline void raise_assigned() {
    raise(
        "a symbol was assigned outside of a trace: this tensor holds numbers; use "
        "weft::call(f, x)");
}

/// Raises where begin .. end - 1 does not lie within the axis.
inline void part_of_axis(tensor_type const& t, int axis, std::int64_t begin, std::int64_t end,
                         std::int64_t extent) {
    if (begin < 0 || begin > end || end > extent) raise_range(t, axis, begin, end, extent);
}

// Sentences with numbers in them. Functions of their own, so that those who raise them are short.
[[noreturn]] WEFT_COLD inline void raise_number(char const* before, std::int64_t number,
                                                char const* after) {
    raise(text(before) << number << after);
}
[[noreturn]] WEFT_COLD inline void raise_numbers(char const* before, std::int64_t first,
                                                 char const* between, std::int64_t second,
                                                 char const* after) {
    raise(text(before) << first << between << second << after);
}

/// The product of the extents; raises where one is negative, is not the static one, or where the
/// bytes do not fit.
[[gnu::noinline]] inline std::int64_t checked_count(tensor_type const& t, std::int64_t const* extents) {
    std::int64_t count = 1, bytes = 0;
    bool empty = false, overflow = false;
    for (int i = 0; i < t.rank; ++i) {
        if (t.extents[i] == dyn ? extents[i] < 0 : extents[i] != t.extents[i])
            raise_extent(t, i, extents[i]);
        empty |= extents[i] == 0;
        overflow |= __builtin_mul_overflow(count, extents[i] ? extents[i] : 1, &count);
    }
    overflow |= __builtin_mul_overflow(count, size_of(t.type), &bytes) || bytes > PTRDIFF_MAX - 64;
    if (overflow) raise_memory(t, extents);
    return empty ? 0 : count;
}

constexpr bool inside(std::int64_t const* index, std::int64_t const* extents, int rank) {
    for (int i = 0; i < rank; ++i)
        if (index[i] < 0 || index[i] >= extents[i]) return false;
    return true;
}

constexpr std::int64_t product(std::int64_t const* extents, int rank) {
    std::int64_t count = 1;
    for (int i = 0; i < rank; ++i) count *= extents[i];
    return count;
}

inline constexpr std::size_t alignment = 64;

/// Whole cache lines; nullptr for no bytes.
[[gnu::noinline]] inline void* allocate(tensor_type const& t, std::int64_t const* extents, std::int64_t count) {
    if (count == 0) return nullptr;
    std::size_t const bytes =
        static_cast<std::size_t>(count) * static_cast<std::size_t>(size_of(t.type));
    void* const memory = ::operator new((bytes + alignment - 1) / alignment * alignment,
                                        std::align_val_t{alignment}, std::nothrow);
    if (!memory) raise_memory(t, extents);
    return memory;
}

inline void release(void* memory) { ::operator delete(memory, std::align_val_t{alignment}); }

// Loops over strided elements. They know the element types but not the extents, so that few of
// them are compiled.

template <class T, class U>
void copy_strided(T* out, std::int64_t const* out_strides, U const* in,
                  std::int64_t const* in_strides, std::int64_t const* extents, int rank) {
    if (rank == 0) {
        *out = *in;
    } else if (rank == 1) {
        for (std::int64_t i = 0; i < *extents; ++i) out[i * *out_strides] = in[i * *in_strides];
    } else {
        for (std::int64_t i = 0; i < *extents; ++i)
            copy_strided(out + i * *out_strides, out_strides + 1, in + i * *in_strides,
                         in_strides + 1, extents + 1, rank - 1);
    }
}

template <class T>
void fill_strided(T* out, std::int64_t const* strides, std::int64_t const* extents, int rank,
                  T value) {
    if (rank == 0) {
        *out = value;
    } else if (rank == 1 && *strides == 1) {
        for (std::int64_t i = 0; i < *extents; ++i) out[i] = value;
    } else {
        for (std::int64_t i = 0; i < *extents; ++i)
            fill_strided(out + i * *strides, strides + 1, extents + 1, rank - 1, value);
    }
}

template <class T>
bool equal_strided(T const* a, std::int64_t const* a_strides, T const* b,
                   std::int64_t const* b_strides, std::int64_t const* extents, int rank) {
    if (rank == 0) return *a == *b;
    for (std::int64_t i = 0; i < *extents; ++i)
        if (!equal_strided(a + i * *a_strides, a_strides + 1, b + i * *b_strides, b_strides + 1,
                           extents + 1, rank - 1))
            return false;
    return true;
}

template <int Rank>
constexpr dims<Rank> row_major(dims<Rank> const& extents) {
    dims<Rank> strides;
    std::int64_t step = 1;
    for (int i = Rank; i-- > 0; step *= extents[i]) strides[i] = step;
    return strides;
}
constexpr dims<0> row_major(dims<0> const&) { return {}; }

}  // namespace detail
}  // namespace weft
