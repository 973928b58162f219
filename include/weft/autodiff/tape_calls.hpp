// SPDX-License-Identifier: BSL-1.0
// Entries of a tape that are not statements: a block whose derivative somebody else brings, run on
// the way back. External functions and the operations on arrays are made of it.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include <weft/autodiff/partials.hpp>
#include <weft/autodiff/tape_code.hpp>
#include <weft/core/text.hpp>

namespace weft {

namespace detail {
template <class T>
class array_adjoints;
}

/// An entry of a tape with a derivative of its own: it takes the adjoints of its results, clears
/// them, and adds to those of its arguments. Adjoint i of direction k is adjoints[i * lanes + k].
template <class T>
struct tape_call {
    virtual ~tape_call() = default;
    virtual void sweep(T* adjoints, std::size_t lanes) const = 0;
    /// The same for entries that have arrays among their arguments or results.
    virtual void sweep_arrays(T* adjoints, std::size_t lanes, detail::array_adjoints<T>&) const {
        sweep(adjoints, lanes);
    }
    /// What a dump says of it.
    virtual void describe(text& t) const { t << "call"; }
};

namespace detail {

/// Memory for objects that are all given back together; it is kept for the next ones.
class bump_memory {
public:
    struct mark {
        std::size_t block = 0, used = 0;
    };

    void* allocate(std::size_t bytes) {
        bytes = (bytes + alignment - 1) / alignment * alignment;
        while (at_.block < blocks_.size() && blocks_[at_.block].size - at_.used < bytes)
            ++at_.block, at_.used = 0;
        if (at_.block == blocks_.size()) {
            std::size_t const size = bytes > block_size ? bytes : block_size;
            blocks_.push_back({std::unique_ptr<unit[]>(new unit[size / alignment]), size});
        }
        unit* const p = blocks_[at_.block].memory.get() + at_.used / alignment;
        at_.used += bytes;
        return p;
    }
    template <class T>
    T* array(std::size_t n) {
        static_assert(is_bytes<T> && alignof(T) <= alignment);
        return static_cast<T*>(allocate(n * sizeof(T)));
    }
    /// Of all memory, and of that up to a mark.
    std::size_t bytes() const { return bytes({blocks_.size(), 0}); }
    std::size_t bytes(mark m) const {
        std::size_t n = m.used;
        for (std::size_t i = 0; i < m.block; ++i) n += blocks_[i].size;
        return n;
    }
    mark position() const { return at_; }
    void rewind(mark m) { at_ = m; }

private:
    static constexpr std::size_t alignment = 64, block_size = std::size_t{1} << 16;
    struct alignas(alignment) unit {
        std::byte bytes[alignment];
    };
    struct block {
        std::unique_ptr<unit[]> memory;
        std::size_t size;
    };

    std::vector<block> blocks_;
    mark at_;
};

/// The calls of a tape, in order.
template <class T>
class call_list {
public:
    call_list() = default;
    call_list(call_list const&) = delete;
    call_list& operator=(call_list const&) = delete;
    ~call_list() { rewind(0, {}); }

    bump_memory& memory() { return memory_; }
    bump_memory::mark memory_position() const { return memory_.position(); }
    std::size_t size() const { return calls_.size(); }
    std::size_t bytes() const { return memory_.bytes(memory_.position()); }
    std::size_t reserved() const { return memory_.bytes(); }
    tape_call<T> const& operator[](std::size_t i) const { return *calls_[i]; }

    template <class Call, class... A>
    Call& push(A&&... a) {
        static_assert(alignof(Call) <= 64);
        auto* const made = new (memory_.allocate(sizeof(Call))) Call(std::forward<A>(a)...);
        calls_.push_back(made);
        return *made;
    }
    void rewind(std::size_t size, bump_memory::mark m) {
        for (; calls_.size() > size; calls_.pop_back()) calls_.back()->~tape_call<T>();
        memory_.rewind(m);
    }

private:
    bump_memory memory_;
    std::vector<tape_call<T>*> calls_;
};

}  // namespace detail
}  // namespace weft
