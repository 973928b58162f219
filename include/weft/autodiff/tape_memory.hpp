// SPDX-License-Identifier: BSL-1.0
// What a tape is made of: four streams that statements are appended to, in memory that grows but is
// never given back before the tape ends. Written by `var`, read by the sweeps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <type_traits>

#include <weft/autodiff/partials.hpp>
#include <weft/autodiff/tape_checks.hpp>
#include <weft/autodiff/tape_late.hpp>
#include <weft/core/error.hpp>
#include <weft/cpu/isa.hpp>

namespace weft {

inline namespace WEFT_ISA {
template <class T, bool Checked>
class tape;
}

namespace detail {

/// Uninitialised memory, whose contents stay when it grows.
template <class T>
class stream {
    static_assert(is_bytes<T>,
                  "weft: a tape keeps numbers that can be copied as bytes: float, double, or dual "
                  "numbers of these; for second derivatives use var<dual<T, N>>");

public:
    stream() = default;
    stream(stream const&) = delete;
    stream& operator=(stream const&) = delete;
    ~stream() { release(); }

    T* data() const { return data_; }
    std::size_t capacity() const { return capacity_; }

    /// At least this capacity, of which the first `used` elements are kept.
    void reserve(std::size_t capacity, std::size_t used) {
        if (capacity <= capacity_) return;
        T* const larger =
            static_cast<T*>(::operator new(capacity * sizeof(T), std::align_val_t(alignment)));
        if (used) std::memcpy(static_cast<void*>(larger), data_, used * sizeof(T));
        release();
        data_ = larger, capacity_ = capacity;
    }

private:
    static constexpr std::size_t alignment = alignof(T) < 64 ? 64 : alignof(T);
    void release() {
        if (data_) ::operator delete(data_, std::align_val_t(alignment));
    }

    T* data_ = nullptr;
    std::size_t capacity_ = 0;
};

/// Fetches what a cursor will meet some statements further on, to read it or to write it: hardware
/// foresees a stream to the end of a page only.
enum class way { back, on };
template <way Way, class T>
WEFT_INLINE void foresee(T const* cursor) {
    constexpr std::uintptr_t distance = sizeof(T) * 512;
    auto const at = reinterpret_cast<std::uintptr_t>(cursor);
    if constexpr (Way == way::back)
        __builtin_prefetch(reinterpret_cast<void const*>(at - distance), 0);
    else
        __builtin_prefetch(reinterpret_cast<void const*>(at + distance), 1);
}

template <class T, bool Checked>
struct recorder;

/// The cursors of a recording. For each argument of a statement a partial and an index; then, for
/// the statement itself, the index of its variable, in the same stream, and an op: 5 bytes and 12
/// for each argument of doubles. A call is one index, of the tape's calls.
template <class T, bool Checked>
struct cursors {
    tape_index* ids = nullptr;
    tape_index* ids_end = nullptr;  // the only bound: no stream has more entries than this one
    T* partials = nullptr;
    tape_op* ops = nullptr;
    tape_index statements = 0;
    tape_index next = 1;
    std::uint32_t stamp = 1;                // odd: no variable has it
    recorder<T, Checked>* owner = nullptr;  // null where nothing is recorded

    WEFT_INLINE bool room(std::ptrdiff_t entries) {
        if (ids_end - ids < entries) [[unlikely]]
            return grow(static_cast<std::size_t>(entries));
        return true;
    }
    /// False where nothing is recorded: a result is passive then.
    [[gnu::noinline, gnu::cold]] bool grow(std::size_t entries) {
        if (owner) owner->reserve_more(entries);
        return owner;
    }
};

/// The cursors with the memory that they point into.
template <class T, bool Checked>
struct recorder : cursors<T, Checked> {
    stream<tape_index> id_stream;
    stream<T> partial_stream;
    stream<tape_op> op_stream;
    late_uses late;
    tape<T, Checked>* home = nullptr;
    [[no_unique_address]] recording_parts<Checked> parts;

    std::size_t id_count() const { return static_cast<std::size_t>(this->ids - id_stream.data()); }
    std::size_t partial_count() const {
        return static_cast<std::size_t>(this->partials - partial_stream.data());
    }

    void reserve_more(std::size_t entries) {
        std::size_t const n = id_count();
        std::size_t capacity = id_stream.capacity() ? 2 * id_stream.capacity() : 4096;
        while (capacity < n + entries) capacity *= 2;
        reserve(capacity);
    }
    /// Room for so many indices, and as many partials and statements.
    void reserve(std::size_t capacity) {
        if (capacity > std::size_t{1} << 32)
            raise(
                "weft::tape: a recording has at most 2^32 arguments and results; collapse parts of "
                "it with preaccumulate, or record it step by step with checkpointed_loop");
        std::size_t const n = id_count(), p = partial_count();
        id_stream.reserve(capacity, n);
        partial_stream.reserve(capacity, p);
        op_stream.reserve(capacity, this->statements);
        rewind(n, p);
    }
    /// Looks again at the last arguments of a statement, which end at `last`, because an expression
    /// in it is older: `captured` has how many statements there were when each was read.
    [[gnu::noinline, gnu::cold]] void replace_late(tape_index const* captured,
                                                   tape_index const* end, tape_index* last) {
        while (end != captured) {
            --last;
            if (*--end != this->statements)
                *last = late.find(id_stream.data(), this->ops, this->statements, this->next, *last,
                                  *end);
        }
    }
    void rewind(std::size_t n, std::size_t p) {
        this->ids = id_stream.data() + n;
        this->ids_end = id_stream.data() + id_stream.capacity();
        this->partials = partial_stream.data() + p;
        this->ops = op_stream.data();
    }
};

template <class T, bool Checked>
inline constinit cursors<T, Checked> idle{};

/// Where statements of this thread go: the only global. Libraries that are linked at run time share
/// it where the dynamic linker merges the symbol, which it does unless symbols are hidden.
template <class T, bool Checked>
[[gnu::tls_model("initial-exec")]] inline constinit thread_local cursors<T, Checked>* current =
    &idle<T, Checked>;

}  // namespace detail
}  // namespace weft
