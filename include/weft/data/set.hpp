// SPDX-License-Identifier: BSL-1.0
// Examples with their labels, in memory: made of tensors or of a table, shuffled, split.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#include <weft/data/labels.hpp>
#include <weft/data/permutation.hpp>
#include <weft/tensor/tensor.hpp>

namespace weft::data {
namespace detail {

template <class>
struct examples {
    static constexpr bool fit = false;
};
/// A tensor whose first axis counts examples.
template <class T, std::int64_t... Item>
struct examples<tensor<T, dyn, Item...>> {
    static constexpr bool fit = true;
    static constexpr std::int64_t item_size = tensor<T, Item...>::static_size;

    /// `Count` examples, or a number of them known at run time.
    template <std::int64_t Count>
    using view = weft::view<T const, Count, Item...>;
};

/// Elements of one example.
template <class Tensor>
std::int64_t item_size(Tensor const& all) {
    if constexpr (examples<Tensor>::item_size != dyn) return examples<Tensor>::item_size;
    std::int64_t size = 1;
    for (int a = 1; a < Tensor::rank; ++a) size *= all.extent(a);
    return size;
}

/// Copies items of some bytes at `positions`, one after the other. In common for all types.
[[gnu::noinline]] inline void gather_bytes(char* to, char const* from, std::size_t bytes,
                                           std::uint32_t const* positions, std::int64_t count) {
    if (bytes == 0) return;
    for (std::int64_t i = 0; i < count; ++i, to += bytes) {
        char const* const item = from + positions[i] * bytes;
        if (bytes == 4)  // most labels
            std::memcpy(to, item, 4);
        else
            std::memcpy(to, item, bytes);
    }
}

/// Copies the examples at `positions` to `out`, one after the other.
template <class Tensor>
void gather(Tensor const& all, std::uint32_t const* positions, std::int64_t count,
            typename Tensor::value_type* out) {
    auto const bytes = static_cast<std::size_t>(item_size(all)) * sizeof(*out);
    gather_bytes(reinterpret_cast<char*>(out), reinterpret_cast<char const*>(all.data()), bytes,
                 positions, count);
}

/// A tensor for `count` examples like those of `all`.
template <class Tensor>
Tensor room_like(Tensor const& all, std::int64_t count) {
    auto shape = all.shape();
    shape[0] = count;
    return Tensor::uninitialized(shape);
}

template <class Tensor>
Tensor gathered(Tensor const& all, std::uint32_t const* positions, std::int64_t count) {
    Tensor out = room_like(all, count);
    gather(all, positions, count, out.data());
    return out;
}

}  // namespace detail

/// Examples and their labels: two tensors whose first axes, of run-time extent, count examples.
/// Raises where the counts differ.
template <class Features, class Labels = tensor<std::int32_t, dyn>>
class set {
    static_assert(detail::examples<Features>::fit && detail::examples<Labels>::fit,
                  "weft::data::set: features and labels are tensors whose first extent is dyn");

public:
    using features_type = Features;
    using labels_type = Labels;

    set() = default;
    set(Features features, Labels labels)
        : features_(std::move(features)), labels_(std::move(labels)) {
        if (features_.extent(0) != labels_.extent(0))
            weft::detail::raise_numbers("weft::data::set: ", features_.extent(0), " examples, but ",
                                        labels_.extent(0), " labels");
        detail::checked_examples(size());
    }

    Features const& features() const { return features_; }
    Labels const& labels() const { return labels_; }
    /// The number of examples.
    std::int64_t size() const { return labels_.extent(0); }
    bool empty() const { return size() == 0; }

    /// Puts the examples into a random order.
    void shuffle(random::key key) { *this = at(permutation(size(), key).view()); }
    /// A copy of the examples at some positions, in their order. Raises where there is none.
    set at(view<std::uint32_t const, dyn> positions) const {
        order const chosen(positions);
        for (std::uint32_t const p : chosen)
            if (p >= size())
                weft::detail::raise_numbers("weft::data::set: no example ", p, " among ", size(), "");
        return part(chosen.data(), chosen.size());
    }
    /// Two sets: the first `fraction` of the examples (0 .. 1, rounded to whole examples) and the
    /// rest: `auto [train, test] = all.split(0.8)`.
    std::pair<set, set> split(double fraction) const {
        order all = order::uninitialized(size());
        detail::identity(all);
        return split(fraction, all);
    }
    /// The same of the examples in a random order.
    std::pair<set, set> split(double fraction, random::key key) const {
        return split(fraction, permutation(size(), key));
    }

private:
    WEFT_COLD set part(std::uint32_t const* positions, std::int64_t count) const {
        return {detail::gathered(features_, positions, count),
                detail::gathered(labels_, positions, count)};
    }
    WEFT_COLD std::pair<set, set> split(double fraction, order const& all) const {
        if (!(fraction >= 0 && fraction <= 1))
            raise("weft::data::set::split: the fraction of the first part is not in 0 .. 1");
        auto const first = static_cast<std::int64_t>(fraction * static_cast<double>(size()) + 0.5);
        return {part(all.data(), first), part(all.data() + first, size() - first)};
    }

    Features features_;
    Labels labels_;
};

/// How `labelled` reads a table.
struct label_options {
    /// The column of the labels; negative ones count from the last, -1.
    std::int64_t column = -1;
    /// Labels are integers in 0 .. classes - 1; any number of them by default.
    std::int64_t classes = INT32_MAX;
    /// What features are multiplied with.
    double scale = 1;
};

/// The examples of a table: a row each, one column of it the label. Item is the shape of one
/// example's features, row-major; one run-time extent if it is not given:
///
///     auto digits = data::labelled<64>(table, {.classes = 10, .scale = 1. / 16});
///     auto images = data::labelled<1, 28, 28>(table, {.column = 0});
///
/// Features keep a floating type of the table and are float otherwise. Raises where the columns do
/// not fit and where a label is not an integer in its range; rows count from 0.
template <std::int64_t... Item, class T, std::int64_t Rows, std::int64_t Columns>
auto labelled(tensor<T, Rows, Columns> const& table, label_options const& options = {}) {
    static_assert(((Item >= 0) && ...), "weft::data::labelled: the shape of an example is static");
    using element = std::conditional_t<is_floating(dtype_of<T>), T, float>;
    constexpr bool shaped = sizeof...(Item) > 0;
    using features_type =
        std::conditional_t<shaped, tensor<element, dyn, Item...>, tensor<element, dyn, dyn>>;

    std::int64_t const rows = table.extent(0), columns = table.extent(1), width = columns - 1;
    std::int64_t const label = options.column < 0 ? columns + options.column : options.column;
    if (label < 0 || label >= columns)
        weft::detail::raise_numbers("weft::data::labelled: no column ", options.column,
                                    " in a table of ", columns, " columns");
    if (shaped && width != (Item * ... * 1))
        weft::detail::raise_numbers("weft::data::labelled: an example has ", (Item * ... * 1),
                                    " features, but the table has ", width,
                                    " columns beside the label");
    if (options.classes < 1 || options.classes > INT32_MAX)
        weft::detail::raise_number("weft::data::labelled: ", options.classes, " classes");

    features_type features = [&] {
        if constexpr (shaped)
            return features_type::uninitialized(rows);
        else
            return features_type::uninitialized(rows, width);
    }();
    auto labels = tensor<std::int32_t, dyn>::uninitialized(rows);
    auto const scale = static_cast<element>(options.scale);
    T const* from = table.data();
    element* to = features.data();
    for (std::int64_t r = 0; r < rows; ++r) {
        for (std::int64_t c = 0; c < columns; ++c, ++from) {
            if (c != label) {
                *to++ = static_cast<element>(static_cast<element>(*from) * scale);
                continue;
            }
            auto const found = static_cast<double>(*from);
            if (!(found >= 0 && found < static_cast<double>(options.classes)) ||
                found != static_cast<double>(static_cast<std::int32_t>(found)))
                detail::raise_label(r, found, options.classes);
            labels[r] = static_cast<std::int32_t>(found);
        }
    }
    return set(std::move(features), std::move(labels));
}

}  // namespace weft::data
