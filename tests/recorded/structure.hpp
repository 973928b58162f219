// SPDX-License-Identifier: BSL-1.0
// Values of operations on structure.
// Written by structure.py with NumPy 2.4.6 and JAX 0.10.2; not to be edited.
#pragma once

namespace recorded::structure {

// clang-format off
inline constexpr double m[] = {
    1.0, 5.0, 3.0, -2.0,
    0.0, 4.0, 4.0, -2.0,
    2.0, -1.0, 3.0, 7.0,
};
inline constexpr double odd[] = {
    1.0, __builtin_nan(""), 3.0, __builtin_inf(),
    -__builtin_inf(), 2.0, -0.0, 0.0,
    __builtin_nan(""), __builtin_nan(""), 1.0, 2.0,
};
inline constexpr double endless[] = {
    1.0, -__builtin_inf(), 3.0, __builtin_inf(),
    -__builtin_inf(), 2.0, -__builtin_inf(), 0.0,
    -__builtin_inf(), -__builtin_inf(), -__builtin_inf(), -__builtin_inf(),
};
inline constexpr double zeros[] = {
    1.5, 0.0, -3.0, 2.0,
    0.0, 4.0, 0.0, -2.0,
    2.0, -1.0, 3.0, 0.5,
};
inline constexpr double cube[] = {
    -7.0, -7.0, 6.0, 0.0,
    2.0, 2.0, 4.0, -9.0,
    0.0, -7.0, -2.0, 8.0,
    1.0, -8.0, 1.0, -7.0,
    5.0, 9.0, 9.0, 2.0,
    7.0, -2.0, -7.0, 0.0,
};
inline constexpr double vector[] = {
    3.0, -1.0, 2.0, 2.0,
    0.0, 5.0, -1.0,
};
inline constexpr double left[] = {
    -1.0, 1.0, 4.0, -2.0,
    3.0, -3.0, -1.0, 3.0,
    -2.0, 2.0, 0.0, 0.0,
    4.0, 3.0, 3.0, 0.0,
    4.0, 4.0, -3.0, -3.0,
    -2.0, 0.0, 3.0, 0.0,
};
inline constexpr double right[] = {
    4.0, -1.0, 4.0, 1.0,
    2.0, -2.0, 1.0, 3.0,
    3.0, 3.0, 4.0, -3.0,
    3.0, 0.0, 2.0, -2.0,
};
inline constexpr double third[] = {
    -4.0, -4.0, 4.0, 4.0,
    -2.0, -1.0, -2.0, -3.0,
    3.0, 2.0,
};
inline constexpr double square[] = {
    -4.0, -3.0, 1.0, 4.0,
    4.0, -3.0, 1.0, -4.0,
    -3.0,
};
inline constexpr double picks[] = {
    2.0, 0.0, 2.0, 3.0,
    1.0, 0.0, 0.0, 0.0,
    1.0,
};
inline constexpr double rows[] = {
    2.0, 0.0, 2.0,
};
inline constexpr double columns[] = {
    1.0, 3.0, 1.0,
};
inline constexpr double updates[] = {
    -2.0, 1.0, 0.0, 5.0,
    2.0, 0.0, 7.0, 4.0,
    5.0, 5.0, 0.0, 7.0,
};
inline constexpr double sorted_row[] = {
    -2.0, -1.0, 0.0, 0.0,
    0.0, 3.0, 5.0, __builtin_inf(),
};
inline constexpr double wanted[] = {
    -3.0, -2.0, 0.0, 4.0,
    __builtin_inf(), __builtin_nan(""),
};
inline constexpr double cumsum_1[] = {
    1.0, 6.0, 9.0, 7.0,
    0.0, 4.0, 8.0, 6.0,
    2.0, 1.0, 4.0, 11.0,
};
inline constexpr double cumsum_0[] = {
    1.0, 5.0, 3.0, -2.0,
    1.0, 9.0, 7.0, -4.0,
    3.0, 8.0, 10.0, 3.0,
};
inline constexpr double cumsum_all[] = {
    1.0, 6.0, 9.0, 7.0,
    7.0, 11.0, 15.0, 13.0,
    15.0, 14.0, 17.0, 24.0,
};
inline constexpr double cumsum_odd[] = {
    1.0, __builtin_nan(""), __builtin_nan(""), __builtin_nan(""),
    -__builtin_inf(), -__builtin_inf(), -__builtin_inf(), -__builtin_inf(),
    __builtin_nan(""), __builtin_nan(""), __builtin_nan(""), __builtin_nan(""),
};
inline constexpr double cumsum_cube[] = {
    -7.0, -7.0, 6.0, 0.0,
    -5.0, -5.0, 10.0, -9.0,
    -5.0, -12.0, 8.0, -1.0,
    1.0, -8.0, 1.0, -7.0,
    6.0, 1.0, 10.0, -5.0,
    13.0, -1.0, 3.0, -5.0,
};
inline constexpr double cumsum_reversed[] = {
    7.0, 6.0, 1.0, -2.0,
    6.0, 6.0, 2.0, -2.0,
    11.0, 9.0, 10.0, 7.0,
};
inline constexpr double cumprod_1[] = {
    1.0, 5.0, 15.0, -30.0,
    0.0, 0.0, 0.0, -0.0,
    2.0, -2.0, -6.0, -42.0,
};
inline constexpr double cumprod_zeros[] = {
    1.5, 0.0, -0.0, -0.0,
    0.0, 0.0, 0.0, -0.0,
    2.0, -2.0, -6.0, -3.0,
};
inline constexpr double cumprod_derivative[] = {
    1.0, -46.5, 0.0, 0.0,
    29.0, 0.0, 0.0, 0.0,
    -52.0, 122.0, -34.0, -72.0,
};
inline constexpr double cummax_1[] = {
    1.0, 5.0, 5.0, 5.0,
    0.0, 4.0, 4.0, 4.0,
    2.0, 2.0, 3.0, 7.0,
};
inline constexpr double cummax_odd[] = {
    1.0, __builtin_nan(""), __builtin_nan(""), __builtin_nan(""),
    -__builtin_inf(), 2.0, 2.0, 2.0,
    __builtin_nan(""), __builtin_nan(""), __builtin_nan(""), __builtin_nan(""),
};
inline constexpr double cummin_0[] = {
    1.0, __builtin_nan(""), 3.0, __builtin_inf(),
    -__builtin_inf(), __builtin_nan(""), -0.0, 0.0,
    __builtin_nan(""), __builtin_nan(""), -0.0, 0.0,
};
inline constexpr double cummax_reversed[] = {
    2.0, 5.0, 4.0, 7.0,
    2.0, 4.0, 4.0, 7.0,
    2.0, -1.0, 3.0, 7.0,
};
inline constexpr double logcumsumexp_1[] = {
    1.0, 5.0181499279178094, 5.142931628499899, 5.143721747718615,
    0.0, 4.0181499279178094, 4.702263321439095, 4.7034906970091885,
    2.0, 2.048587351573742, 3.3265626412674703, 7.02507210010341,
};
inline constexpr double logcumsumexp_endless[] = {
    1.0, 1.0, 3.1269280110429727, __builtin_inf(),
    -__builtin_inf(), 2.0, 2.0, 2.1269280110429727,
    -__builtin_inf(), -__builtin_inf(), -__builtin_inf(), -__builtin_inf(),
};
inline constexpr double sort_1[] = {
    -2.0, 1.0, 3.0, 5.0,
    -2.0, 0.0, 4.0, 4.0,
    -1.0, 2.0, 3.0, 7.0,
};
inline constexpr double sort_0[] = {
    0.0, -1.0, 3.0, -2.0,
    1.0, 4.0, 3.0, -2.0,
    2.0, 5.0, 4.0, 7.0,
};
inline constexpr double sort_odd[] = {
    1.0, 3.0, __builtin_inf(), __builtin_nan(""),
    -__builtin_inf(), -0.0, 0.0, 2.0,
    1.0, 2.0, __builtin_nan(""), __builtin_nan(""),
};
inline constexpr double sort_down[] = {
    __builtin_nan(""), __builtin_inf(), 3.0, 1.0,
    2.0, 0.0, -0.0, -__builtin_inf(),
    __builtin_nan(""), __builtin_nan(""), 2.0, 1.0,
};
inline constexpr double argsort_1[] = {
    3.0, 0.0, 2.0, 1.0,
    3.0, 0.0, 1.0, 2.0,
    1.0, 0.0, 2.0, 3.0,
};
inline constexpr double argsort_odd[] = {
    0.0, 2.0, 3.0, 1.0,
    0.0, 2.0, 3.0, 1.0,
    2.0, 3.0, 0.0, 1.0,
};
inline constexpr double argsort_0[] = {
    1.0, 1.0, 1.0, 1.0,
    0.0, 0.0, 2.0, 2.0,
    2.0, 2.0, 0.0, 0.0,
};
inline constexpr double argsort_down[] = {
    1.0, 2.0, 0.0, 3.0,
    1.0, 2.0, 0.0, 3.0,
    3.0, 2.0, 0.0, 1.0,
};
inline constexpr double top_values[] = {
    5.0, 3.0, 4.0, 4.0,
    7.0, 3.0,
};
inline constexpr double top_places[] = {
    1.0, 2.0, 0.0, 1.0,
    2.0, 0.0, 3.0, 2.0,
    0.0,
};
inline constexpr double top_odd[] = {
    1.0, 3.0, 2.0, 1.0,
    2.0, 3.0, 0.0, 1.0,
    3.0,
};
inline constexpr double take_along_1[] = {
    3.0, 1.0, 3.0, -2.0,
    4.0, 0.0, 2.0, 2.0,
    -1.0,
};
inline constexpr double take_along_0[] = {
    1.0, -1.0, 4.0, -2.0,
};
inline constexpr double take_along_derivative[] = {
    2.0, 0.0, 4.0, 0.0,
    6.0, 5.0, 0.0, 4.0,
    15.0, 9.0, 0.0, 0.0,
};
inline constexpr double sort_derivative[] = {
    1.0, 2.0, 11.0, 8.0,
    9.0, 10.0, 7.0, 4.0,
    5.0, 6.0, 3.0, 12.0,
    13.0, 14.0, 19.0, 16.0,
    17.0, 22.0, 23.0, 24.0,
    21.0, 18.0, 15.0, 20.0,
};
inline constexpr double searchsorted_left[] = {
    0.0, 0.0, 2.0, 6.0,
    7.0, 8.0,
};
inline constexpr double searchsorted_right[] = {
    0.0, 1.0, 5.0, 6.0,
    8.0, 8.0,
};
inline constexpr double at_get[] = {
    -1.0, -2.0, -1.0,
};
inline constexpr double at_set[] = {
    2.0, 0.0, 7.0, 4.0,
    0.0, 4.0, 4.0, -2.0,
    -2.0, 1.0, 0.0, 5.0,
};
inline constexpr double at_add[] = {
    3.0, 5.0, 10.0, 2.0,
    0.0, 4.0, 4.0, -2.0,
    5.0, 5.0, 3.0, 19.0,
};
inline constexpr double at_multiply[] = {
    2.0, 0.0, 21.0, -8.0,
    0.0, 4.0, 4.0, -2.0,
    -20.0, -5.0, 0.0, 245.0,
};
inline constexpr double at_max[] = {
    2.0, 5.0, 7.0, 4.0,
    0.0, 4.0, 4.0, -2.0,
    5.0, 5.0, 3.0, 7.0,
};
inline constexpr double at_min[] = {
    1.0, 0.0, 3.0, -2.0,
    0.0, 4.0, 4.0, -2.0,
    -2.0, -1.0, 0.0, 5.0,
};
inline constexpr double at_two[] = {
    1.0, 5.0, 3.0, 0.0,
    0.0, 4.0, 4.0, -2.0,
    2.0, 3.0, 3.0, 7.0,
};
inline constexpr double at_number[] = {
    7.0, 7.0, 7.0, 7.0,
    0.0, 4.0, 4.0, -2.0,
    7.0, 7.0, 7.0, 7.0,
};
inline constexpr double flip_all[] = {
    0.0, -7.0, -2.0, 7.0,
    2.0, 9.0, 9.0, 5.0,
    -7.0, 1.0, -8.0, 1.0,
    8.0, -2.0, -7.0, 0.0,
    -9.0, 4.0, 2.0, 2.0,
    0.0, 6.0, -7.0, -7.0,
};
inline constexpr double flip_1[] = {
    -2.0, 3.0, 5.0, 1.0,
    -2.0, 4.0, 4.0, 0.0,
    7.0, 3.0, -1.0, 2.0,
};
inline constexpr double flip_two[] = {
    -7.0, 1.0, -8.0, 1.0,
    2.0, 9.0, 9.0, 5.0,
    0.0, -7.0, -2.0, 7.0,
    0.0, 6.0, -7.0, -7.0,
    -9.0, 4.0, 2.0, 2.0,
    8.0, -2.0, -7.0, 0.0,
};
inline constexpr double roll_1[] = {
    -2.0, 1.0, 5.0, 3.0,
    -2.0, 0.0, 4.0, 4.0,
    7.0, 2.0, -1.0, 3.0,
};
inline constexpr double roll_back[] = {
    2.0, -1.0, 3.0, 7.0,
    1.0, 5.0, 3.0, -2.0,
    0.0, 4.0, 4.0, -2.0,
};
inline constexpr double roll_all[] = {
    -1.0, 3.0, 7.0, 1.0,
    5.0, 3.0, -2.0, 0.0,
    4.0, 4.0, -2.0, 2.0,
};
inline constexpr double moveaxis[] = {
    -7.0, 1.0, -7.0, -8.0,
    6.0, 1.0, 0.0, -7.0,
    2.0, 5.0, 2.0, 9.0,
    4.0, 9.0, -9.0, 2.0,
    0.0, 7.0, -7.0, -2.0,
    -2.0, -7.0, 8.0, 0.0,
};
inline constexpr double moveaxis_front[] = {
    -7.0, 2.0, 0.0, 1.0,
    5.0, 7.0, -7.0, 2.0,
    -7.0, -8.0, 9.0, -2.0,
    6.0, 4.0, -2.0, 1.0,
    9.0, -7.0, 0.0, -9.0,
    8.0, -7.0, 2.0, 0.0,
};
inline constexpr double swapaxes[] = {
    -7.0, 1.0, 2.0, 5.0,
    0.0, 7.0, -7.0, -8.0,
    2.0, 9.0, -7.0, -2.0,
    6.0, 1.0, 4.0, 9.0,
    -2.0, -7.0, 0.0, -7.0,
    -9.0, 2.0, 8.0, 0.0,
};
inline constexpr double stack_0[] = {
    1.0, 5.0, 3.0, -2.0,
    0.0, 4.0, 4.0, -2.0,
    2.0, -1.0, 3.0, 7.0,
    2.0, 6.0, 4.0, -1.0,
    1.0, 5.0, 5.0, -1.0,
    3.0, 0.0, 4.0, 8.0,
};
inline constexpr double stack_last[] = {
    1.0, 2.0, 5.0, 6.0,
    3.0, 4.0, -2.0, -1.0,
    0.0, 1.0, 4.0, 5.0,
    4.0, 5.0, -2.0, -1.0,
    2.0, 3.0, -1.0, 0.0,
    3.0, 4.0, 7.0, 8.0,
};
inline constexpr double split_part[] = {
    3.0, -2.0, 4.0, -2.0,
    3.0, 7.0,
};
inline constexpr double split_places[] = {
    2.0, 2.0, 0.0,
};
inline constexpr double split_last[] = {
    5.0, -1.0,
};
inline constexpr double tile_2[] = {
    1.0, 5.0, 3.0, -2.0,
    1.0, 5.0, 3.0, -2.0,
    0.0, 4.0, 4.0, -2.0,
    0.0, 4.0, 4.0, -2.0,
    2.0, -1.0, 3.0, 7.0,
    2.0, -1.0, 3.0, 7.0,
};
inline constexpr double tile_21[] = {
    1.0, 5.0, 3.0, -2.0,
    0.0, 4.0, 4.0, -2.0,
    2.0, -1.0, 3.0, 7.0,
    1.0, 5.0, 3.0, -2.0,
    0.0, 4.0, 4.0, -2.0,
    2.0, -1.0, 3.0, 7.0,
};
inline constexpr double tile_new[] = {
    3.0, -1.0, 2.0, 2.0,
    0.0, 5.0, -1.0, 3.0,
    -1.0, 2.0, 2.0, 0.0,
    5.0, -1.0, 3.0, -1.0,
    2.0, 2.0, 0.0, 5.0,
    -1.0, 3.0, -1.0, 2.0,
    2.0, 0.0, 5.0, -1.0,
};
inline constexpr double repeat_1[] = {
    1.0, 1.0, 5.0, 5.0,
    3.0, 3.0, -2.0, -2.0,
    0.0, 0.0, 4.0, 4.0,
    4.0, 4.0, -2.0, -2.0,
    2.0, 2.0, -1.0, -1.0,
    3.0, 3.0, 7.0, 7.0,
};
inline constexpr double repeat_0[] = {
    1.0, 5.0, 3.0, -2.0,
    1.0, 5.0, 3.0, -2.0,
    1.0, 5.0, 3.0, -2.0,
    0.0, 4.0, 4.0, -2.0,
    0.0, 4.0, 4.0, -2.0,
    0.0, 4.0, 4.0, -2.0,
    2.0, -1.0, 3.0, 7.0,
    2.0, -1.0, 3.0, 7.0,
    2.0, -1.0, 3.0, 7.0,
};
inline constexpr double outer[] = {
    3.0, 15.0, 9.0, -6.0,
    0.0, 12.0, 12.0, -6.0,
    6.0, -3.0, 9.0, 21.0,
    -1.0, -5.0, -3.0, 2.0,
    -0.0, -4.0, -4.0, 2.0,
    -2.0, 1.0, -3.0, -7.0,
    2.0, 10.0, 6.0, -4.0,
    0.0, 8.0, 8.0, -4.0,
    4.0, -2.0, 6.0, 14.0,
    2.0, 10.0, 6.0, -4.0,
    0.0, 8.0, 8.0, -4.0,
    4.0, -2.0, 6.0, 14.0,
    0.0, 0.0, 0.0, -0.0,
    0.0, 0.0, 0.0, -0.0,
    0.0, -0.0, 0.0, 0.0,
    5.0, 25.0, 15.0, -10.0,
    0.0, 20.0, 20.0, -10.0,
    10.0, -5.0, 15.0, 35.0,
    -1.0, -5.0, -3.0, 2.0,
    -0.0, -4.0, -4.0, 2.0,
    -2.0, 1.0, -3.0, -7.0,
};
inline constexpr double kron[] = {
    -4.0, -20.0, -12.0, 8.0,
    -3.0, -15.0, -9.0, 6.0,
    1.0, 5.0, 3.0, -2.0,
    -0.0, -16.0, -16.0, 8.0,
    -0.0, -12.0, -12.0, 6.0,
    0.0, 4.0, 4.0, -2.0,
    -8.0, 4.0, -12.0, -28.0,
    -6.0, 3.0, -9.0, -21.0,
    2.0, -1.0, 3.0, 7.0,
    4.0, 20.0, 12.0, -8.0,
    4.0, 20.0, 12.0, -8.0,
    -3.0, -15.0, -9.0, 6.0,
    0.0, 16.0, 16.0, -8.0,
    0.0, 16.0, 16.0, -8.0,
    -0.0, -12.0, -12.0, 6.0,
    8.0, -4.0, 12.0, 28.0,
    8.0, -4.0, 12.0, 28.0,
    -6.0, 3.0, -9.0, -21.0,
    1.0, 5.0, 3.0, -2.0,
    -4.0, -20.0, -12.0, 8.0,
    -3.0, -15.0, -9.0, 6.0,
    0.0, 4.0, 4.0, -2.0,
    -0.0, -16.0, -16.0, 8.0,
    -0.0, -12.0, -12.0, 6.0,
    2.0, -1.0, 3.0, 7.0,
    -8.0, 4.0, -12.0, -28.0,
    -6.0, 3.0, -9.0, -21.0,
};
inline constexpr double kron_vector[] = {
    3.0, -1.0, 2.0, 2.0,
    0.0, 5.0, -1.0, 15.0,
    -5.0, 10.0, 10.0, 0.0,
    25.0, -5.0, 9.0, -3.0,
    6.0, 6.0, 0.0, 15.0,
    -3.0, -6.0, 2.0, -4.0,
    -4.0, -0.0, -10.0, 2.0,
    0.0, -0.0, 0.0, 0.0,
    0.0, 0.0, -0.0, 12.0,
    -4.0, 8.0, 8.0, 0.0,
    20.0, -4.0, 12.0, -4.0,
    8.0, 8.0, 0.0, 20.0,
    -4.0, -6.0, 2.0, -4.0,
    -4.0, -0.0, -10.0, 2.0,
    6.0, -2.0, 4.0, 4.0,
    0.0, 10.0, -2.0, -3.0,
    1.0, -2.0, -2.0, -0.0,
    -5.0, 1.0, 9.0, -3.0,
    6.0, 6.0, 0.0, 15.0,
    -3.0, 21.0, -7.0, 14.0,
    14.0, 0.0, 35.0, -7.0,
};
inline constexpr double meshgrid_0[] = {
    3.0, 3.0, 3.0, 3.0,
    -1.0, -1.0, -1.0, -1.0,
    2.0, 2.0, 2.0, 2.0,
    2.0, 2.0, 2.0, 2.0,
    0.0, 0.0, 0.0, 0.0,
    5.0, 5.0, 5.0, 5.0,
    -1.0, -1.0, -1.0, -1.0,
};
inline constexpr double meshgrid_1[] = {
    1.0, 5.0, 3.0, -2.0,
    1.0, 5.0, 3.0, -2.0,
    1.0, 5.0, 3.0, -2.0,
    1.0, 5.0, 3.0, -2.0,
    1.0, 5.0, 3.0, -2.0,
    1.0, 5.0, 3.0, -2.0,
    1.0, 5.0, 3.0, -2.0,
};
inline constexpr double pad_zero[] = {
    0.0, 0.0, 0.0, 0.0,
    0.0, 0.0, 0.0, 0.0,
    0.0, 0.0, 0.0, 1.0,
    5.0, 3.0, -2.0, 0.0,
    0.0, 0.0, 0.0, 0.0,
    0.0, 4.0, 4.0, -2.0,
    0.0, 0.0, 0.0, 0.0,
    0.0, 2.0, -1.0, 3.0,
    7.0, 0.0, 0.0, 0.0,
    0.0, 0.0, 0.0, 0.0,
    0.0, 0.0, 0.0, 0.0,
    0.0, 0.0, 0.0, 0.0,
    0.0, 0.0, 0.0, 0.0,
    0.0, 0.0,
};
inline constexpr double pad_value[] = {
    2.5, 2.5, 2.5, 2.5,
    2.5, 2.5, 2.5, 2.5,
    2.5, 2.5, 2.5, 1.0,
    5.0, 3.0, -2.0, 2.5,
    2.5, 2.5, 2.5, 2.5,
    0.0, 4.0, 4.0, -2.0,
    2.5, 2.5, 2.5, 2.5,
    2.5, 2.0, -1.0, 3.0,
    7.0, 2.5, 2.5, 2.5,
    2.5, 2.5, 2.5, 2.5,
    2.5, 2.5, 2.5, 2.5,
    2.5, 2.5, 2.5, 2.5,
    2.5, 2.5, 2.5, 2.5,
    2.5, 2.5,
};
inline constexpr double pad_edge[] = {
    1.0, 1.0, 1.0, 5.0,
    3.0, -2.0, -2.0, -2.0,
    -2.0, 1.0, 1.0, 1.0,
    5.0, 3.0, -2.0, -2.0,
    -2.0, -2.0, 0.0, 0.0,
    0.0, 4.0, 4.0, -2.0,
    -2.0, -2.0, -2.0, 2.0,
    2.0, 2.0, -1.0, 3.0,
    7.0, 7.0, 7.0, 7.0,
    2.0, 2.0, 2.0, -1.0,
    3.0, 7.0, 7.0, 7.0,
    7.0, 2.0, 2.0, 2.0,
    -1.0, 3.0, 7.0, 7.0,
    7.0, 7.0,
};
inline constexpr double pad_reflect[] = {
    4.0, 4.0, 0.0, 4.0,
    4.0, -2.0, 4.0, 4.0,
    0.0, 3.0, 5.0, 1.0,
    5.0, 3.0, -2.0, 3.0,
    5.0, 1.0, 4.0, 4.0,
    0.0, 4.0, 4.0, -2.0,
    4.0, 4.0, 0.0, 3.0,
    -1.0, 2.0, -1.0, 3.0,
    7.0, 3.0, -1.0, 2.0,
    4.0, 4.0, 0.0, 4.0,
    4.0, -2.0, 4.0, 4.0,
    0.0, 3.0, 5.0, 1.0,
    5.0, 3.0, -2.0, 3.0,
    5.0, 1.0,
};
inline constexpr double pad_symmetric[] = {
    5.0, 1.0, 1.0, 5.0,
    3.0, -2.0, -2.0, 3.0,
    5.0, 5.0, 1.0, 1.0,
    5.0, 3.0, -2.0, -2.0,
    3.0, 5.0, 4.0, 0.0,
    0.0, 4.0, 4.0, -2.0,
    -2.0, 4.0, 4.0, -1.0,
    2.0, 2.0, -1.0, 3.0,
    7.0, 7.0, 3.0, -1.0,
    -1.0, 2.0, 2.0, -1.0,
    3.0, 7.0, 7.0, 3.0,
    -1.0, 4.0, 0.0, 0.0,
    4.0, 4.0, -2.0, -2.0,
    4.0, 4.0,
};
inline constexpr double pad_wrap[] = {
    3.0, 7.0, 2.0, -1.0,
    3.0, 7.0, 2.0, -1.0,
    3.0, 3.0, -2.0, 1.0,
    5.0, 3.0, -2.0, 1.0,
    5.0, 3.0, 4.0, -2.0,
    0.0, 4.0, 4.0, -2.0,
    0.0, 4.0, 4.0, 3.0,
    7.0, 2.0, -1.0, 3.0,
    7.0, 2.0, -1.0, 3.0,
    3.0, -2.0, 1.0, 5.0,
    3.0, -2.0, 1.0, 5.0,
    3.0, 4.0, -2.0, 0.0,
    4.0, 4.0, -2.0, 0.0,
    4.0, 4.0,
};
inline constexpr double triu_0[] = {
    -7.0, -7.0, 6.0, 0.0,
    0.0, 2.0, 4.0, -9.0,
    0.0, 0.0, -2.0, 8.0,
    1.0, -8.0, 1.0, -7.0,
    0.0, 9.0, 9.0, 2.0,
    0.0, 0.0, -7.0, 0.0,
};
inline constexpr double triu_1[] = {
    0.0, -7.0, 6.0, 0.0,
    0.0, 0.0, 4.0, -9.0,
    0.0, 0.0, 0.0, 8.0,
    0.0, -8.0, 1.0, -7.0,
    0.0, 0.0, 9.0, 2.0,
    0.0, 0.0, 0.0, 0.0,
};
inline constexpr double triu_low[] = {
    -7.0, -7.0, 6.0, 0.0,
    2.0, 2.0, 4.0, -9.0,
    0.0, -7.0, -2.0, 8.0,
    1.0, -8.0, 1.0, -7.0,
    5.0, 9.0, 9.0, 2.0,
    0.0, -2.0, -7.0, 0.0,
};
inline constexpr double tril_0[] = {
    -7.0, 0.0, 0.0, 0.0,
    2.0, 2.0, 0.0, 0.0,
    0.0, -7.0, -2.0, 0.0,
    1.0, 0.0, 0.0, 0.0,
    5.0, 9.0, 0.0, 0.0,
    7.0, -2.0, -7.0, 0.0,
};
inline constexpr double tril_1[] = {
    -7.0, -7.0, 0.0, 0.0,
    2.0, 2.0, 4.0, 0.0,
    0.0, -7.0, -2.0, 8.0,
    1.0, -8.0, 0.0, 0.0,
    5.0, 9.0, 9.0, 0.0,
    7.0, -2.0, -7.0, 0.0,
};
inline constexpr double tril_low[] = {
    0.0, 0.0, 0.0, 0.0,
    0.0, 0.0, 0.0, 0.0,
    0.0, 0.0, 0.0, 0.0,
    0.0, 0.0, 0.0, 0.0,
    0.0, 0.0, 0.0, 0.0,
    7.0, 0.0, 0.0, 0.0,
};
inline constexpr double diagonal_0[] = {
    -7.0, 2.0, -2.0, 1.0,
    9.0, -7.0,
};
inline constexpr double diagonal_1[] = {
    -7.0, 4.0, 8.0, -8.0,
    9.0, 0.0,
};
inline constexpr double diagonal_low[] = {
    2.0, -7.0, 5.0, -2.0,
};
inline constexpr double diag_0[] = {
    3.0, 0.0, 0.0, 0.0,
    0.0, 0.0, 0.0, 0.0,
    -1.0, 0.0, 0.0, 0.0,
    0.0, 0.0, 0.0, 0.0,
    2.0, 0.0, 0.0, 0.0,
    0.0, 0.0, 0.0, 0.0,
    2.0, 0.0, 0.0, 0.0,
    0.0, 0.0, 0.0, 0.0,
    0.0, 0.0, 0.0, 0.0,
    0.0, 0.0, 0.0, 0.0,
    5.0, 0.0, 0.0, 0.0,
    0.0, 0.0, 0.0, 0.0,
    -1.0,
};
inline constexpr double diag_2[] = {
    0.0, 0.0, 3.0, 0.0,
    0.0, 0.0, 0.0, 0.0,
    0.0, 0.0, 0.0, 0.0,
    -1.0, 0.0, 0.0, 0.0,
    0.0, 0.0, 0.0, 0.0,
    0.0, 0.0, 2.0, 0.0,
    0.0, 0.0, 0.0, 0.0,
    0.0, 0.0, 0.0, 0.0,
    2.0, 0.0, 0.0, 0.0,
    0.0, 0.0, 0.0, 0.0,
    0.0, 0.0, 0.0, 0.0,
    0.0, 0.0, 0.0, 0.0,
    0.0, 0.0, 0.0, 0.0,
    5.0, 0.0, 0.0, 0.0,
    0.0, 0.0, 0.0, 0.0,
    0.0, 0.0, -1.0, 0.0,
    0.0, 0.0, 0.0, 0.0,
    0.0, 0.0, 0.0, 0.0,
    0.0, 0.0, 0.0, 0.0,
    0.0, 0.0, 0.0, 0.0,
    0.0,
};
inline constexpr double diag_low[] = {
    0.0, 0.0, 0.0, 0.0,
    0.0, 0.0, 0.0, 0.0,
    3.0, 0.0, 0.0, 0.0,
    0.0, 0.0, 0.0, 0.0,
    0.0, -1.0, 0.0, 0.0,
    0.0, 0.0, 0.0, 0.0,
    0.0, 0.0, 2.0, 0.0,
    0.0, 0.0, 0.0, 0.0,
    0.0, 0.0, 0.0, 2.0,
    0.0, 0.0, 0.0, 0.0,
    0.0, 0.0, 0.0, 0.0,
    0.0, 0.0, 0.0, 0.0,
    0.0, 0.0, 0.0, 0.0,
    0.0, 5.0, 0.0, 0.0,
    0.0, 0.0, 0.0, 0.0,
    0.0, 0.0, -1.0, 0.0,
};
inline constexpr double trace_0[] = {
    -7.0, 3.0,
};
inline constexpr double trace_1[] = {
    -6.0,
};
inline constexpr double eye[] = {
    0.0, 1.0, 0.0, 0.0,
    0.0, 0.0, 1.0, 0.0,
    0.0, 0.0, 0.0, 1.0,
};
inline constexpr double einsum_batch[] = {
    6.0, -12.0, 1.0, 5.0,
    0.0, 4.0, 33.0, 3.0,
    13.0, 6.0, 3.0, -6.0,
};
inline constexpr double einsum_implicit[] = {
    39.0, -9.0, 14.0, 11.0,
    3.0, -2.0,
};
inline constexpr double einsum_transposed[] = {
    1.0, 0.0, 2.0, 5.0,
    4.0, -1.0, 3.0, 4.0,
    3.0, -2.0, -2.0, 7.0,
};
inline constexpr double einsum_trace[] = {
    -3.0,
};
inline constexpr double einsum_diagonal[] = {
    -4.0, 4.0, -3.0,
};
inline constexpr double einsum_sum[] = {
    -10.0, 10.0,
};
inline constexpr double einsum_three[] = {
    -57.0, 45.0, -90.0, 42.0,
    -75.0, -57.0, 123.0, -39.0,
    54.0, 30.0, -17.0, -26.0,
    -30.0, -32.0, -35.0, 2.0,
    43.0, 38.0, 24.0, 2.0,
    -3.0, -10.0, -6.0, -4.0,
    -9.0, 34.0, 9.0, -2.0,
    6.0, -20.0,
};
inline constexpr double einsum_elements[] = {
    1.0, 25.0, 9.0, 4.0,
    0.0, 16.0, 16.0, 4.0,
    4.0, 1.0, 9.0, 49.0,
};
inline constexpr double einsum_outer[] = {
    3.0, -1.0, 2.0, 2.0,
    0.0, 5.0, -1.0, 15.0,
    -5.0, 10.0, 10.0, 0.0,
    25.0, -5.0, 9.0, -3.0,
    6.0, 6.0, 0.0, 15.0,
    -3.0, -6.0, 2.0, -4.0,
    -4.0, 0.0, -10.0, 2.0,
};
inline constexpr double einsum_dots[] = {
    6.0, -12.0, 1.0, 5.0,
    0.0, 4.0, 33.0, 3.0,
    13.0, 6.0, 3.0, -6.0,
};
inline constexpr double einsum_spread[] = {
    28.0, -8.0, 22.0, -10.0,
    17.0, 12.0, 28.0, -8.0,
    24.0, -8.0, 25.0, -5.0,
};
inline constexpr double einsum_inner[] = {
    138.0,
};
inline constexpr double einsum_capital[] = {
    39.0, 36.0, -8.0, 36.0,
    36.0, -6.0, -8.0, -6.0,
    63.0,
};
inline constexpr double product_1[] = {
    -0.0, -0.0, -3.0,
};
inline constexpr double product_all[] = {
    -42.0,
};
inline constexpr double product_derivative[] = {
    0.0, -9.0, 0.0, 0.0,
    0.0, 0.0, 0.0, 0.0,
    -4.5, 9.0, -3.0, -18.0,
};
inline constexpr double min_1[] = {
    -2.0, -2.0, -1.0,
};
inline constexpr double min_odd[] = {
    __builtin_nan(""), -__builtin_inf(), __builtin_nan(""),
};
inline constexpr double any_1[] = {
    0.0, 1.0, 1.0,
};
inline constexpr double all_1[] = {
    0.0, 0.0, 1.0,
};
inline constexpr double any_odd[] = {
    1.0, 1.0, 1.0, 1.0,
};
inline constexpr double count[] = {
    3.0, 2.0, 4.0,
};
inline constexpr double argmax_1[] = {
    1.0, 1.0, 3.0,
};
inline constexpr double argmax_0[] = {
    2.0, 0.0, 1.0, 2.0,
};
inline constexpr double argmax_all[] = {
    11.0,
};
inline constexpr double argmax_odd[] = {
    1.0, 1.0, 0.0,
};
inline constexpr double argmin_odd[] = {
    1.0, 0.0, 0.0,
};
inline constexpr double argmin_0[] = {
    1.0, 2.0, 0.0, 0.0,
};
inline constexpr double argmax_odd_0[] = {
    2.0, 0.0, 0.0, 0.0,
};
inline constexpr double argmax_cube[] = {
    1.0, 1.0, 0.0, 2.0,
    2.0, 1.0, 1.0, 1.0,
};
inline constexpr double logsumexp_1[] = {
    5.143721747718616, 4.7034906970091885, 7.02507210010341,
};
inline constexpr double logsumexp_endless[] = {
    __builtin_inf(), 2.1269280110429727, -__builtin_inf(),
};
inline constexpr double logsumexp_all[] = {
    7.248617564776998,
};
inline constexpr double variance_1[] = {
    6.6875, 6.75, 8.1875,
};
inline constexpr double variance_ddof[] = {
    1.0, 10.333333333333332, 0.33333333333333337, 27.0,
};
inline constexpr double deviation[] = {
    2.5860201081971503, 2.598076211353316, 2.8613807855648994,
};
inline constexpr double deviation_ddof[] = {
    2.860387767736777,
};
inline constexpr double peak_to_peak[] = {
    2.0, 6.0, 1.0, 9.0,
};
inline constexpr double norm_2[] = {
    11.74734012447073,
};
inline constexpr double norm_1[] = {
    11.0, 10.0, 13.0,
};
inline constexpr double norm_inf[] = {
    5.0, 4.0, 7.0,
};
inline constexpr double norm_low[] = {
    0.0, 1.0, 3.0, 2.0,
};
inline constexpr double norm_3[] = {
    5.4401218254147965, 5.14256318131647, 7.236797215902504,
};
inline constexpr double norm_0[] = {
    3.0, 2.0, 4.0,
};
inline constexpr double norm_half[] = {
    19.10572178782339, 11.65685424949238, 23.55521153060658,
};
inline constexpr double mean_two[] = {
    -2.625, 3.0, -0.375,
};
inline constexpr double max_two[] = {
    8.0, 9.0,
};
inline constexpr double sum_two[] = {
    -21.0, 24.0, -3.0,
};
// clang-format on

}  // namespace recorded::structure
