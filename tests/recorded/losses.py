# SPDX-License-Identifier: BSL-1.0
"""Records losses of PyTorch and their gradients: losses.hpp.

    python3 -m venv venv && venv/bin/pip install torch
    venv/bin/python tests/recorded/losses.py
"""
from table import Header

import numpy as np
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
rng = np.random.default_rng(7)

INPUTS = {
    "x": rng.normal(0, 2, (4, 3)),
    "y": rng.normal(0, 2, (4, 3)),
    "scores": rng.normal(0, 3, (6, 4)),
    "soft": rng.dirichlet(np.ones(4), 6),
    "logs": np.log(rng.dirichlet(np.ones(4), 6)),
    "logits": np.append(rng.normal(0, 3, 9), [0.0, 40.0, -40.0]).reshape(4, 3),
    "bits": rng.integers(0, 2, (4, 3)).astype(float),
    "parts": rng.uniform(0, 1, (4, 3)),
    "weights": np.array([0.5, 1.5, 2.0, 0.25]),
    "positive": np.array([3.0, 0.5, 1.0]),
    "left": rng.normal(0, 1, (4, 5)),
    "right": rng.normal(0, 1, (4, 5)),
}
INPUTS["y"][0] = INPUTS["x"][0] + [0.2, -0.3, 0.0]  # near, and equal
INPUTS["scores"][0] = [1000.0, -1000.0, 0.0, 999.0]
INPUTS["soft"][1] = [0, 0, 1, 0]
LABELS = np.array([1, 3, 0, 2, 2, 3])
IGNORING = np.array([1, -7, 0, 2, -7, 3])
SIGNS = np.array([[1, -1, 1], [-1, 1, 1], [1, 1, -1], [-1, -1, 1]], float)
PAIRS = np.array([1, -1, -1, 1])

value = {name: torch.tensor(v) for name, v in INPUTS.items()}
labels, ignoring = torch.tensor(LABELS), torch.tensor(IGNORING)
signs, pairs = torch.tensor(SIGNS), torch.tensor(PAIRS)
weights = value["weights"]


def entropy(target=labels, **options):
    return "scores", lambda s: F.cross_entropy(s, target, **options)


CASES = {
    "mse": ("x", lambda x: F.mse_loss(x, value["y"])),
    "mse_sum": ("x", lambda x: F.mse_loss(x, value["y"], reduction="sum")),
    "mse_none": ("x", lambda x: F.mse_loss(x, value["y"], reduction="none")),
    "mae": ("x", lambda x: F.l1_loss(x, value["y"])),
    "huber": ("x", lambda x: F.huber_loss(x, value["y"], delta=0.7)),
    "smooth_l1": ("x", lambda x: F.smooth_l1_loss(x, value["y"], beta=0.7)),
    "bce": ("logits", lambda x: F.binary_cross_entropy_with_logits(x, value["bits"])),
    "bce_parts": ("logits", lambda x: F.binary_cross_entropy_with_logits(
        x, value["parts"], reduction="none")),
    "bce_weighted": ("logits", lambda x: F.binary_cross_entropy_with_logits(
        x, value["parts"], pos_weight=value["positive"], reduction="sum")),
    "entropy": entropy(),
    "entropy_sum": entropy(reduction="sum"),
    "entropy_none": entropy(reduction="none"),
    "entropy_smooth": entropy(label_smoothing=0.1),
    "entropy_weighted": entropy(weight=weights),
    "entropy_ignoring": entropy(ignoring, ignore_index=-7),
    "entropy_all": entropy(ignoring, ignore_index=-7, weight=weights, label_smoothing=0.1),
    "entropy_all_none": entropy(ignoring, ignore_index=-7, weight=weights, label_smoothing=0.1,
                                reduction="none"),
    "entropy_soft": entropy(value["soft"]),
    "entropy_soft_all": entropy(value["soft"], weight=weights, label_smoothing=0.2),
    "nll": ("logs", lambda x: F.nll_loss(x, labels)),
    "nll_all": ("logs", lambda x: F.nll_loss(x, ignoring, ignore_index=-7, weight=weights)),
    "kl": ("logs", lambda x: F.kl_div(x, value["soft"], reduction="batchmean")),
    "kl_sum": ("logs", lambda x: F.kl_div(x, value["soft"], reduction="sum")),
    "hinge": ("x", lambda x: torch.clamp(1.5 - signs * x, min=0).mean()),
    "multi_class_hinge": ("scores", lambda s: F.multi_margin_loss(s, labels)),
    "multi_class_hinge_none": ("scores", lambda s: F.multi_margin_loss(
        s, labels, margin=0.5, reduction="none")),
    "cosine": ("left", lambda a: F.cosine_embedding_loss(a, value["right"], pairs)),
    "cosine_margin": ("left", lambda a: F.cosine_embedding_loss(
        a, value["right"], pairs, margin=0.2, reduction="sum")),
}

header = Header(__file__, "Inputs of losses, their values, and gradients of their sums.",
                f"PyTorch {torch.__version__.split('+')[0]}")
for name, numbers in INPUTS.items():
    header.add(name, numbers.ravel())
header.add("labels", LABELS)
header.add("ignoring", IGNORING)
header.add("signs", SIGNS.ravel())
header.add("pairs", PAIRS)
for name, (of, loss) in CASES.items():
    x = value[of].clone().requires_grad_()
    result = loss(x)
    result.sum().backward()
    header.add("of_" + name, result.detach().reshape(-1))
    header.add("gradient_of_" + name, x.grad.reshape(-1))
header.write()
