// expect: weft: the function returns int: a traced function returns symbols, models, or tuples of them
#include <weft/program/call.hpp>

int main() {
    weft::tensor<float, 3> a;
    auto y = weft::call([](auto a) { return a.rank(); }, a);
}
