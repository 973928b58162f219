// SPDX-License-Identifier: BSL-1.0
// The table that makes extents: integer expressions over constants and symbols, kept in a canonical
// form (sums of products over symbols, floor divisions, minima and maxima), so that `n + n` is
// `2*n` by its code, and equalities that a program assumes. Constants never touch the table.
#pragma once

#include <cstdint>

#include <weft/core/extent_view.hpp>
#include <weft/core/hash_index.hpp>
#include <weft/core/list.hpp>

namespace weft {

/// Makes and compares extents. A value: copying a table copies its expressions, and extents of the
/// one are extents of the other until either grows.
/// Symbols stand for sizes: they are at least 0. A divisor is taken to be other than 0, so that
/// `n*m//n` is `m`; evaluation reports a zero divisor that is left.
class extent_table {
public:
    constexpr extent_table() = default;
    /// The table that was frozen, able to grow again; codes keep their meaning.
    constexpr explicit extent_table(extent_view v) {
        for (int k = 0; k < v.expressions(); ++k)
            intern({v.words.first + v.starts[k], v.starts[k + 1] - v.starts[k]});
        for (extent_constraint const& c : v.constraints) assume_equal(c.left, c.right);
    }

    /// The size that is bound to place `index` at run time.
    constexpr extent symbol(int index) {
        std::int64_t const r[] = {static_cast<std::int64_t>(kind::symbol), index};
        return intern({r, 2});
    }
    /// The number that is bound to place `index` at run time, which may be negative: a stride.
    constexpr extent signed_symbol(int index) {
        std::int64_t const r[] = {static_cast<std::int64_t>(kind::symbol), index, 1};
        return intern({r, 3});
    }
    /// A number; a negative one is an expression.
    constexpr extent constant(std::int64_t value) {
        if (value >= 0) return {value};
        std::int64_t const r[] = {static_cast<std::int64_t>(kind::sum), value, 0};
        return value == lowest ? fail(extent_fault::overflow) : intern({r, 3});
    }

    constexpr extent add(extent a, extent b) {
        std::int64_t r = 0;
        return a.code >= 0 && b.code >= 0 && !__builtin_add_overflow(a.code, b.code, &r) ? extent{r}
               : b.code == 0                                                             ? a
               : a.code == 0                                                             ? b
                             : remembered(operation::add, a, b);
    }
    constexpr extent subtract(extent a, extent b) {
        return a == b                          ? extent{0}
               : b.code == 0                   ? a
               : b.code > 0 && a.code > b.code ? extent{a.code - b.code}
               : a.code >= 0 && b.code >= 0    ? constant(a.code - b.code)
                                               : remembered(operation::subtract, a, b);
    }
    constexpr extent multiply(extent a, extent b) {
        std::int64_t r = 0;
        return a.code >= 0 && b.code >= 0 && !__builtin_mul_overflow(a.code, b.code, &r) ? extent{r}
               : b.code == 1                                                             ? a
               : a.code == 1                                                             ? b
               : a.code == 0 || b.code == 0                                              ? extent{0}
                                            : remembered(operation::multiply, a, b);
    }
    /// a / b rounded down. A constant divisor of 0 is a fault.
    constexpr extent floor_divide(extent a, extent b) {
        return b.code == 1                 ? a
               : a.code >= 0 && b.code > 0 ? extent{a.code / b.code}
                                           : remembered(operation::floor_divide, a, b);
    }
    constexpr extent minimum(extent a, extent b) {
        return a == b                       ? a
               : a.code >= 0 && b.code >= 0 ? extent{a.code < b.code ? a.code : b.code}
                                            : remembered(operation::minimum, a, b);
    }
    constexpr extent maximum(extent a, extent b) {
        return a == b                       ? a
               : a.code >= 0 && b.code >= 0 ? extent{a.code > b.code ? a.code : b.code}
                                            : remembered(operation::maximum, a, b);
    }

    /// Records that a program takes a and b to be equal; false, and nothing recorded, where they
    /// plainly differ (3 and 4, n and n + 1, 2*n and 2*m + 1).
    constexpr bool assume_equal(extent a, extent b) {
        if (a == b) return true;
        if (a.is_static() && b.is_static()) return false;
        extent const from = canonical(a), to = canonical(b);
        if (from == to) return true;
        if (only_sizes_ && is_size(from) && is_size(to)) {
            constraints_.push({a, b});
            learn_sizes(from, to);
            return true;
        }
        terms d = combine(from, 1, to, -1);
        if (d.empty()) return true;
        std::int64_t const divisor = reduce(d);
        int const last = last_term(d);
        std::int64_t const offset = d[last + 1] == 0 ? d[last] : 0;
        // a number alone; or one that the other terms' common divisor, still there, does not divide
        if (divisor == 0 || (offset != 0 && common_divisor(d) != 1)) return false;
        if (offset != 0 && (is_nonnegative(d) || is_nonnegative(combine(d, -1, {}, 0))))
            return false;
        constraints_.push({a, b});
        learn(d, solve(d), from, to);
        // where replacing a factor makes terms that other rules replace, the two sides may still
        // end apart: then their ends are equal, as whole expressions
        for (int round = 0; round < 4; ++round) {
            extent const x = canonical(a), y = canonical(b);
            if (x == y) break;
            d = combine(x, 1, y, -1);
            learn(d, rule{{0}, {0}}, x, y);
        }
        return true;
    }
    /// The representative of an extent under the assumed equalities.
    constexpr extent canonical(extent e) {
        if (rules_.empty() || e.is_static()) return e;
        if (is(e, kind::symbol)) return look_up(e);
        for (int k = representatives_.size(); k <= number(e); ++k) {
            extent const to = look_up({-1 - k});
            representatives_.push(to.code != -1 - k ? to : look_up(rebuild(k)));
        }
        return representatives_[number(e)];
    }
    /// Whether a and b are known to be equal, by their form or by assumption.
    constexpr bool equal(extent a, extent b) {
        if (a == b) return true;
        if (rules_.empty() || (a.is_static() && b.is_static())) return false;
        extent const x = canonical(a), y = canonical(b);
        if (x == y) return true;
        if (zeros_.empty()) return false;
        terms d = combine(x, 1, y, -1);
        reduce(d);
        return zeros_.size() && is_zero(sum_of(d));
    }
    /// Whether an extent is known to be at least 0 for all sizes.
    constexpr bool is_nonnegative(extent e) const {
        return e.is_static() || nonnegative_[number(e)];
    }

    /// Whether some operation left int64.
    constexpr bool overflow() const { return fault_ == extent_fault::overflow; }
    /// The first fault: overflow or division by a constant 0. The operation's result is 0.
    constexpr extent_fault fault() const { return fault_; }
    /// The table as it is now, valid until it grows.
    constexpr extent_view view() const { return {words_, starts_, constraints_}; }
    constexpr std::int64_t evaluate(extent e, range<std::int64_t> symbols) const {
        return view().evaluate(e, symbols);
    }
    constexpr void write(text& out, extent e, range<std::string_view> names = {}) const {
        view().write(out, e, names);
    }

private:
    using kind = detail::extent_kind;
    using terms = list<std::int64_t>;  // as in an expression of kind sum, without its first word
    enum class operation : std::uint8_t { add, subtract, multiply, floor_divide, minimum, maximum };
    struct memory {
        extent a, b, result;
        operation op;
    };
    struct rule {
        extent from, to;
    };
    struct number_or_not {
        bool is;
        std::int64_t value;
    };
    static constexpr std::int64_t lowest = INT64_MIN;

    static constexpr int number(extent e) { return static_cast<int>(-1 - e.code); }
    static constexpr int next(range<std::int64_t> t, int p) {
        return p + 2 + static_cast<int>(t[p + 1]);
    }
    static constexpr int last_term(range<std::int64_t> t) {
        int p = 0;
        while (next(t, p) < t.count) p = next(t, p);
        return p;
    }
    constexpr range<std::int64_t> record(extent e) const { return view().record(number(e)); }
    constexpr bool is(extent e, kind k) const {
        return !e.is_static() && words_[starts_[number(e)]] == static_cast<std::int64_t>(k);
    }
    constexpr bool is_size(extent e) const { return is(e, kind::symbol) && record(e).count == 2; }
    constexpr number_or_not constant_of(extent e) const {
        if (e.is_static()) return {true, e.code};
        range<std::int64_t> const r = record(e);
        return {is(e, kind::sum) && r.count == 3, r[1]};
    }
    constexpr extent fail(extent_fault fault) {
        if (fault_ == extent_fault::none) fault_ = fault;
        return {0};
    }

    /// Computes an operation once; equal layers ask again and again.
    constexpr extent remembered(operation op, extent a, extent b) {
        std::uint64_t const hash = detail::hash_step(
            detail::hash_step(static_cast<std::uint64_t>(op) + 1, a.code), b.code);
        int const known = memory_index_.find(hash, [&](int i) {
            return memories_[i].a == a && memories_[i].b == b && memories_[i].op == op;
        });
        if (known >= 0) return memories_[known].result;
        extent const result = op == operation::add            ? sum_of(combine(a, 1, b, 1))
                              : op == operation::subtract     ? sum_of(combine(a, 1, b, -1))
                              : op == operation::multiply     ? sum_of(product(a, b))
                              : op == operation::floor_divide ? quotient(a, b)
                              : op == operation::minimum      ? extreme(kind::minimum, a, b)
                                                              : extreme(kind::maximum, a, b);
        memories_.push({a, b, result, op});
        memory_index_.insert(hash);
        return result;
    }

    constexpr extent intern(range<std::int64_t> r) {
        std::uint64_t hash = static_cast<std::uint64_t>(r.count);
        for (std::int64_t word : r) hash = detail::hash_step(hash, word);
        int const known = index_.find(hash, [&](int k) { return view().record(k) == r; });
        if (known >= 0) return {-1 - known};
        if (starts_.empty()) starts_.push(0);
        words_.append(r);
        starts_.push(words_.size());
        index_.insert(hash);
        nonnegative_.push(is_nonnegative_record(r));
        return {-1 - (starts_.size() - 2)};
    }

    // --- sums of products -----------------------------------------------------------------------

    constexpr terms terms_of(extent e) const {
        if (e.code == 0) return {};
        if (e.is_static()) return {e.code, 0};
        if (!is(e, kind::sum)) return {1, 1, e.code};
        range<std::int64_t> const r = record(e);
        return terms(range<std::int64_t>{r.first + 1, r.count - 1});
    }
    constexpr extent sum_of(range<std::int64_t> t) {
        if (t.empty()) return {0};
        if (t[1] == 0) return constant(t[0]);
        if (t.count == 3 && t[0] == 1 && t[1] == 1) return {t[2]};
        list<std::int64_t> r;
        r.reserve(t.count + 1);
        r.push(static_cast<std::int64_t>(kind::sum));
        r.append(t);
        return intern(r);
    }
    /// Negative where the product at p stands before the one at q: by degree, then by the age of
    /// its factors. The order survives multiplication by a product.
    static constexpr int compare(range<std::int64_t> a, int p, range<std::int64_t> b, int q) {
        if (a[p + 1] != b[q + 1]) return a[p + 1] > b[q + 1] ? -1 : 1;
        for (int i = 0; i < a[p + 1]; ++i)
            if (a[p + 2 + i] != b[q + 2 + i]) return a[p + 2 + i] > b[q + 2 + i] ? -1 : 1;
        return 0;
    }
    /// Appends a term; a coefficient of 0 is left out.
    constexpr void append(terms& out, std::int64_t coefficient, range<std::int64_t> factors) {
        if (coefficient == 0) return;
        if (coefficient == lowest) fail(extent_fault::overflow);
        out.push(coefficient == lowest ? 1 : coefficient);
        out.push(factors.count);
        out.append(factors);
    }
    static constexpr range<std::int64_t> factors(range<std::int64_t> t, int p) {
        return {t.first + p + 2, static_cast<int>(t[p + 1])};
    }
    /// x * a + y * b
    constexpr terms combine(range<std::int64_t> a, std::int64_t x, range<std::int64_t> b,
                            std::int64_t y) {
        terms out;
        out.reserve(a.count + b.count);
        bool overflow = false;
        for (int p = 0, q = 0; p < a.count || q < b.count;) {
            int const order = p == a.count ? 1 : q == b.count ? -1 : compare(a, p, b, q);
            std::int64_t left = 0, right = 0;
            overflow |= order <= 0 && __builtin_mul_overflow(a[p], x, &left);
            overflow |= order >= 0 && __builtin_mul_overflow(b[q], y, &right);
            overflow |= __builtin_add_overflow(left, right, &left);
            append(out, left, order <= 0 ? factors(a, p) : factors(b, q));
            if (order <= 0) p = next(a, p);
            if (order >= 0) q = next(b, q);
        }
        if (overflow) fail(extent_fault::overflow), out.clear();
        return out;
    }
    constexpr terms combine(extent a, std::int64_t x, extent b, std::int64_t y) {
        return combine(terms_of(a), x, terms_of(b), y);
    }
    constexpr terms product(extent a, extent b) {
        terms const left = terms_of(a), right = terms_of(b);
        terms out, part;
        bool overflow = false;
        for (int q = 0; q < right.size(); q = next(right, q)) {
            part.clear();
            for (int p = 0; p < left.size(); p = next(left, p)) {
                std::int64_t coefficient = 0;
                overflow |= __builtin_mul_overflow(left[p], right[q], &coefficient);
                append(part, overflow ? 1 : coefficient, {});
                part.back() = left[p + 1] + right[q + 1];
                range<std::int64_t> const f = factors(left, p), g = factors(right, q);
                for (int i = 0, j = 0; i < f.count || j < g.count;)
                    part.push(j == g.count || (i < f.count && f[i] >= g[j]) ? f[i++] : g[j++]);
            }
            out = combine(out, 1, part, 1);
        }
        if (overflow) fail(extent_fault::overflow), out.clear();
        return out;
    }
    /// Divides by the greatest divisor of the coefficients of non-constant terms where it divides
    /// all, makes the first coefficient positive, and returns that divisor (0: no such terms).
    static constexpr std::int64_t reduce(terms& t) {
        if (t.empty()) return 0;
        std::int64_t const divisor = common_divisor(t);
        int const last = last_term(t);
        std::int64_t const by =
            divisor == 0 || (t[last + 1] == 0 && t[last] % divisor != 0) ? 1 : divisor;
        std::int64_t const scale = t[0] < 0 ? -by : by;
        for (int p = 0; p < t.size(); p = next(t, p)) t[p] /= scale;
        return divisor;
    }
    /// Of the coefficients of non-constant terms.
    static constexpr std::int64_t common_divisor(range<std::int64_t> t) {
        std::int64_t divisor = 0;
        for (int p = 0; p < t.count; p = next(t, p))
            if (t[p + 1]) divisor = detail::greatest_divisor(divisor, t[p]);
        return divisor;
    }

    constexpr bool is_nonnegative(terms const& t) const {
        for (int p = 0; p < t.size(); p = next(t, p)) {
            if (t[p] < 0) return false;
            for (std::int64_t f : factors(t, p))
                if (!is_nonnegative(extent{f})) return false;
        }
        return true;
    }
    constexpr bool is_nonnegative_record(range<std::int64_t> r) const {
        auto const k = static_cast<kind>(r[0]);
        if (k == kind::symbol) return r.count == 2;
        if (k == kind::sum)
            return is_nonnegative(terms(range<std::int64_t>{r.first + 1, r.count - 1}));
        bool all = true, any = false;
        for (int i = 1; i < r.count; ++i)
            if (is_nonnegative(extent{r[i]}))
                any = true;
            else
                all = false;
        return k == kind::maximum ? any : all;
    }

    // --- division, minimum, maximum -------------------------------------------------------------

    constexpr extent quotient(extent a, extent b) {
        number_or_not const x = constant_of(a), y = constant_of(b);
        if (y.is && y.value == 0) return fail(extent_fault::division_by_zero);
        if (a.code == 0) return a;
        if (x.is && y.is) return constant(detail::floor_divide(x.value, y.value).value);
        terms divisor = terms_of(b), rest = terms_of(a);
        if (divisor[0] < 0) {
            divisor = combine(divisor, -1, {}, 0);
            rest = combine(rest, -1, {}, 0);
        }
        terms whole;
        if (next(divisor, 0) == divisor.size())
            whole = take_whole(rest, divisor);
        else if (std::int64_t const ratio = ratio_of(rest, divisor))
            return constant(ratio);
        extent const out = sum_of(whole);
        if (rest.empty()) return out;
        if (divisor[1] == 0) return add(out, divide_rest(rest, divisor[0]));
        std::int64_t const r[] = {static_cast<std::int64_t>(kind::floor_divide), sum_of(rest).code,
                                  sum_of(divisor).code};
        return add(out, intern({r, 3}));
    }
    /// Moves what a product divides out of `rest`; what stays has coefficients below the divisor's.
    constexpr terms take_whole(terms& rest, range<std::int64_t> divisor) {
        terms whole, left, other;
        range<std::int64_t> const by = factors(divisor, 0);
        for (int p = 0; p < rest.size(); p = next(rest, p)) {
            range<std::int64_t> const f = factors(rest, p);
            other.clear();
            int matched = 0;
            for (std::int64_t factor : f)
                if (matched < by.count && by[matched] == factor)
                    ++matched;
                else
                    other.push(factor);
            std::int64_t const q =
                matched == by.count ? detail::floor_divide(rest[p], divisor[0]).value : 0;
            append(whole, q, other);
            append(left, rest[p] - q * divisor[0], f);
        }
        rest = left;
        return whole;
    }
    /// q where a == q * b, else 0.
    static constexpr std::int64_t ratio_of(range<std::int64_t> a, range<std::int64_t> b) {
        if (a.count != b.count || a[0] % b[0] != 0) return 0;
        std::int64_t const q = a[0] / b[0];
        for (int p = 0; p < a.count; p = next(a, p)) {
            std::int64_t scaled = 0;
            if (compare(a, p, b, p) != 0 || __builtin_mul_overflow(b[p], q, &scaled) ||
                scaled != a[p])
                return 0;
        }
        return q;
    }
    /// rest // by, for coefficients in [0, by): common divisors go, as do divisions of divisions.
    constexpr extent divide_rest(terms& rest, std::int64_t by) {
        std::int64_t common = by;
        for (int p = 0; p < rest.size(); p = next(rest, p))
            if (rest[p + 1]) common = detail::greatest_divisor(common, rest[p]);
        terms reduced;  // (g*x + c) // (g*b) == (x + c//g) // b
        for (int p = 0; p < rest.size(); p = next(rest, p))
            append(reduced, rest[p] / common, factors(rest, p));
        by /= common;
        if (reduced.empty() || reduced[1] == 0 || by == 1) {
            if (by != 1) return {0};
            return sum_of(reduced);
        }
        bool const lone = reduced[0] == 1 && reduced[1] == 1 &&
                          (reduced.size() == 3 || (reduced.size() == 5 && reduced[4] == 0));
        if (lone && is({reduced[2]}, kind::floor_divide)) {
            range<std::int64_t> const inner = record({reduced[2]});  // (x//c + k) // b
            extent const x{inner[1]};
            number_or_not const c = constant_of({inner[2]});
            std::int64_t const k = reduced.size() == 5 ? reduced[3] : 0;
            std::int64_t both = 0, shift = 0;
            if (c.is && !__builtin_mul_overflow(c.value, by, &both) &&
                !__builtin_mul_overflow(c.value, k, &shift))
                return floor_divide(add(x, constant(shift)), constant(both));
        }
        std::int64_t const r[] = {static_cast<std::int64_t>(kind::floor_divide),
                                  sum_of(reduced).code, by};
        return intern({r, 3});
    }
    constexpr extent extreme(kind which, extent a, extent b) {
        list<std::int64_t> r{static_cast<std::int64_t>(which)};
        list<std::int64_t> operands;
        for (extent e : {a, b})
            if (is(e, which))
                operands.append({record(e).first + 1, record(e).count - 1});
            else
                operands.push(e.code);
        for (std::int64_t code : operands) {
            bool needed = true;
            for (int i = 1; needed && i < r.size();) {
                int const sign = which == kind::minimum ? 1 : -1;
                if (is_nonnegative(combine(extent{code}, sign, extent{r[i]}, -sign)))
                    needed = false;
                else if (is_nonnegative(combine(extent{r[i]}, sign, extent{code}, -sign)))
                    r[i] = r.back(), r.pop();
                else
                    ++i;
            }
            if (!needed) continue;
            int at = r.push(code);
            for (; at > 1 && r[at - 1] < code; --at) r[at] = r[at - 1];
            r[at] = code;
        }
        return r.size() == 2 ? extent{r[1]} : intern(r);
    }

    // --- assumed equalities ---------------------------------------------------------------------

    // A rule replaces a symbol (or another factor) everywhere, where the equation can be solved for
    // one; else a whole expression, and its difference is remembered as a zero. The right sides
    // are kept free of everything that rules replace.
    constexpr void learn(terms& d, rule solved, extent from, extent to) {
        reduce(d);
        extent const zero = sum_of(d);
        bool const whole = solved.from.is_static();
        only_sizes_ = false;
        bool const later = !from.is_static() && (to.is_static() || from.code < to.code);
        rule const added = !whole ? solved : later ? rule{from, to} : rule{to, from};
        if (whole) zeros_.push(zero);
        rules_.push(added);
        representatives_.clear();
        for (int i = 0; i + 1 < rules_.size(); ++i) {
            extent const target = canonical(rules_[i].to);
            extent const source =
                is(rules_[i].from, kind::sum) ? rebuilt(rules_[i].from) : rules_[i].from;
            rules_[i] = {source, target};
        }
        for (int i = 0; i + (whole ? 1 : 0) < zeros_.size(); ++i) {
            terms t = terms_of(rebuilt(zeros_[i]));
            reduce(t);
            zeros_[i] = sum_of(t);
        }
        representatives_.clear();
    }
    /// The same of two sizes: the younger is replaced.
    constexpr void learn_sizes(extent a, extent b) {
        rule const added = a.code < b.code ? rule{a, b} : rule{b, a};
        for (rule& x : rules_)
            if (x.to == added.from) x.to = added.to;
        rules_.push(added);
        representatives_.clear();
    }
    /// A factor that stands alone, once, with coefficient 1 or -1, and what it is equal to where
    /// the terms sum to 0; {0, 0} if there is none. Youngest first, and sizes rather than
    /// differences on the right.
    constexpr rule solve(terms const& d) {
        rule best{{0}, {0}};
        int best_score = -1;
        for (int p = 0; p < d.size(); p = next(d, p)) {
            if (d[p + 1] != 1 || (d[p] != 1 && d[p] != -1)) continue;
            extent const factor{d[p + 2]};
            if (occurs_elsewhere(factor, d, p)) continue;
            terms const own{d[p], 1, factor.code};
            terms const right = combine(combine(d, 1, own, -1), -d[p], {}, 0);
            int const score = (is(factor, kind::symbol) ? 2 : 0) + (is_nonnegative(right) ? 1 : 0);
            if (score < best_score || (score == best_score && factor.code > best.from.code))
                continue;
            best = {factor, sum_of(right)}, best_score = score;
        }
        return best;
    }
    constexpr bool occurs_elsewhere(extent factor, terms const& d, int except) const {
        std::int64_t oldest = 0;
        for (int p = 0; p < d.size(); p = next(d, p))
            for (std::int64_t f : factors(d, p)) {
                if (p != except && f == factor.code) return true;
                if (p != except && f < oldest) oldest = f;
            }
        // mark what depends on the factor, from the factor's number on
        list<bool> marks(number(factor) + 1, false);
        marks.back() = true;
        for (int k = number(factor) + 1; k <= number({oldest}); ++k) {
            bool mark = false;
            for (extent e : operands_of(k)) mark |= !e.is_static() && marks[number(e)];
            marks.push(mark);
        }
        for (int p = 0; p < d.size(); p = next(d, p))
            for (std::int64_t f : factors(d, p))
                if (p != except && number({f}) < marks.size() && marks[number({f})]) return true;
        return false;
    }
    constexpr list<extent> operands_of(int k) const {
        list<extent> operands;
        range<std::int64_t> const r = view().record(k);
        auto const which = static_cast<kind>(r[0]);
        if (which == kind::sum) {
            for (int p = 1; p < r.count; p = next(r, p))
                for (std::int64_t code : factors(r, p)) operands.push(extent{code});
        } else if (which != kind::symbol) {
            for (int i = 1; i < r.count; ++i) operands.push(extent{r[i]});
        }
        return operands;
    }
    constexpr extent look_up(extent e) const {
        if (e.is_static()) return e;
        for (rule const& x : rules_)
            if (x.from == e) return x.to;
        return e;
    }
    constexpr bool is_zero(extent e) const {
        for (extent z : zeros_)
            if (z == e) return true;
        return false;
    }
    constexpr extent representative(extent e) const {
        return e.is_static() ? e : representatives_[number(e)];
    }
    /// Expression k with its operands replaced by their representatives.
    constexpr extent rebuild(int k) {
        bool changed = false;
        for (extent e : operands_of(k)) changed |= representative(e) != e;
        if (!changed) return {-1 - k};
        list<std::int64_t> const r(view().record(k));  // a copy: the table grows
        auto const which = static_cast<kind>(r[0]);
        if (which == kind::sum) {
            extent total{0};
            for (int p = 1; p < r.size(); p = next(r, p)) {
                extent term = constant(r[p]);
                for (std::int64_t code : factors(r, p))
                    term = multiply(term, representative({code}));
                total = add(total, term);
            }
            return total;
        }
        extent out = representative({r[1]});
        for (int i = 2; i < r.size(); ++i) {
            extent const e = representative({r[i]});
            out = which == kind::floor_divide ? floor_divide(out, e)
                  : which == kind::minimum    ? minimum(out, e)
                                              : maximum(out, e);
        }
        return out;
    }
    constexpr extent rebuilt(extent e) {
        if (e.is_static()) return e;
        canonical(e);  // brings the representatives of its operands up to date
        return rebuild(number(e));
    }

    list<std::int64_t> words_;
    list<int> starts_;
    list<bool> nonnegative_;
    detail::hash_index index_, memory_index_;
    list<memory> memories_;
    list<extent_constraint> constraints_;
    list<rule> rules_;
    list<extent> representatives_, zeros_;
    bool only_sizes_ = true;  // all rules replace a size by a size
    extent_fault fault_ = extent_fault::none;
};

}  // namespace weft
