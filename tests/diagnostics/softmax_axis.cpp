// expect: softmax(arg0): (3, 4) has no axis -3
#include <weft/program/call.hpp>

int main() {
    weft::tensor<float, 3, 4> a;
    auto y = weft::call([](auto a) { return softmax(a, weft::axis<-3>); }, a);
}
