// expect: weft: a traced value cannot decide a branch, it has no number while the graph is built: use where(condition, a, b) in place of if, while and ?:
#include <weft/program/call.hpp>

int main() {
    weft::tensor<float> x;
    auto y = weft::call([](auto x) {
        while (x < 100) x = x * x;
        return x;
    }, x);
}
