// SPDX-License-Identifier: BSL-1.0
// Where readers get their bytes: a source has a name for sentences and hands over bytes in order.
// This one is a file as it is on disk; data/gzip.hpp has one for compressed files.
#pragma once

#include <cerrno>
#include <concepts>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <string_view>

#include <weft/core/error.hpp>
#include <weft/core/text.hpp>

namespace weft::data {

/// Bytes to be read in order. `read` fills in at most `count` bytes and returns how many, 0 only at
/// the end; it raises where the source is broken.
template <class S>
concept Source = requires(S& s, char* bytes, std::size_t count) {
    { s.read(bytes, count) } -> std::convertible_to<std::size_t>;
    { s.name() } -> std::convertible_to<std::string_view>;
};

/// A file that is read from its beginning. Raises where it cannot be opened or read.
class file {
public:
    explicit file(std::string_view path) {
        if (path.find('\0') != path.npos) raise(text("a NUL byte in the path ") << path);
        path_ << path << '\0';
        stream_ = std::fopen(path_.view().data(), "rb");
        if (!stream_) fail("cannot be opened");
        std::setvbuf(stream_, nullptr, _IONBF, 0);  // readers have a buffer of their own
    }
    file(file const&) = delete;
    file& operator=(file const&) = delete;
    ~file() {
        if (stream_) std::fclose(stream_);
    }

    std::string_view name() const { return path_.view().substr(0, path_.view().size() - 1); }
    std::size_t read(char* bytes, std::size_t count) {
        errno = 0;
        std::size_t const found = std::fread(bytes, 1, count, stream_);
        if (found == 0 && std::ferror(stream_)) fail("cannot be read");
        return found;
    }

private:
    [[noreturn]] WEFT_COLD void fail(char const* what) {
        text t(name());
        t << ": " << what;
        if (errno) t << ": " << std::strerror(errno);
        raise(t);
    }

    text path_;  // ends in NUL
    std::FILE* stream_ = nullptr;
};

}  // namespace weft::data
