// SPDX-License-Identifier: BSL-1.0
#include "check.hpp"

#include <type_traits>
#include <utility>

#include <weft/core/list.hpp>

namespace {

using weft::list;
using weft::range;

template <class T>
constexpr bool holds(list<T> const& l, std::initializer_list<T> expected) {
    return range<T>(l) == range<T>{expected.begin(), static_cast<int>(expected.size())};
}

constexpr list<int> counted(int n) {
    list<int> l;
    for (int i = 0; i < n; ++i) l.push(i);
    return l;
}

}  // namespace

TEST_CASE("list: a new one is empty") {
    WEFT_CHECK_BOTH(list<int>().empty());
    WEFT_CHECK_BOTH(list<int>().size() == 0);
    WEFT_CHECK_BOTH(list<int>().begin() == list<int>().end());
    WEFT_CHECK_BOTH(list<int>{}.sub(0, 0).empty());
}

TEST_CASE("list: constructors") {
    WEFT_CHECK_BOTH(holds(list<int>{4, 5, 6}, {4, 5, 6}));
    WEFT_CHECK_BOTH(holds(list<int>(3, 7), {7, 7, 7}));
    WEFT_CHECK_BOTH(holds(list<int>(list<int>{1, 2, 3}.sub(1, 2)), {2, 3}));
}

TEST_CASE("list: push gives the index and keeps what was there when it grows") {
    WEFT_CHECK_BOTH([] {
        list<int> l;
        for (int i = 0; i < 100; ++i)
            if (l.push(3 * i) != i) return false;
        for (int i = 0; i < 100; ++i)
            if (l[i] != 3 * i) return false;
        return l.size() == 100 && l.back() == 297;
    }());
}

TEST_CASE("list: push of an own element while the storage moves") {
    WEFT_CHECK_BOTH([] {
        list<int> l = counted(16);  // full: the next push moves the elements
        l.push(l[5]);
        return l[16];
    }() == 5);
}

TEST_CASE("list: copies are values of their own") {
    WEFT_CHECK_BOTH([] {
        list<int> const a{1, 2, 3};
        list<int> b = a;
        b[0] = 9;
        b.push(4);
        return holds(a, {1, 2, 3}) && holds(b, {9, 2, 3, 4});
    }());
    WEFT_CHECK_BOTH([] {
        list<int> const a{1, 2, 3};
        list<int> shorter{7}, longer{7, 7, 7, 7, 7};
        shorter = a;
        longer = a;
        return holds(shorter, {1, 2, 3}) && holds(longer, {1, 2, 3});
    }());
    WEFT_CHECK_BOTH([] {
        list<int> a{1, 2, 3};
        list<int> const& same = a;
        a = same;
        return holds(a, {1, 2, 3});
    }());
}

TEST_CASE("list: a move takes the elements") {
    WEFT_CHECK_BOTH([] {
        list<int> a{1, 2, 3};
        int const* const elements = a.data();
        list<int> b = std::move(a);
        return b.data() == elements && holds(b, {1, 2, 3}) && a.empty() && a.data() == nullptr;
    }());
    WEFT_CHECK_BOTH([] {
        list<int> a{1, 2, 3}, b{4};
        b = std::move(a);
        a = list<int>{5, 6};  // a list that was moved from can be assigned
        return holds(b, {1, 2, 3}) && holds(a, {5, 6});
    }());
    CHECK(std::is_nothrow_move_constructible_v<list<int>>);
    CHECK(std::is_nothrow_move_assignable_v<list<int>>);
}

TEST_CASE("list: append, resize, shrink, pop, clear") {
    WEFT_CHECK_BOTH([] {
        list<int> l{1, 2};
        l.append(list<int>{3, 4, 5});
        l.append({});
        return holds(l, {1, 2, 3, 4, 5});
    }());
    WEFT_CHECK_BOTH([] {
        list<int> l{1, 2};
        l.resize(4, 8);
        bool const grown = holds(l, {1, 2, 8, 8});
        l.resize(1, 9);
        return grown && holds(l, {1});
    }());
    WEFT_CHECK_BOTH([] {
        list<int> l = counted(10);
        l.shrink(4);
        l.pop();
        bool const shorter = holds(l, {0, 1, 2});
        l.clear();
        return shorter && l.empty();
    }());
}

TEST_CASE("list: reserve moves the elements once") {
    WEFT_CHECK_BOTH([] {
        list<int> l{1, 2, 3};
        l.reserve(200);
        int const* const elements = l.data();
        while (l.size() < 200) l.push(0);
        l.reserve(10);
        return l.data() == elements && l[0] == 1 && l[2] == 3;
    }());
}

TEST_CASE("list: elements are reached by loops and written through references") {
    WEFT_CHECK_BOTH([] {
        list<int> l = counted(5);
        for (int& x : l) x *= x;
        l.back() += 1;
        int sum = 0;
        for (int x : l) sum += x;
        return sum;
    }() == 0 + 1 + 4 + 9 + 17);
}

TEST_CASE("list: elements may be trivial structs") {
    struct point {
        int x = 0, y = 0;
    };
    WEFT_CHECK_BOTH([] {
        list<point> l;
        for (int i = 0; i < 20; ++i) l.push({i, -i});
        return l[19].x - l[19].y;
    }() == 38);
}

TEST_CASE("range: equal where length and elements are") {
    WEFT_CHECK_BOTH(list<int>{1, 2, 3}.sub(1, 2) == list<int>{2, 3}.sub(0, 2));
    WEFT_CHECK_BOTH(!(list<int>{1, 2}.sub(0, 2) == list<int>{1, 2, 3}.sub(0, 3)));
    WEFT_CHECK_BOTH(!(list<int>{1, 2}.sub(0, 2) == list<int>{1, 3}.sub(0, 2)));
    WEFT_CHECK_BOTH(range<int>{} == range<int>{});
    WEFT_CHECK_BOTH(list<int>{1, 2, 3}.sub(0, 2).back() == 2);
}
