// SPDX-License-Identifier: BSL-1.0
// Batches of a set in contiguous memory, in order or shuffled: the loop around every training step.
// Its buffers are made once; going through the batches allocates nothing.
#pragma once

#include <cstddef>
#include <cstdint>

#include <weft/data/set.hpp>

namespace weft::data {

/// Views of some examples and their labels: `auto [x, y] = batch`.
template <class Features, class Labels>
struct batch {
    Features features;
    Labels labels;

    std::int64_t size() const { return labels.extent(0); }
};

struct batch_options {
    /// Leaves out the last batch where it is smaller than the others.
    bool drop_last = false;
};

/// The batches of a set, which must outlive them. With a static size, every batch has it, and
/// `rest` has what is left; otherwise the last batch may be smaller.
template <class Set, std::int64_t Size>
class batch_range {
    using features_type = typename Set::features_type;
    using labels_type = typename Set::labels_type;
    template <std::int64_t N>
    using batch_of = batch<typename detail::examples<features_type>::template view<N>,
                           typename detail::examples<labels_type>::template view<N>>;

public:
    using value_type = batch_of<Size>;
    using rest_type = batch_of<dyn>;

    /// In the set's order, until `shuffle` is called.
    batch_range(Set const& all, std::int64_t size, batch_options const& options = {})
        : set_(&all), size_(size) {
        if (size < 1 || (Size != dyn && size != Size))
            weft::detail::raise_number("weft::data::batches: a batch of ", size, " examples");
        if (all.empty()) raise("weft::data::batches: the set is empty");
        std::int64_t const full = all.size() / size, left = all.size() % size;
        count_ = full + (Size == dyn && left > 0 && !options.drop_last);
    }

    /// Chooses another order, as at the beginning of an epoch; allocates at the first call only.
    void shuffle(random::key key) {
        if (order_.empty()) {
            std::int64_t const room = size_ < set_->size() ? size_ : set_->size();
            order_ = order::uninitialized(set_->size());
            features_ = detail::room_like(set_->features(), room);
            labels_ = detail::room_like(set_->labels(), room);
        }
        permute(order_, key);
    }

    /// The number of batches, without the rest.
    std::int64_t size() const { return count_; }
    std::int64_t examples() const { return set_->size(); }
    /// Batch i. Where they are shuffled, its elements change with the next one that is asked for.
    value_type operator[](std::int64_t i) {
        std::int64_t const begin = i * size_, left = set_->size() - begin;
        return part<Size>(begin, left < size_ ? left : size_);
    }
    /// The examples that fill no batch: fewer than one has, possibly none.
    rest_type rest() {
        std::int64_t const left = set_->size() % size_;
        return part<dyn>(set_->size() - left, left);
    }

    class iterator {
    public:
        using value_type = batch_of<Size>;
        using difference_type = std::ptrdiff_t;

        iterator() = default;
        iterator(batch_range* of, std::int64_t i) : of_(of), i_(i) {}
        value_type operator*() const { return (*of_)[i_]; }
        iterator& operator++() {
            ++i_;
            return *this;
        }
        void operator++(int) { ++i_; }
        bool operator==(iterator const& other) const { return i_ == other.i_; }

    private:
        batch_range* of_ = nullptr;
        std::int64_t i_ = 0;
    };
    iterator begin() { return {this, 0}; }
    iterator end() { return {this, count_}; }

private:
    template <std::int64_t N>
    batch_of<N> part(std::int64_t begin, std::int64_t count) {
        if (order_.empty())
            return {pick<N>(set_->features(), begin, count), pick<N>(set_->labels(), begin, count)};
        std::uint32_t const* const chosen = order_.data() + begin;
        detail::gather(set_->features(), chosen, count, features_.data());
        detail::gather(set_->labels(), chosen, count, labels_.data());
        return {pick<N>(features_, 0, count), pick<N>(labels_, 0, count)};
    }
    template <std::int64_t N, class Tensor>
    static auto pick(Tensor const& all, std::int64_t begin, std::int64_t count) {
        auto shape = all.shape();
        shape[0] = count;
        using picked = typename detail::examples<Tensor>::template view<N>;
        return picked(all.data() + begin * detail::item_size(all), shape);
    }

    Set const* set_;
    std::int64_t size_, count_;
    order order_;
    typename Set::features_type features_;
    typename Set::labels_type labels_;
};

/// The batches of a set in its order: `for (auto [x, y] : data::batches(test, 32))`. Views of the
/// set itself: nothing is copied. Raises where the set is empty.
template <class F, class L>
batch_range<set<F, L>, dyn> batches(set<F, L> const& all, std::int64_t size,
                                    batch_options const& options = {}) {
    return {all, size, options};
}

/// The batches in a random order, gathered into a buffer: every example once.
template <class F, class L>
batch_range<set<F, L>, dyn> batches(set<F, L> const& all, std::int64_t size, random::key key,
                                    batch_options const& options = {}) {
    batch_range<set<F, L>, dyn> made(all, size, options);
    made.shuffle(key);
    return made;
}

/// Batches of a static size, which a program of static shapes takes: `data::batches<32>(train)`.
/// What fills no batch is in their `rest()`.
template <std::int64_t Size, class F, class L>
    requires(Size > 0)
batch_range<set<F, L>, Size> batches(set<F, L> const& all) {
    return {all, Size};
}
template <std::int64_t Size, class F, class L>
    requires(Size > 0)
batch_range<set<F, L>, Size> batches(set<F, L> const& all, random::key key) {
    batch_range<set<F, L>, Size> made(all, Size);
    made.shuffle(key);
    return made;
}

// Batches refer to their set: a temporary one would be gone.
template <class F, class L>
void batches(set<F, L> const&&, auto...) = delete;
template <std::int64_t Size, class F, class L>
void batches(set<F, L> const&&, auto...) = delete;

}  // namespace weft::data
