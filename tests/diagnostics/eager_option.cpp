// expect: roll: there is no such call. Options of an eager call are said by types: axis<1>, number<3>, shape<2, 3>
#include <weft/weft.hpp>
weft::tensor<float, 2, 3> a;
weft::tensor rolled = roll(a, 1, 1);
