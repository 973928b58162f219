# SPDX-License-Identifier: BSL-1.0
"""Records functions of <cmath> with their first and second derivatives to 50 digits, rounded to
double: scalar_derivatives.hpp. Points include 0, tiny and huge numbers, and ends of domains.

    python3 -m venv venv && venv/bin/pip install mpmath
    venv/bin/python tests/recorded/scalar_derivatives.py
"""
from table import Header

import mpmath
from mpmath import mpf, mp

mp.dps = 60
inf = mpf("inf")
ulp = mpf(2) ** -53


def number(v):
    """The nearest double; infinite where that overflows."""
    return float(mpf(v))


# name: (f, f', f'', points). The formulas are those of a table of derivatives, not of the library.
m = mpmath
GELU = 2 * m.sqrt(2 / m.pi)


def gelu_tanh(order, x):
    """x s(v), s the logistic function, v = GELU (x + 0.044715 x^3), and its derivatives."""
    c = m.mpf("0.044715")
    v, v1, v2 = GELU * (x + c * x ** 3), GELU * (1 + 3 * c * x ** 2), GELU * 6 * c * x
    s, less = 1 / (1 + m.exp(-v)), 1 / (1 + m.exp(v))
    s1, s2 = s * less, s * less * (less - s)
    return [x * s, s + x * s1 * v1, 2 * s1 * v1 + x * (s2 * v1 ** 2 + s1 * v2)][order]


UNARY = {
    "sqrt": (m.sqrt, lambda x: 1 / (2 * m.sqrt(x)), lambda x: -1 / (4 * x * m.sqrt(x)),
             [1e-200, 1e-10, 0.25, 1, 2, 1e10, 1e200]),
    "cbrt": (lambda x: m.sign(x) * m.cbrt(abs(x)), lambda x: 1 / (3 * m.cbrt(abs(x)) ** 2),
             lambda x: -2 * m.sign(x) / (9 * m.cbrt(abs(x)) ** 5),
             [-1e60, -8, -0.3, 1e-60, 0.3, 1, 27, 1e60]),
    "exp": (m.exp, m.exp, m.exp, [-700, -30, -1, -1e-300, 0, 1e-10, 0.5, 1, 30, 700]),
    "exp2": (lambda x: 2 ** x, lambda x: m.log(2) * 2 ** x, lambda x: m.log(2) ** 2 * 2 ** x,
             [-1000, -1.5, 0, 1e-10, 0.5, 10, 1000]),
    "expm1": (m.expm1, m.exp, m.exp, [-700, -40, -1, -0.5, -1e-20, 0, 1e-300, 1e-5, 0.7, 30, 700]),
    "log": (m.log, lambda x: 1 / x, lambda x: -1 / x ** 2,
            [1e-150, 1e-10, 0.5, 1 - float(ulp), 1, 1.5, 1e10, 1e150]),
    "log2": (lambda x: m.log(x, 2), lambda x: 1 / (x * m.log(2)), lambda x: -1 / (x ** 2 * m.log(2)),
             [1e-150, 0.7, 1, 3, 1e150]),
    "log10": (m.log10, lambda x: 1 / (x * m.log(10)), lambda x: -1 / (x ** 2 * m.log(10)),
              [1e-150, 0.7, 1, 3, 1e150]),
    "log1p": (m.log1p, lambda x: 1 / (1 + x), lambda x: -1 / (1 + x) ** 2,
              [-1 + 2 * float(ulp), -0.999, -0.5, -1e-20, 0, 1e-300, 1e-10, 2, 1e150]),
    "sin": (m.sin, m.cos, lambda x: -m.sin(x), [-1e5, -3, -1e-20, 0, 1e-300, 0.5, 1.5, 3, 1e10]),
    "cos": (m.cos, lambda x: -m.sin(x), lambda x: -m.cos(x),
            [-1e5, -3, -1e-20, 0, 1e-300, 0.5, 1.5, 3, 1e10]),
    "tan": (m.tan, lambda x: m.sec(x) ** 2, lambda x: 2 * m.sec(x) ** 2 * m.tan(x),
            [-1.57, -1, -1e-20, 0, 1e-300, 0.5, 1.5707, 3, 1e5]),
    "asin": (m.asin, lambda x: 1 / m.sqrt(1 - x ** 2), lambda x: x / m.sqrt(1 - x ** 2) ** 3,
             [-1 + float(ulp), -0.9, -0.5, -1e-20, 0, 1e-300, 1e-5, 0.3, 0.7, 1 - float(ulp)]),
    "acos": (m.acos, lambda x: -1 / m.sqrt(1 - x ** 2), lambda x: -x / m.sqrt(1 - x ** 2) ** 3,
             [-1 + float(ulp), -0.9, -0.5, -1e-20, 0, 1e-300, 1e-5, 0.3, 0.7, 1 - float(ulp)]),
    "atan": (m.atan, lambda x: 1 / (1 + x ** 2), lambda x: -2 * x / (1 + x ** 2) ** 2,
             [-1e70, -10, -1, -1e-20, 0, 1e-300, 0.5, 3, 1e10]),
    "sinh": (m.sinh, m.cosh, m.sinh, [-700, -1, -1e-20, 0, 1e-300, 0.5, 30, 700]),
    "cosh": (m.cosh, m.sinh, m.cosh, [-700, -1, -1e-20, 0, 1e-300, 0.5, 30, 700]),
    "tanh": (m.tanh, lambda x: m.sech(x) ** 2, lambda x: -2 * m.sech(x) ** 2 * m.tanh(x),
             [-300, -20, -1, -0.5, -1e-20, 0, 1e-300, 0.3, 0.6, 2, 50]),
    "asinh": (m.asinh, lambda x: 1 / m.sqrt(1 + x ** 2), lambda x: -x / m.sqrt(1 + x ** 2) ** 3,
              [-1e70, -3, -1e-20, 0, 1e-300, 0.5, 1, 1e10]),
    "acosh": (m.acosh, lambda x: 1 / m.sqrt(x ** 2 - 1), lambda x: -x / m.sqrt(x ** 2 - 1) ** 3,
              [1 + 2 * float(ulp), 1.001, 1.5, 3, 1e10, 1e70]),
    "atanh": (m.atanh, lambda x: 1 / (1 - x ** 2), lambda x: 2 * x / (1 - x ** 2) ** 2,
              [-1 + float(ulp), -0.9, -0.5, -1e-20, 0, 1e-300, 1e-5, 0.3, 0.7, 1 - float(ulp)]),
    "erf": (m.erf, lambda x: 2 / m.sqrt(m.pi) * m.exp(-x ** 2),
            lambda x: -4 * x / m.sqrt(m.pi) * m.exp(-x ** 2),
            [-20, -1, -1e-20, 0, 1e-300, 0.5, 3, 26]),
    "erfc": (m.erfc, lambda x: -2 / m.sqrt(m.pi) * m.exp(-x ** 2),
             lambda x: 4 * x / m.sqrt(m.pi) * m.exp(-x ** 2),
             [-20, -1, -1e-20, 0, 1e-300, 0.5, 3, 26]),
    "tgamma": (m.gamma, lambda x: m.gamma(x) * m.digamma(x),
               lambda x: m.gamma(x) * (m.digamma(x) ** 2 + m.polygamma(1, x)),
               [-3.7, -0.5, 1e-50, 0.01, 0.5, 1, 2, 3.3, 10, 100.5, 170]),
    "lgamma": (lambda x: m.log(abs(m.gamma(x))), m.digamma, lambda x: m.polygamma(1, x),
               [-3.7, -0.3, 1e-100, 0.01, 0.5, 1, 2, 3.3, 10, 100.5, 1e10, 1e100]),
    "digamma": (m.digamma, lambda x: m.polygamma(1, x), lambda x: m.polygamma(2, x),
                [-3.7, -0.3, 1e-80, 0.01, 0.5, 1, 2, 3.3, 10, 100.5, 1e10]),
    "sigmoid": (lambda x: 1 / (1 + m.exp(-x)), lambda x: m.exp(-x) / (1 + m.exp(-x)) ** 2,
                lambda x: m.exp(-x) * (m.exp(-x) - 1) / (1 + m.exp(-x)) ** 3,
                [-300, -40, -3, -1, 0, 0.9, 1.1, 3, 40, 300]),
    "softplus": (lambda x: m.log1p(m.exp(x)), lambda x: 1 / (1 + m.exp(-x)),
                 lambda x: m.exp(-x) / (1 + m.exp(-x)) ** 2, [-300, -40, -1, 0, 0.9, 3, 40, 300]),
    "gelu_tanh": (*(lambda x, k=k: gelu_tanh(k, x) for k in range(3)),
                  [-20, -4, -1, -1e-20, 0, 1e-10, 0.5, 2, 20]),
    "fabs": (abs, m.sign, lambda x: 0, [-1e300, -2, -1e-300, 0, 1e-300, 3]),
}
# Ends of domains: what the limits are.
ENDS = {
    "sqrt": [0, 0, inf, -inf],
    "cbrt": [0, 0, inf],
    "log": [0, -inf, inf, -inf],
    "log1p": [-1, -inf, inf, -inf],
    "asin": [1, m.asin(1), inf, inf],
    "acos": [1, 0, -inf, -inf],
    "atanh": [1, inf, inf, inf],
    "acosh": [1, 0, inf, -inf],
}


def hypot_rows(x):
    r = m.sqrt(sum(v ** 2 for v in x))
    return [r] + [v / r for v in x] + [
        ((1 if i == j else 0) - x[i] * x[j] / r ** 2) / r
        for i in range(len(x)) for j in range(i + 1)]


def atan2_rows(y, x):
    r = x ** 2 + y ** 2
    return [m.atan2(y, x), x / r, -y / r, -2 * x * y / r ** 2, (y ** 2 - x ** 2) / r ** 2,
            2 * x * y / r ** 2]


def pow_rows(x, y):
    l = m.log(x)
    return [x ** y, y * x ** (y - 1), x ** y * l, y * (y - 1) * x ** (y - 2),
            x ** (y - 1) * (1 + y * l), x ** y * l ** 2]


def fmod_rows(x, y):
    n = int(x / y)
    return [x - n * y, 1, -n, 0, 0, 0]


def remainder_rows(x, y):
    n = int(m.nint(x / y))
    return [x - n * y, 1, -n, 0, 0, 0]


# name: (rows, points); a row is f, its gradient, and the lower triangle of its Hessian.
SEVERAL = {
    "hypot": (lambda x, y: hypot_rows([x, y]),
              [(3, 4), (1e-5, 2), (-1, 1e-5), (1e150, 2e150), (1e-150, 3e-150), (1, 7e10)]),
    "hypot3": (lambda x, y, z: hypot_rows([x, y, z]),
               [(2, 3, 6), (-1, 0.5, 1e-5), (1e150, 2e150, -1e150), (1e-150, 2e-150, 2e-150)]),
    "atan2": (atan2_rows, [(1, 2), (-1, 3), (2, -1), (-2, -0.3), (1e-10, 1), (1e75, 2e75)]),
    "pow": (pow_rows, [(2, 3), (0.5, -2.5), (3, 0.5), (1e-5, 2), (10, 100), (1.5, 1), (7, 1e-3),
                       (0.9, 700), (2.5, -1), (1e100, -2.5)]),
    "fmod": (fmod_rows, [(7.5, 2), (-7.5, 2), (0.3, 5), (1e5, 0.75)]),
    "remainder": (remainder_rows, [(7.5, 2), (-7.6, 2), (0.3, 5), (9, 2), (1e5, 0.75)]),
}

out = Header(__file__, "Functions, and their first and second derivatives, rounded from 50 digits.",
             f"mpmath {mpmath.__version__}")
for name, (f, d, d2, points) in UNARY.items():
    rows = []
    for p in points:
        x = mpf(p)
        rows += [number(x), number(f(x)), number(d(x)), number(d2(x))]
    out.add(name, rows)
for name, end in ENDS.items():
    out.add(name + "_end", [number(v) for v in end])
for name, (f, points) in SEVERAL.items():
    rows = []
    for p in points:
        x = [mpf(v) for v in p]
        rows += [number(v) for v in x] + [number(v) for v in f(*x)]
    out.add(name, rows)
out.lines = [line.replace("-inf,", "-__builtin_inf(),").replace(" inf,", " __builtin_inf(),")
             for line in out.lines]
out.write()
