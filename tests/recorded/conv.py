# SPDX-License-Identifier: BSL-1.0
"""Records convolutions and pooling of PyTorch, and their gradients: conv.hpp.

    python3 -m venv venv && venv/bin/pip install torch && venv/bin/python tests/recorded/conv.py

Inputs follow a formula, the same in tests/ops_conv.cpp: only results are recorded.
"""
from table import Header

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
FUNCTIONS = ["conv", "conv_transpose", "max_pool", "avg_pool", "avg_pool_inside"]


def filled(shape, seed):
    """Distinct multiples of 1/64 in [-1, 1), repeating after 127."""
    n = torch.arange(torch.Size(shape).numel())
    return (((n * (37 + 2 * seed) + 11 * seed) % 127 - 63) / 64).reshape(shape)


def case(function, x, w, stride=1, padding=0, dilation=1, groups=1, more=0):
    """w: the shape of the weights, or of the window of a pool."""
    axes = len(x) - 2
    three = lambda v: list(v) if isinstance(v, tuple) else [v] * axes
    stride, padding, dilation, more = map(three, (stride, padding, dilation, more))
    a = filled(x, 1).requires_grad_()
    b = filled(w, 2).requires_grad_()
    match function:
        case "conv":
            f = [F.conv1d, F.conv2d, F.conv3d][axes - 1]
            y = f(a, b, None, stride, padding, dilation, groups)
        case "conv_transpose":
            f = [F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d][axes - 1]
            y = f(a, b, None, stride, padding, more, groups, dilation)
        case "max_pool":
            f = [F.max_pool1d, F.max_pool2d, F.max_pool3d][axes - 1]
            y = f(a, w, stride, padding, dilation)
        case _:
            f = [F.avg_pool1d, F.avg_pool2d, F.avg_pool3d][axes - 1]
            y = f(a, w, stride, padding, count_include_pad=function == "avg_pool")
    (y * filled(y.shape, 3)).sum().backward()
    full = lambda v: v + [0] * (3 - len(v))
    pad = lambda v: list(v) + [0] * (5 - len(v))
    spec = [FUNCTIONS.index(function), axes, groups, *full(stride), *full(padding),
            *full(dilation), *full(more), *pad(x), *pad(w)]
    results = [y, a.grad] + ([b.grad] if function.startswith("conv") else [])
    return spec, [r.detach().reshape(-1) for r in results]


CASES = [
    case("conv", (2, 1, 9), (4, 1, 3)),
    case("conv", (1, 3, 11), (2, 3, 4), stride=3, padding=2, dilation=2),
    case("conv", (2, 4, 7), (6, 2, 3), stride=2, padding=1, groups=2),
    case("conv", (1, 2, 6, 5), (3, 2, 3, 3), padding=1),
    case("conv", (2, 3, 7, 6), (4, 3, 3, 2), stride=(2, 3), padding=(0, 1)),
    case("conv", (1, 2, 9, 8), (2, 2, 3, 2), dilation=(2, 3), padding=(3, 1)),
    case("conv", (1, 5, 4, 4), (5, 1, 3, 3), padding=1, groups=5),
    case("conv", (1, 3, 5, 5), (6, 1, 2, 3), stride=2, padding=(1, 0), groups=3),
    case("conv", (1, 4, 5, 3), (4, 2, 1, 1), groups=2),
    case("conv", (2, 3, 4, 3), (2, 3, 1, 1)),
    case("conv", (1, 2, 4, 3, 5), (2, 2, 2, 3, 2), stride=(1, 2, 2), padding=1),
    case("conv_transpose", (2, 2, 5), (2, 3, 4), stride=3, padding=1, more=2),
    case("conv_transpose", (1, 2, 4, 3), (2, 2, 3, 2), stride=2, padding=(1, 0), more=(1, 0)),
    case("conv_transpose", (1, 4, 3, 3), (4, 2, 2, 3), stride=(1, 2), dilation=2, groups=2),
    case("conv_transpose", (1, 3, 4, 4), (3, 1, 3, 3), padding=1, groups=3),
    case("max_pool", (2, 3, 9), (3,), stride=2, padding=1),
    case("max_pool", (1, 2, 6, 7), (2, 2), stride=2),
    case("max_pool", (1, 2, 7, 6), (3, 2), stride=(2, 1), padding=(1, 1), dilation=(1, 2)),
    case("max_pool", (1, 2, 4, 4, 3), (2, 3, 2), stride=(2, 1, 1), padding=(0, 1, 0)),
    case("avg_pool", (2, 2, 9), (4,), stride=3, padding=2),
    case("avg_pool", (1, 3, 6, 5), (3, 2), stride=(2, 1), padding=(1, 1)),
    case("avg_pool_inside", (1, 3, 6, 5), (3, 2), stride=(2, 1), padding=(1, 1)),
    case("avg_pool_inside", (1, 2, 3, 4, 3), (2, 3, 2), stride=1, padding=1),
]

header = Header(__file__, "Convolutions and pooling: what they are, values, and gradients.",
                "PyTorch " + torch.__version__.split("+")[0])
rows = []
for i, (spec, results) in enumerate(CASES):
    names = [f"{part}_{i}" for part in ("y", "dx", "dw")]
    for name, values in zip(names, results):
        header.add(name, values)
    arrays = ", ".join(f"{n}, {len(v)}" for n, v in zip(names, results))
    rows.append("    {{" + ", ".join(map(str, spec)) + "}, " + arrays
                + (", nullptr, 0" if len(results) < 3 else "") + "},")
header.lines += [
    "", f"enum class function {{ {', '.join(FUNCTIONS)} }};",
    "struct item {",
    "    // function, axes, groups, then of three axes stride, padding, dilation, output padding;",
    "    // five sizes of x and of the weights, or of the window.",
    "    long spec[25];",
    "    double const* y;\n    int y_count;\n    double const* dx;\n    int dx_count;",
    "    double const* dw;\n    int dw_count;", "};",
    "inline constexpr item items[] = {", *rows, "};"]
header.write()
