# SPDX-License-Identifier: BSL-1.0
"""The cases of eager tensors as the table of docs/measurements/eager.md, from the details.json of a
run."""
import json
import pathlib
import sys

OURS = "weft"
# Columns, by how the name of who did it begins.
PEERS = ("Eigen Tensor", "Eigen", "xtensor", "OpenBLAS", "oneDNN", "libxsmm", "NumPy", "PyTorch",
         "JAX", "ONNX Runtime")
TIE = 1.02  # figures of a run differ by as much
BY_HAND = ("loop", "xsimd")


def column(by):
    """JAX donated and not is one column, PyTorch compiled and not too: the better counts."""
    return next((name for name in (*PEERS, *BY_HAND) if by.startswith(name)), by)


def duration(ns):
    for unit, size in (("ns", 1), ("us", 1e3), ("ms", 1e6)):
        if ns < 1000 * size:
            return f"{ns / size:.3g} {unit}" if ns < 100 * size else f"{ns / size:.0f} {unit}"
    return f"{ns / 1e9:.3g} s"


def row(case):
    times = {}
    for by, ns in case["times"].items():
        name = column(by)
        if ns < times.get(name, (float("inf"),))[0]:
            times[name] = (ns, by)
    ours = times[OURS][0]
    peers = [times[name][0] for name in PEERS if name in times]
    ratio = ours / min(peers) if peers else None
    lost = ratio is not None and ratio > TIE
    cells = [case["case"].removeprefix("eager_"), duration(ours)]
    for name in (*PEERS, *BY_HAND):
        if name not in times:
            cells.append("")
            continue
        ns, by = times[name]
        text = duration(ns) + (" c" if "compiled" in by else " d" if "donated" in by else "")
        cells.append(f"**{text}**" if name in PEERS and ns == min(peers) and lost else text)
    cells.append("" if ratio is None else f"**{ratio:.2f}**" if lost else f"{ratio:.2f}")
    limit = case["limit_ns"]
    cells.append(f"{limit / ours:.2f}" if limit else "")
    return cells


def main():
    details = json.loads(pathlib.Path(sys.argv[1]).read_text())
    header = ["case", OURS, *PEERS, *BY_HAND, "ours / best", "limit"]
    print("| " + " | ".join(header) + " |")
    print("|---|" + "--:|" * (len(header) - 1))
    for case in details["cases"]:
        if case["case"].startswith("eager_") and OURS in case["times"]:
            print("| " + " | ".join(row(case)) + " |")


if __name__ == "__main__":
    main()
