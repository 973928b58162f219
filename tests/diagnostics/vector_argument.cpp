// expect: weft: an argument of type std::vector<float> cannot be traced: arguments are tensors, contiguous views, numbers, random keys and models
#include <weft/program/call.hpp>
#include <vector>

int main() {
    std::vector<float> x(3);
    auto y = weft::call([](auto x) { return x * 2; }, x);
}
