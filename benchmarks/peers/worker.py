# SPDX-License-Identifier: BSL-1.0
"""The loop around every peer's case, the twin of harness.hpp.

A peer's program builds a list of cases and calls serve(): the cases go out as the first line, then
every line in, "<index> <seconds>", is one timed block and one line out.
"""
import dataclasses
import gc
import itertools
import json
import statistics
import sys
import time
import typing

RESET_LIMIT = 300  # calls in a block of a case that changes its own state


@dataclasses.dataclass
class Case:
    name: str
    by: str
    make: typing.Callable  # -> call, or (call, reset); runs when the case is first asked for


class Running:
    def __init__(self, made):
        self.call, self.reset = made if isinstance(made, tuple) else (made, None)


def timed(call, n):
    start = time.perf_counter_ns()
    for _ in itertools.repeat(None, n):
        call()
    return time.perf_counter_ns() - start


def block(running, seconds):
    """Warm-up for a quarter of the time, then samples of at least 0.2 ms; median ns of a call."""
    call, reset = running.call, running.reset
    limit = RESET_LIMIT if reset else 1 << 40
    budget = seconds * 1e9
    if reset:
        reset()
    elapsed, warm, n = timed(call, 1), 1, 1
    while elapsed < budget / 4 and warm + n <= limit:
        t = timed(call, n)
        elapsed += t
        warm += n
        if t < 200_000 and 2 * n <= limit // 8:
            n *= 2
    if reset:
        reset()
    samples, elapsed, done = [], 0, 0
    while not samples or (elapsed < budget and done + n <= limit):
        t = timed(call, n)
        elapsed += t
        done += n
        samples.append(t / n)
    return statistics.median(samples)


def serve(cases):
    print(json.dumps({"cases": [{"case": c.name, "by": c.by} for c in cases]}), flush=True)
    running = {}
    gc.disable()
    for line in sys.stdin:
        index, seconds = line.split()
        index = int(index)
        try:
            if index not in running:
                if all(cases[i].name != cases[index].name for i in running):
                    running.clear()  # the memory of the last case
                    gc.collect()
                running[index] = Running(cases[index].make())
                block(running[index], 0.05)  # whatever is compiled or allocated once
            reply = {"ns": block(running[index], float(seconds))}
        except Exception as error:  # one case that fails leaves the others
            reply = {"error": f"{type(error).__name__}: {error}".splitlines()[0]}
        print(json.dumps(reply), flush=True)
