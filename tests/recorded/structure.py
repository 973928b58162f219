# SPDX-License-Identifier: BSL-1.0
"""Records values of NumPy and JAX for operations on structure: structure.hpp.

    python3 -m venv venv && venv/bin/pip install numpy jax && venv/bin/python tests/recorded/structure.py
"""
from table import Header

import warnings

import jax
import jax.numpy as jnp
import numpy as np

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_platforms", "cpu")
warnings.simplefilter("ignore")
rng = np.random.default_rng(11)
nan, inf = np.nan, np.inf

m = np.array([[1.0, 5, 3, -2], [0, 4, 4, -2], [2, -1, 3, 7]])
odd = np.array([[1.0, nan, 3, inf], [-inf, 2, -0.0, 0], [nan, nan, 1, 2]])
endless = np.array([[1.0, -inf, 3, inf], [-inf, 2, -inf, 0], [-inf, -inf, -inf, -inf]])
zeros = np.array([[1.5, 0, -3, 2], [0, 4, 0, -2], [2, -1, 3, 0.5]])
cube = rng.integers(-9, 10, (2, 3, 4)).astype(float)
vector = np.array([3.0, -1, 2, 2, 0, 5, -1])
left, right = rng.integers(-4, 5, (2, 3, 4)).astype(float), rng.integers(-4, 5, (2, 4, 2)).astype(float)
third = rng.integers(-4, 5, (2, 5)).astype(float)
square = rng.integers(-4, 5, (3, 3)).astype(float)
picks = np.array([[2, 0, 2], [3, 1, 0], [0, 0, 1]])
rows = np.array([2, 0, 2])
columns = np.array([1, 3, 1])
updates = rng.integers(-4, 9, (3, 4)).astype(float)
sorted_row = np.array([-2.0, -1, 0, 0, 0, 3, 5, inf])
wanted = np.array([[-3.0, -2, 0], [4, inf, nan]])

INPUTS = dict(m=m, odd=odd, endless=endless, zeros=zeros, cube=cube, vector=vector, left=left,
              right=right, third=third, square=square, picks=picks, rows=rows, columns=columns,
              updates=updates, sorted_row=sorted_row, wanted=wanted)

j = jnp.asarray
widths = ((1, 2), (2, 3))


def derivative(f, x):
    return jax.grad(lambda v: (f(v) * jnp.arange(1.0, f(v).size + 1).reshape(f(v).shape)).sum())(j(x))


CASES = {
    # scans
    "cumsum_1": np.cumsum(m, 1), "cumsum_0": np.cumsum(m, 0), "cumsum_all": np.cumsum(m),
    "cumsum_odd": np.cumsum(odd, 1), "cumsum_cube": np.cumsum(cube, -2),
    "cumsum_reversed": np.flip(np.cumsum(np.flip(m, 1), 1), 1),
    "cumprod_1": np.cumprod(m, 1), "cumprod_zeros": np.cumprod(zeros, 1),
    "cumprod_derivative": derivative(lambda v: jnp.cumprod(v, 1), zeros),
    "cummax_1": np.maximum.accumulate(m, 1), "cummax_odd": np.maximum.accumulate(odd, 1),
    "cummin_0": np.minimum.accumulate(odd, 0),
    "cummax_reversed": np.flip(np.maximum.accumulate(np.flip(m, 0), 0), 0),
    "logcumsumexp_1": np.logaddexp.accumulate(m, 1),
    "logcumsumexp_endless": np.logaddexp.accumulate(endless, 1),
    # sorts
    "sort_1": np.sort(m, 1), "sort_0": np.sort(m, 0), "sort_odd": np.sort(odd, 1),
    "sort_down": jnp.sort(j(odd), axis=1, descending=True),
    "argsort_1": np.argsort(m, 1, kind="stable"), "argsort_odd": np.argsort(odd, 1, kind="stable"),
    "argsort_0": np.argsort(odd, 0, kind="stable"),
    "argsort_down": jnp.argsort(j(m), axis=1, descending=True, stable=True),
    "top_values": jax.lax.top_k(j(m), 2)[0], "top_places": jax.lax.top_k(j(m), 3)[1],
    "top_odd": jax.lax.top_k(j(odd + 0.0), 3)[1],
    "take_along_1": np.take_along_axis(m, picks, 1),
    "take_along_0": np.take_along_axis(m, np.array([[0, 2, 1, 1]]), 0),
    "take_along_derivative": derivative(lambda v: jnp.take_along_axis(v, picks, 1), m),
    "sort_derivative": derivative(lambda v: jnp.sort(v, 1), cube),
    "searchsorted_left": np.searchsorted(sorted_row, wanted, "left"),
    "searchsorted_right": np.searchsorted(sorted_row, wanted, "right"),
    # places
    "at_get": m[rows, columns], "at_set": j(m).at[rows[:2]].set(updates[:2]),
    "at_add": j(m).at[rows].add(updates), "at_multiply": j(m).at[rows].multiply(updates),
    "at_max": j(m).at[rows].max(updates), "at_min": j(m).at[rows].min(updates),
    "at_two": j(m).at[rows, columns].add(jnp.array([1.0, 2, 3])),
    "at_number": j(m).at[rows].set(7.0),
    # order and axes
    "flip_all": np.flip(cube), "flip_1": np.flip(m, 1), "flip_two": np.flip(cube, (0, 2)),
    "roll_1": np.roll(m, 1, 1), "roll_back": np.roll(m, -5, 0), "roll_all": np.roll(m, 3),
    "moveaxis": np.moveaxis(cube, 0, -1), "moveaxis_front": np.moveaxis(cube, 2, 0),
    "swapaxes": np.swapaxes(cube, 0, 2),
    "stack_0": np.stack([m, m + 1]), "stack_last": np.stack([m, m + 1], -1),
    "split_part": np.split(m, 2, 1)[1], "split_places": np.split(vector, [2, 5])[1],
    "split_last": np.split(vector, [2, 5])[2],
    "tile_2": np.tile(m, 2), "tile_21": np.tile(m, (2, 1)), "tile_new": np.tile(vector, (2, 2)),
    "repeat_1": np.repeat(m, 2, 1), "repeat_0": np.repeat(m, 3, 0),
    "outer": np.multiply.outer(vector, m), "kron": np.kron(square, m), "kron_vector": np.kron(m, vector),
    "meshgrid_0": np.meshgrid(vector, m[0], indexing="ij")[0],
    "meshgrid_1": np.meshgrid(vector, m[0], indexing="ij")[1],
    # surroundings
    "pad_zero": np.pad(m, widths), "pad_value": np.pad(m, widths, constant_values=2.5),
    "pad_edge": np.pad(m, widths, "edge"), "pad_reflect": np.pad(m, widths, "reflect"),
    "pad_symmetric": np.pad(m, widths, "symmetric"), "pad_wrap": np.pad(m, widths, "wrap"),
    # parts of matrices
    "triu_0": np.triu(cube), "triu_1": np.triu(cube, 1), "triu_low": np.triu(cube, -1),
    "tril_0": np.tril(cube), "tril_1": np.tril(cube, 1), "tril_low": np.tril(cube, -2),
    "diagonal_0": np.diagonal(cube, 0, 1, 2), "diagonal_1": np.diagonal(cube, 1, 1, 2),
    "diagonal_low": np.diagonal(cube, -1, 1, 2), "diag_0": np.diag(vector), "diag_2": np.diag(vector, 2),
    "diag_low": np.diag(vector, -1), "trace_0": np.trace(cube, 0, 1, 2),
    "trace_1": np.trace(square, 1), "eye": np.eye(3, 4, 1),
    # einsum
    "einsum_batch": np.einsum("bij,bjk->bik", left, right),
    "einsum_implicit": np.einsum("bij,bjk", left, right),
    "einsum_transposed": np.einsum("ij->ji", m), "einsum_trace": np.einsum("ii", square),
    "einsum_diagonal": np.einsum("ii->i", square), "einsum_sum": np.einsum("bij->b", cube),
    "einsum_three": np.einsum("bij,bjk,bl->ilk", left, right, third),
    "einsum_elements": np.einsum("ij,ij->ij", m, m), "einsum_outer": np.einsum("i,j->ji", vector, m[0]),
    "einsum_dots": np.einsum("...ij,...jk->...ik", left, right),
    "einsum_spread": np.einsum("...i,bij->b...j", m, right),
    "einsum_inner": np.einsum("ij,ij", m, m), "einsum_capital": np.einsum("Ba,aC", m, m.T),
    # statistics
    "product_1": np.prod(zeros, 1), "product_all": np.prod(m[2:]),
    "product_derivative": derivative(lambda v: jnp.prod(v, 1), zeros),
    "min_1": np.min(m, 1), "min_odd": np.min(odd, 1),
    "any_1": np.any(zeros[:, 1:2], 1), "all_1": np.all(zeros, 1), "any_odd": np.any(odd, 0),
    "count": np.count_nonzero(zeros, 1),
    "argmax_1": np.argmax(m, 1), "argmax_0": np.argmax(m, 0), "argmax_all": np.argmax(m),
    "argmax_odd": np.argmax(odd, 1), "argmin_odd": np.argmin(odd, 1), "argmin_0": np.argmin(m, 0),
    "argmax_odd_0": np.argmax(odd, 0), "argmax_cube": np.argmax(cube, 1),
    "logsumexp_1": jax.nn.logsumexp(j(m), 1), "logsumexp_endless": jax.nn.logsumexp(j(endless), 1),
    "logsumexp_all": jax.nn.logsumexp(j(m)),
    "variance_1": np.var(m, 1), "variance_ddof": np.var(m, 0, ddof=1), "deviation": np.std(m, 1),
    "deviation_ddof": np.std(m, ddof=1), "peak_to_peak": np.ptp(m, 0),
    "norm_2": np.linalg.norm(m), "norm_1": np.linalg.norm(m, 1, 1), "norm_inf": np.linalg.norm(m, inf, 1),
    "norm_low": np.linalg.norm(m, -inf, 0), "norm_3": np.linalg.norm(m, 3, 1),
    "norm_0": np.linalg.norm(zeros, 0, 1), "norm_half": np.linalg.norm(zeros, 0.5, 1),
    "mean_two": np.mean(cube, (0, -1)), "max_two": np.max(cube, (1, 2)), "sum_two": np.sum(cube, (-1, 0)),
}


class Structure(Header):
    def add(self, name, values):
        first = len(self.lines)
        super().add(name, np.ravel(np.asarray(values)))
        for i in range(first, len(self.lines)):
            line = self.lines[i].replace("-inf", "-__builtin_inf()")
            line = line.replace(" inf", " __builtin_inf()").replace("nan", '__builtin_nan("")')
            self.lines[i] = line


header = Structure(__file__, "Values of operations on structure.",
                   f"NumPy {np.__version__} and JAX {jax.__version__}")
for name, value in INPUTS.items():
    header.add(name, value)
for name, value in CASES.items():
    header.add(name, value)
header.write()
