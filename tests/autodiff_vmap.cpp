// SPDX-License-Identifier: BSL-1.0
// vmap, jacobian and hessian: against loops over rows, nested with each other and with grad, over
// models, on symbols and on tensors; and the sentences about what cannot be mapped.
#include "check.hpp"
#include "tracing.hpp"

#include <weft/autodiff/jacobian.hpp>
#include <weft/autodiff/vmap.hpp>
#include <weft/nn/linear.hpp>
#include <weft/nn/repeat.hpp>
#include <weft/program/call.hpp>

namespace {

using namespace testing;
using weft::axis;
using weft::in_axes;
using weft::tensor;
using weft::unmapped;

argument floats(std::vector<std::int64_t> shape) { return {dtype::f64, std::move(shape)}; }

/// The values of symbols of a trace whose inputs count 1, 2, ...
std::vector<values> run(trace& t, std::initializer_list<symbol> outputs,
                        std::vector<std::int64_t> const& symbols = {}) {
    REQUIRE(t.error() == "");
    for (symbol s : outputs) t.output(s);
    std::vector<values> inputs;
    for (int n : t.b.view().inputs) {
        std::int64_t count = 1;
        for (extent e : t.b.view().shape_of(n))
            count *=
                t.b.view().extents.evaluate(e, {symbols.data(), static_cast<int>(symbols.size())});
        inputs.emplace_back();
        for (std::int64_t i = 0; i < count; ++i)
            inputs.back().push_back(static_cast<double>(i + 1) /
                                    static_cast<double>(inputs.size()));
    }
    return weft::pass::reference(t.b.view(), inputs, symbols).outputs;
}

symbol row(symbol x, int i) {
    symbol const r = weft::slice(x, 0, i, i + 1);
    weft::list<extent> shape;
    for (int a = 1; a < x.rank(); ++a) shape.push(x.size(a));
    return weft::detail::reshape_to(r, x.builder()->shape(shape));
}
/// Values of rows, one after another.
symbol stack(symbol a, symbol b, symbol c) {
    auto one = [](symbol x) { return reshape(x, {-1}); };
    return concatenate(0, one(a), one(b), one(c));
}

struct net {
    weft::nn::linear<3, 4> hidden;
    weft::nn::linear<4, 1> output;
    constexpr auto operator()(auto const& x) const { return output(tanh(hidden(x))); }
};

struct deep {
    weft::nn::repeat<weft::nn::linear<3, 3>, 3> layers;
    constexpr auto operator()(auto const& x) const { return layers(x); }
};

struct scales {
    tensor<double, 3, 2> by;
    constexpr auto operator()(auto const& x) const { return x * by; }
};

struct counting {
    tensor<double, 2> by;
    weft::state<double> calls;
    constexpr auto operator()(auto const& x) {
        calls = calls + 1;
        return x * by;
    }
};

struct remembering {
    weft::state<double> last;
    constexpr auto operator()(auto const& x) {
        last = sum(x);
        return x * last;
    }
};

}  // namespace

TEST_CASE("a function of rows becomes one of matrices") {
    trace t({floats({3, 2}), floats({3, 4, 2}), floats({4, 3})});
    symbol const x = t.in[0], m = t.in[1], columns = t.in[2];
    auto const f = [](symbol a, symbol b) { return tanh(matmul(b, a)) * sum(a); };
    auto const g = [](symbol a, symbol b) { return sum(a) * b; };
    auto const out = run(
        t,
        {weft::vmap(f)(x, m),
         stack(f(row(x, 0), row(m, 0)), f(row(x, 1), row(m, 1)), f(row(x, 2), row(m, 2))),
         // The second argument whole, then along its last axis.
         weft::vmap(f, in_axes<0, unmapped>)(x, row(m, 1)),
         stack(f(row(x, 0), row(m, 1)), f(row(x, 1), row(m, 1)), f(row(x, 2), row(m, 1))),
         weft::vmap(g, in_axes<0, -1>)(x, columns),
         stack(g(row(x, 0), row(transpose(columns), 0)), g(row(x, 1), row(transpose(columns), 1)),
               g(row(x, 2), row(transpose(columns), 2)))});
    for (std::size_t i = 0; i < out.size(); i += 2) CHECK(close(out[i], out[i + 1], 1e-13));
    CHECK(weft::vmap(f)(x, m).rank() == 2);
}

TEST_CASE("tuples, results that are the same for every element, captures, scalars") {
    trace t({floats({3, 2}), floats({2}), floats({})});
    symbol const x = t.in[0], w = t.in[1], s = t.in[2];
    auto const [a, b, c] = weft::vmap(
        [w](symbol row, symbol scale) { return std::tuple(row * w * scale, exp(w), row); })(x, s);
    CHECK(c.id() == x.id());
    auto const nested =
        weft::vmap([](symbol row) { return std::pair(row, std::tuple(sum(row))); })(x);
    CHECK(nested.first.id() == x.id());
    auto const out = run(t, {a, x * w * s, b, broadcast_to(exp(w), {3, 2}),
                             std::get<0>(nested.second), sum(x, axis<1>)});
    for (std::size_t i = 0; i < out.size(); i += 2) CHECK(out[i] == out[i + 1]);
}

TEST_CASE("vmap of vmap: all pairs of rows") {
    trace t({floats({3, 2}), floats({4, 2})});
    symbol const x = t.in[0], y = t.in[1];
    auto const distance = [](symbol a, symbol b) { return sum(square(a - b)); };
    symbol const pairs = weft::vmap(
        [&](symbol a) { return weft::vmap([&](symbol b) { return distance(a, b); })(y); })(x);
    symbol const same =
        weft::vmap(weft::vmap(distance, in_axes<unmapped, 0>), in_axes<0, unmapped>)(x, y);
    auto const out = run(t, {pairs, same, sum(square(reshape(x, {3, 1, 2}) - y), axis<2>)});
    CHECK(out[0] == out[2]);
    CHECK(out[1] == out[2]);
}

TEST_CASE("gradients of each example, and the gradient of a batch") {
    trace t({floats({3, 2}), floats({2})});
    symbol const x = t.in[0], w = t.in[1];
    auto const loss = [](symbol v, symbol r) { return tanh(sum(v * r)) * sum(r * r); };
    auto const each = weft::vmap(weft::grad(loss), in_axes<unmapped, 0>)(w, x);
    auto const [value, whole] = weft::value_and_grad(
        [&](symbol v) { return sum(weft::vmap([&](symbol r) { return loss(v, r); })(x)); })(w);
    auto const g = weft::grad(loss);
    // Second order: the gradient of a function of gradients of examples.
    auto const norms = [&](symbol v) {
        return sum(square(weft::vmap(weft::grad(loss), in_axes<unmapped, 0>)(v, x)));
    };
    auto const norms_by_rows = [&](symbol v) {
        symbol y = sum(square(g(v, row(x, 0))));
        for (int i = 1; i < 3; ++i) y = y + sum(square(g(v, row(x, i))));
        return y;
    };
    auto const [l, d] = weft::vmap(weft::value_and_grad(loss), in_axes<unmapped, 0>)(w, x);
    auto const out = run(t, {each, stack(g(w, row(x, 0)), g(w, row(x, 1)), g(w, row(x, 2))), whole,
                             sum(each, axis<0>), value, sum(l), d, each, weft::grad(norms)(w),
                             weft::grad(norms_by_rows)(w)});
    for (std::size_t i = 0; i < out.size(); i += 2) CHECK(close(out[i], out[i + 1], 1e-12));
}

TEST_CASE("jvp of a batch, a batch of jvps") {
    trace t({floats({3, 2}), floats({3, 2})});
    symbol const x = t.in[0], u = t.in[1];
    auto const f = [](symbol r) { return tanh(r) * sum(r); };
    auto const a = weft::jvp(weft::vmap(f))(u, x);
    auto const b = weft::vmap(weft::jvp(f))(u, x);
    auto const out = run(t, {a.second, b.second, a.first, b.first});
    CHECK(close(out[0], out[1], 1e-13));
    CHECK(out[2] == out[3]);
}

TEST_CASE("models: whole by default, mapped where in_axes names them") {
    trace t({floats({3, 2}), floats({3, 2})});
    symbol const x = t.in[0];
    scales m;
    m.by.bind(t.in[1]);
    auto const apply = [](auto& model, symbol r) { return model(r); };
    symbol const whole = weft::vmap(apply)(m, x);
    CHECK(whole.rank() == 3);
    // A gradient for each example is a model whose tensors have one more axis.
    auto const each =
        weft::vmap(weft::grad([](auto& model, symbol r) { return sum(square(model(r))); }))(m, x);
    CHECK(each.by.traced().rank() == 3);
    auto const out =
        run(t, {weft::vmap(apply, in_axes<0>)(m, x), x * m.by, whole, reshape(x, {3, 1, 2}) * m.by,
                each.by.traced(), 2 * square(reshape(x, {3, 1, 2})) * m.by});
    for (std::size_t i = 0; i < out.size(); i += 2) CHECK(close(out[i], out[i + 1], 1e-13));
}

TEST_CASE("states: the same for every element, or refused") {
    trace t({floats({3, 2}), floats({2}), floats({})});
    counting m;
    m.by.bind(t.in[1]), m.calls.bind(t.in[2]);
    symbol const y = weft::vmap([](auto& model, symbol r) { return model(r); })(m, t.in[0]);
    CHECK(m.calls.traced().id() != t.in[2].id());
    auto const out = run(t, {y, t.in[0] * t.in[1], m.calls.traced(), t.in[2] + 1});
    CHECK(out[0] == out[1]);
    CHECK(out[2] == out[3]);
    trace u({floats({3, 2}), floats({})});
    remembering r;
    r.last.bind(u.in[1]);
    weft::vmap([](auto& model, symbol x) { return model(x); })(r, u.in[0]);
    CHECK(u.error() ==
          "vmap: the function assigns a state of a model another value for each "
          "element of the batch: return it instead");
}

TEST_CASE("the random key of the call is no batch") {
    trace t({floats({3, 2})});
    symbol const key = t.b.random_key();
    symbol const y =
        weft::vmap([](symbol r, symbol) { return r * 0 + weft::random::uniform(r); })(t.in[0], key);
    auto const out = run(t, {y});
    CHECK(out[0][0] == out[0][2]);
    CHECK(out[0][0] != out[0][1]);
}

TEST_CASE("run-time batches that must agree") {
    trace t({floats({n0, 2}), floats({n1}), floats({3})});
    symbol const x = t.in[0];
    auto const f = [](symbol a, symbol b, symbol c) { return a * b * c; };
    auto const out = run(
        t, {weft::vmap(f)(x, t.in[1], t.in[2]), x * reshape(t.in[1] * t.in[2], {-1, 1})}, {3, 3});
    CHECK(out[0] == out[1]);
}

TEST_CASE("jacobian and hessian") {
    trace t({floats({2, 3}), floats({3})});
    symbol const w = t.in[0], x = t.in[1];
    auto const f = [](symbol a, symbol b) { return tanh(matmul(a, b)); };
    symbol const y = f(w, x), slope = 1 - y * y;
    symbol const by_x = weft::jacobian(f, weft::wrt<1>)(w, x);
    symbol const by_w = weft::jacobian(f)(w, x);
    CHECK(by_w.rank() == 3);
    symbol const eye =
        weft::cast<double>(weft::iota(x, {2, 2, 1}, 0) == weft::iota(x, {2, 2, 1}, 1));
    auto const [both_w, both_x] = weft::jacobian(f, weft::wrt<0, 1>)(w, x);
    // Of a scalar, and of what does not depend on the argument.
    symbol const of_sum = weft::jacobian([](symbol a) { return sum(a * a); })(x);
    symbol const none = weft::jacobian([x](symbol) { return exp(x); })(w);
    // The hessian of sum(x^3) and of a product with itself through a matrix.
    symbol const cubes = weft::hessian([](symbol a) { return sum(a * a * a); })(x);
    symbol const gram = weft::hessian([w](symbol a) { return sum(square(matmul(w, a))); })(x);
    symbol const three = weft::cast<double>(weft::iota(x, {3, 3}, 0) == weft::iota(x, {3, 3}, 1));
    auto const out =
        run(t, {by_x, reshape(slope, {2, 1}) * w, by_w, eye * reshape(slope, {2, 1, 1}) * x, both_w,
                by_w, both_x, by_x, of_sum, 2 * x, none, 0 * broadcast_to(w, {3, 2, 3}), cubes,
                6 * x * three, gram, 2 * matmul(transpose(w), w)});
    for (std::size_t i = 0; i < out.size(); i += 2) CHECK(close(out[i], out[i + 1], 1e-12));
    // In a batch: a jacobian of each row.
    CHECK(weft::vmap(weft::jacobian([](symbol r) { return tanh(r); }))(w).rank() == 3);
}

TEST_CASE("mistakes are sentences") {
    auto const f = [](symbol a, symbol b) { return a + b; };
    auto sentence = [](std::vector<argument> const& arguments, auto use) {
        trace t(arguments);
        use(t.in);
        return t.error();
    };
    CHECK(sentence({floats({3, 2}), floats({4, 2})}, [&](auto& x) { weft::vmap(f)(x[0], x[1]); }) ==
          "vmap(x0, x1): (3, 2) and (4, 2), mapped axis first: 3 elements and 4");
    CHECK(sentence({floats({3, 2}), floats({4, 5})}, [&](auto& x) {
              weft::vmap(f, in_axes<0, 1>)(x[0], x[1]);
          }) == "vmap(x0, x1): (3, 2) and (5, 4), mapped axis first: 3 elements and 5");
    CHECK(sentence({floats({3}), floats({})}, [&](auto& x) {
              weft::vmap(f, in_axes<0, 0>)(x[0], x[1]);
          }) == "vmap(x1): () has no axis 0");
    CHECK(sentence({floats({3}), floats({3})}, [&](auto& x) {
              weft::vmap(f, in_axes<unmapped, unmapped>)(x[0], x[1]);
          }) == "vmap: no argument is mapped, so that the batch has no size");
    // A mistake inside of f names the element.
    CHECK(sentence({floats({3, 2}), floats({3, 4})}, [&](auto& x) { weft::vmap(f)(x[0], x[1]); }) ==
          "add(x0, x1): (2) and (4) do not broadcast");
    CHECK(sentence({floats({3}), {dtype::int32, {3}}}, [&](auto& x) {
              weft::jacobian([](symbol, symbol b) { return b; })(x[0], x[1]);
          }) == "jacobian: the function returns int32, which has no derivative");
    using weft::detail::vmap_misfit;
    using matrix = tensor<float, 3, 2>;
    auto const one = [](auto a) { return a; };
    auto const nothing = [](auto) {};
    auto const model = [](auto) { return scales{}; };
    CHECK(vmap_misfit<decltype(one), weft::in_axes_t<0, 0>, matrix>::sentence.view() ==
          "weft::vmap: in_axes names 2 arguments, the function is called with 1");
    CHECK(vmap_misfit<decltype(nothing), weft::in_axes_t<>, matrix>::sentence.view() ==
          "weft::vmap: the function returns void: expected a symbol, a model, or a tuple of them");
    CHECK(vmap_misfit<decltype(model), weft::in_axes_t<>, matrix>::sentence.view() ==
          "weft::vmap: the function returns a model, whose type has no room for a batch axis: "
          "return its members, or call vmap inside of a traced function");
    CHECK(vmap_misfit<decltype(model), weft::in_axes_t<>, symbol>::sentence.view() == "");
    CHECK(vmap_misfit<decltype(one), weft::in_axes_t<>, matrix>::sentence.view() == "");
}

TEST_CASE("compiled: gradients of each example of a model, for a run-time batch") {
    net m;
    float next = -0.4f;
    weft::for_each_leaf(m, [&](auto& leaf) {
        for (float& v : leaf) v = next = next > 0.4f ? -0.5f : next + 0.07f;
    });
    tensor<float, weft::dyn, 3> x(5, 3);
    for (float& v : x) v = next = next > 0.9f ? -0.8f : next + 0.19f;
    auto const all = weft::call(
        [](auto& model, auto batch) {
            auto const loss = [](auto& each, symbol r) { return sum(square(each(r))); };
            auto const [l, g] = weft::vmap(weft::value_and_grad(loss))(model, batch);
            return std::tuple(l, g.hidden.weight.traced(), g.output.bias.traced());
        },
        m, x);
    CHECK(std::get<1>(all).extent(0) == 5);
    for (int i = 0; i < 5; ++i) {
        tensor<float, 3> r;
        for (int j = 0; j < 3; ++j) r(j) = x(i, j);
        auto const [l, g] =
            weft::value_and_grad([](auto& each, auto v) { return sum(square(each(v))); })(m, r);
        CHECK(std::get<0>(all)(i) == doctest::Approx(l()).epsilon(1e-5));
        CHECK(std::get<2>(all)(i, 0) == doctest::Approx(g.output.bias(0)).epsilon(1e-5));
        for (int j = 0; j < 3; ++j)
            for (int k = 0; k < 4; ++k)
                CHECK(std::get<1>(all)(i, j, k) ==
                      doctest::Approx(g.hidden.weight(j, k)).epsilon(1e-4));
    }
}

TEST_CASE("compiled: a repeat in a batch, stacked values mapped and whole, and its gradient") {
    tensor<float, 3, 2> start{{1, 2}, {3, 4}, {5, 6}};
    tensor<float, 4, 2> shared{{.1f, .2f}, {.3f, .4f}, {.5f, .6f}, {.7f, .8f}};
    tensor<float, 3, 4, 2> own;
    float next = 0;
    for (float& v : own) v = next += 0.01f;
    auto const chain = [](auto s, auto a, auto b) {
        return sum(
            weft::repeat([](symbol c, symbol p, symbol q) { return tanh(c * p + q); }, s, a, b));
    };
    auto const [y, ds, da, whole, tangent, same_tangent] = weft::call(
        [](auto s, auto a, auto b) {
            auto const f = [](symbol c, symbol p, symbol q) {
                return sum(weft::repeat(
                    [](symbol z, symbol u, symbol v) { return tanh(z * u + v); }, c, p, q));
            };
            auto const [value, d] = weft::vmap(weft::value_and_grad(f, weft::wrt<0, 1>),
                                               in_axes<0, unmapped, 0>)(s, a, b);
            symbol const of_all = weft::grad([s = s, b = b, f](symbol p) {
                return sum(weft::vmap(f, in_axes<0, unmapped, 0>)(s, p, b));
            })(a);
            auto const along = weft::jvp([s = s, b = b, f](symbol p) {
                return sum(weft::vmap(f, in_axes<0, unmapped, 0>)(s, p, b));
            })(a, a);
            return std::tuple(value, std::get<0>(d), std::get<1>(d), of_all, along.second,
                              sum(of_all * a));
        },
        start, shared, own);
    CHECK(tangent() == doctest::Approx(same_tangent()).epsilon(1e-5));
    for (int j = 0; j < 4; ++j)
        for (int k = 0; k < 2; ++k)
            CHECK(whole(j, k) == doctest::Approx(da(0, j, k) + da(1, j, k) + da(2, j, k)));
    for (int i = 0; i < 3; ++i) {
        tensor<float, 2> s;
        tensor<float, 4, 2> b;
        for (int k = 0; k < 2; ++k) s(k) = start(i, k);
        for (int j = 0; j < 4; ++j)
            for (int k = 0; k < 2; ++k) b(j, k) = own(i, j, k);
        auto const [value, d] = weft::value_and_grad(chain, weft::wrt<0, 1>)(s, shared, b);
        CHECK(y(i) == doctest::Approx(value()).epsilon(1e-5));
        for (int k = 0; k < 2; ++k) {
            CHECK(ds(i, k) == doctest::Approx(std::get<0>(d)(k)).epsilon(1e-4));
            for (int j = 0; j < 4; ++j)
                CHECK(da(i, j, k) == doctest::Approx(std::get<1>(d)(j, k)).epsilon(1e-4));
        }
    }
}

TEST_CASE("compiled: repeated layers, whole in a batch, with their gradients") {
    deep m;
    float next = -0.4f;
    for (auto& layer : m.layers.layers())
        weft::for_each_leaf(layer, [&](auto& leaf) {
            for (float& v : leaf) v = next = next > 0.4f ? -0.5f : next + 0.07f;
        });
    tensor<float, 5, 3> x;
    for (float& v : x) v = next = next > 0.9f ? -0.8f : next + 0.19f;
    auto const [rows, d] = weft::value_and_grad([](auto& model, auto batch) {
        return sum(
            weft::vmap([](auto& each, symbol r) { return sum(square(each(r))); })(model, batch));
    })(m, x);
    auto const [whole, e] = weft::value_and_grad(
        [](auto& model, auto batch) { return sum(square(model(batch))); })(m, x);
    CHECK(rows() == doctest::Approx(whole()));
    for (int layer = 0; layer < 3; ++layer)
        for (int i = 0; i < 3; ++i)
            for (int j = 0; j < 3; ++j)
                CHECK(d.layers[layer].weight(i, j) ==
                      doctest::Approx(e.layers[layer].weight(i, j)).epsilon(1e-4));
}

TEST_CASE("a model of a batch does not fit into the model's type") {
    static constexpr auto graph =
        weft::trace<decltype([](scales& m, symbol x) {
                        return weft::vmap(
                            weft::grad([](auto& model, symbol r) { return sum(model(r)); }))(m, x);
                    }),
                    scales, tensor<double, 5, 2>>();
    CHECK(std::string(graph.mistake.view()) ==
          "by is returned with a value of another shape or type: float64(5, 3, 2)");
}

TEST_CASE("compiled: vmap and hessian called with tensors") {
    tensor<double, 3, 2> x{{1, 2}, {3, 4}, {5, 6}};
    tensor<double, 2> w{1, -1};
    auto const y =
        weft::vmap([](auto r, auto v) { return sum(r * r * v); }, in_axes<0, unmapped>)(x, w);
    CHECK(y(0) == -3);
    CHECK(y(2) == -11);
    auto const h = weft::hessian([](auto v) { return sum(v * v * v) * sum(v); })(w);
    // 6 v s + 3 (v_i^2 + v_j^2) off and on the diagonal, with s = sum(v) = 0.
    CHECK(h(0, 0) == doctest::Approx(6));
    CHECK(h(0, 1) == doctest::Approx(6));
}
