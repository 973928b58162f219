// SPDX-License-Identifier: BSL-1.0
// The arrays of a recording: which there are, and the memory of their adjoints. An array's adjoint
// lies as its elements do, so that what is a view of an array is the same view of its adjoint.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <weft/autodiff/tape_calls.hpp>
#include <weft/autodiff/tape_memory.hpp>

namespace weft {

namespace detail {

/// Names an array of a tape: its number, and what no other array of any recording has.
struct array_name {
    std::uint32_t number = 0;
    std::uint64_t serial = 0;  // 0: passive

    bool is_active() const { return serial != 0; }
};

/// Tensors and views: what has extents in its type.
template <class X>
concept HasExtents = requires {
    X::extents;
    X::rank;
};
/// Makes tensors inputs of a tape; defined in autodiff/var_tensor.hpp.
template <class Tape>
struct array_input;
template <class Tape>
concept ArraysKnown = requires { sizeof(array_input<Tape>); };

}  // namespace detail

/// An array with an adjoint: var_tensor, var_view.
template <class A>
concept ArrayVariable = requires(A const& a) {
    { a.name() } -> std::same_as<detail::array_name>;
};

namespace detail {

/// An array with an adjoint.
struct array_block {
    std::uint64_t serial;
    void const* data;
    std::size_t size, place;  // elements; those of all adjoints before
    tape_index elements = 0;  // the first of as many indices, if its elements were asked for
};

/// The arrays of a recording, in order.
class array_list {
public:
    /// Adjoints begin with a cache line.
    static constexpr std::size_t padded(std::size_t n) { return (n + 15) / 16 * 16; }

    std::size_t size() const { return blocks_.size(); }
    std::size_t elements() const { return elements_; }
    array_block const& operator[](std::uint32_t number) const { return blocks_[number]; }
    array_block& operator[](std::uint32_t number) { return blocks_[number]; }
    bool has(array_name a) const {
        return a.number < blocks_.size() && blocks_[a.number].serial == a.serial;
    }

    void begin(std::uint32_t stamp) {
        first_serial_ = std::uint64_t{stamp} << 32, serials_ = 0;
        rewind(0, 0);
    }
    array_name add(void const* data, std::size_t size) {
        std::uint64_t const serial = first_serial_ | ++serials_;
        blocks_.push_back({serial, data, size, elements_});
        elements_ += padded(size);
        return {static_cast<std::uint32_t>(blocks_.size() - 1), serial};
    }
    /// Back to so many arrays, when `next` was the next index.
    void rewind(std::size_t size, tape_index next) {
        blocks_.resize(size);
        elements_ = size ? blocks_.back().place + padded(blocks_.back().size) : 0;
        for (array_block& b : blocks_)
            if (b.elements >= next) b.elements = 0;
    }
    void require(array_name a) const {
        if (!has(a)) [[unlikely]]
            raise(
                "weft::var_tensor: an array is used that is from another tape, from an earlier "
                "recording, or from a part that was taken back");
    }

private:
    std::vector<array_block> blocks_;
    std::size_t elements_ = 0;
    std::uint64_t first_serial_ = 0;
    std::uint32_t serials_ = 0;
};

/// to += from, element by element; strides count elements.
template <class T>
void add_strided(T* to, std::int64_t const* to_strides, T const* from,
                 std::int64_t const* from_strides, std::int64_t const* extents, int rank) {
    if (rank == 0)
        *to += *from;
    else if (rank == 1 && *to_strides == 1 && *from_strides == 1)
        for (std::int64_t i = 0; i < *extents; ++i) to[i] += from[i];
    else
        for (std::int64_t i = 0; i < *extents; ++i)
            add_strided(to + i * *to_strides, to_strides + 1, from + i * *from_strides,
                        from_strides + 1, extents + 1, rank - 1);
}

/// Adjoints of arrays in several directions. One that is zero is not written down: its memory holds
/// anything until the first contribution, which is written over it.
template <class T>
class array_adjoints {
public:
    explicit array_adjoints(std::size_t lanes) : lanes_(lanes) {}

    /// Room for all arrays of a recording.
    void fit(array_list const& all) {
        if (all.size() == 0) return;
        all_ = &all;
        if (live_.size() < all.size() * lanes_) live_.resize(all.size() * lanes_, 0);
        std::size_t const n = all.elements() * lanes_;
        if (n > memory_.capacity()) memory_.reserve(n + n / 8, memory_.capacity());
    }
    bool is_zero(std::uint32_t array, std::size_t lane) const {
        return live_[array * lanes_ + lane] != (*all_)[array].serial;
    }
    T* memory(std::uint32_t array, std::size_t lane) {
        array_block const& b = (*all_)[array];
        return memory_.data() + b.place * lanes_ + lane * array_list::padded(b.size);
    }
    void set_zero(std::uint32_t array, std::size_t lane) { live_[array * lanes_ + lane] = 0; }
    void set_written(std::uint32_t array, std::size_t lane) {
        live_[array * lanes_ + lane] = (*all_)[array].serial;
    }
    /// The adjoint with its zeros.
    T* written(std::uint32_t array, std::size_t lane) {
        T* const p = memory(array, lane);
        if (is_zero(array, lane)) {
            std::fill_n(p, (*all_)[array].size, T(0));
            set_written(array, lane);
        }
        return p;
    }
    void clear() { std::fill(live_.begin(), live_.end(), 0); }
    /// Memory for the work of one entry.
    T* scratch(std::size_t n) {
        scratch_.reserve(n, 0);
        return scratch_.data();
    }
    std::size_t bytes() const { return memory_.capacity() * sizeof(T); }

private:
    std::size_t lanes_;
    array_list const* all_ = nullptr;
    stream<T> memory_, scratch_;
    std::vector<std::uint64_t> live_;  // the serial of the array, where it is not zero
};

/// The elements of an array as variables with indices of their own, whose adjoints come together
/// here, before all that has read them.
template <class T>
struct element_call final : tape_call<T> {
    std::uint32_t array;
    tape_index first;
    std::size_t size;

    element_call(std::uint32_t a, tape_index id, std::size_t n) : array(a), first(id), size(n) {}

    void sweep(T*, std::size_t) const override {}
    void sweep_arrays(T* adjoints, std::size_t lanes, array_adjoints<T>& arrays) const override {
        for (std::size_t k = 0; k < lanes; ++k) {
            T* const from = adjoints + first * lanes + k;
            T* const to = arrays.memory(array, k);
            bool const keep = !arrays.is_zero(array, k);
            for (std::size_t i = 0; i < size; ++i) {
                to[i] = keep ? to[i] + from[i * lanes] : from[i * lanes];
                from[i * lanes] = T(0);
            }
            arrays.set_written(array, k);
        }
    }
    void describe(text& t) const override {
        t << "elements of a" << static_cast<std::int64_t>(array) << " are v"
          << static_cast<std::int64_t>(first) << "..";
    }
};

}  // namespace detail
}  // namespace weft
