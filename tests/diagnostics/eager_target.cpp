// expect: assignment: the expression (3) does not broadcast to the target (2)
#include <weft/program/eager.hpp>
weft::tensor<float, 3, 2> a;
void assign() { a.row(0) = a.col(0) + 1; }
