// expect: add(arg0, arg1): (2, 3) and (2, 4) do not broadcast
#include <weft/program/eager.hpp>
weft::tensor<float, 2, 3> a;
weft::tensor<float, 2, 4> b;
weft::tensor sum = a + b;
