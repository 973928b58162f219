// SPDX-License-Identifier: BSL-1.0
// Recordings in files: written as their streams stand in memory, read back only if every byte is
// as it was and every index is in range.
#pragma once

#include <bit>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include <weft/autodiff/tape.hpp>

namespace weft {
namespace detail {

/// Fowler, Noll and Vo's hash, over words of eight bytes.
class tape_checksum {
public:
    void add(void const* data, std::size_t bytes) {
        auto const* p = static_cast<unsigned char const*>(data);
        for (; bytes >= 8; p += 8, bytes -= 8) {
            std::uint64_t word;
            std::memcpy(&word, p, 8);
            mix(word);
        }
        for (; bytes; ++p, --bytes) mix(*p);
    }
    std::uint64_t value() const { return hash_; }

private:
    void mix(std::uint64_t word) {
        hash_ = (hash_ ^ word) * 0x100000001b3u;
        hash_ ^= hash_ >> 29;
    }
    std::uint64_t hash_ = 0xcbf29ce484222325u;
};

struct tape_file_header {
    char magic[8] = {'w', 'e', 'f', 't', 't', 'a', 'p', 'e'};
    std::uint32_t version = 1, number_bytes = 0, little_endian = 0, next = 0;
    std::uint64_t statements = 0, ids = 0, partials = 0, inputs = 0, outputs = 0;
};

class tape_file {
public:
    tape_file(std::string const& path, char const* mode)
        : path_(path), file_(std::fopen(path.c_str(), mode)) {
        if (!file_) fail("cannot be opened");
    }
    template <class X>
    void write(X const* x, std::size_t n) {
        sum_.add(x, n * sizeof(X));
        if (n && std::fwrite(x, sizeof(X), n, file_.get()) != n) fail("cannot be written");
    }
    template <class X>
    void read(X* x, std::size_t n) {
        if (n && std::fread(x, sizeof(X), n, file_.get()) != n) fail("ends too early");
        sum_.add(x, n * sizeof(X));
    }
    std::uint64_t checksum() const { return sum_.value(); }
    std::uint64_t size() {
        long const here = std::ftell(file_.get());
        std::fseek(file_.get(), 0, SEEK_END);
        long const n = std::ftell(file_.get());
        std::fseek(file_.get(), here, SEEK_SET);
        return static_cast<std::uint64_t>(n);
    }
    void close() {
        if (std::fclose(file_.release()) != 0) fail("cannot be written");
    }
    [[noreturn]] void fail(char const* what) const {
        raise(text("weft: tape file ") << path_ << ' ' << what);
    }

private:
    struct closer {
        void operator()(std::FILE* f) const { std::fclose(f); }
    };
    std::string path_;
    std::unique_ptr<std::FILE, closer> file_;
    tape_checksum sum_;
};

}  // namespace detail

/// Writes a recording, and which of its variables are results.
template <class T, class Results>
void save(std::string const& path, tape<T> const& t, Results const& results) {
    static_assert(std::is_floating_point_v<T>, "weft::save: tapes of float and double have a file");
    auto const& r = t.recorded();
    if (t.calls().size())
        raise("weft::save: the tape holds external functions or arrays, which no file can");
    std::vector<tape_index> inputs, outputs;
    for (input_range const& i : t.input_ranges())
        for (tape_index id = i.first; id != i.end; ++id) inputs.push_back(id);
    for (var<T> const& y : results) outputs.push_back(y.index());
    std::vector<tape_index> late;
    for (detail::late_use const& u : r.late.list())
        late.insert(late.end(), {u.change, u.id, u.stand_in, u.captured});

    detail::tape_file_header h;
    h.number_bytes = sizeof(T), h.little_endian = std::endian::native == std::endian::little;
    h.next = r.next, h.statements = r.statements, h.ids = r.id_count();
    h.partials = r.partial_count(), h.inputs = inputs.size(), h.outputs = outputs.size();
    std::uint64_t const late_words = late.size();
    detail::tape_file f(path, "wb");
    f.write(&h, 1);
    f.write(&late_words, 1);
    f.write(inputs.data(), inputs.size());
    f.write(outputs.data(), outputs.size());
    f.write(late.data(), late.size());
    f.write(r.id_stream.data(), h.ids);
    f.write(r.partial_stream.data(), h.partials);
    f.write(r.op_stream.data(), h.statements);
    std::uint64_t const sum = f.checksum();
    f.write(&sum, 1);
    f.close();
}

/// Reads a recording into an empty or used tape; the results that were named when it was saved,
/// whose values are not kept: `t.gradient(results[0])`.
template <class T>
std::vector<var<T>> load(std::string const& path, tape<T>& t) {
    detail::tape_file f(path, "rb");
    detail::tape_file_header h, ours;
    std::uint64_t late_words = 0, sum = 0;
    f.read(&h, 1);
    f.read(&late_words, 1);
    if (std::memcmp(h.magic, ours.magic, sizeof h.magic) != 0) f.fail("is not a tape of weft");
    if (h.version != ours.version) f.fail("is of another version");
    if (h.little_endian != (std::endian::native == std::endian::little))
        f.fail("was written on a machine of another byte order");
    if (h.number_bytes != sizeof(T)) f.fail("has numbers of another type");
    std::uint64_t const most = std::uint64_t{1} << 32;
    if (h.statements >= most || h.ids >= most || h.partials > h.ids || h.inputs > most ||
        h.outputs > most || late_words > most || late_words % 4 != 0 ||
        f.size() != sizeof h + 16 + 4 * (h.inputs + h.outputs + late_words + h.ids) +
                        sizeof(T) * h.partials + h.statements)
        f.fail("is damaged: its length does not fit its contents");
    std::vector<tape_index> inputs(h.inputs), outputs(h.outputs), late(late_words), ids(h.ids);
    std::vector<T> partials(h.partials);
    std::vector<detail::tape_op> ops(h.statements);
    f.read(inputs.data(), inputs.size());
    f.read(outputs.data(), outputs.size());
    f.read(late.data(), late.size());
    f.read(ids.data(), ids.size());
    f.read(partials.data(), partials.size());
    f.read(ops.data(), ops.size());
    std::uint64_t const found = f.checksum();
    f.read(&sum, 1);
    if (sum != found) f.fail("is damaged: its checksum does not fit its contents");

    std::uint64_t arguments = 0;
    bool good = h.next > 0;
    for (detail::tape_op const op : ops) {
        detail::statement_code const code(op);
        arguments += code.arguments;
        good = good && !code.is_call;
    }
    good = good && arguments == h.partials && arguments + h.statements == h.ids;
    for (auto const* list : {&inputs, &outputs, &ids})
        for (tape_index const id : *list) good = good && id < h.next;
    for (std::size_t i = 0; i < late.size(); i += 4)
        good = good && late[i] < h.statements && late[i + 1] < h.next && late[i + 2] < h.next;
    if (!good) f.fail("is damaged: an index is out of range");
    return t.restore(h.next, ids, partials, ops, inputs, outputs, late);
}

}  // namespace weft
