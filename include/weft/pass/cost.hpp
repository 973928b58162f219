// SPDX-License-Identifier: BSL-1.0
// What a run costs: floating-point operations, and bytes read and written by its kernels, so that
// users can assert limits and benchmarks can tell how near they are to the machine's.
#pragma once

#include <weft/pass/plan.hpp>
#include <weft/pass/window.hpp>

namespace weft::pass {

struct cost_report {
    double flops, bytes;
};

/// The cost of a plan under values of its run-time extents' symbols (none where all is static).
constexpr cost_report cost(plan_view const& p, range<std::int64_t> symbols = {}) {
    auto value = [&](extent e) {
        return static_cast<double>(e.is_static() ? e.value() : p.extents.evaluate(e, symbols));
    };
    cost_report all{0, 0};
    for (step const& s : p.steps) {
        kernel const& k = p.kernels[s.kernel];
        double runs = 1;
        for (int l = s.loop; l >= 0; l = p.loops[l].around) runs *= value(p.loops[l].count);
        cost_report total{0, 0};
        auto const add = [&] { all.flops += runs * total.flops, all.bytes += runs * total.bytes; };
        double elements = 1, rows = 1, columns = 1;
        for (int i = 0; i < k.rank; ++i) elements *= value(p.dim(s.kernel, i));
        for (int i = 0; i < k.row_rank; ++i) rows *= value(p.dim(s.kernel, i));
        for (int i = k.row_rank; i < k.rank; ++i) columns *= value(p.dim(s.kernel, i));
        if (k.kind == kernel_kind::product) {
            double batches = 1;
            for (int i = 0; i < k.product_rank - 3; ++i)
                batches *= value(p.product_dim(s.kernel, i));
            double const m = value(p.product_dim(s.kernel, k.product_rank - 3)),
                         n = value(p.product_dim(s.kernel, k.product_rank - 2)),
                         depth = value(p.product_dim(s.kernel, k.product_rank - 1));
            total.flops += 2 * batches * m * n * depth;
            total.bytes += batches * depth * n * size_of(k.type);
            // A window reads an image once, a product its left operand.
            double left = m * depth;
            if (k.window != 0) {
                using at = window_place;
                auto const number = [&](int i) { return value(p.extent_pool[k.window + i]); };
                left = number(at::images) * number(at::channels) * number(at::lanes);
                for (int i = 0; i < number(at::axes); ++i)
                    left *= number(at::first_axis + i * at::per_axis + at::size);
            }
            total.bytes += batches * left * size_of(k.type);
        }
        if (k.kind == kernel_kind::gather || k.kind == kernel_kind::scatter) {
            double const moved =
                value(p.dim(s.kernel, 0)) * value(p.dim(s.kernel, 1)) * size_of(k.type);
            total.bytes += k.kind == kernel_kind::gather ? 2 * moved : 3 * moved;
            add();
            continue;
        }
        if (k.kind == kernel_kind::whole) {
            int dim = 0;
            auto const touch = [&](instruction const& i) {
                double n = 1;
                for (int d = 0; d < i.bits; ++d) n *= value(p.dim(s.kernel, dim++));
                total.bytes += n * size_of(i.type);
            };
            auto const body = p.body(s.kernel);
            int result = 0;
            while (body[result].what != action::store) ++result;
            touch(body[result]);
            for (instruction const& i : body) {
                if (i.what == action::load) touch(i);
                if (i.what == action::compute) total.flops += value({i.bits});
            }
            add();
            continue;
        }
        for (instruction const& i : p.body(s.kernel)) {
            double const times = i.per_row ? rows : elements;
            if (i.has_op()) total.flops += times * i.op->cost;
            if (i.what == action::load || i.what == action::store) {
                double touched = 1;
                for (int d = 0; d < k.rank; ++d)
                    if (p.stride(s.kernel, i.access, d) != extent{0})
                        touched *= value(p.dim(s.kernel, d));
                total.bytes += touched * size_of(i.type);
            }
            if (i.what == action::reduce_column) total.bytes += columns * size_of(i.type);
        }
        add();
    }
    return all;
}

}  // namespace weft::pass
