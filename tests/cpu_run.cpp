// SPDX-License-Identifier: BSL-1.0
#include <weft/ops/math.hpp>
#include <weft/ops/random.hpp>
#include <weft/ops/reduce.hpp>

#include <weft/cpu/run.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <limits>
#include <memory>
#include <vector>

namespace {

using namespace weft;
using pass::action;
using enum dtype;

/// Plans written by hand.
/// An extent, or the number of a static one.
struct size {
    extent e;
    constexpr size(std::int64_t number) : e{number} {}
    constexpr size(extent other) : e(other) {}
    constexpr operator extent() const { return e; }
};

struct builder {
    pass::plan p;
    int kernel = -1;

    constexpr void loop(int row_rank, std::initializer_list<size> dims, int phases = 1) {
        int const first = p.extent_pool.size();
        for (extent e : dims) p.extent_pool.push(e);
        p.kernels.push({pass::kernel_kind::loop, dtype::f32, static_cast<int>(dims.size()),
                        row_rank, first, phases, 0, 0, {p.instructions.size(), 0},
                        {p.accesses.size(), 0}, 0, 0});
        kernel = p.kernels.size() - 1;
    }
    constexpr void product(dtype type, std::initializer_list<size> product_dims, int row_rank,
                           std::initializer_list<size> dims) {
        loop(row_rank, dims);
        pass::kernel& k = p.kernels.back();
        k.kind = pass::kernel_kind::product;
        k.type = type;
        k.product_rank = static_cast<int>(product_dims.size());
        k.product_dims = p.extent_pool.size();
        for (extent e : product_dims) p.extent_pool.push(e);
    }
    constexpr void rows(pass::kernel_kind kind, dtype type, dtype index, extent count, extent width,
                        extent table) {
        loop(0, {count, width, table});
        p.kernels.back().kind = kind;
        p.kernels.back().type = type;
        emit(action::load, index, access(kind == pass::kernel_kind::gather ? 1 : 0, {0, 0, 0}));
    }
    constexpr int access(int slot, std::initializer_list<size> strides, size offset = 0) {
        int const first = p.extent_pool.size();
        for (extent e : strides) p.extent_pool.push(e);
        p.accesses.push({slot, offset, first});
        pass::kernel& k = p.kernels.back();
        if (slot >= k.slots) k.slots = slot + 1;
        return k.accesses.count++;
    }
    constexpr int emit(action what, dtype type, int access, std::int64_t bits = 0,
                       ir::operation const* op = nullptr,
                       std::initializer_list<int> operands = {}) {
        pass::instruction i{what, type, per_row, phase, op, {-1, -1, -1, -1}, access, bits};
        int n = 0;
        for (int o : operands) i.operand[n++] = o;
        p.instructions.push(i);
        return p.kernels.back().instructions.count++;
    }
    bool per_row = false;
    int phase = 0;
    int repeat = -1;  // the loop of the steps that follow

    constexpr int load(dtype type, int slot, std::initializer_list<size> strides,
                       size offset = 0) {
        return emit(action::load, type, access(slot, strides, offset));
    }
    constexpr int index(dtype type, std::initializer_list<size> strides, size offset = 0) {
        return emit(action::index, type, access(-1, strides, offset));
    }
    constexpr void store(dtype type, int slot, std::initializer_list<size> strides, int from,
                         size offset = 0) {
        emit(action::store, type, access(slot, strides, offset), 0, nullptr, {from});
    }
    constexpr int constant(double x) {
        return emit(action::constant, dtype::f32, -1, std::bit_cast<std::int64_t>(x));
    }
    template <class Op>
    constexpr int op(dtype type, std::initializer_list<int> operands) {
        return emit(action::compute, type, -1, 0, &ir::descriptor<Op>, operands);
    }
    template <class Op>
    constexpr int reduce_row(dtype type, int from) {
        return emit(action::reduce_row, type, -1, 0, &ir::descriptor<Op>, {from});
    }
    template <class Op>
    constexpr void reduce_column(dtype type, int slot, std::initializer_list<size> strides,
                                 int from) {
        emit(action::reduce_column, type, access(slot, strides), 0, &ir::descriptor<Op>, {from});
    }
    template <class Op>
    constexpr void reduce_all(dtype type, int slot, std::initializer_list<size> strides,
                              int from) {
        emit(action::reduce_all, type, access(slot, strides), 0, &ir::descriptor<Op>, {from});
    }
    constexpr void step(int kernel_number, std::initializer_list<int> buffers) {
        p.steps.push({kernel_number, {p.slots.size(), static_cast<int>(buffers.size())}, repeat});
        for (int b : buffers) p.slots.push(b);
    }
    /// A step of the last kernel.
    constexpr void step(std::initializer_list<int> buffers) { step(kernel, buffers); }
};

template <class T, int N>
struct frozen {
    T at[N ? N : 1];
    constexpr T const& operator[](int i) const { return at[i]; }
    constexpr T const* begin() const { return at; }
    constexpr T const* end() const { return at + N; }
    constexpr std::size_t size() const { return N; }
};
template <int N, class T>
constexpr auto freeze(list<T> const& from) {
    frozen<T, N> to{};
    for (int i = 0; i < N; ++i) to.at[i] = from[i];
    return to;
}

template <class Kernels, class Instructions, class Accesses, class Extents, class Steps,
          class Slots, class Buffers, class Loops>
struct constant_plan {
    Kernels kernels;
    Instructions instructions;
    Accesses accesses;
    Extents extent_pool;
    Steps steps;
    Slots slots;
    Buffers buffers;
    Loops loops;
    constexpr pass::access const& access_of(int k, int i) const {
        return accesses[kernels[k].accesses.first + i];
    }
    constexpr extent stride(int k, int a, int dim) const {
        return extent_pool[access_of(k, a).strides + dim];
    }
    constexpr extent dim(int k, int i) const { return extent_pool[kernels[k].dims + i]; }
    constexpr extent product_dim(int k, int i) const {
        return extent_pool[kernels[k].product_dims + i];
    }
    constexpr int slot(int s, int i) const { return slots[steps[s].slots.first + i]; }
};

template <class... T>
constant_plan(T...) -> constant_plan<T...>;

/// The plan that F's static `build(builder&)` makes, as a constant.
template <class F>
struct program {
    static constexpr builder made() {
        builder b;
        F::build(b);
        return b;
    }
    struct counts {
        int n[8];
    };
    static constexpr auto z = [] {
        auto const b = made();
        return counts{{b.p.kernels.size(), b.p.instructions.size(), b.p.accesses.size(),
                       b.p.extent_pool.size(), b.p.steps.size(), b.p.slots.size(),
                       b.p.buffers.size(), b.p.loops.size()}};
    }();
    static constexpr auto plan = [] {
        auto const b = made();
        return constant_plan{freeze<z.n[0]>(b.p.kernels), freeze<z.n[1]>(b.p.instructions),
                             freeze<z.n[2]>(b.p.accesses), freeze<z.n[3]>(b.p.extent_pool),
                             freeze<z.n[4]>(b.p.steps), freeze<z.n[5]>(b.p.slots),
                             freeze<z.n[6]>(b.p.buffers), freeze<z.n[7]>(b.p.loops)};
    }();
};

// ---- running them ----

/// Memory of exactly n elements, so that AddressSanitizer sees an access past the end.
template <class T>
struct array {
    std::unique_ptr<T[]> data;
    std::int64_t n;

    explicit array(std::int64_t count, T value = T{})
        : data(new T[static_cast<std::size_t>(count)]), n(count) {
        std::fill(data.get(), data.get() + count, value);
    }
    T& operator[](std::int64_t i) { return data[static_cast<std::size_t>(i)]; }
    operator void*() { return data.get(); }
};

/// Small numbers with exact sums, the same on every run.
template <class T>
array<T> numbers(std::int64_t n, int seed = 1) {
    array<T> a(n);
    std::uint32_t state = static_cast<std::uint32_t>(seed) * 2654435761u + 12345u;
    for (std::int64_t i = 0; i < n; ++i) {
        state = state * 1664525u + 1013904223u;
        int const x = static_cast<int>(state >> 24) % 17 - 8;
        if constexpr (std::is_same_v<T, bool>)
            a[i] = x > 0;
        else if constexpr (std::is_integral_v<T>)
            a[i] = static_cast<T>(x);
        else
            a[i] = static_cast<T>(static_cast<float>(x) * 0.25f);
    }
    return a;
}

/// Runs F's plan; run-time extent -1 - k has the value sizes[k].
template <class F>
void run(std::vector<void*> buffers, std::vector<std::int64_t> sizes = {}) {
    using P = program<F>;
    using extents = cpu::run_time_extents<P>;
    std::vector<std::int64_t> values;
    for (std::int64_t code : extents::codes)
        values.push_back(sizes.at(static_cast<std::size_t>(-1 - code)));
    auto const bytes = static_cast<std::size_t>(cpu::scratch_bytes<P>(values.data()));
    std::vector<std::byte> memory(bytes + 64 + 64, std::byte{0xa5});
    auto const address = reinterpret_cast<std::uintptr_t>(memory.data());
    std::byte* const scratch = memory.data() + (64 - address % 64) % 64;
    cpu::run<P>(buffers.data(), values.data(), scratch);
    bool clean = true;
    for (std::byte* p = scratch + bytes; p != memory.data() + memory.size(); ++p)
        clean = clean && *p == std::byte{0xa5};
    CHECK(clean);
}

constexpr extent n0{-1}, n1{-2}, n2{-3}, n3{-4};
std::int64_t const all_sizes[] = {0, 1, 7, 16, 33, 200};

// ---- elementwise ----

template <std::int64_t N>
struct scaled {
    static constexpr void build(builder& b) {
        extent const n{N};
        b.loop(0, {n});
        int const x = b.load(f32, 0, {1}), a = b.load(f32, 1, {0}), y = b.load(f32, 2, {1});
        int const s = b.op<ops::add>(f32, {b.op<ops::multiply>(f32, {x, a}), y});
        b.store(f32, 3, {1}, b.op<ops::add>(f32, {s, b.constant(0.5)}));
        b.step({0, 1, 2, 3});
    }
};

template <std::int64_t N>
void check_scaled(std::int64_t n) {
    auto x = numbers<float>(n, 1), y = numbers<float>(n, 2), a = numbers<float>(1, 3);
    array<float> z(n, NAN);
    run<scaled<N>>({x, a, y, z}, {n});
    for (std::int64_t i = 0; i < n; ++i) CHECK(z[i] == x[i] * a[0] + y[i] + 0.5f);
}

TEST_CASE("elementwise kernels of any size, static and at run time") {
    check_scaled<0>(0);
    check_scaled<1>(1);
    check_scaled<7>(7);
    check_scaled<16>(16);
    check_scaled<33>(33);
    check_scaled<256>(256);
    for (std::int64_t n : all_sizes) check_scaled<-1>(n);
}

// Types: f32 compared and selected, int32 and f64 beside it, conversions between all of them.
struct mixed {
    static constexpr void build(builder& b) {
        b.loop(0, {n0});
        int const x = b.load(f32, 0, {1}), i = b.load(int32, 1, {1}), c = b.load(boolean, 2, {1}),
                  d = b.load(f64, 3, {1});
        int const xi = b.op<ir::cast_op>(f32, {i}), xd = b.op<ir::cast_op>(f64, {x});
        int const less = b.op<ops::less>(boolean, {x, xi});
        int const both = b.op<ops::logical_and>(boolean, {less, c});
        b.store(boolean, 4, {1}, both);
        b.store(f32, 5, {1}, b.op<ops::where>(f32, {c, x, xi}));
        b.store(f64, 6, {1}, b.op<ops::add>(f64, {xd, d}));
        int const wide = b.op<ir::cast_op>(int64, {i}), bit = b.op<ir::cast_op>(int8, {both});
        b.store(int64, 7, {1}, b.op<ops::multiply>(int64, {wide, wide}));
        b.store(int8, 8, {1}, b.op<ops::add>(int8, {bit, b.op<ir::cast_op>(int8, {i})}));
        int const nonzero = b.op<ir::cast_op>(boolean, {x});
        b.store(boolean, 9, {1}, b.op<ops::logical_not>(boolean, {nonzero}));
        b.step({0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
    }
};

TEST_CASE("mixed element types in one kernel") {
    for (std::int64_t n : all_sizes) {
        auto x = numbers<float>(n, 1);
        auto i = numbers<std::int32_t>(n, 2);
        auto c = numbers<bool>(n, 3);
        auto d = numbers<double>(n, 4);
        array<bool> both(n), none(n);
        array<float> chosen(n);
        array<double> sum(n);
        array<std::int64_t> square(n);
        array<std::int8_t> byte(n);
        run<mixed>({x, i, c, d, both, chosen, sum, square, byte, none}, {n});
        for (std::int64_t k = 0; k < n; ++k) {
            bool const b = x[k] < static_cast<float>(i[k]) && c[k];
            CHECK(both[k] == b);
            CHECK(chosen[k] == (c[k] ? x[k] : static_cast<float>(i[k])));
            CHECK(sum[k] == static_cast<double>(x[k]) + d[k]);
            CHECK(square[k] == std::int64_t{i[k]} * i[k]);
            CHECK(byte[k] == static_cast<std::int8_t>(i[k] + b));
            CHECK(none[k] == (x[k] == 0));
        }
    }
}

struct halves {
    static constexpr void build(builder& b) {
        b.loop(0, {n0});
        int const x = b.load(bf16, 0, {1}), y = b.load(f16, 1, {1}), z = b.load(f32, 2, {1});
        int const wide_x = b.op<ir::cast_op>(f32, {x}), wide_y = b.op<ir::cast_op>(f32, {y});
        int const s = b.op<ops::add>(f32, {wide_x, wide_y});
        int const t = b.op<ops::multiply>(f32, {s, z});
        b.store(bf16, 3, {1}, b.op<ir::cast_op>(bf16, {t}));
        b.store(f16, 4, {1}, b.op<ir::cast_op>(f16, {t}));
        b.store(bf16, 5, {1}, b.op<ops::multiply>(bf16, {x, x}));
        b.step({0, 1, 2, 3, 4, 5});
    }
};

TEST_CASE("bf16 and f16 are floats in registers") {
    for (std::int64_t n : all_sizes) {
        auto x = numbers<weft::bf16>(n, 1);
        auto y = numbers<weft::f16>(n, 2);
        auto z = numbers<float>(n, 3);
        for (std::int64_t i = 0; i < n; ++i) z[i] += 0.001f;
        if (n > 4) z[4] = NAN, z[3] = INFINITY;
        array<weft::bf16> p(n), q(n);
        array<weft::f16> r(n);
        run<halves>({x, y, z, p, r, q}, {n});
        for (std::int64_t i = 0; i < n; ++i) {
            float const t = (static_cast<float>(x[i]) + static_cast<float>(y[i])) * z[i];
            if (std::isnan(t)) {
                CHECK(std::isnan(static_cast<float>(p[i])));
                CHECK(std::isnan(static_cast<float>(r[i])));
                continue;
            }
            CHECK(p[i].bits == weft::bf16(t).bits);
            CHECK(r[i].bits == weft::f16(t).bits);
            CHECK(q[i].bits ==
                  weft::bf16(static_cast<float>(x[i]) * static_cast<float>(x[i])).bits);
        }
    }
}

// Positions, run-time extents as numbers, and random words.
struct positions {
    static constexpr void build(builder& b) {
        b.loop(0, {n0, n1});
        int const flat = b.index(int32, {n1, 1}), column = b.index(f32, {0, 3}, extent{2}),
                  row = b.index(uint32, {1, 0});
        int const size = b.emit(action::extent, f32, -1, n1.code);
        b.store(int32, 0, {n1, 1}, flat);
        b.store(f32, 1, {n1, 1}, b.op<ops::add>(f32, {column, size}));
        int const k0 = b.load(uint32, 3, {0, 0}), k1 = b.load(uint32, 3, {0, 0}, extent{1});
        int const counter = b.op<ir::cast_op>(uint32, {flat});
        b.store(uint32, 2, {n1, 1}, b.op<ops::random_bits>(uint32, {counter, row, k0, k1}));
        b.step({0, 1, 2, 3});
    }
};

TEST_CASE("positions, run-time extents and random words") {
    for (std::int64_t rows : {0, 1, 3})
        for (std::int64_t columns : all_sizes) {
            std::int64_t const n = rows * columns;
            array<std::int32_t> flat(n);
            array<float> sum(n);
            array<std::uint32_t> word(n), key(2);
            key[0] = 17, key[1] = 0xdeadbeef;
            run<positions>({flat, sum, word, key}, {rows, columns});
            for (std::int64_t i = 0; i < n; ++i) {
                CHECK(flat[i] == i);
                CHECK(sum[i] == static_cast<float>(2 + i % columns * 3 + columns));
                CHECK(word[i] == ops::random_bits::eval(static_cast<std::uint32_t>(i),
                                                        static_cast<std::uint32_t>(i / columns),
                                                        key[0], key[1]));
            }
        }
}

// Four axes in every split of rows and columns: a transposed operand, a slice and two broadcasts.
template <int Rows>
struct four_axes {
    static constexpr std::int64_t size[] = {2, 3, 5, 18};
    static constexpr void build(builder& b) {
        b.loop(Rows, {2, 3, 5, 18});
        int const x = b.load(f32, 0, {1, 2, 6, 30}),
                  y = b.load(f32, 1, {540, 180, 36, 2}, extent{1}),
                  z = b.load(f32, 2, {0, 18, 0, 1}), w = b.load(f32, 3, {5, 0, 1, 0});
        int const xy = b.op<ops::multiply>(f32, {x, y}), zw = b.op<ops::add>(f32, {z, w});
        b.store(f32, 4, {270, 90, 18, 1}, b.op<ops::add>(f32, {xy, zw}));
        b.step({0, 1, 2, 3, 4});
    }
};
template <int Rows>
void check_four_axes() {
    auto x = numbers<float>(540, 1), y = numbers<float>(1080, 2), z = numbers<float>(54, 3),
         w = numbers<float>(10, 4);
    array<float> out(540, NAN);
    run<four_axes<Rows>>({x, y, z, w, out});
    int wrong = 0;
    for (int a = 0, i = 0; a < 2; ++a)
        for (int b = 0; b < 3; ++b)
            for (int c = 0; c < 5; ++c)
                for (int d = 0; d < 18; ++d, ++i)
                    wrong += out[i] != x[a + 2 * b + 6 * c + 30 * d] *
                                               y[540 * a + 180 * b + 36 * c + 2 * d + 1] +
                                           (z[18 * b + d] + w[5 * a + c]);
    CHECK(wrong == 0);
}

TEST_CASE("several row and column dimensions, strides and offsets") {
    check_four_axes<0>();
    check_four_axes<1>();
    check_four_axes<2>();
    check_four_axes<3>();
    check_four_axes<4>();
}

// ---- reductions ----

// Row kernel: softmax in three sweeps, with the logarithm of the sum as a value of the row.
template <std::int64_t C>
struct soft_rows {
    static constexpr void build(builder& b) {
        extent const c{C};
        b.loop(1, {n0, c}, 3);
        int const m = b.reduce_row<ops::max>(f32, b.load(f32, 0, {c, 1}));
        b.phase = 1;
        int const x = b.load(f32, 0, {c, 1});
        int const e = b.op<ops::exp>(f32, {b.op<ops::subtract>(f32, {x, m})});
        b.store(f32, 1, {c, 1}, e);
        int const s = b.reduce_row<ops::sum>(f32, e);
        b.per_row = true;
        int const inverse = b.op<ops::divide>(f32, {b.constant(1), s});
        b.store(f32, 2, {1, 0}, b.op<ops::add>(f32, {b.op<ops::log>(f32, {s}), m}));
        b.per_row = false;
        b.phase = 2;
        int const again = b.load(f32, 1, {c, 1});
        b.store(f32, 1, {c, 1}, b.op<ops::multiply>(f32, {again, inverse}));
        b.step({0, 1, 2});
    }
};
template <std::int64_t C>
void check_soft_rows(std::int64_t rows, std::int64_t c) {
    auto x = numbers<float>(rows * c, 5);
    array<float> y(rows * c, NAN), l(rows, NAN);
    run<soft_rows<C>>({x, y, l}, {rows, c});
    for (std::int64_t r = 0; r < rows; ++r) {
        double sum = 0, worst = 0;
        for (std::int64_t i = 0; i < c; ++i) sum += std::exp(static_cast<double>(x[r * c + i]));
        for (std::int64_t i = 0; i < c; ++i)
            worst = std::max(worst, std::abs(static_cast<double>(y[r * c + i]) * sum /
                                                 std::exp(static_cast<double>(x[r * c + i])) -
                                             1));
        CHECK(worst < 1e-5);
        if (c > 0) CHECK(static_cast<double>(l[r]) == doctest::Approx(std::log(sum)).epsilon(1e-5));
        if (c == 0) CHECK(l[r] == -INFINITY);
    }
}

TEST_CASE("row kernels keep a row between their sweeps") {
    check_soft_rows<10>(3, 10);
    check_soft_rows<1000>(2, 1000);
    for (std::int64_t rows : {0, 1, 4})
        for (std::int64_t c : all_sizes) check_soft_rows<-2>(rows, c);
}

// Rows, columns and all folded in one kernel, with a value of the row summed over all rows too.
template <std::int64_t R, std::int64_t C>
struct folds {
    static constexpr void build(builder& b) {
        extent const r{R}, c{C};
        b.loop(1, {r, c});
        int const x = b.load(f32, 0, {c, 1}), i = b.load(int32, 1, {c, 1});
        b.reduce_column<ops::sum>(f32, 2, {0, 1}, x);
        b.reduce_column<ops::max>(int32, 3, {0, 1}, i);
        b.reduce_all<ops::sum>(f32, 4, {0, 0}, x);
        b.reduce_all<ops::max>(int32, 5, {0, 0}, i);
        int const s = b.reduce_row<ops::sum>(f32, x), m = b.reduce_row<ops::max>(int32, i);
        b.per_row = true;
        b.store(f32, 6, {1, 0}, s);
        b.store(int32, 7, {1, 0}, m);
        b.reduce_all<ops::max>(f32, 8, {0, 0}, s);
        b.step({0, 1, 2, 3, 4, 5, 6, 7, 8});
    }
};
template <std::int64_t R, std::int64_t C>
void check_folds(std::int64_t rows, std::int64_t c) {
    constexpr auto lowest = std::numeric_limits<std::int32_t>::lowest();
    auto x = numbers<float>(rows * c, 1);
    auto i = numbers<std::int32_t>(rows * c, 2);
    array<float> column(c, NAN), all(1, NAN), row(rows, NAN), most(1, NAN);
    array<std::int32_t> column_max(c, 99), all_max(1, 99), row_max(rows, 99);
    run<folds<R, C>>({x, i, column, column_max, all, all_max, row, row_max, most}, {rows, c});
    float sum = 0, largest = -INFINITY;
    std::int32_t top = lowest;
    for (std::int64_t a = 0; a < rows; ++a) {
        float s = 0;
        std::int32_t m = lowest;
        for (std::int64_t b = 0; b < c; ++b) s += x[a * c + b], m = std::max(m, i[a * c + b]);
        CHECK(row[a] == s);
        CHECK(row_max[a] == m);
        sum += s;
        top = std::max(top, m);
        largest = std::max(largest, s);
    }
    CHECK(all[0] == sum);
    CHECK(all_max[0] == top);
    CHECK(most[0] == largest);
    for (std::int64_t b = 0; b < c; ++b) {
        float s = 0;
        std::int32_t m = lowest;
        for (std::int64_t a = 0; a < rows; ++a) s += x[a * c + b], m = std::max(m, i[a * c + b]);
        CHECK(column[b] == s);
        CHECK(column_max[b] == m);
    }
}

TEST_CASE("sums and maxima of rows, columns and all") {
    check_folds<3, 33>(3, 33);
    check_folds<2, 1>(2, 1);
    check_folds<5, 272>(5, 272);
    for (std::int64_t rows : {0, 1, 5})
        for (std::int64_t c : all_sizes) check_folds<-1, -2>(rows, c);
    check_folds<-1, -2>(2, 1000);
}

TEST_CASE("NaN passes through maxima") {
    array<float> x(40, 1.f), column(20), all(1), row(2), most(1);
    array<std::int32_t> i(40), cm(20), am(1), rm(2);
    x[23] = NAN;
    run<folds<-1, -2>>({x, i, column, cm, all, am, row, rm, most}, {2, 20});
    CHECK(row[0] == 20);
    CHECK(std::isnan(row[1]));
    CHECK(std::isnan(most[0]));
    CHECK(std::isnan(column[3]));
    CHECK(column[4] == 2);
}

// The sum over all of f64 in a grid whose columns are two dimensions, one of them reversed in step.
struct grid_sum {
    static constexpr void build(builder& b) {
        b.loop(1, {n0, n1, n2});
        int const x = b.load(f64, 0, {1, n0, n3});
        b.reduce_all<ops::sum>(f64, 1, {0, 0, 0}, x);
        int const s = b.reduce_row<ops::sum>(f64, x);
        b.per_row = true;
        b.store(f64, 2, {1, 0, 0}, s);
        b.step({0, 1, 2});
    }
};

TEST_CASE("reductions over several column dimensions") {
    for (std::int64_t a : {1, 3})
        for (std::int64_t b : {0, 1, 4})
            for (std::int64_t c : all_sizes) {
                auto x = numbers<double>(a * b * c, 3);
                array<double> all(1), row(a);
                run<grid_sum>({x, all, row}, {a, b, c, a * b});
                double total = 0;
                for (std::int64_t r = 0; r < a; ++r) {
                    double s = 0;
                    for (std::int64_t i = r; i < a * b * c; i += a) s += x[i];
                    CHECK(row[r] == s);
                    total += s;
                }
                CHECK(all[0] == total);
            }
}

// ---- products ----

// relu(x w + bias), the column sums of it, the sum of all, and a comparison of types.
template <dtype T, std::int64_t M, std::int64_t N, std::int64_t D>
struct layer {
    static constexpr void build(builder& b) {
        extent const m{M}, n{N}, d{D};
        b.product(T, {m, n, d}, 1, {m, n});
        b.access(0, {d, 1});
        b.access(1, {n, 1});
        int const p = b.emit(action::product, T, -1), bias = b.load(T, 2, {0, 1});
        int const zero = b.emit(action::constant, T, -1, 0);
        int const y = b.op<ops::maximum>(T, {b.op<ops::add>(T, {p, bias}), zero});
        b.store(T, 3, {n, 1}, y);
        b.reduce_column<ops::sum>(T, 4, {0, 1}, y);
        b.reduce_all<ops::sum>(T, 5, {0, 0}, y);
        b.store(boolean, 6, {n, 1}, b.op<ops::less>(boolean, {zero, y}));
        b.step({0, 1, 2, 3, 4, 5, 6});
    }
};
template <class T, std::int64_t M, std::int64_t N, std::int64_t D>
void check_layer(std::int64_t m, std::int64_t n, std::int64_t d) {
    auto x = numbers<T>(m * d, 1), w = numbers<T>(d * n, 2), bias = numbers<T>(n, 3);
    T const seven(7.f);
    array<T> y(m * n, seven), column(n, seven), all(1, seven);
    array<bool> positive(m * n);
    run<layer<dtype_of<T>, M, N, D>>({x, w, bias, y, column, all, positive}, {m, n, d});
    double total = 0;
    int wrong = 0;
    std::vector<double> sums(static_cast<std::size_t>(n));
    for (std::int64_t i = 0; i < m; ++i)
        for (std::int64_t j = 0; j < n; ++j) {
            double s = static_cast<double>(bias[j]);
            for (std::int64_t k = 0; k < d; ++k)
                s += static_cast<double>(x[i * d + k]) * static_cast<double>(w[k * n + j]);
            s = std::max(s, 0.0);
            wrong += static_cast<double>(y[i * n + j]) != static_cast<double>(static_cast<T>(s));
            wrong += positive[i * n + j] != (s > 0);
            sums[static_cast<std::size_t>(j)] += s;
            total += s;
        }
    if constexpr (!std::is_same_v<T, weft::bf16>) {
        for (std::int64_t j = 0; j < n; ++j)
            wrong += static_cast<double>(column[j]) != sums[static_cast<std::size_t>(j)];
        wrong += static_cast<double>(all[0]) != total;
    }
    CHECK_MESSAGE(wrong == 0, m << " x " << n << " x " << d);
}

TEST_CASE("a product finished by its kernel: bias, relu, column sums, sum of all") {
    check_layer<float, 32, 10, 128>(32, 10, 128);
    check_layer<float, 25, 48, 7>(25, 48, 7);
    check_layer<float, 1, 64, 30>(1, 64, 30);
    for (std::int64_t m : {0, 1, 3, 25, 40})
        for (std::int64_t n : {0, 1, 7, 33, 300})
            for (std::int64_t d : {0, 1, 50}) check_layer<float, -1, -2, -3>(m, n, d);
    for (std::int64_t n : {1, 9, 64}) check_layer<double, -1, -2, -3>(13, n, 20);
    check_layer<std::int32_t, -1, -2, -3>(5, 37, 9);
    check_layer<weft::bf16, -1, -2, -3>(3, 21, 4);
}

TEST_CASE("a deep and wide product finishes every block once") {
    check_layer<float, -1, -2, -3>(30, 700, 1600);
}

// Batches of x transposed times w transposed, straight to memory, then into a slice of rows.
template <int Rows, std::int64_t Stride>
struct batches {
    static constexpr void build(builder& b) {
        extent const m{6}, n{20}, k{5}, count{3};
        if constexpr (Rows == 1)
            b.product(f32, {count, m, n, k}, 1, {extent{18}, n});
        else
            b.product(f32, {count, m, n, k}, 2, {count, m, n});
        b.access(0, {30, 1, 6});
        b.access(1, {100, 1, 5});
        int const p = b.emit(action::product, f32, -1);
        if constexpr (Rows == 1)
            b.store(f32, 2, {Stride, 1}, p, extent{2});
        else
            b.store(f32, 2, {6 * Stride, Stride, 1}, p, extent{2});
        b.step({0, 1, 2});
    }
};
template <int Rows, std::int64_t Stride>
void check_batches() {
    auto x = numbers<float>(90, 1), w = numbers<float>(300, 2);
    array<float> y(17 * Stride + 22, -1.f);
    run<batches<Rows, Stride>>({x, w, y});
    int wrong = 0;
    for (int r = 0; r < 18; ++r)
        for (int j = 0; j < 20; ++j) {
            float s = 0;
            for (int k = 0; k < 5; ++k)
                s += x[r / 6 * 30 + r % 6 + 6 * k] * w[r / 6 * 100 + k + 5 * j];
            wrong += y[r * Stride + j + 2] != s;
        }
    for (int i = 0; i < 2; ++i) wrong += y[i] != -1.f;
    if (Stride > 20) wrong += y[22] != -1.f;
    CHECK(wrong == 0);
}

TEST_CASE("batched products of transposed operands, straight to memory") {
    check_batches<1, 20>();
    check_batches<1, 24>();
    check_batches<2, 20>();
    check_batches<2, 24>();
    static_assert(cpu::product<program<batches<2, 24>>, 0>::direct);
    static_assert(!cpu::product<program<layer<f32, 32, 10, 128>>, 0>::direct);
}

// ---- gather and scatter ----

template <dtype T, dtype Index>
struct look_up {
    static constexpr void build(builder& b) {
        b.rows(pass::kernel_kind::gather, T, Index, n0, n1, n2);
        b.step({0, 1, 2});
    }
};
template <dtype T, dtype Index>
struct add_rows {
    static constexpr void build(builder& b) {
        b.rows(pass::kernel_kind::scatter, T, Index, n0, n1, n2);
        b.step({0, 1, 2});
    }
};

template <class T, class Index>
void check_rows() {
    for (std::int64_t width : {0, 1, 7, 33}) {
        std::int64_t const count = 11, rows = 5;
        auto table = numbers<T>(rows * width, 1), updates = numbers<T>(count * width, 2);
        auto at = numbers<Index>(count, 3);  // some are negative or beyond the table
        array<T> taken(count * width), sums(rows * width, T(1.f));
        run<look_up<dtype_of<T>, dtype_of<Index>>>({table, at, taken}, {count, width, rows});
        run<add_rows<dtype_of<T>, dtype_of<Index>>>({at, updates, sums}, {count, width, rows});
        std::vector<float> expected(static_cast<std::size_t>(rows * width));
        int wrong = 0;
        for (std::int64_t i = 0; i < count; ++i) {
            auto const wide = static_cast<std::int64_t>(at[i]);  // of a huge uint64: negative
            std::int64_t const r = wide < 0 && std::is_unsigned_v<Index>
                                       ? rows - 1
                                       : std::clamp<std::int64_t>(wide, 0, rows - 1);
            for (std::int64_t j = 0; j < width; ++j) {
                wrong += static_cast<float>(taken[i * width + j]) !=
                         static_cast<float>(table[r * width + j]);
                expected[static_cast<std::size_t>(r * width + j)] +=
                    static_cast<float>(updates[i * width + j]);
            }
        }
        for (std::int64_t i = 0; i < rows * width; ++i)
            wrong += static_cast<float>(sums[i]) != expected[static_cast<std::size_t>(i)];
        CHECK(wrong == 0);
    }
}

TEST_CASE("gather and scatter clamp their indices") {
    check_rows<float, std::int32_t>();
    check_rows<double, std::int64_t>();
    check_rows<std::int32_t, std::int8_t>();
    check_rows<weft::bf16, std::uint64_t>();
    check_rows<float, std::uint8_t>();
}

TEST_CASE("gather from a table of no rows gives zeros") {
    array<float> table(0), taken(6, 1.f);
    array<std::int32_t> at(2);
    run<look_up<f32, int32>>({table, at, taken}, {2, 3, 0});
    for (int i = 0; i < 6; ++i) CHECK(taken[i] == 0);
}

// ---- plans of several steps ----

// x -> 2 x + 1, Steps times through two buffers; one kernel. The last step adds up.
template <int Steps>
struct chain {
    static constexpr void build(builder& b) {
        b.loop(0, {40});
        int const x = b.load(f32, 0, {1});
        int const twice = b.op<ops::add>(f32, {x, x});
        b.store(f32, 1, {1}, b.op<ops::add>(f32, {twice, b.constant(1)}));
        int const first = b.kernel;
        b.loop(0, {40});
        b.reduce_all<ops::sum>(f32, 1, {0}, b.load(f32, 0, {1}));
        for (int i = 0; i < Steps; ++i) b.step(first, {i % 2, 1 - i % 2});
        b.step({Steps % 2, 2});
    }
};
template <int Steps>
void check_chain() {
    array<float> x(40, 1.f), y(40), sum(1);
    run<chain<Steps>>({x, y, sum});
    float value = 1;
    for (int i = 0; i < Steps; ++i) value = 2 * value + 1;
    CHECK(sum[0] == 40 * value);
    CHECK((Steps % 2 ? y : x)[39] == value);
}

TEST_CASE("steps run in order and share kernels, few of them and many") {
    check_chain<1>();
    check_chain<4>();
    check_chain<15>();
}

TEST_CASE("a range of the steps runs alone") {
    using P = program<chain<15>>;
    array<float> x(40, 1.f), y(40), sum(1, -5.f);
    void* buffers[] = {x, y, sum};
    cpu::run_range<P, 0, 2>(buffers, nullptr, nullptr);
    CHECK(x[7] == 7);
    CHECK(y[7] == 3);
    CHECK(sum[0] == -5);
    cpu::run_range<P, 2, 2>(buffers, nullptr, nullptr);
    CHECK(x[7] == 7);
    cpu::run_range<P, 15, 16>(buffers, nullptr, nullptr);
    CHECK(sum[0] == 40 * 3);
}

// a -> 2 a + (row i of a table), for each row, from the last to the first if Reversed; the rows
// stand behind one another, or are bound one by one.
template <bool Reversed, bool Chunks>
struct horner {
    static constexpr void build(builder& b) {
        b.p.loops.push({n0, Reversed, -1});
        for (int i = 0; i < 3; ++i) b.p.buffers.push(pass::new_buffer(f32, n1));
        pass::buffer& slice = b.p.buffers[2];
        slice.base = 1, slice.stride = n1, slice.loop = 0;
        if (Chunks) b.p.buffers[1].chunks = 3;
        b.loop(0, {n1});
        int const a = b.load(f32, 0, {1}), x = b.load(f32, 1, {1});
        b.store(f32, 0, {1}, b.op<ops::add>(f32, {b.op<ops::add>(f32, {a, a}), x}));
        b.repeat = 0;
        b.step({0, 2});
    }
};

template <bool Reversed, bool Chunks>
void check_horner() {
    constexpr std::int64_t n = 3, width = 21;
    auto x = numbers<float>(n * width, 1);
    array<float> a(width, 1.f);
    void* rows[] = {x.data.get(), x.data.get() + width, x.data.get() + 2 * width};
    run<horner<Reversed, Chunks>>({a, Chunks ? static_cast<void*>(rows) : x, nullptr}, {n, width});
    for (std::int64_t i = 0; i < width; ++i) {
        float value = 1;
        for (std::int64_t r = 0; r < n; ++r)
            value = 2 * value + x[(Reversed ? n - 1 - r : r) * width + i];
        CHECK(a[i] == value);
    }
}

TEST_CASE("steps that run once for each slice of a buffer") {
    check_horner<false, false>();
    check_horner<true, false>();
    check_horner<false, true>();
}

TEST_CASE("the same bits for extents known now and at run time") {
    constexpr std::int64_t n = 1000, rows = 3;
    auto x = numbers<float>(rows * n, 9);
    for (std::int64_t i = 0; i < rows * n; ++i) x[i] = x[i] * 0.37f + 0.011f;
    array<float> a(rows * n), b(rows * n), la(rows), lb(rows);
    run<soft_rows<1000>>({x, a, la}, {rows, n});
    run<soft_rows<-2>>({x, b, lb}, {rows, n});
    CHECK(std::memcmp(a, b, sizeof(float) * static_cast<std::size_t>(rows * n)) == 0);
    CHECK(std::memcmp(la, lb, sizeof(float) * static_cast<std::size_t>(rows)) == 0);
}

}  // namespace
