// SPDX-License-Identifier: BSL-1.0
// Preaccumulation: a block of many statements with few arguments and results, collapsed to its
// local derivatives, so that the tape is smaller.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <weft/autodiff/tape.hpp>

namespace weft {
namespace detail {

/// Calls f(variable) for each result of a block.
template <class R, class F>
void for_each_result(R& results, F f) {
    if constexpr (is_var<R>)
        f(results);
    else
        for (auto& y : results) f(y);
}
template <class R>
struct result_variable {
    using type = std::remove_cvref_t<decltype(*std::begin(std::declval<R&>()))>;
};
template <TapeValue R>
struct result_variable<R> {
    using type = variable_of<R>;
};
/// What a block returns, where that is an expression its variable.
template <class R>
struct kept_results {
    using type = R;
};
template <TapeValue R>
struct kept_results<R> {
    using type = variable_of<R>;
};

template <class T, bool C>
class local_derivatives {
public:
    local_derivatives(tape<T, C>& t, tape_position const& from) : tape_(t), from_(from) {}

    /// Whether nothing from before the block was changed by it, and only statements were written.
    bool find_arguments() {
        auto const& r = tape_.recorded();
        if (tape_.calls().size() != from_.calls || r.late.list().size() != from_.late) return false;
        std::size_t at = from_.ids;
        for (tape_index s = from_.statements; s != r.statements; ++s) {
            statement_code const code(r.ops[s]);
            for (unsigned k = 0; k < code.arguments; ++k) {
                tape_index const id = r.id_stream.data()[at++];
                if (id < from_.next) arguments_.push_back(id);
            }
            if (r.id_stream.data()[at++] < from_.next) return false;
        }
        std::sort(arguments_.begin(), arguments_.end());
        arguments_.erase(std::unique(arguments_.begin(), arguments_.end()), arguments_.end());
        return true;
    }
    std::size_t argument_count() const { return arguments_.size(); }
    std::size_t entries_now() const { return tape_.recorded().partial_count() - from_.partials; }

    /// The derivatives of one result by all arguments.
    void sweep(var<T, C> const& y) {
        if (y.index() < from_.next) {  // passive, or from outside
            partials_.resize(partials_.size() + arguments_.size());
            return;
        }
        adjoints<T, 1, C>& a = tape_.single_adjoints();
        a.seed(y);
        a.sweep(tape_.position(), from_);
        for (tape_index const id : arguments_) partials_.push_back(a.take(id));
    }
    /// Takes the block back, and writes a statement for each result.
    template <class R>
    void replace(R& results) {
        tape_.reset(from_);
        std::size_t row = 0;
        for_each_result(results, [&](var<T, C>& y) {
            if (y.is_active() && y.index() >= from_.next) {
                T const value = y.value();
                tape_.statement(y, value,
                                std::span<T const>(partials_).subspan(row, arguments_.size()),
                                [&](std::size_t i) { return arguments_[i]; });
            }
            row += arguments_.size();
        });
    }

private:
    tape<T, C>& tape_;
    tape_position from_;
    std::vector<tape_index> arguments_;
    std::vector<T> partials_;
};

}  // namespace detail

/// f(), whose result is a variable or a container of variables, as one statement for each of these:
///
///     var flux = weft::preaccumulate([&] { return riemann(left, right); });
///
/// What f reads is found by itself. It may change no variable from outside; a block that does, that
/// calls an external function, or that would not become smaller, stays as it was recorded.
template <class F>
auto preaccumulate(F&& f) {
    using R = typename detail::kept_results<std::remove_cvref_t<decltype(f())>>::type;
    using V = typename detail::result_variable<R>::type;
    static_assert(detail::is_var<V>,
                  "weft::preaccumulate: the block returns a variable or a container of variables");
    auto* const r = detail::current<typename V::value_type, V::is_checked>->owner;
    if (!r) return R(f());
    auto& t = *r->home;
    tape_position const from = t.position();
    R results = f();
    detail::local_derivatives<typename V::value_type, V::is_checked> local(t, from);
    if (!local.find_arguments()) return results;
    std::size_t count = 0;
    detail::for_each_result(results, [&](V&) { ++count; });
    if (local.argument_count() * count >= local.entries_now()) return results;
    detail::for_each_result(results, [&](V& y) { local.sweep(y); });
    local.replace(results);
    return results;
}

}  // namespace weft
