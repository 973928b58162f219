// expect: weft: a traced value cannot decide a branch, it has no number while the graph is built: use logical_or(a, b) in place of ||
#include <weft/program/call.hpp>

int main() {
    weft::tensor<float, 3> x;
    auto y = weft::call([](auto x) { return where(x < 0 || x > 1, x, 0); }, x);
}
