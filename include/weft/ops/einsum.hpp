// SPDX-License-Identifier: BSL-1.0
// einsum: sums of products over named axes. Subscripts are read while the graph is built; of
// several operands the cheapest order of pairs is found, and each pair is one dot_general.
#pragma once

#include <weft/ops/dot.hpp>
#include <weft/ops/matrix_parts.hpp>
#include <weft/ops/reduce.hpp>

namespace weft {
namespace detail {

/// An operand and the letters of its axes. Axes of `...` have letters of their own: 128, 129, ...
/// counted from the last one.
struct einsum_term {
    symbol value{};
    std::uint64_t set = 0;  // a bit for each letter
    int letters[16] = {};
    int count = 0;
};

class einsum_call {
public:
    constexpr einsum_call(std::string_view subscripts, range<symbol> operands) : text_(subscripts) {
        for (symbol s : operands) {
            if (!s.valid()) return;
            if (!b_) b_ = s.builder();
            if (s.builder() != b_) {
                b_->fail("einsum: operands belong to different traces");
                return;
            }
        }
        result_ = run(operands);
    }
    constexpr symbol result() const { return result_.valid() ? result_ : symbol{b_, -1}; }

private:
    using term = einsum_term;
    static constexpr int most = 64;  // letters: 52, and 12 axes of `...`
    static constexpr int first_of_dots = 52;

    std::string_view text_;
    ir::builder* b_ = nullptr;
    symbol result_{};
    extent extents_[most] = {};
    bool known_[most] = {};

    constexpr symbol fail(text const& why) {
        text t("einsum(");
        return b_->fail(t << text_ << "): " << why);
    }
    static constexpr int number(char c) {
        return c >= 'a' && c <= 'z' ? c - 'a' : c >= 'A' && c <= 'Z' ? 26 + c - 'A' : -1;
    }
    static constexpr char letter(int n) {
        return static_cast<char>(n < 26 ? 'a' + n : n < first_of_dots ? 'A' + n - 26 : '.');
    }
    static constexpr std::uint64_t bit(int n) { return std::uint64_t{1} << n; }

    /// The letters of one operand, or of the result; dots stand for `dots` axes. False where they
    /// are wrong.
    constexpr bool read(std::string_view s, int dots, term& t, std::string_view of) {
        for (std::size_t i = 0; i < s.size(); ++i) {
            if (s[i] == ' ') continue;
            if (s[i] == '.') {
                if (i + 2 >= s.size() || s[i + 1] != '.' || s[i + 2] != '.')
                    return fail(text("a dot stands in ... only")), false;
                for (int d = dots; d-- > 0;) push(t, first_of_dots + d);
                i += 2;
                continue;
            }
            int const n = number(s[i]);
            if (n < 0)
                return fail(text("axes are named by letters, found ") << s[i] << " in " << of),
                       false;
            if (t.count == 16) return fail(text("more than 16 axes in ") << of), false;
            push(t, n);
        }
        return true;
    }
    static constexpr void push(term& t, int n) {
        t.letters[t.count++] = n;
        t.set |= bit(n);
    }
    static constexpr int letters_in(std::string_view s) {
        int n = 0;
        for (char c : s) n += number(c) >= 0;
        return n;
    }
    static constexpr bool has_dots(std::string_view s) {
        return s.find('.') != std::string_view::npos;
    }

    /// An operand with letters: repeated ones are its diagonal.
    constexpr bool add(std::string_view s, symbol x, term& t, int place) {
        text of("operand ");
        of << place;
        int const dots = has_dots(s) ? x.rank() - letters_in(s) : 0;
        if (dots < 0 || dots > most - first_of_dots ||
            (!has_dots(s) && letters_in(s) != x.rank())) {
            text why(of);
            why << " has " << x.rank() << " axes, named are " << letters_in(s) << " in " << s;
            return fail(why), false;
        }
        term all;
        if (!read(s, dots, all, of)) return false;
        t.value = x;
        for (int i = 0; i < all.count; ++i) {
            int const n = all.letters[i];
            extent const e = x.size(i);
            if (known_[n] && extents_[n] == extent{1} && n >= first_of_dots) {
                extents_[n] = e;
            } else if (known_[n] && !(n >= first_of_dots && e == extent{1}) &&
                       !b_->extents().assume_equal(extents_[n], e)) {
                text why("axis ");
                why << letter(n) << " has ";
                b_->extents().write(why, extents_[n]);
                why << " elements, and ";
                b_->extents().write(why, e);
                return fail(why << " in " << of), false;
            }
            if (!known_[n]) extents_[n] = e, known_[n] = true;
        }
        // Of a letter that stands twice: the diagonal, as a new last axis.
        for (bool again = true; again;) {
            again = false;
            for (int j = 1; j < all.count && !again; ++j)
                for (int i = 0; i < j && !again; ++i)
                    if (all.letters[i] == all.letters[j]) {
                        int const n = all.letters[i];
                        t.value = move_axis(move_axis(t.value, j, all.count - 1), i, all.count - 2);
                        t.value = weft::diagonal(t.value);
                        term rest;
                        for (int k = 0; k < all.count; ++k)
                            if (k != i && k != j) push(rest, all.letters[k]);
                        push(rest, n);
                        all = rest;
                        again = true;
                    }
        }
        t.count = all.count, t.set = all.set;
        for (int i = 0; i < all.count; ++i) t.letters[i] = all.letters[i];
        return true;
    }

    /// Without the axes that neither another operand nor the result has.
    constexpr void sum_out(term& t, std::uint64_t needed) {
        std::int64_t mask = 0;
        term rest;
        for (int i = 0; i < t.count; ++i)
            if (needed & bit(t.letters[i]))
                push(rest, t.letters[i]);
            else
                mask |= std::int64_t{1} << i;
        if (mask == 0) return;
        list<extent> shape;
        for (int i = 0; i < t.count; ++i)
            if (!(mask >> i & 1)) shape.push(t.value.size(i));
        rest.value = reshape_to(ops::reduce<ops::sum>(t.value, mask), b_->shape(shape));
        t = rest;
    }
    /// Axes of one element that stand for more are left out: they broadcast.
    constexpr void drop_ones(term& t) {
        term rest;
        list<extent> shape;
        for (int i = 0; i < t.count; ++i)
            if (t.value.size(i) != extent{1} || extents_[t.letters[i]] == extent{1}) {
                push(rest, t.letters[i]);
                shape.push(t.value.size(i));
            }
        if (rest.count == t.count) return;
        rest.value = reshape_to(t.value, b_->shape(shape));
        t = rest;
    }

    /// Two operands as one; `needed` are the letters of all others and of the result.
    constexpr term pair(term a, term b, std::uint64_t needed) {
        sum_out(a, b.set | needed);
        sum_out(b, a.set | needed);
        dot_axes axes;
        term y;
        std::uint64_t const both = a.set & b.set, batch = both & needed, summed = both & ~needed;
        auto const place = [](term const& t, int n) {
            int i = 0;
            while (t.letters[i] != n) ++i;
            return i;
        };
        for (int i = 0; i < a.count; ++i) {
            int const n = a.letters[i];
            if (batch & bit(n))
                axes.left_batch.push(i), axes.right_batch.push(place(b, n)), push(y, n);
            if (summed & bit(n)) axes.left.push(i), axes.right.push(place(b, n));
        }
        for (term const* t : {&a, &b})
            for (int i = 0; i < t->count; ++i)
                if (!(both & bit(t->letters[i]))) push(y, t->letters[i]);
        // Where nothing is a matrix it is a product of elements, which fuses with its neighbours.
        if (summed == 0 || a.set == b.set) {
            for (int i = 0; i < a.count; ++i)
                if (summed & bit(a.letters[i])) push(y, a.letters[i]);
            y.value = spread(a, y) * spread(b, y);
            sum_out(y, needed);
        } else {
            y.value = ops::dot_general::apply(a.value, b.value, axes);
        }
        return y;
    }
    /// The axes of t in the order of `like`, new ones of one element where t has none.
    constexpr symbol spread(term const& t, term const& like) {
        list<std::int64_t> order;
        list<extent> shape;
        for (int i = 0; i < like.count; ++i) {
            shape.push({1});
            for (int j = 0; j < t.count; ++j)
                if (t.letters[j] == like.letters[i]) order.push(j), shape.back() = t.value.size(j);
        }
        return reshape_to(ops::transpose::apply(t.value, order), b_->shape(shape));
    }

    // Sizes of run-time extents are guessed, for the order alone.
    constexpr double size(int n) const {
        return extents_[n].is_static() ? static_cast<double>(extents_[n].value()) : 64.0;
    }
    constexpr double size(std::uint64_t set) const {
        double product = 1;
        for (; set != 0; set &= set - 1) product *= size(__builtin_ctzll(set));
        return product;
    }

    /// The product of all in the order of least work: all orders of at most five operands, beyond
    /// that the cheapest pair first.
    constexpr term contract(list<term>& terms, std::uint64_t result) {
        while (terms.size() > 1) {
            int left = 0, right = 1;
            double best = __builtin_inf();
            for (int j = 1; j < terms.size(); ++j)
                for (int i = 0; i < j; ++i) {
                    double cost = size(terms[i].set | terms[j].set);
                    if (terms.size() > 5)
                        cost -= size(terms[i].set) + size(terms[j].set);
                    else if (terms.size() > 2)
                        cost += cheapest_rest(sets_after(terms, i, j, result), result);
                    if (cost < best) best = cost, left = i, right = j;
                }
            std::uint64_t needed = result;
            for (int k = 0; k < terms.size(); ++k)
                if (k != left && k != right) needed |= terms[k].set;
            terms[left] = pair(terms[left], terms[right], needed);
            for (int k = right; k + 1 < terms.size(); ++k) terms[k] = terms[k + 1];
            terms.pop();
        }
        return terms[0];
    }
    static constexpr std::uint64_t joined(list<std::uint64_t> const& sets, int i, int j,
                                          std::uint64_t result) {
        std::uint64_t needed = result;
        for (int k = 0; k < sets.size(); ++k)
            if (k != i && k != j) needed |= sets[k];
        return (sets[i] | sets[j]) & needed;
    }
    static constexpr list<std::uint64_t> sets_after(list<std::uint64_t> const& sets, int i, int j,
                                                    std::uint64_t result) {
        list<std::uint64_t> rest{joined(sets, i, j, result)};
        for (int k = 0; k < sets.size(); ++k)
            if (k != i && k != j) rest.push(sets[k]);
        return rest;
    }
    static constexpr list<std::uint64_t> sets_after(list<term> const& terms, int i, int j,
                                                    std::uint64_t result) {
        list<std::uint64_t> sets;
        for (term const& t : terms) sets.push(t.set);
        return sets_after(sets, i, j, result);
    }
    constexpr double cheapest_rest(list<std::uint64_t> const& sets, std::uint64_t result) const {
        if (sets.size() < 2) return 0;
        double best = __builtin_inf();
        for (int j = 1; j < sets.size(); ++j)
            for (int i = 0; i < j; ++i) {
                double const cost =
                    size(sets[i] | sets[j]) + cheapest_rest(sets_after(sets, i, j, result), result);
                best = cost < best ? cost : best;
            }
        return best;
    }

    constexpr symbol run(range<symbol> operands) {
        std::size_t const arrow = text_.find("->");
        std::string_view const left = text_.substr(0, arrow);
        list<term> terms;
        int given = 1, dots = 0;
        for (char c : left) given += c == ',';
        if (given != operands.size())
            return fail(text("subscripts of ")
                        << given << " operands, given are " << operands.size());
        std::size_t at = 0;
        dtype type = operands[0].type();
        for (symbol s : operands) type = promote(type, s.type());
        for (int i = 0; i < given; ++i) {
            std::size_t const comma = left.find(',', at);
            std::string_view const own =
                left.substr(at, comma == std::string_view::npos ? comma : comma - at);
            term t;
            if (!add(own, ir::cast(operands[i], type), t, i)) return {};
            if (int const own_dots = operands[i].rank() - letters_in(own); has_dots(own))
                dots = own_dots > dots ? own_dots : dots;
            count_letters(own);
            terms.push(t);
            at = comma + 1;
        }
        term wanted;
        if (arrow == std::string_view::npos) {
            for (int d = dots; d-- > 0;) push(wanted, first_of_dots + d);
            // In the order of the alphabet, capitals first.
            for (int half : {26, 0})
                for (int n = half; n < half + 26; ++n)
                    if (written_[n] == 1) push(wanted, n);
        } else {
            if (!read(text_.substr(arrow + 2), dots, wanted, "the result")) return {};
            for (int i = 0; i < wanted.count; ++i) {
                int const n = wanted.letters[i];
                for (int j = 0; j < i; ++j)
                    if (wanted.letters[j] == n)
                        return fail(text("the result names axis ") << letter(n) << " twice");
                if (!known_[n])
                    return fail(text("the result names axis ")
                                << letter(n) << ", which no operand has");
            }
            if (dots > 0 && !has_dots(text_.substr(arrow)))
                return fail(text("the result leaves out the axes of ..."));
        }
        for (term& t : terms) drop_ones(t);
        term y = contract(terms, wanted.set);
        sum_out(y, wanted.set);
        list<extent> shape;
        for (int i = 0; i < wanted.count; ++i) shape.push(extents_[wanted.letters[i]]);
        return ir::broadcast(spread(y, wanted), b_->shape(shape));
    }
    int written_[most] = {};
    constexpr void count_letters(std::string_view s) {
        for (char c : s)
            if (number(c) >= 0) ++written_[number(c)];
    }
};

}  // namespace detail

/// Sums of products: `einsum("bij,bjk->bik", a, b)`. Each letter names an axis; axes that the
/// result does not name are summed over. Without "->" the result has the letters that stand once,
/// in alphabetical order; a letter that an operand has twice is its diagonal; "..." stands for any
/// axes, which broadcast.
template <class... X>
    requires Symbols<X...>
constexpr symbol einsum(std::string_view subscripts, X const&... operands) {
    symbol const x[] = {operands.traced()...};
    return detail::einsum_call(subscripts, {x, static_cast<int>(sizeof...(X))}).result();
}

namespace detail {

/// Characters as a template argument.
template <std::size_t N>
struct subscripts {
    char chars[N]{};
    consteval subscripts(char const (&s)[N]) {
        for (std::size_t i = 0; i < N; ++i) chars[i] = s[i];
    }
};

}  // namespace detail

namespace calls {
template <detail::subscripts S>
struct einsum {
    template <class... X>
    constexpr symbol operator()(X const&... operands) const {
        return weft::einsum(std::string_view(S.chars, sizeof(S.chars) - 1), operands...);
    }
};
}  // namespace calls

/// The same with subscripts that the type says: `einsum<"ij,jk->ik">(a, b)`, also of tensors.
template <detail::subscripts S, class... X>
    requires Symbols<X...>
constexpr symbol einsum(X const&... operands) {
    return calls::einsum<S>{}(operands...);
}
template <detail::subscripts S, class... X>
    requires EagerCall<X...>
constexpr auto einsum(X&&... operands) {
    return ir::eager<calls::einsum<S>>(static_cast<X&&>(operands)...);
}

}  // namespace weft
