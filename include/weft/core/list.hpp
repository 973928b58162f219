// SPDX-License-Identifier: BSL-1.0
// A growable array for constant evaluation: trivial elements, no per-element work, few steps.
// std::vector costs several evaluation steps an element, and is not constexpr at all under
// _GLIBCXX_DEBUG.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <type_traits>

namespace weft {

/// A read-only range of contiguous elements: what passes read, wherever it is stored.
template <class T>
struct range {
    T const* first = nullptr;
    int count = 0;

    constexpr T const& operator[](int i) const { return first[i]; }
    constexpr T const* begin() const { return first; }
    constexpr T const* end() const { return first + count; }
    constexpr T const& back() const { return first[count - 1]; }
    constexpr int size() const { return count; }
    constexpr bool empty() const { return count == 0; }
};

template <class T>
constexpr bool operator==(range<T> a, range<T> b) {
    if (a.count != b.count) return false;
    for (int i = 0; i < a.count; ++i)
        if (!(a.first[i] == b.first[i])) return false;
    return true;
}

/// A growable array of a trivial type, usable in constant evaluation.
template <class T>
class list {
    static_assert(std::is_trivially_copyable_v<T>, "weft::list: elements are trivial");

public:
    using value_type = T;

    constexpr list() = default;
    constexpr list(std::initializer_list<T> items) {
        append(range<T>{items.begin(), static_cast<int>(items.size())});
    }
    constexpr explicit list(int count, T const& value) { resize(count, value); }
    constexpr explicit list(range<T> items) { append(items); }
    constexpr list(list const& other) { append(other); }
    constexpr list(list&& other) noexcept
        : data_(other.data_), size_(other.size_), capacity_(other.capacity_) {
        other.data_ = nullptr, other.size_ = 0, other.capacity_ = 0;
    }
    constexpr list& operator=(list const& other) {
        if (this != &other) size_ = 0, append(other);
        return *this;
    }
    constexpr list& operator=(list&& other) noexcept {
        T* const data = data_;
        int const size = size_, capacity = capacity_;
        data_ = other.data_, size_ = other.size_, capacity_ = other.capacity_;
        other.data_ = data, other.size_ = size, other.capacity_ = capacity;
        return *this;
    }
    constexpr ~list() { delete[] data_; }

    constexpr int size() const { return size_; }
    constexpr bool empty() const { return size_ == 0; }
    constexpr T& operator[](int i) { return data_[i]; }
    constexpr T const& operator[](int i) const { return data_[i]; }
    constexpr T& back() { return data_[size_ - 1]; }
    constexpr T const& back() const { return data_[size_ - 1]; }
    constexpr T* begin() { return data_; }
    constexpr T* end() { return data_ + size_; }
    constexpr T const* begin() const { return data_; }
    constexpr T const* end() const { return data_ + size_; }
    constexpr T const* data() const { return data_; }
    constexpr operator range<T>() const { return {data_, size_}; }
    /// `count` elements from `first` on.
    constexpr range<T> sub(int first, int count) const { return {data_ + first, count}; }

    constexpr void clear() { size_ = 0; }
    constexpr void pop() { --size_; }
    constexpr int push(T const& item) {
        if (size_ == capacity_) {
            T const copy = item;  // `item` may live in the storage that is about to go
            reserve(capacity_ ? 2 * capacity_ : 16);
            data_[size_] = copy;
        } else {
            data_[size_] = item;
        }
        return size_++;
    }
    constexpr void append(range<T> items) {
        if (size_ + items.count > capacity_) grow(size_ + items.count);
        for (int i = 0; i < items.count; ++i) data_[size_ + i] = items.first[i];
        size_ += items.count;
    }
    constexpr void resize(int count, T const& value) {
        if (count > capacity_) reserve(count);
        for (int i = size_; i < count; ++i) data_[i] = value;
        size_ = count;
    }
    constexpr void shrink(int count) { size_ = count; }
    /// Room for `count` elements, and in time for as many again: appending stays linear.
    constexpr void grow(int count) { reserve(count > 2 * capacity_ ? count : 2 * capacity_); }
    constexpr void reserve(int capacity) {
        if (capacity <= capacity_) return;
        T* const data = new T[static_cast<std::size_t>(capacity)];
        for (int i = 0; i < size_; ++i) data[i] = data_[i];
        delete[] data_;
        data_ = data, capacity_ = capacity;
    }

private:
    T* data_ = nullptr;
    int size_ = 0, capacity_ = 0;
};

}  // namespace weft
