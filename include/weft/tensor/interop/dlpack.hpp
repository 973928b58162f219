// SPDX-License-Identifier: BSL-1.0
// DLPack, the C interface by which NumPy, PyTorch, JAX and others hand tensors over without
// copies. The structs are those of its ABI, versions 0 and 1; a program that includes <dlpack.h>
// passes its pointers through `reinterpret_cast`.
#pragma once

#include <memory>

#include <weft/tensor/tensor.hpp>

namespace weft::dlpack {

enum class device : std::int32_t { cpu = 1, cuda = 2, cuda_host = 3, cuda_managed = 13 };
enum class code : std::uint8_t {
    integer = 0,
    uinteger = 1,
    floating = 2,
    bfloat = 4,
    complex = 5,
    boolean = 6
};

/// DLTensor.
struct array {
    void* data;
    struct {
        dlpack::device type;
        std::int32_t id;
    } device;
    std::int32_t rank;
    struct {
        dlpack::code code;
        std::uint8_t bits;
        std::uint16_t lanes;
    } type;
    std::int64_t* shape;
    std::int64_t* strides;  ///< in elements; null: row-major
    std::uint64_t offset;   ///< in bytes
};
/// DLManagedTensor: what capsules named "dltensor" hold.
struct managed {
    dlpack::array array;
    void* context;
    void (*deleter)(managed*);
};
/// DLManagedTensorVersioned: what capsules named "dltensor_versioned" hold.
struct managed_versioned {
    std::uint32_t major, minor;
    void* context;
    void (*deleter)(managed_versioned*);
    std::uint64_t flags;  ///< 1: read-only, 2: a copy
    dlpack::array array;
};
inline constexpr std::uint64_t read_only = 1;

namespace detail {

struct element {
    dlpack::code code;
    std::uint8_t bits;
};
constexpr element element_of(dtype t) {
    auto const bits = static_cast<std::uint8_t>(8 * size_of(t));
    if (t == dtype::boolean) return {code::boolean, bits};
    if (t == dtype::bf16) return {code::bfloat, bits};
    if (is_complex(t)) return {code::complex, bits};
    if (is_floating(t)) return {code::floating, bits};
    bool const negative = t == dtype::int8 || t == dtype::int16 || t == dtype::int32 ||
                          t == dtype::int64;
    return {negative ? code::integer : code::uinteger, bits};
}

/// A tensor, or what keeps a view's elements, with the tables that the array points to.
template <class Managed, class Kept, int Rank>
struct holder {
    Managed its{};
    Kept kept;
    std::int64_t shape[Rank + 1], strides[Rank + 1];
};
template <class Managed, class Kept, class V>
Managed* hold(Kept&& kept, V const& v) {
    using its_holder = holder<Managed, std::remove_cvref_t<Kept>, V::rank>;
    using T = typename V::element_type;
    auto* const h = new its_holder{{}, static_cast<Kept&&>(kept), {}, {}};
    for (int a = 0; a < V::rank; ++a) h->shape[a] = v.extent(a), h->strides[a] = v.stride(a);
    constexpr element e = element_of(dtype_of<std::remove_const_t<T>>);
    array& x = h->its.array;
    x = {const_cast<std::remove_const_t<T>*>(v.data()), {device::cpu, 0}, V::rank,
         {e.code, e.bits, 1}, h->shape, h->strides, 0};
    h->its.context = h;
    h->its.deleter = [](Managed* m) { delete static_cast<its_holder*>(m->context); };
    if constexpr (requires { h->its.flags; })
        h->its.major = 1, h->its.minor = 0, h->its.flags = std::is_const_v<T> ? read_only : 0;
    return &h->its;
}

[[noreturn]] WEFT_COLD inline void raise_array(char const* why) {
    raise(text("dlpack::look: ") << why);
}

}  // namespace detail

/// Hands over a tensor: its consumer calls `deleter`.
template <class Managed = managed, class T, std::int64_t... E>
Managed* give(tensor<T, E...>&& t) {
    using Tensor = tensor<T, E...>;
    auto kept = std::make_unique<Tensor>(static_cast<Tensor&&>(t));
    auto const v = kept->view();
    return detail::hold<Managed>(std::move(kept), v);
}
/// Lends the elements of a view, which must outlive their consumer. Read-only ones need
/// managed_versioned, which can say so.
template <class Managed = managed, class T, std::int64_t... E>
    requires(!std::is_const_v<T> || std::is_same_v<Managed, managed_versioned>)
Managed* lend(view<T, E...> const& v) {
    return detail::hold<Managed>(0, v);
}

/// A view of an array's elements, of type T and this rank. Raises where the array is of another
/// type, rank or device. Whoever looks calls the deleter afterwards; see `borrowed`.
template <class T, int Rank>
weft::detail::dynamic_view<T, Rank> look(array const& x) {
    constexpr detail::element e = detail::element_of(dtype_of<std::remove_const_t<T>>);
    if (x.device.type != device::cpu && x.device.type != device::cuda_host &&
        x.device.type != device::cuda_managed)
        detail::raise_array("the elements are not in memory of the CPU");
    if (x.type.code != e.code || x.type.bits != e.bits || x.type.lanes != 1)
        detail::raise_array("the elements are of another type");
    if (x.rank != Rank)
        weft::detail::raise_numbers("dlpack::look: expected ", Rank, " axes, found ", x.rank, "");
    auto* const data = reinterpret_cast<T*>(static_cast<char*>(x.data) + x.offset);
    if (reinterpret_cast<std::uintptr_t>(data) % alignof(T) != 0)
        detail::raise_array("the elements are not aligned to their size");
    dims<Rank> shape, strides;
    if constexpr (Rank > 0) {
        for (int a = 0; a < Rank; ++a) shape[a] = x.shape[a];
        strides = weft::detail::row_major(shape);
        if (x.strides)
            for (int a = 0; a < Rank; ++a) strides[a] = x.strides[a];
    }
    return {data, shape, strides};
}

/// Owns what a producer gave: a view of it that calls the deleter at its end.
template <class T, int Rank, class Managed = managed>
class borrowed {
public:
    explicit borrowed(Managed* from) : from_(from, &release), view_(look<T, Rank>(from->array)) {
        if constexpr (!std::is_const_v<T> && requires { from->flags; })
            if (from->flags & read_only) detail::raise_array("the elements are read-only");
    }
    auto const& view() const { return view_; }

private:
    static void release(Managed* m) {
        if (m && m->deleter) m->deleter(m);
    }
    std::unique_ptr<Managed, void (*)(Managed*)> from_;
    weft::detail::dynamic_view<T, Rank> view_;
};

}  // namespace weft::dlpack
