// expect: the expression is weft::tensor<float, 2>, it is assigned to weft::tensor<int, 2>: use weft::cast to convert its elements
#include <weft/program/eager.hpp>
weft::tensor<float, 2> a;
weft::tensor<int, 2> b = a * 2;
