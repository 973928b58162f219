// SPDX-License-Identifier: BSL-1.0
// Memory for the intermediate values of calls: one per thread, which grows and stays.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>

namespace weft {

/// 64-byte aligned memory that grows on demand.
class workspace {
public:
    workspace() = default;
    explicit workspace(std::int64_t bytes) { reserve(bytes); }
    workspace(workspace const&) = delete;
    workspace& operator=(workspace const&) = delete;
    ~workspace() { release(); }

    /// At least this many bytes; what was there before is lost.
    std::byte* reserve(std::int64_t bytes) {
        if (bytes > bytes_) {
            release();
            data_ = static_cast<std::byte*>(
                ::operator new(static_cast<std::size_t>(bytes), std::align_val_t{64}));
            bytes_ = bytes;
        }
        return data_;
    }
    std::int64_t bytes() const { return bytes_; }

    /// The workspace of this thread, which calls use that are given none.
    static workspace& of_thread() {
        static thread_local workspace w;
        return w;
    }

private:
    void release() {
        if (data_) ::operator delete(data_, std::align_val_t{64});
        data_ = nullptr, bytes_ = 0;
    }
    std::byte* data_ = nullptr;
    std::int64_t bytes_ = 0;
};

}  // namespace weft
