// SPDX-License-Identifier: BSL-1.0
// weft::compile: costs as constants, runs without allocation in workspaces of any owner, updates in
// place, and steps that are refused as a whole.
#include <limits>

#include "allocations.hpp"
#include "compiled.hpp"

#include <weft/autodiff/grad.hpp>
#include <weft/nn/batch_norm.hpp>
#include <weft/nn/linear.hpp>
#include <weft/program/compile.hpp>
#include <weft/train/step.hpp>

namespace {

using namespace testing;
using weft::axis;
using weft::dyn;
using weft::setting;
using weft::symbol;
using weft::tensor;
using weft::workspace;
namespace nn = weft::nn;

struct mlp {
    nn::linear<20, 24> hidden;
    nn::linear<24, 5> output;
    constexpr auto operator()(auto const& x) const { return output(tanh(hidden(x))); }
};

constexpr auto squares = [](auto& m, symbol x, symbol y) { return mean(square(m(x) - y)); };

/// Loss, gradient, update: with momentum, whose state is an argument of its own.
constexpr auto train_step = [](auto& m, auto& velocity, symbol x, symbol y, symbol rate) {
    auto [loss, d] = weft::value_and_grad(squares)(m, x, y);
    velocity.hidden.weight = 0.9 * velocity.hidden.weight + d.hidden.weight;
    velocity.hidden.bias = 0.9 * velocity.hidden.bias + d.hidden.bias;
    velocity.output.weight = 0.9 * velocity.output.weight + d.output.weight;
    velocity.output.bias = 0.9 * velocity.output.bias + d.output.bias;
    m.hidden.weight = m.hidden.weight - rate * velocity.hidden.weight;
    m.hidden.bias = m.hidden.bias - rate * velocity.hidden.bias;
    m.output.weight = m.output.weight - rate * velocity.output.weight;
    m.output.bias = m.output.bias - rate * velocity.output.bias;
    return loss;
};

using batch = tensor<float, 16, 20>;
using target = tensor<float, 16, 5>;
using signature = float(mlp&, mlp&, batch const&, target const&, float);

constexpr auto step = weft::compile<signature>(train_step);
constexpr auto infer = weft::compile<tensor<float, 5>(mlp const&, tensor<float, 20> const&)>(
    [](auto& m, symbol x) { return m(x); });

std::vector<values> all_of(auto& model) {
    std::vector<values> v;
    weft::for_each_leaf(model, flattener{v});
    return v;
}

}  // namespace

TEST_CASE("costs are constants, as static members and through an object") {
    static_assert(step.workspace_bytes() > 0 && step.workspace_bytes() < 1 << 16);
    static_assert(decltype(step)::workspace_bytes() == step.workspace_bytes());
    // Forward and backward products: 2 m n k each, all three of the output, two of the first layer.
    constexpr double products = 2.0 * 16 * 24 * (20 * 2 + 5 * 3);
    static_assert(step.flops() > products && step.flops() < 1.5 * products);
    static_assert(decltype(step)::flops() == step.flops());
    static_assert(step.bytes() > 4 * (20 * 24 + 24 * 5) * 4);
    static_assert(step.kernels() > 0 && step.steps() >= step.kernels() && step.steps() < 20);
    static_assert(infer.flops() < step.flops());

    constexpr weft::compiled<signature> light = step;
    static_assert(light.workspace_bytes() == step.workspace_bytes());
    static_assert(light.flops() == step.flops() && light.bytes() == step.bytes());

    constexpr auto dynamic = weft::compile<tensor<float, dyn>(tensor<float, dyn> const&)>(
        [](symbol x) { return softmax(x); });
    static_assert(dynamic.workspace_bytes() == -1 && dynamic.flops() == -1);
    tensor<float, dyn> const x{1, 1};
    CHECK(dynamic(x)[1] == 0.5f);
}

TEST_CASE("a training step trains, in place, and as the reference says") {
    auto net = nn::init<mlp>(weft::random::key{1});
    mlp velocity;
    auto const x = numbers<batch>(1);
    auto const y = numbers<target>(2);
    for (int i = 0; i < 2; ++i) check(train_step, 1e-5, net, velocity, x, y, 0.1f);
    float const* const before = net.hidden.weight.data();
    float const first = step(net, velocity, x, y, 0.1f);
    float last = first;
    for (int i = 0; i < 50; ++i) last = step(net, velocity, x, y, 0.1f);
    CHECK(net.hidden.weight.data() == before);
    CHECK(last < 0.5f * first);
    tensor<float, 20> one;
    for (std::int64_t i = 0; i < 20; ++i) one[i] = x(3, i);
    auto const all = weft::call(net, x);
    auto const scores = infer(net, one);
    for (std::int64_t j = 0; j < 5; ++j) CHECK(scores[j] == doctest::Approx(all(3, j)).epsilon(1e-5));
}

TEST_CASE("a run allocates nothing; the workspace of a thread grows once") {
    auto net = nn::init<mlp>(weft::random::key{1});
    mlp velocity;
    auto const x = numbers<batch>(1);
    auto const y = numbers<target>(2);
    workspace own(step.workspace_bytes());
    CHECK(own.bytes() >= step.workspace_bytes());
    long before = allocations;
    float const a = step(own, net, velocity, x, y, 0.f);
    CHECK(allocations == before);
    float const b = step(net, velocity, x, y, 0.f);  // the thread's, perhaps for the first time
    before = allocations;
    float c = 0;
    for (int i = 0; i < 10; ++i) c = step(net, velocity, x, y, 0.f);
    CHECK(allocations == before);
    CHECK(a == b);
    CHECK(b == c);

    weft::compiled<signature> const light = step;
    before = allocations;
    CHECK(light(own, net, velocity, x, y, 0.f) == a);
    CHECK(light(net, velocity, x, y, 0.f) == a);
    CHECK(allocations == before);
}

TEST_CASE("a workspace that is too small grows; one serves several programs") {
    auto net = nn::init<mlp>(weft::random::key{1});
    mlp velocity;
    auto const x = numbers<batch>(1);
    auto const y = numbers<target>(2);
    workspace memory;
    CHECK(memory.bytes() == 0);
    float const a = step(memory, net, velocity, x, y, 0.f);
    CHECK(memory.bytes() == step.workspace_bytes());
    std::byte* const where = memory.reserve(1);
    tensor<float, 20> one;
    long const before = allocations;
    infer(memory, net, one);
    CHECK(step(memory, net, velocity, x, y, 0.f) == a);
    CHECK(allocations == before);
    CHECK(memory.reserve(1) == where);
    CHECK(reinterpret_cast<std::uintptr_t>(where) % 64 == 0);
    // What stood in it before does not matter.
    for (std::int64_t i = 0; i < memory.bytes(); ++i) where[i] = std::byte{0xff};
    CHECK(step(memory, net, velocity, x, y, 0.f) == a);
}

TEST_CASE("run-time extents: binding a size again allocates nothing but the result") {
    constexpr auto f = weft::compile<tensor<float>(tensor<float, dyn, dyn> const&)>([](symbol x) {
        symbol const p = softmax(matmul(x, transpose(x)));
        return sum(p * log(p + 1)) + mean(exp(x));
    });
    auto const small = numbers<tensor<float, dyn, dyn>>(1, 7, 5);
    auto const large = numbers<tensor<float, dyn, dyn>>(2, 40, 30);
    workspace memory;
    auto const a = f(memory, large), b = f(memory, small);
    long const before = allocations;
    for (int i = 0; i < 3; ++i) {  // the last batch of a loop is smaller
        CHECK(f(memory, large).item() == a.item());
        CHECK(f(memory, small).item() == b.item());
    }
    CHECK(allocations == before);
}

TEST_CASE("equal layers share kernels, whatever their number") {
    struct counts {
        int kernels, steps;
    };
    constexpr auto of = []<int N>(std::integral_constant<int, N>) {
        using P = weft::program<decltype([](symbol x, symbol w) {
            for (int i = 0; i < N; ++i) x = tanh(matmul(x, w));
            return x;
        }), tensor<float, 8, 12>, tensor<float, 12, 12>>;
        return counts{P::plan.kernels.size(), P::plan.steps.size()};
    };
    constexpr counts three = of(std::integral_constant<int, 3>{}),
                     twenty = of(std::integral_constant<int, 20>{});
    static_assert(three.kernels == 1 && twenty.kernels == 1);
    static_assert(three.steps == 3 && twenty.steps == 20);
}

namespace {

struct guarded {
    nn::linear<4, 3> layer;
    nn::batch_norm<3> norm;
    tensor<float, 3> extra;
    constexpr auto operator()(auto const& x) { return norm(layer(x)) * exp(extra); }
};

struct guarded_step {
    template <class M>
    constexpr auto operator()(M& m, symbol x) const {
        x.builder()->training = true;
        auto [loss, d] =
            weft::value_and_grad([](auto& n, symbol a) { return sum(log(square(n(a)))); })(m, x);
        m.layer.weight = m.layer.weight - 0.1 * d.layer.weight;
        m.layer.bias = m.layer.bias - 0.1 * d.layer.bias;
        m.extra = m.extra * 0.5;  // depends on nothing but itself
        return loss;
    }
};

}  // namespace

TEST_CASE("a loss that is not finite leaves parameters and states as they were") {
    using P = weft::program<guarded_step, guarded, tensor<float, 6, 4> const>;
    auto m = nn::init<guarded>(weft::random::key{3});
    m.extra = tensor<float, 3>{1, 2, 3};
    auto x = numbers<tensor<float, 6, 4>>(1);
    float loss = 0;
    void* const outputs[] = {&loss};
    auto const before = all_of(m);
    bool const taken = weft::train::run_into<true, P>(outputs, m, x);
    CHECK(taken);
    CHECK(std::isfinite(loss));
    auto const after = all_of(m);
    // Weight, bias; not scale and bias of the norm; its states; not its settings; extra.
    for (std::size_t i = 0; i < before.size(); ++i)
        CHECK((before[i] != after[i]) == (i < 2 || i == 4 || i == 5 || i == 8));

    for (float bad : {std::numeric_limits<float>::quiet_NaN(),
                      std::numeric_limits<float>::infinity()}) {
        x(2, 1) = bad;
        bool const refused = !weft::train::run_into<true, P>(outputs, m, x);
        CHECK(refused);
        CHECK(!std::isfinite(loss));
        CHECK(all_of(m) == after);
    }
    x(2, 1) = 0;
    bool const again = weft::train::run_into<true, P>(outputs, m, x);
    CHECK(again);
    CHECK(all_of(m) != after);
}
