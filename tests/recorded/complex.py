# SPDX-License-Identifier: BSL-1.0
"""Records values of NumPy and derivatives of JAX for functions of complex numbers: complex.hpp.

    python3 -m venv venv && venv/bin/pip install numpy jax && venv/bin/python tests/recorded/complex.py
"""
from table import Header

import warnings

import jax
import jax.numpy as jnp
import numpy as np

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_platforms", "cpu")
warnings.simplefilter("ignore")
nan, inf = np.nan, np.inf

# In all quadrants, small and large, near the unit circle, and on both sides of branch cuts.
z = np.array([complex(0.3, 0.4), complex(-1.2, 0.7), complex(-0.6, -0.8), complex(2.5, -3),
              complex(1e-4, -2e-3), complex(-9, 4), complex(1.5, 0.0), complex(1.5, -0.0),
              complex(-2.5, 0.0), complex(-2.5, -0.0), complex(0.0, 1.75), complex(-0.0, -1.75),
              complex(0.8, 0.6000001), complex(12, -0.001)])
w = np.array([complex(-0.5, 1.1), complex(2, -0.3), complex(0.25, 0.25), complex(-1, 0.5),
              complex(3, 0), complex(0, 1), complex(0.5, -1), complex(-2, 0), complex(1, 2),
              complex(0.5, 0), complex(1.5, -0.5), complex(-0.75, -1.5), complex(7, 0),
              complex(0.1, 0.2)])
special = np.array([complex(0, 0), complex(-0.0, 0.0), complex(0.0, -0.0), complex(inf, 1),
                    complex(-inf, 1), complex(1, inf), complex(1, -inf), complex(nan, 1),
                    complex(1, nan), complex(1e300, 1e300), complex(-1e300, 1.0), complex(-1, 0.0),
                    complex(-1, -0.0), complex(1, 0.0), complex(800, 1), complex(-30, 1e-3),
                    complex(3, 1e5)])

C99 = ["exp", "log", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh",
       "arcsin", "arccos", "arctan", "arcsinh", "arccosh", "arctanh"]
OTHERS = ["exp2", "expm1", "log2", "log10", "reciprocal", "square", "sign"]


class Complex(Header):
    def add(self, name, values):
        first = len(self.lines)
        values = np.asarray(values, dtype=complex).ravel()
        super().add(name, np.stack([values.real, values.imag], -1).ravel())
        for i in range(first, len(self.lines)):
            line = self.lines[i].replace("-inf", "-__builtin_inf()")
            line = line.replace(" inf", " __builtin_inf()").replace("nan", '__builtin_nan("")')
            self.lines[i] = line


def slopes(f):
    return np.asarray(jax.vmap(jax.grad(lambda v: f(v).real))(jnp.asarray(z)))


header = Complex(__file__, "Values of functions of complex numbers: real and imaginary parts.",
                 f"NumPy {np.__version__} and JAX {jax.__version__}")
header.add("z", z)
header.add("w", w)
header.add("special", special)
for name in C99 + OTHERS:
    header.add(f"{name}_of_z", getattr(np, name)(z))
header.add("log1p_of_z", np.log1p(z.astype(np.clongdouble)))  # NumPy's adds 1 before it rounds
for name in C99:
    header.add(f"{name}_of_special", getattr(np, name)(special))
header.add("power_of_z", np.power(z, w))
header.add("angle_of_z", np.angle(z))
header.add("polar_of_z", z.real * np.exp(1j * z.imag))
header.add("cumsum_of_z", np.cumsum(z[:8].reshape(2, 4), 1))
header.add("cumprod_of_z", np.cumprod(z[:8].reshape(2, 4), 0))
header.add("product_of_z", np.prod(z[:8].reshape(2, 4), 1))
header.add("variance_of_z", np.var(z))
header.add("norm_of_z", np.linalg.norm(z))
header.add("einsum_of_z", np.einsum("ij,kj->ik", z[:8].reshape(2, 4), w[:8].reshape(2, 4)))

for name in C99:
    header.add(f"{name}_slope", slopes(getattr(jnp, name)))
header.add("exp2_slope", slopes(lambda v: jnp.exp(v * np.log(2.0))))
for name in ["expm1", "log1p"]:
    header.add(f"{name}_slope", slopes(getattr(jnp, name)))
header.add("log2_slope", slopes(lambda v: jnp.log(v) / np.log(2.0)))
header.add("log10_slope", slopes(lambda v: jnp.log(v) / np.log(10.0)))
header.add("power_slope", np.asarray(jax.vmap(jax.grad(lambda v, u: (v**u).real))(z, w)))
header.add("power_slope_of_w", np.asarray(jax.vmap(jax.grad(lambda v, u: (v**u).real, 1))(z, w)))
header.add("sign_slope", slopes(lambda v: v / jnp.abs(v)))
header.add("angle_slope", np.asarray(jax.vmap(jax.grad(jnp.angle))(jnp.asarray(z))))
header.add("product_slope", jax.grad(lambda v: jnp.prod(v).real)(jnp.asarray(z[:8])))
header.add("cumprod_slope", jax.grad(lambda v: jnp.sum(jnp.cumprod(v) * w[:8]).real)(jnp.asarray(z[:8])))
header.add("variance_slope", jax.grad(lambda v: jnp.var(v))(jnp.asarray(z)))
header.write()
