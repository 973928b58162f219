# SPDX-License-Identifier: BSL-1.0
"""Compile time of fixed programs, as a multiple of a file that only includes Eigen/Core, in one run.

Processor seconds (user + system, the best of three) and peak memory of the compiler. With --steps
also the least -fconstexpr-steps limit with which clang accepts the program: the steps of its
longest constant evaluation.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE.parent))

from report import number, progress, table

BASELINE = "Eigen/Core include"

# case, source (a file of this folder, or folders of include/weft whose headers are all included),
# further flags, and the earlier case that it is compared with besides the baseline.
# A row whose source does not exist yet is left out, and said so.
PROGRAMS = [
    ("include core", ["core"], [], None),
    ("include core + ir + ops + pass", ["core", "ir", "ops", "pass"], [], None),
    ("include weft/weft.hpp", "umbrella.cpp", [], None),
    ("twenty expressions of Eigen's arrays", "expressions.cpp", ["-DBY_EIGEN"], None),
    ("twenty expressions of tensors", "expressions.cpp", [],
     "twenty expressions of Eigen's arrays"),
    ("gradient of log-sum-exp on a tape", "log_sum_exp.cpp", [], None),
    ("digits trainer", "../../examples/digits.cpp", [], None),
    ("LeNet trainer", "../../examples/lenet.cpp", [], None),
    ("perceptron step, 3 layers", "perceptron_step.cpp", ["-DLAYERS=3"], None),
    ("perceptron step, 24 layers", "perceptron_step.cpp", ["-DLAYERS=24"],
     "perceptron step, 3 layers"),
    ("repeat of 6 layers", "repeat.cpp", ["-DLAYERS=6"], None),
    ("repeat of 96 layers", "repeat.cpp", ["-DLAYERS=96"], "repeat of 6 layers"),
    ("transformer step, 6 blocks", "transformer_step.cpp", ["-DLAYERS=6"], None),
]


class Failed(Exception):
    pass


def includes(folders, out):
    """A file that includes every header of `folders`; None if there are none."""
    headers = [h.relative_to(ROOT / "include") for folder in folders
               for h in sorted((ROOT / "include" / "weft" / folder).glob("*.hpp"))]
    if any(not any(h.parts[1] == folder for h in headers) for folder in folders):
        return None
    path = out / f"include_{'_'.join(folders)}.cpp"
    path.write_text("".join(f"#include <{h.as_posix()}>\n" for h in headers))
    return path


def run(command):
    """Processor seconds and peak MB of a compiler and all that it starts."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    message = process.stderr.read().decode(errors="replace")
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        lines = [line for line in message.splitlines() if "error" in line] or [message[-200:]]
        raise Failed(lines[0])
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def measure(compiler, flags, source, out, times):
    command = [compiler, *flags, "-c", str(source), "-o", str(out / "object.o")]
    taken = [run(command) for _ in range(times)]
    return min(seconds for seconds, _ in taken), max(mb for _, mb in taken)


def steps(compiler, flags, source):
    """The least limit that compiles, to 2 %."""
    def compiles(limit):
        command = [compiler, *flags, "-fsyntax-only", f"-fconstexpr-steps={limit}", str(source)]
        return subprocess.run(command, stderr=subprocess.DEVNULL).returncode == 0
    high = 1 << 20
    while not compiles(high):
        high *= 4
        if high >= 1 << 30:
            raise Failed("does not compile with 2^30 steps")
    low = 0
    while high - low > max(16, high // 50):
        # By halves of the exponent while far apart: most programs take few steps.
        middle = (low + high) // 2 if low else high // 8
        if compiles(middle):
            high = middle
            if high <= 64:
                break
        else:
            low = middle
    return high


def compilers():
    found = [name for name in ("g++", "clang++-16") if shutil.which(name)]
    if os.environ.get("CXX"):
        found = [os.environ["CXX"]]
    return found


def programs(names, out):
    """(case, source, flags, against) for the rows asked for, and notes on those left out."""
    rows, notes = [], []
    needed = {against for case, _, _, against in PROGRAMS if against and asked(case, names)}
    for case, source, flags, against in PROGRAMS:
        if not asked(case, names) and case not in needed:
            continue
        path = includes(source, out) if isinstance(source, list) else (HERE / source).resolve()
        if path is None or not path.exists():
            notes.append(f"{case}: no source yet")
        else:
            rows.append((case, path, flags, against))
    return rows, notes


def asked(case, names):
    return not names or any(name in case for name in names)


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", help="parts of case names")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--steps", action="store_true", help="count constexpr steps (clang)")
    parser.add_argument("--append", action="store_true", help="keep the rows of results.json")
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--flags", default="-std=c++20 -O2")
    return parser.parse_intermixed_args()


def main():
    options = parse()
    os.environ["CCACHE_DISABLE"] = "1"
    out = options.out / "compile"
    out.mkdir(parents=True, exist_ok=True)
    cases, notes = programs(options.names, out)
    flags = [*options.flags.split(), "-I", str(ROOT / "include"), "-isystem", "/usr/include/eigen3"]

    results, details, lines = [], [], []
    for compiler in compilers():
        try:
            base, base_mb = measure(compiler, flags, HERE / "eigen_core.cpp", out, options.times)
        except Failed as error:
            sys.exit(f"compile: {compiler}: {BASELINE}: {error}")
        known = {}
        lines.append((compiler, BASELINE, f"{base:.2f}", f"{base_mb:.0f}", "1.00", "", ""))
        for case, source, extra, against in cases:
            progress(f"{compiler}: {case}")
            row = {"compiler": compiler, "case": case}
            try:
                seconds, mb = measure(compiler, [*flags, *extra], source, out, options.times)
                row |= {"seconds": seconds, "peak_mb": mb}
                if options.steps and "clang" in compiler:
                    row["constexpr_steps"] = steps(compiler, [*flags, *extra], source)
            except Failed as error:
                notes.append(f"{compiler}, {case}: {error}")
                details.append(row | {"error": str(error)})
                lines.append((compiler, case, "fails", "", "", "", ""))
                continue
            known[case] = seconds
            details.append(row)
            results.append(entry(case, compiler, seconds, BASELINE, base))
            other = ""
            if against in known:
                results.append(entry(case, compiler, seconds, against, known[against]))
                other = f"{number(seconds / known[against])} x {against}"
            lines.append((compiler, case, f"{seconds:.2f}", f"{mb:.0f}", number(seconds / base),
                          row.get("constexpr_steps", ""), other))
    progress("")

    table(["compiler", "case", "s", "MB", "x Eigen/Core", "steps", "against"], lines)
    print(f"\n{options.flags}; processor seconds, best of {options.times}, and peak memory of the "
          "compiler")
    for note in notes:
        print(f"note: {note}")
    path = options.out / "results.json"
    before = json.loads(path.read_text()) if options.append and path.exists() else []
    path.write_text(json.dumps(before + results, indent=1) + "\n")
    (options.out / "compile.json").write_text(json.dumps(details, indent=1) + "\n")
    sys.exit(any("error" in row for row in details))


def entry(case, compiler, seconds, peer, peer_seconds):
    return {"case": f"compile {case}, {compiler}", "ours_ns": seconds * 1e9, "peer": peer,
            "peer_ns": peer_seconds * 1e9, "ratio": seconds / peer_seconds, "limit_fraction": None}


if __name__ == "__main__":
    main()
