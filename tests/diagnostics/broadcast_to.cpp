// expect: broadcast_to(arg0): (3, 4) does not broadcast to (2, 5)
#include <weft/program/call.hpp>

int main() {
    weft::tensor<float, 3, 4> a;
    auto y = weft::call([](auto a) { return broadcast_to(a, {2, 5}); }, a);
}
