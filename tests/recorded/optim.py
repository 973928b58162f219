# SPDX-License-Identifier: BSL-1.0
"""Records five steps of each optimizer, and schedules, of PyTorch and optax: optim.hpp.

    python3 -m venv venv && venv/bin/pip install torch optax
    venv/bin/python tests/recorded/optim.py
"""
from table import Header

import jax
import numpy as np
import optax
import torch
from torch.optim import lr_scheduler, swa_utils

jax.config.update("jax_enable_x64", True)
torch.set_default_dtype(torch.float64)

rng = np.random.default_rng(5)
STEPS = 5
START = [rng.uniform(-1, 1, (3, 2)), rng.uniform(-1, 1, 2)]  # weight, bias
GRADIENTS = [[rng.normal(0, 1, (3, 2)) * 3.0 ** (t - 2), rng.normal(0, 1, 2)]
             for t in range(2 * STEPS)]
for pair in GRADIENTS:
    pair[0][2, 1] = 0  # an element that never moves by its gradient


def flat(values):
    return np.concatenate([np.asarray(v).ravel() for v in values])


def run_torch(make, clip=None, scheduler=None, batches=1, average=None):
    """The parameters after each step, one after the other."""
    parameters = [torch.nn.Parameter(torch.tensor(p)) for p in START]
    optimizer = make(parameters)
    schedule = scheduler(optimizer) if scheduler else None
    module = torch.nn.ParameterList(parameters)
    mean = swa_utils.AveragedModel(module, multi_avg_fn=swa_utils.get_ema_multi_avg_fn(average)) \
        if average else None
    if mean:
        mean.update_parameters(module)
    out = []
    for step in range(STEPS):
        optimizer.zero_grad()
        for batch in range(batches):
            for p, g in zip(parameters, GRADIENTS[step * batches + batch]):
                (torch.sum(p * torch.tensor(g)) / batches).backward()
        if clip:
            clip(parameters)
        optimizer.step()
        if schedule:
            schedule.step()
        if mean:
            mean.update_parameters(module)
        out.append(flat([p.detach() for p in (mean.module if mean else parameters)]))
    return np.concatenate(out)


def run_optax(transform):
    parameters = [jax.numpy.asarray(p) for p in START]
    state = transform.init(parameters)
    out = []
    for step in range(STEPS):
        gradients = [jax.numpy.asarray(g) for g in GRADIENTS[step]]
        updates, state = transform.update(gradients, state, parameters)
        parameters = optax.apply_updates(parameters, updates)
        out.append(flat(parameters))
    return np.concatenate(out)


def each_norm(parameters):
    for p in parameters:
        torch.nn.utils.clip_grad_norm_([p], 0.75)


def rates(scheduler, count, rate=0.1):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=rate)
    schedule = scheduler(optimizer)
    out = []
    for _ in range(count):
        out.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return out


def groups(parameters):
    return torch.optim.AdamW([{"params": parameters[:1], "weight_decay": 0.25},
                              {"params": parameters[1:], "weight_decay": 0.0, "lr": 0.0625,
                               "betas": (0.5, 0.6)}], lr=0.0078125)


# Rates, momentum, decay and limits are exact in single precision.
O = torch.optim
CASES = {
    "sgd": run_torch(lambda p: O.SGD(p, lr=0.125)),
    "sgd_momentum": run_torch(lambda p: O.SGD(p, lr=0.125, momentum=0.875)),
    "sgd_nesterov": run_torch(lambda p: O.SGD(p, lr=0.125, momentum=0.875, nesterov=True)),
    "sgd_decay": run_torch(lambda p: O.SGD(p, lr=0.125, momentum=0.75, weight_decay=0.25)),
    "adam": run_torch(lambda p: O.Adam(p, lr=0.0078125)),
    "adam_options": run_torch(lambda p: O.Adam(p, lr=0.125, betas=(0.7, 0.95), eps=1e-2)),
    "adam_decay": run_torch(lambda p: O.Adam(p, lr=0.0078125, weight_decay=0.25)),
    "adamw": run_torch(lambda p: O.AdamW(p, lr=0.0078125, weight_decay=0.25)),
    "adamw_optax": run_optax(optax.adamw(0.0078125, weight_decay=0.25)),
    "adamw_groups": run_torch(groups),
    "rmsprop": run_torch(lambda p: O.RMSprop(p, lr=0.0078125)),
    "rmsprop_momentum": run_torch(lambda p: O.RMSprop(p, lr=0.0078125, alpha=0.9, momentum=0.75)),
    "rmsprop_centered": run_torch(lambda p: O.RMSprop(p, lr=0.0078125, eps=1e-3, centered=True)),
    "rmsprop_centered_momentum": run_torch(
        lambda p: O.RMSprop(p, lr=0.0078125, alpha=0.9, momentum=0.75, centered=True)),
    "adagrad": run_torch(lambda p: O.Adagrad(p, lr=0.125)),
    "lion": run_optax(optax.lion(0.0078125, weight_decay=0.0)),
    "lion_decay": run_optax(optax.lion(0.0078125, b1=0.8, b2=0.9, weight_decay=0.125)),
    "clip_value": run_torch(lambda p: O.SGD(p, lr=0.125),
                            clip=lambda p: torch.nn.utils.clip_grad_value_(p, 0.5)),
    "clip_norm": run_torch(lambda p: O.SGD(p, lr=0.125), clip=each_norm),
    "clip_global_norm": run_torch(lambda p: O.Adam(p, lr=0.0078125),
                                  clip=lambda p: torch.nn.utils.clip_grad_norm_(p, 0.75)),
    "scheduled": run_torch(lambda p: O.AdamW(p, lr=0.125, weight_decay=0.25),
                           scheduler=lambda o: lr_scheduler.CosineAnnealingLR(o, 5, 0.0078125)),
    "average": run_torch(lambda p: O.SGD(p, lr=0.125, momentum=0.875), average=0.75),
    "accumulate": run_torch(lambda p: O.Adam(p, lr=0.0078125), batches=2),
}
SCHEDULES = {
    "linear": [optax.linear_schedule(0.2, 1.5, 10)(t) for t in range(14)],
    "polynomial": [optax.polynomial_schedule(0.3, 0.05, 2.5, 12)(t) for t in range(14)],
    "polynomial_torch": rates(lambda o: lr_scheduler.PolynomialLR(o, 12, 2.0), 14),
    "exponential": rates(lambda o: lr_scheduler.ExponentialLR(o, 0.9), 14),
    "exponential_end": [optax.exponential_decay(0.3, 4, 0.5, end_value=0.06)(t)
                        for t in range(14)],
    "stairs": rates(lambda o: lr_scheduler.StepLR(o, 4, 0.3), 14),
    "cosine": rates(lambda o: lr_scheduler.CosineAnnealingLR(o, 12, 0.02), 13),
    "cosine_warm_up": [optax.warmup_cosine_decay_schedule(0.01, 0.5, 4, 12, 0.03)(t)
                       for t in range(16)],
    "one_cycle": rates(lambda o: lr_scheduler.OneCycleLR(o, 0.4, total_steps=20), 20),
    "one_cycle_options": rates(lambda o: lr_scheduler.OneCycleLR(
        o, 0.4, total_steps=20, pct_start=0.25, div_factor=10, final_div_factor=100), 20),
    "joined": [optax.join_schedules(
        [optax.linear_schedule(0, 1, 4), optax.constant_schedule(0.7),
         optax.exponential_decay(0.5, 3, 0.1, staircase=True)], [5, 8])(t) for t in range(16)],
}

header = Header(__file__, "Five steps of optimizers from `start` along `gradients`, and schedules.",
                f"PyTorch {torch.__version__.split('+')[0]} and optax {optax.__version__}")
header.add("start", flat(START))
header.add("gradients", flat([g for pair in GRADIENTS for g in pair]))
for name, values in CASES.items():
    header.add(name, values)
for name, values in SCHEDULES.items():
    header.add("schedule_" + name, values)
header.write()
