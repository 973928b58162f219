// SPDX-License-Identifier: BSL-1.0
// A source that reads files compressed with gzip. The only header that needs zlib, so that plain
// files need none: link weft::data, or -lz.
#pragma once

#include <zlib.h>

#include <weft/core/list.hpp>
#include <weft/data/file.hpp>

namespace weft::data {

/// A gzip file of one or several members, read from its beginning:
/// `data::read_csv<float>(data::gzip("digits.csv.gz"))`. Raises where the file cannot be read, is
/// not compressed, is damaged or ends too soon: every checksum is compared before the end is
/// reported.
class gzip {
public:
    explicit gzip(std::string_view path) : file_(path) {
        buffer_.reserve(buffer_bytes);
        // 16: gzip's header and checksum, not zlib's.
        if (::inflateInit2(&stream_, 15 + 16) != Z_OK) fail("no memory to decompress it");
    }
    gzip(gzip const&) = delete;
    gzip& operator=(gzip const&) = delete;
    ~gzip() { ::inflateEnd(&stream_); }

    std::string_view name() const { return file_.name(); }
    std::size_t read(char* bytes, std::size_t count) {
        constexpr std::size_t most = 1 << 30;  // zlib counts in unsigned int
        auto const wanted = static_cast<uInt>(count < most ? count : most);
        stream_.next_out = reinterpret_cast<Bytef*>(bytes);
        stream_.avail_out = wanted;
        while (stream_.avail_out == wanted && wanted > 0) {
            if (stream_.avail_in == 0) fill();
            if (stream_.avail_in == 0) {
                if (!member_ended_) fail("ends too soon: the compressed data are cut off");
                return 0;
            }
            if (!member_ended_ || next_member()) decompress();
        }
        return wanted - stream_.avail_out;
    }

private:
    static constexpr int buffer_bytes = 1 << 16;

    void fill() {
        std::size_t const found = file_.read(buffer_.begin(), buffer_bytes);
        stream_.next_in = reinterpret_cast<Bytef*>(buffer_.begin());
        stream_.avail_in = static_cast<uInt>(found);
        if (first_ && found > 0 && *buffer_.begin() != '\x1f')
            fail("expected a file compressed with gzip, found another kind");
        if (first_ && found == 0) fail("is empty, expected a file compressed with gzip");
        first_ = false;
    }
    void decompress() {
        int const status = ::inflate(&stream_, Z_NO_FLUSH);
        if (status == Z_STREAM_END) {
            member_ended_ = true;
        } else if (status == Z_MEM_ERROR) {
            fail("no memory to decompress it");
        } else if (status != Z_OK && status != Z_BUF_ERROR) {
            text t("the compressed data are damaged: ");
            t << (stream_.msg ? stream_.msg : "no gzip data");
            fail(t);
        }
    }
    /// Skips zeros, which pad some files, as gzip itself does.
    bool next_member() {
        while (stream_.avail_in > 0 && *stream_.next_in == 0) --stream_.avail_in, ++stream_.next_in;
        if (stream_.avail_in == 0) return false;
        member_ended_ = false;
        ::inflateReset(&stream_);
        return true;
    }
    [[noreturn]] WEFT_COLD void fail(std::string_view what) const { raise(text(name()) << ": " << what); }

    file file_;
    list<char> buffer_;  // its memory alone
    ::z_stream stream_{};
    bool member_ended_ = false, first_ = true;
};

}  // namespace weft::data
