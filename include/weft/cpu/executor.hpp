// SPDX-License-Identifier: BSL-1.0
// Who runs the independent pieces of large kernels: the calling thread alone, unless a scope says
// otherwise. Pieces are parts of results, never of sums, so that results have the same bits with
// any number of threads. Below the kernels; no thread library is included here.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <new>

namespace weft {

/// parallel_for(n, f) calls f(i) once for each i in [0, n), in any order and on any threads, the
/// calling one among them or not, and returns when all calls have returned. f does not throw.
template <class E>
concept Executor = requires(E& e, void (*f)(std::int64_t)) {
    { e.threads() } -> std::convertible_to<int>;
    e.parallel_for(std::int64_t{}, f);
};

namespace detail {

struct executor_ref {
    void* self;
    int threads;
    void (*run)(void* self, std::int64_t n, void (*piece)(void const* work, std::int64_t i),
                void const* work);
};
constinit inline thread_local executor_ref const* current_executor = nullptr;

/// Calls f(i) for each i in [0, n); kernels inside of a piece have no executor.
template <class F>
void in_pieces(executor_ref const& e, std::int64_t n, F const& f) {
    e.run(
        e.self, n,
        [](void const* work, std::int64_t i) {
            executor_ref const* const before = current_executor;
            current_executor = nullptr;
            (*static_cast<F const*>(work))(i);
            current_executor = before;
        },
        &f);
}

/// Where piece i of n begins if `whole` is cut into even parts at multiples of a grain.
constexpr std::int64_t part_begin(std::int64_t whole, std::int64_t grain, std::int64_t n,
                                  std::int64_t i) {
    std::int64_t const grains = (whole + grain - 1) / grain, at = grains * i / n * grain;
    return at < whole ? at : whole;
}

/// Memory to work in for the pieces that this thread hands out; it grows, and stays. Null if there
/// is none.
inline char* piece_memory(std::int64_t bytes) noexcept {
    struct owner {  // <memory> takes 150 ms
        char* data = nullptr;
        ~owner() { delete[] data; }
    };
    static thread_local owner memory;
    static thread_local std::int64_t size = 0;
    if (size < bytes) {
        delete[] memory.data;
        memory.data = new (std::nothrow) char[static_cast<std::size_t>(bytes)];
        size = memory.data == nullptr ? 0 : bytes;
    }
    return memory.data;
}

}  // namespace detail

/// While it lives, programs called from this thread hand the pieces of large kernels to `e`.
/// The default is no executor: no thread, no lock, no allocation.
class use_executor {
public:
    template <Executor E>
    explicit use_executor(E& e)
        : its_{&e, static_cast<int>(e.threads()), &run<E>}, before_(detail::current_executor) {
        detail::current_executor = its_.threads > 1 ? &its_ : nullptr;
    }
    ~use_executor() { detail::current_executor = before_; }
    use_executor(use_executor const&) = delete;
    use_executor& operator=(use_executor const&) = delete;

private:
    template <class E>
    static void run(void* self, std::int64_t n, void (*piece)(void const*, std::int64_t),
                    void const* work) {
        static_cast<E*>(self)->parallel_for(n, [=](std::int64_t i) { piece(work, i); });
    }

    detail::executor_ref its_;
    detail::executor_ref const* before_;
};

/// Runs everything on the calling thread, whatever the scope around it says.
struct serial_executor {
    int threads() const { return 1; }
    template <class F>
    void parallel_for(std::int64_t n, F const& f) {
        for (std::int64_t i = 0; i < n; ++i) f(i);
    }
};

}  // namespace weft
