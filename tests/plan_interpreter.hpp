// SPDX-License-Identifier: BSL-1.0
// Runs a plan element by element in double precision: so that fuse, schedule and allocate can be
// tested at run time, on any graph, apart from the kernels of a backend. Memory that was never
// written reads as NaN.
#pragma once

#include <limits>

#include <weft/pass/plan.hpp>
#include <weft/pass/reference.hpp>

namespace testing {

class plan_interpreter {
public:
    using values = std::vector<double>;

    /// Outputs, then the inputs as they are after the run.
    std::vector<values> run(weft::pass::plan_view const& plan, std::vector<values> const& inputs,
                            std::vector<std::int64_t> const& symbols = {}) {
        p_ = &plan, symbols_ = {symbols.data(), static_cast<int>(symbols.size())};
        double const nan = std::numeric_limits<double>::quiet_NaN();
        own_.clear();
        for (int b = 0; b < plan.buffers.size(); ++b)
            own_.emplace_back(static_cast<std::size_t>(value(plan.buffers[b].size)), nan);
        for (std::size_t i = 0; i < inputs.size(); ++i) own_[i] = inputs[i];
        workspace_.assign(plan.workspace > 0 ? static_cast<std::size_t>(plan.workspace) : 0, nan);
        for (step_ = 0; step_ < plan.steps.size(); ++step_) {
            k_ = plan.steps[step_].kernel;
            auto const kind = plan.kernels[k_].kind;
            if (kind == weft::pass::kernel_kind::gather || kind == weft::pass::kernel_kind::scatter)
                move_rows(kind == weft::pass::kernel_kind::gather);
            else
                loop();
        }
        std::vector<values> result;
        for (int i = 0; i < plan.outputs; ++i) {
            std::size_t const b = static_cast<std::size_t>(plan.inputs + i);
            result.emplace_back();
            for (std::size_t e = 0; e < own_[b].size(); ++e)
                result.back().push_back(at(static_cast<int>(b), static_cast<std::int64_t>(e)));
        }
        for (int i = 0; i < plan.inputs; ++i) result.push_back(own_[static_cast<std::size_t>(i)]);
        return result;
    }

private:
    weft::pass::plan_view const* p_ = nullptr;
    weft::range<std::int64_t> symbols_;
    std::vector<values> own_;  // of inputs, outputs, and all others where extents are not static
    values workspace_;         // one double a byte: overlapping buffers spoil each other
    int step_ = 0, k_ = 0;

    std::int64_t value(weft::extent e) const { return p_->extents.evaluate(e, symbols_); }
    /// Element i of a buffer.
    double& at(int b, std::int64_t i) {
        weft::pass::buffer const& x = p_->buffers[b];
        if (x.alias >= 0) return at(x.alias, i);
        if (i < 0 || i >= value(x.size))
            weft::raise(weft::text("plan_interpreter: step ")
                        << step_ << " at element " << i << " of b" << b << ", of "
                        << value(x.size) << " elements");
        if (b < p_->inputs + p_->outputs || p_->workspace <= 0)
            return own_[static_cast<std::size_t>(b)][static_cast<std::size_t>(i)];
        return workspace_[static_cast<std::size_t>(x.offset + i * weft::size_of(x.type))];
    }
    std::vector<std::int64_t> sizes(int first, int count) const {
        std::vector<std::int64_t> n;
        for (int i = 0; i < count; ++i) n.push_back(value(p_->extent_pool[first + i]));
        return n;
    }
    std::int64_t position(int access, std::vector<std::int64_t> const& i) const {
        std::int64_t at = value(p_->access_of(k_, access).offset);
        for (std::size_t d = 0; d < i.size(); ++d)
            at += i[d] * value(p_->stride(k_, access, static_cast<int>(d)));
        return at;
    }
    double& memory(int access, std::vector<std::int64_t> const& i) {
        return at(p_->slot(step_, p_->access_of(k_, access).slot), position(access, i));
    }
    /// Calls f for every index vector whose axes first.. run, in row-major order.
    template <class F>
    static void each(std::vector<std::int64_t> const& n, std::vector<std::int64_t>& i,
                     std::size_t first, std::size_t last, F const& f) {
        if (first == last) return f();
        for (i[first] = 0; i[first] < n[first]; ++i[first]) each(n, i, first + 1, last, f);
        i[first] = 0;
    }

    void loop() {
        using weft::pass::action;
        weft::pass::kernel const& k = p_->kernels[k_];
        auto const body = p_->body(k_);
        auto const n = sizes(k.dims, k.rank);
        std::vector<std::int64_t> i(n.size(), 0);
        std::size_t const rows = static_cast<std::size_t>(k.row_rank), all = n.size();
        // Reductions into memory start at their identity.
        for (auto const& x : body)
            if (x.what == action::reduce_column || x.what == action::reduce_all) {
                i.assign(n.size(), 0);
                auto const fill = [&] { memory(x.access, i) = identity(x); };
                if (x.what == action::reduce_all)
                    fill();
                else
                    each(n, i, 0, all, fill);
            }
        values v(static_cast<std::size_t>(body.size()));
        std::int64_t row = 0;
        i.assign(n.size(), 0);
        each(n, i, 0, rows, [&] {
            for (int phase = 0; phase < k.phases; ++phase) {
                for (int x = 0; x < body.size(); ++x)
                    if (body[x].what == action::reduce_row && body[x].phase == phase)
                        v[static_cast<std::size_t>(x)] = identity(body[x]);
                std::int64_t column = 0;
                each(n, i, rows, all, [&] {
                    for (int x = 0; x < body.size(); ++x)
                        if (body[x].phase == phase && (!body[x].per_row ||
                                                       body[x].what == action::reduce_row))
                            execute(x, i, v, row, column);
                    ++column;
                });
                for (int x = 0; x < body.size(); ++x)
                    if (body[x].phase == phase && body[x].per_row &&
                        body[x].what != action::reduce_row)
                        execute(x, i, v, row, 0);
            }
            ++row;
        });
    }
    static double identity(weft::pass::instruction const& x) {
        return weft::is_integer(x.type) ? weft::pass::detail::truncated(x.op->identity, x.type)
                                        : x.op->identity;
    }

    void execute(int number, std::vector<std::int64_t> const& i, values& v, std::int64_t row,
                 std::int64_t column) {
        using weft::pass::action;
        auto const body = p_->body(k_);
        weft::pass::instruction const& x = body[number];
        double operands[4] = {};
        for (int o = 0; o < 4 && x.operand[o] >= 0; ++o)
            operands[o] = v[static_cast<std::size_t>(x.operand[o])];
        double& y = v[static_cast<std::size_t>(number)];
        auto const fold = [&](double& to) {
            double const pair[] = {to, operands[0]};
            to = weft::pass::detail::wrapped(x.op->reference(pair), x.type);
        };
        switch (x.what) {
            case action::load: y = memory(x.access, i); return;
            case action::index: y = static_cast<double>(position(x.access, i)); return;
            case action::constant:
                y = weft::is_floating(x.type)
                        ? __builtin_bit_cast(double, x.bits)
                        : weft::pass::detail::wrapped(static_cast<double>(x.bits), x.type);
                return;
            case action::extent: y = static_cast<double>(value({x.bits})); return;
            case action::product: y = element(row, column); return;
            case action::compute: {
                weft::dtype const from = body[x.operand[0]].type;
                double const r = x.op->reference(operands);
                y = x.op->arity == 1 && from != x.type
                        ? weft::pass::detail::converted(r, from, x.type)
                        : weft::pass::detail::wrapped(r, x.type);
                return;
            }
            case action::reduce_row: return fold(y);
            case action::reduce_column:
            case action::reduce_all: return fold(memory(x.access, i));
            case action::store: memory(x.access, i) = operands[0]; return;
        }
    }

    /// An element of the matrix product of the kernel: rows are (batch..., m), columns n.
    double element(std::int64_t row, std::int64_t column) {
        weft::pass::kernel const& k = p_->kernels[k_];
        auto const n = sizes(k.product_dims, k.product_rank);
        std::size_t const batches = n.size() - 3;
        std::vector<std::int64_t> left(batches + 2, 0), right(batches + 2, 0);
        left[batches] = row % n[batches], right[batches + 1] = column;
        std::int64_t rest = row / n[batches];
        for (std::size_t b = batches; b > 0; --b) {
            left[b - 1] = right[b - 1] = rest % n[b - 1];
            rest /= n[b - 1];
        }
        double sum = 0;
        for (std::int64_t e = 0; e < n.back(); ++e) {
            left[batches + 1] = right[batches] = e;
            sum += memory(0, left) * memory(1, right);
        }
        return sum;
    }

    void move_rows(bool gather) {
        auto const n = sizes(p_->kernels[k_].dims, 3);
        int const indices = p_->slot(step_, gather ? 1 : 0), other = p_->slot(step_, gather ? 0 : 1),
                  result = p_->slot(step_, 2);
        // What no row is added to, or taken from, is zero.
        for (std::int64_t i = 0; !gather && i < n[2] * n[1]; ++i) at(result, i) = 0;
        for (std::int64_t i = 0; gather && n[2] == 0 && i < n[0] * n[1]; ++i) at(result, i) = 0;
        for (std::int64_t i = 0; n[2] > 0 && i < n[0]; ++i) {
            auto r = static_cast<std::int64_t>(at(indices, i));
            r = r < 0 ? 0 : r >= n[2] ? n[2] - 1 : r;
            for (std::int64_t j = 0; j < n[1]; ++j)
                if (gather)
                    at(result, i * n[1] + j) = at(other, r * n[1] + j);
                else
                    at(result, r * n[1] + j) += at(other, i * n[1] + j);
        }
    }
};

}  // namespace testing
