# SPDX-License-Identifier: BSL-1.0
"""Runs our benchmarks beside their peers and prints the table; run.sh calls it.

Every program, ours (harness.hpp) and the peers' (peers/worker.py), is a process that stays, bound
to one and the same core, and answers one timed block at a time. For each case the blocks of all of
them alternate, round after round, so that noise meets everybody. How figures are taken is told in
docs/measurements/README.md.
"""
import argparse
import json
import os
import pathlib
import select
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
OURS = "weft"
BUSY = 0.1  # cores used by others from which on minima replace medians

ENVIRONMENT = {
    "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
    "PYTHONDONTWRITEBYTECODE": "1",
    # Freed memory stays with the process, so that no fresh output pays page faults.
    "MALLOC_MMAP_THRESHOLD_": str(1 << 32), "MALLOC_TRIM_THRESHOLD_": str(1 << 36),
}


class Worker:
    """A process that answers a line with a line of JSON."""

    def __init__(self, name, command, core):
        self.name = name
        self.cases = []
        self.messages = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            ["taskset", "-c", str(core), *map(str, command)], env={**os.environ, **ENVIRONMENT},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.messages, bufsize=0)
        self.buffer = b""

    def read(self, timeout):
        deadline = time.monotonic() + timeout
        while b"\n" not in self.buffer:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                raise RuntimeError(f"no answer in {timeout} s")
            chunk = os.read(self.process.stdout.fileno(), 65536)
            if not chunk:
                self.messages.seek(0)
                last = self.messages.read().decode(errors="replace").strip().splitlines()
                raise RuntimeError(last[-1] if last else f"ended with {self.process.wait()}")
            self.buffer += chunk
        line, self.buffer = self.buffer.split(b"\n", 1)
        return json.loads(line)

    def ask(self, text, timeout=120):
        self.process.stdin.write(text.encode() + b"\n")
        reply = self.read(timeout)
        if "error" in reply:
            raise RuntimeError(reply["error"])
        return reply

    def processor_seconds(self):
        try:
            fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1]
            user, system = fields.split()[11:13]
            return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
        except OSError:
            return 0.0

    def close(self):
        self.process.kill()
        self.process.communicate()


def busy_seconds():
    """Processor time spent by everybody on this machine."""
    user, nice, system, _, _, irq, soft, steal = map(
        int, pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9])
    return (user + nice + system + irq + soft + steal) / os.sysconf("SC_CLK_TCK")


class Run:
    def __init__(self, options):
        self.options = options
        self.core = max(os.sched_getaffinity(0))
        self.notes = []
        self.failed = False
        self.workers = []
        self.machine = None

    def start(self):
        for program in self.options.programs:
            if program.stem == "machine":
                self.machine = Worker("machine", [program, "--serve"], self.core)
            else:
                self.workers.append(Worker(program.stem, [program, "--serve"], self.core))
        ours = len(self.workers)
        for peer in sorted((HERE / "peers").glob("*_peer.py")):
            self.workers.append(
                Worker(peer.stem.removesuffix("_peer"), [self.options.python, peer], self.core))
        kept = []
        for i, worker in enumerate(self.workers):
            try:
                worker.cases = worker.read(120)["cases"]
                kept.append(worker)
            except RuntimeError as error:
                self.failed |= i < ours
                self.notes.append(f"{worker.name}: left out, {error}")
                worker.close()
        self.workers = kept
        if self.machine:
            self.levels = self.machine.read(60)["levels"]

    def wanted(self):
        """Names of cases: ours, in order of registration; with --peers those of the peers too."""
        known = {case["case"] for worker in self.workers for case in worker.cases}

        def asked(part, name, program):
            return name == part if part in known else part in name or part == program

        names = {}
        for worker in self.workers:
            for case in worker.cases:
                name = case["case"]
                if (self.options.peers or case["by"] == OURS) and (not self.options.names or any(
                        asked(part, name, worker.name) for part in self.options.names)):
                    names[name] = None
        missing = [part for part in self.options.names if part != "machine"
                   and not any(asked(part, case["case"], worker.name)
                               for worker in self.workers for case in worker.cases)]
        if missing:
            self.failed = True
            self.notes.append("no such program or case: " + ", ".join(missing))
        return list(names)

    def measure(self, name):
        entries = [(worker, index, case) for worker in self.workers
                   for index, case in enumerate(worker.cases) if case["case"] == name]
        rounds = {}
        limits = []
        needs = next((case for _, _, case in entries if case["by"] == OURS), {})
        for number in range(self.options.rounds):
            order = entries if number % 2 == 0 else entries[::-1]
            for worker, index, case in list(order):
                try:
                    ns = worker.ask(f"{index} {self.options.seconds}")["ns"]
                    rounds.setdefault(case["by"], []).append(ns)
                except (RuntimeError, OSError) as error:
                    self.failed |= case["by"] == OURS
                    self.notes.append(f"{name}, {case['by']}: {error}")
                    entries = [e for e in entries if e[2] is not case]
                    if worker.process.poll() is not None:
                        self.workers.remove(worker)
                        entries = [e for e in entries if e[0] is not worker]
            if self.machine and needs.get("footprint"):
                limits.append(self.machine.ask(f"{int(needs['footprint'])} 0.05"))
        return {"case": name, "rounds": rounds, "limit_ns": least_time(needs, limits)}

    def all(self):
        names = self.wanted()
        own = os.times()
        start = (time.monotonic(), busy_seconds(), own.user + own.system,
                 {w: w.processor_seconds() for w in self.everybody()})
        measured = []
        for number, name in enumerate(names):
            progress(f"[{number + 1}/{len(names)}] {name}")
            measured.append(self.measure(name))
        progress("")
        own = os.times()
        mine = own.user + own.system - start[2] + sum(
            w.processor_seconds() - before for w, before in start[3].items())
        self.others = max(0.0, (busy_seconds() - start[1] - mine)
                          / max(1e-9, time.monotonic() - start[0]))
        self.limits = [self.machine.ask(f"{size} 0.3") for size in self.levels] \
            if self.machine else []
        return measured

    def everybody(self):
        return [*self.workers, *([self.machine] if self.machine else [])]

    def close(self):
        for worker in self.everybody():
            worker.close()


def least_time(needs, limits):
    """The roofline: nanoseconds below which one call cannot take, by the measured limits."""
    if not limits:
        return None
    best = {key: max(limit[key] for limit in limits) for key in ("gflops", "read", "write", "triad")}
    read, written = needs["read"], needs["written"]
    apart = read / best["read"] + written / best["write"]  # bytes / (GB/s) = ns
    together = (read + written) / best["triad"]
    memory = min(apart, together) if read and written else apart
    return max(needs["flops"] / best["gflops"], memory)


def results(measured, statistic):
    """The rows of results.json, and for each case all figures."""
    rows, details = [], []
    for case in measured:
        times = {by: statistic(values) for by, values in case["rounds"].items() if values}
        ours = times.get(OURS)
        peers = sorted((ns, by) for by, ns in times.items() if by != OURS)
        peer_ns, peer = peers[0] if peers else (None, None)
        rows.append({
            "case": case["case"], "ours_ns": ours, "peer": peer, "peer_ns": peer_ns,
            "ratio": ours / peer_ns if ours and peer_ns else None,
            "limit_fraction": case["limit_ns"] / ours if ours and case["limit_ns"] else None})
        details.append({**case, "times": times})
    return rows, details


def duration(ns):
    if ns is None:
        return "-"
    for unit, size in (("ns", 1e3), ("us", 1e6), ("ms", 1e9)):
        if ns < size:
            return f"{ns / size * 1e3:.3g} {unit}" if ns < 0.9995 * size and ns / size < 0.1 \
                else f"{ns / size * 1e3:.0f} {unit}"
    return f"{ns / 1e9:.2f} s"


def number(value):
    return "-" if value is None else f"{value:.2f}"


def progress(text):
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def table(header, lines):
    widths = [max(len(str(line[i])) for line in [header, *lines]) for i in range(len(header))]
    for line in [header, *lines]:
        cells = [str(c).ljust(w) if name in ("case", "by", "compiler", "against") else str(c).rjust(w)
                 for name, c, w in zip(header, line, widths)]
        print("  ".join(cells).rstrip())
        if line is header:
            print("  ".join("-" * w for w in widths))


def show(rows):
    table(["case", "ours", "peer", "ratio", "of limit", "by"],
          [[r["case"], duration(r["ours_ns"]), duration(r["peer_ns"]), number(r["ratio"]),
            number(r["limit_fraction"]), r["peer"] or "-"] for r in rows])


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", help="programs, or parts of case names")
    parser.add_argument("--programs", nargs="*", type=pathlib.Path, default=[])
    parser.add_argument("--python", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.15)
    parser.add_argument("--peers", action="store_true", help="also cases that only peers have")
    return parser.parse_intermixed_args()


def main():
    options = parse()
    run = Run(options)
    try:
        run.start()
        measured = run.all()
    finally:
        run.close()
    busy = run.others > BUSY
    rows, details = results(measured, min if busy else statistics.median)

    show(rows)
    print("\nratio: ours over the best peer, below 1 is better; of limit: the time that the "
          "machine's measured\npeak and bandwidth allow, over ours")
    print("\nall peers:")
    for case in details:
        times = sorted(case["times"].items(), key=lambda item: item[1])
        print(f"  {case['case']}: " + ", ".join(f"{by} {duration(ns)}" for by, ns in times))
    for limit in run.limits:
        print(f"limits on {limit['footprint'] >> 10} KiB: {limit['gflops']:.0f} GFLOP/s, "
              f"read {limit['read']:.0f}, write {limit['write']:.0f}, "
              f"triad {limit['triad']:.0f} GB/s")
    print(f"core {run.core}, {options.rounds} rounds of {options.seconds} s, alternating; others "
          f"used {run.others:.2f} cores: "
          f"{'minimum' if busy else 'median'} of the rounds' medians")
    for note in run.notes:
        print(f"note: {note}")

    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "results.json").write_text(json.dumps(rows, indent=1) + "\n")
    (options.out / "details.json").write_text(json.dumps(
        {"cases": details, "limits": run.limits, "others_cores": run.others,
         "statistic": "minimum" if busy else "median", "notes": run.notes}, indent=1) + "\n")
    sys.exit(run.failed)


if __name__ == "__main__":
    main()
