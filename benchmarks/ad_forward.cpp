// SPDX-License-Identifier: BSL-1.0
// Forward mode on scalar code: Jacobians of bundle adjustment (15 directions) and hand tracking
// (26 directions) beside their primal, and beside Ceres' Jet and Sacado where they are installed.
#include <cstdio>

#include <weft/autodiff/cmath.hpp>
#include <weft/autodiff/dual.hpp>

#include "ad_forward_problems.hpp"
#include "harness.hpp"

#if defined(WEFT_HAS_EIGEN) && __has_include(<ceres/jet.h>)
#include <ceres/jet.h>
#define WEFT_HAS_JET
#endif
#ifdef WEFT_HAS_SACADO
#include <Sacado_No_Kokkos.hpp>
#endif

namespace {

using ad_problems::bundle_adjustment;
using ad_problems::hand_tracking;

struct weft_numbers {
    template <int N>
    using number = weft::dual<double, N>;
    template <class D, int N>
    static D variable(double x, int i) {
        return D(x, i);
    }
    template <class D>
    static void set(D& x, double value) {
        x.value(value);
    }
    template <class D>
    static void derivatives(D const& y, double* out) {
        y.derivatives(out);
    }
};
#ifdef WEFT_HAS_JET
struct jet_numbers {
    template <int N>
    using number = ceres::Jet<double, N>;
    template <class D, int N>
    static D variable(double x, int i) {
        return D(x, i);
    }
    template <class D>
    static void set(D& x, double value) {
        x.a = value;
    }
    template <class D>
    static void derivatives(D const& y, double* out) {
        std::copy_n(y.v.data(), D::DIMENSION, out);
    }
};
#endif
#ifdef WEFT_HAS_SACADO
struct sacado_numbers {
    template <int N>
    using number = Sacado::Fad::SFad<double, N>;
    template <class D, int N>
    static D variable(double x, int i) {
        return D(N, i, x);
    }
    template <class D>
    static void set(D& x, double value) {
        x.val() = value;
    }
    template <class D>
    static void derivatives(D const& y, double* out) {
        std::copy_n(y.dx(), y.size(), out);
    }
};
#endif

/// The blocks of 2 x 15 of all observations, and the derivatives of the weights' residuals.
template <class Kind>
void jacobian(bundle_adjustment const& ba, double* out) {
    using D = typename Kind::template number<15>;
    using W = typename Kind::template number<1>;
    std::size_t const p = ba.observations.size();
    D camera[11], x[3], w = Kind::template variable<D, 15>(0, 14), residual[2];
    for (int k = 0; k < 11; ++k) camera[k] = Kind::template variable<D, 15>(0, k);
    for (int k = 0; k < 3; ++k) x[k] = Kind::template variable<D, 15>(0, 11 + k);
    double* block = out;
    for (std::size_t i = 0; i < p; ++i) {
        auto const& o = ba.observations[i];
        for (std::size_t k = 0; k < 11; ++k) Kind::set(camera[k], ba.cameras[o.camera][k]);
        for (std::size_t k = 0; k < 3; ++k) Kind::set(x[k], ba.points[o.point][k]);
        Kind::set(w, ba.weights[i]);
        bundle_adjustment::project(camera, x, w, o.feature, residual);
        for (D const& r : residual) {
            Kind::derivatives(r, block);
            block += 15;
        }
    }
    for (std::size_t i = 0; i < p; ++i) {
        W const w1 = Kind::template variable<W, 1>(ba.weights[i], 0);
        W const r = bundle_adjustment::weight_residual(w1);
        Kind::derivatives(r, block++);
    }
}

template <class Kind>
void jacobian(hand_tracking const& hand, double const* theta, double* out) {
    using D = typename Kind::template number<hand_tracking::parameters>;
    D x[hand_tracking::parameters];
    for (int k = 0; k < hand_tracking::parameters; ++k)
        x[k] = Kind::template variable<D, hand_tracking::parameters>(theta[k], k);
    std::vector<D> residual(3 * hand.target.size());
    hand.residuals(x, residual.data());
    for (D const& r : residual) {
        Kind::derivatives(r, out);
        out += hand_tracking::parameters;
    }
}

}  // namespace

int main(int argc, char** argv) {
    bench::suite suite;

    static bundle_adjustment const ba(49, 7776, 31843);
    static std::vector<double> residual(3 * ba.observations.size());
    static std::vector<double> blocks(31 * ba.observations.size());
    suite.peer("primal", "ba1 residuals", [] { ba.residuals(residual.data()); });
    suite.add("ba1 jacobian", {}, [] { jacobian<weft_numbers>(ba, blocks.data()); });
#ifdef WEFT_HAS_JET
    suite.peer("Ceres Jet", "ba1 jacobian", [] { jacobian<jet_numbers>(ba, blocks.data()); });
#endif
#ifdef WEFT_HAS_SACADO
    suite.peer("Sacado SFad", "ba1 jacobian", [] { jacobian<sacado_numbers>(ba, blocks.data()); });
#endif

    static hand_tracking const hand(1600);
    static auto const theta = hand.start();
    static std::vector<double> distance(3 * hand.target.size());
    static std::vector<double> table(distance.size() * hand_tracking::parameters);
    suite.peer("primal", "hand residuals", [] { hand.residuals(theta.data(), distance.data()); });
    suite.add("hand jacobian", {},
              [] { jacobian<weft_numbers>(hand, theta.data(), table.data()); });
#ifdef WEFT_HAS_JET
    suite.peer("Ceres Jet", "hand jacobian",
               [] { jacobian<jet_numbers>(hand, theta.data(), table.data()); });
#endif
#ifdef WEFT_HAS_SACADO
    suite.peer("Sacado SFad", "hand jacobian",
               [] { jacobian<sacado_numbers>(hand, theta.data(), table.data()); });
#endif
    return suite.run(argc, argv);
}
