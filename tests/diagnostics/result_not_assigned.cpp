// expect: variance is returned, but holds no value: each tensor of a result must be assigned
#include <weft/program/call.hpp>

struct moments {
    weft::tensor<float> mean, variance;
};

int main() {
    weft::tensor<float, 3> x;
    auto y = weft::call([](auto x) {
        moments m;
        m.mean = mean(x);
        return m;
    }, x);
}
