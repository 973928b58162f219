// SPDX-License-Identifier: BSL-1.0
// The cases of eager tensors by primitives of oneDNN, if the build found it. They are made and
// their memory is bound before the clock starts.
#include "eager.hpp"

#ifdef WEFT_HAS_ONEDNN
#include <oneapi/dnnl/dnnl.hpp>

#include <unordered_map>
#include <utility>
#include <vector>

namespace {

using sizes = dnnl::memory::dims;
using described = dnnl::memory::desc;

dnnl::engine const& cpu() {
    static dnnl::engine const one(dnnl::engine::kind::cpu, 0);
    return one;
}

/// Dense row-major numbers, or with strides.
described dense(sizes const& extents) {
    sizes strides(extents.size(), 1);
    for (std::size_t a = extents.size(); a-- > 1;) strides[a - 1] = strides[a] * extents[a];
    return {extents, dnnl::memory::data_type::f32, strides};
}
dnnl::memory filled(int seed, described const& of) {
    dnnl::memory m(of, cpu());
    auto const p = static_cast<float*>(m.get_data_handle());
    for (std::size_t i = 0; i < of.get_size() / sizeof(float); ++i)
        p[i] = eager::value(static_cast<std::int64_t>(i), seed);
    return m;
}

using operands = std::unordered_map<int, dnnl::memory>;

void add(bench::suite& suite, std::string name, dnnl::primitive const& p, operands const& x) {
    dnnl::stream stream(cpu());
    suite.peer("oneDNN", std::move(name), [=]() mutable {
        p.execute(stream, x);
        stream.wait();
    });
}

void gelu(bench::suite& suite, std::int64_t n) {
    described const d = dense({n});
    dnnl::eltwise_forward::desc const what(dnnl::prop_kind::forward_inference,
                                           dnnl::algorithm::eltwise_gelu_tanh, d, 0, 0);
    add(suite, "eager_gelu_" + std::to_string(n), dnnl::eltwise_forward({what, cpu()}),
        {{DNNL_ARG_SRC, filled(1, d)}, {DNNL_ARG_DST, filled(2, d)}});
}

void softmax(bench::suite& suite, std::int64_t rows, char const* name) {
    described const d = dense({rows, 1024});
    dnnl::softmax_forward::desc const what(dnnl::prop_kind::forward_inference, d, 1);
    add(suite, name, dnnl::softmax_forward({what, cpu()}),
        {{DNNL_ARG_SRC, filled(1, d)}, {DNNL_ARG_DST, filled(2, d)}});
}

void layer_norm(bench::suite& suite) {
    described const d = dense({1024, 768}), factors = dense({2, 768});
    dnnl::layer_normalization_forward::desc const what(dnnl::prop_kind::forward_inference, d, 1e-5f,
                                                       dnnl::normalization_flags::use_scale_shift);
    add(suite, "eager_layer_norm_1024x768", dnnl::layer_normalization_forward({what, cpu()}),
        {{DNNL_ARG_SRC, filled(1, d)},
         {DNNL_ARG_DST, filled(2, d)},
         {DNNL_ARG_SCALE_SHIFT, filled(3, factors)}});
}

void sum(bench::suite& suite, described const& to, char const* name) {
    described const d = dense({1024, 1024});
    dnnl::reduction::desc const what(dnnl::algorithm::reduction_sum, d, to, 0, 0);
    add(suite, name, dnnl::reduction({what, cpu()}),
        {{DNNL_ARG_SRC, filled(1, d)}, {DNNL_ARG_DST, filled(2, to)}});
}

void binary(bench::suite& suite, described const& other, char const* name) {
    described const d = dense({1024, 1024});
    dnnl::binary::desc const what(dnnl::algorithm::binary_add, d, other, d);
    add(suite, name, dnnl::binary({what, cpu()}),
        {{DNNL_ARG_SRC_0, filled(1, d)},
         {DNNL_ARG_SRC_1, filled(2, other)},
         {DNNL_ARG_DST, filled(3, d)}});
}

void transpose(bench::suite& suite) {
    described const d = dense({1024, 1024}),
                    turned({1024, 1024}, dnnl::memory::data_type::f32, sizes{1, 1024});
    auto const from = filled(1, d), to = filled(2, turned);
    add(suite, "eager_transpose_1024", dnnl::reorder(from, to),
        {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
}

void concatenate(bench::suite& suite, int axis, char const* name) {
    described const half = dense(axis == 0 ? sizes{512, 1024} : sizes{1024, 512}),
                    d = dense({1024, 1024});
    add(suite, name, dnnl::concat({d, axis, {half, half}, cpu()}),
        {{DNNL_ARG_MULTIPLE_SRC, filled(1, half)},
         {DNNL_ARG_MULTIPLE_SRC + 1, filled(2, half)},
         {DNNL_ARG_DST, filled(3, d)}});
}

}  // namespace
#endif

int main(int argc, char** argv) {
    bench::suite suite;
#ifdef WEFT_HAS_ONEDNN
    for (std::int64_t n : {1'000, 100'000, 1'000'000, 16'000'000}) gelu(suite, n);
    softmax(suite, 64, "eager_softmax_64x1024");
    softmax(suite, 1024, "eager_softmax_1024x1024");
    layer_norm(suite);
    sum(suite, dense({1, 1024}), "eager_sum_axis0_1024");
    sum(suite, dense({1024, 1}), "eager_sum_axis1_1024");
    binary(suite, dense({1024, 1024}), "eager_add_1024");
    binary(suite, dense({1, 1024}), "eager_add_row_1024");
    binary(suite, dense({1024, 1}), "eager_add_column_1024");
    transpose(suite);
    concatenate(suite, 0, "eager_concatenate_axis0_1024");
    concatenate(suite, 1, "eager_concatenate_axis1_1024");
#endif
    return suite.run(argc, argv);
}
