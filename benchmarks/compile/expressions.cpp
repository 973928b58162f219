// SPDX-License-Identifier: BSL-1.0
// Twenty distinct expressions over four vectors: tensors, or Eigen's arrays with -DBY_EIGEN.
#ifdef BY_EIGEN
#include <Eigen/Core>
using vector = Eigen::ArrayXf;
#else
#include <weft/tensors.hpp>
using vector = weft::tensor<float, weft::dyn>;
#endif

using in = vector const&;

void f0(vector& y, in a, in b, in x, in z) { y = a * x + b * z + 0.5f; }
void f1(vector& y, in, in, in x, in z) { y = exp(-(x * x)) * z; }
void f2(vector& y, in a, in, in x, in z) { y = x * z - a; }
void f3(vector& y, in a, in b, in x, in z) { y = (x + z) * (a - b); }
void f4(vector& y, in, in, in x, in) { y = x / (1.f + exp(-x)); }
void f5(vector& y, in a, in, in x, in z) { y = tanh(x) * a + z; }
void f6(vector& y, in, in, in x, in z) { y = sqrt(x * x + z * z); }
void f7(vector& y, in a, in b, in x, in z) { y = a * b + x * z; }
void f8(vector& y, in, in, in x, in z) { y = log(1.f + exp(x)) - z; }
void f9(vector& y, in, in, in x, in z) { y = x * x * x + z; }
void f10(vector& y, in a, in b, in x, in z) { y = exp(x) * a - exp(z) * b; }
void f11(vector& y, in, in, in x, in z) { y = (x - z) * (x - z); }
void f12(vector& y, in a, in b, in x, in z) { y = a - b - x - z; }
void f13(vector& y, in, in, in x, in z) { y = x * 0.5f + z * 0.25f; }
void f14(vector& y, in a, in, in x, in z) { y = tanh(x * z) - a; }
void f15(vector& y, in a, in, in, in) { y = sqrt(a * a + 1.f); }
void f16(vector& y, in, in, in x, in z) { y = x / (z + 2.f); }
void f17(vector& y, in a, in, in x, in) { y = exp(x * 0.5f) * 0.3f + a; }
void f18(vector& y, in, in b, in x, in) { y = log(x * x + 1.f) * b; }
void f19(vector& y, in a, in b, in x, in z) { y = a * x * z * b; }
