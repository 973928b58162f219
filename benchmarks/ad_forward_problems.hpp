// SPDX-License-Identifier: BSL-1.0
// Two problems whose Jacobians forward mode computes in one pass: bundle adjustment (15 inputs an
// observation) and hand tracking (26 pose parameters), defined as in ADBench and GradBench, written
// here as templates over the number type. With double they are the primal of the measurements.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <random>
#include <vector>

namespace ad_problems {

/// Cameras observe points: of each observation two residuals, and one of its weight.
struct bundle_adjustment {
    struct observation {
        std::size_t camera, point;
        double feature[2];
    };
    std::vector<std::array<double, 11>> cameras;  ///< rotation 3, centre 3, focus, offset 2, bend 2
    std::vector<std::array<double, 3>> points;
    std::vector<double> weights;
    std::vector<observation> observations;

    bundle_adjustment(std::size_t n, std::size_t m, std::size_t p)
        : cameras(n), points(m), weights(p), observations(p) {
        std::mt19937_64 engine(1);
        std::uniform_real_distribution<double> draw(-1, 1);
        for (auto& c : cameras)
            for (std::size_t i = 0; i < 11; ++i)
                c[i] = i < 6    ? 0.3 * draw(engine)
                       : i == 6 ? 400 + draw(engine)
                                : 0.1 * draw(engine);
        for (auto& x : points) x = {draw(engine), draw(engine), 4 + draw(engine)};
        for (std::size_t i = 0; i < p; ++i) {
            weights[i] = draw(engine);
            observations[i] = {i % n, i * 7 % m, {draw(engine), draw(engine)}};
        }
    }

    /// The residual of one observation: w (projection - feature).
    template <class T>
    static void project(T const* camera, T const* x, T const& w, double const* feature,
                        T* residual) {
        using std::sqrt, std::sin, std::cos;
        T const at[3] = {x[0] - camera[3], x[1] - camera[4], x[2] - camera[5]};
        T seen[3];
        T const square = camera[0] * camera[0] + camera[1] * camera[1] + camera[2] * camera[2];
        if (square != 0) {
            T const angle = sqrt(square), c = cos(angle), s = sin(angle), inverse = 1.0 / angle;
            T const a[3] = {camera[0] * inverse, camera[1] * inverse, camera[2] * inverse};
            T const cross[3] = {a[1] * at[2] - a[2] * at[1], a[2] * at[0] - a[0] * at[2],
                                a[0] * at[1] - a[1] * at[0]};
            T const along = (a[0] * at[0] + a[1] * at[1] + a[2] * at[2]) * (1.0 - c);
            for (int i = 0; i < 3; ++i) seen[i] = at[i] * c + cross[i] * s + a[i] * along;
        } else {
            seen[0] = at[0] + camera[1] * at[2] - camera[2] * at[1];
            seen[1] = at[1] + camera[2] * at[0] - camera[0] * at[2];
            seen[2] = at[2] + camera[0] * at[1] - camera[1] * at[0];
        }
        T const u = seen[0] / seen[2], v = seen[1] / seen[2], radius = u * u + v * v;
        T const bent = 1.0 + camera[9] * radius + camera[10] * radius * radius;
        residual[0] = w * (u * bent * camera[6] + camera[7] - feature[0]);
        residual[1] = w * (v * bent * camera[6] + camera[8] - feature[1]);
    }
    template <class T>
    static T weight_residual(T const& w) {
        return 1.0 - w * w;
    }

    /// All residuals: two of each observation, then one of each weight.
    void residuals(double* out) const {
        std::size_t const p = observations.size();
        for (std::size_t i = 0; i < p; ++i) {
            auto const& o = observations[i];
            project(cameras[o.camera].data(), points[o.point].data(), weights[i], o.feature,
                    out + 2 * i);
        }
        for (std::size_t i = 0; i < p; ++i) out[2 * p + i] = weight_residual(weights[i]);
    }
};

/// A hand of bones and skin, moved by 26 parameters, and the distances of its surface from points.
struct hand_tracking {
    static constexpr int bones = 22, vertices = 544, parameters = 26;
    template <class T>
    using pose = std::array<T, 12>;  ///< three rows of four: rotation and translation
    std::array<int, bones> parent;
    std::vector<pose<double>> rest, back;  ///< of each bone: relative to its parent; from rest
    std::vector<std::array<double, 3>> skin;
    std::vector<std::array<double, bones>> weight;
    std::vector<std::array<double, 3>> target;
    std::vector<std::size_t> vertex_of;

    explicit hand_tracking(std::size_t correspondences)
        : rest(bones),
          back(bones),
          skin(vertices),
          weight(vertices),
          target(correspondences),
          vertex_of(correspondences) {
        std::mt19937_64 engine(2);
        std::uniform_real_distribution<double> draw(-1, 1);
        for (int b = 0; b < bones; ++b) {
            parent[static_cast<std::size_t>(b)] = b == 0 ? -1 : b % 4 == 1 ? 0 : b - 1;
            for (auto* p : {&rest, &back}) {
                auto& q = (*p)[static_cast<std::size_t>(b)];
                for (double& v : q) v = 0.1 * draw(engine);
                for (std::size_t i = 0; i < 3; ++i) q[5 * i] += 1;
            }
        }
        for (auto& v : skin) v = {draw(engine), draw(engine), draw(engine)};
        for (auto& w : weight)
            for (double& x : w) x = (draw(engine) + 1) / bones;
        for (std::size_t i = 0; i < correspondences; ++i) {
            target[i] = {draw(engine), draw(engine), draw(engine)};
            vertex_of[i] = i * 31 % vertices;
        }
    }

    std::array<double, parameters> start() const {
        std::array<double, parameters> theta;
        for (std::size_t i = 0; i < theta.size(); ++i)
            theta[i] = 0.1 + 0.02 * static_cast<double>(i);
        return theta;
    }

    template <class T, class A, class B>
    static pose<T> joined(pose<A> const& a, pose<B> const& b) {
        pose<T> c;
        for (std::size_t i = 0; i < 3; ++i)
            for (std::size_t j = 0; j < 4; ++j) {
                c[4 * i + j] = a[4 * i] * b[j] + a[4 * i + 1] * b[4 + j] + a[4 * i + 2] * b[8 + j];
                if (j == 3) c[4 * i + j] += a[4 * i + 3];
            }
        return c;
    }
    /// Rotation by angles about x, y and z in turn.
    template <class T>
    static pose<T> turned(T const& x, T const& y, T const& z) {
        using std::cos, std::sin;
        T const cx = cos(x), sx = sin(x), cy = cos(y), sy = sin(y), cz = cos(z), sz = sin(z);
        return {cz * cy,
                cz * sy * sx - sz * cx,
                cz * sy * cx + sz * sx,
                T(0.0),
                sz * cy,
                sz * sy * sx + cz * cx,
                sz * sy * cx - cz * sx,
                T(0.0),
                -sy,
                cy * sx,
                cy * cx,
                T(0.0)};
    }

    /// theta: global rotation (axis times angle) 3, translation 3, of each of five fingers 4
    /// angles.
    template <class T>
    void residuals(T const* theta, T* out) const {
        using std::sqrt, std::sin, std::cos;
        std::vector<pose<T>> bone(bones);
        std::size_t next = 6;
        for (std::size_t b = 0; b < bones; ++b) {
            T x(0.0), y(0.0), z(0.0);
            if (b >= 1 && b <= 20 && b % 4 != 0) {  // joints of fingers; tips do not bend
                x = theta[next++];
                if (b % 4 == 1) z = theta[next++];
            }
            pose<T> const relative = joined<T>(rest[b], turned(x, y, z));
            bone[b] = parent[b] < 0
                          ? relative
                          : joined<T>(bone[static_cast<std::size_t>(parent[b])], relative);
        }
        for (std::size_t b = 0; b < bones; ++b) bone[b] = joined<T>(bone[b], back[b]);

        T const angle = sqrt(theta[0] * theta[0] + theta[1] * theta[1] + theta[2] * theta[2]);
        T const x = theta[0] / angle, y = theta[1] / angle, z = theta[2] / angle;
        T const s = sin(angle), c = cos(angle), d = 1.0 - c;
        T const turn[9] = {
            x * x + (1.0 - x * x) * c, x * y * d - z * s,         x * z * d + y * s,
            x * y * d + z * s,         y * y + (1.0 - y * y) * c, y * z * d - x * s,
            x * z * d - y * s,         z * y * d + x * s,         z * z + (1.0 - z * z) * c};

        std::vector<std::array<T, 3>> position(vertices, {T(0.0), T(0.0), T(0.0)});
        for (std::size_t b = 0; b < bones; ++b) {
            pose<T> const& m = bone[b];
            for (std::size_t v = 0; v < vertices; ++v) {
                auto const& p = skin[v];
                for (std::size_t i = 0; i < 3; ++i)
                    position[v][i] += (m[4 * i] * p[0] + m[4 * i + 1] * p[1] + m[4 * i + 2] * p[2] +
                                       m[4 * i + 3]) *
                                      weight[v][b];
            }
        }
        for (auto& q : position) {
            std::array<T, 3> const at = q;
            for (std::size_t i = 0; i < 3; ++i)
                q[i] = turn[3 * i] * at[0] + turn[3 * i + 1] * at[1] + turn[3 * i + 2] * at[2] +
                       theta[3 + i];
        }
        for (std::size_t i = 0; i < target.size(); ++i)
            for (std::size_t k = 0; k < 3; ++k)
                out[3 * i + k] = target[i][k] - position[vertex_of[i]][k];
    }
};

}  // namespace ad_problems
