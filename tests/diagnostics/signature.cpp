// expect: weft::compile: the signature says that the result is float, the function returns weft::tensor<float, 3>
#include <weft/program/compile.hpp>

using vector = weft::tensor<float, 3>;

constexpr auto twice = weft::compile<float(vector const&)>([](auto x) { return x * 2; });
static_assert(twice.workspace_bytes() < 1 << 20);
