// expect: weft: a traced value cannot decide a branch, it has no number while the graph is built: use where(condition, a, b) in place of if, while and ?:
#include <weft/program/call.hpp>
#include <algorithm>

int main() {
    weft::tensor<float, 3> x;
    auto y = weft::call([](auto x) { return std::max(x, x * 0.1); }, x);
}
