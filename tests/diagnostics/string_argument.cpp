// expect-gcc: weft: an argument of type std::__cxx11::basic_string<char> cannot be traced: arguments are tensors, contiguous views, numbers, random keys and models
// expect-clang: weft: an argument of type std::basic_string<char> cannot be traced: arguments are tensors, contiguous views, numbers, random keys and models
#include <weft/program/call.hpp>
#include <string>

int main() {
    weft::tensor<float, 3> x;
    auto y = weft::call([](auto x, auto) { return x; }, x, std::string("relu"));
}
