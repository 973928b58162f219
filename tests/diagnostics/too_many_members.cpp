// expect: dense: a model is an aggregate of tensors, states, settings and models; dense has more than 64 members
#include <weft/program/call.hpp>

using t = weft::tensor<float>;
struct dense {
    t m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12;
    t m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24, m25;
    t m26, m27, m28, m29, m30, m31, m32, m33, m34, m35, m36, m37, m38;
    t m39, m40, m41, m42, m43, m44, m45, m46, m47, m48, m49, m50, m51;
    t m52, m53, m54, m55, m56, m57, m58, m59, m60, m61, m62, m63, m64;
    constexpr auto operator()(auto const& x) const { return x * m0; }
};

int main() {
    dense net;
    weft::tensor<float, 5, 4> x;
    auto y = weft::call(net, x);
}
