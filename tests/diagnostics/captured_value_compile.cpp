// expect: weft: the lambda captures run-time values, which a trace cannot see: pass them as arguments
#include <weft/program/compile.hpp>

int main() {
    float scale = 2;
    auto step = weft::compile<weft::tensor<float, 3>(weft::tensor<float, 3> const&)>(
        [&](auto x) { return x * scale; });
    static_assert(decltype(step)::workspace_bytes() < 100);
}
