"""Measures the library against the Python package: the same problem, the same model, in turns, one thread each.

    cargo build --release -p ce-fast && cargo build --release -p ce-tests --example bench
    python tools/bench_with_python.py --quick
    python tools/bench_with_python.py --venv path/to/venv --pairs 5 > table.md

Each side is a process of its own that answers the same requests (tools/bench/package.py and tests/programs/bench), so that
calls can alternate: A B A B. Processor time is read around the call of the library alone, and around the model within it.
A figure is the median of the pairs' ratios, with the least and the largest. In the same run every number of both sides is
compared. `--quick` runs the rows of the target table; without it all combinations are run but those in which the package
takes minutes, which are named at the end.

Without `--venv` a virtual environment with calibrated-explanations of `--version` is made beside the build, with pip.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
# One thread, whatever library adds up numbers.
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM")}
# A combination whose package side is expected to take longer is left out: seconds per call.
PACKAGE_S_MAX = 60.0
# A rule with so small a weight, whose prediction is so near to the instance's, is rounding: either side may leave it out.
NO_WEIGHT = 1e-9


@dataclass(frozen=True)
class Case:
    """One row of the table."""

    mode: str
    quantity: str  # classification, regression or thresholded
    model: str  # cheap or forest
    n_test: int
    n_cal: int
    n_features: int

    def problem(self) -> dict[str, Any]:
        task = "classification" if self.quantity == "classification" else "regression"
        return {"task": task, "model": self.model, "n_features": self.n_features, "n_cal": self.n_cal}

    def cells(self) -> list[str]:
        return [self.mode, self.quantity, self.model, str(self.n_test), str(self.n_cal), str(self.n_features)]

    def package_s(self) -> float:
        """A guess of what the package takes, from what it was seen to take; it decides what is left out."""
        if self.mode == "fast":
            fits = self.n_features * (self.n_cal / 500) ** 2 * 0.01 if self.quantity == "thresholded" else 0.0
            return fits + 0.002 * self.n_features
        per_call = 5.5 * (self.n_test / 1000) * (self.n_features / 30)
        return per_call * (3.0 if self.quantity == "thresholded" else 1.0) * (1.0 + self.n_cal / 5000)


def quick() -> Iterator[Case]:
    """The rows of the target table."""
    for mode, quantity in itertools.product(("factual", "alternative"), ("classification", "regression", "thresholded")):
        yield Case(mode, quantity, "cheap", 1000, 500, 30)
    yield Case("factual", "classification", "forest", 1000, 500, 30)
    for n_test in (1, 10, 100, 1000):
        yield Case("fast", "classification", "cheap", n_test, 500, 30)
        yield Case("factual", "classification", "cheap", n_test, 500, 30)


def everything() -> Iterator[Case]:
    """All combinations."""
    for quantity, model, n_features, n_cal, mode, n_test in itertools.product(
        ("classification", "regression", "thresholded"),
        ("cheap", "forest"),
        (5, 30, 100),
        (500, 2000, 10_000),
        ("factual", "alternative", "fast"),
        (1, 10, 100, 1000),
    ):
        yield Case(mode, quantity, model, n_test, n_cal, n_features)


class Side:
    """A process that answers requests, one line each."""

    def __init__(self, *command: str | Path) -> None:
        environment = os.environ | ONE_THREAD
        self.process = subprocess.Popen(
            list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True
        )

    def ask(self, what: str, **request: Any) -> dict[str, Any]:
        """Sends a request and waits for its answer."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps({"do": what, **request}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.process.args[0]} ended during the request `{what}`: its message stands above")
        return json.loads(line)

    def close(self) -> None:
        """Ends the process, which has no further request."""
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()


@dataclass
class Measured:
    """The pairs of one case."""

    package: list[dict[str, float]]
    library: list[dict[str, float]]

    def ratios(self, seconds: Any) -> list[float]:
        return [seconds(a) / seconds(b) for a, b in zip(self.package, self.library)]


def rest(call: dict[str, float]) -> float:
    """What a call takes beside the model."""
    return call["cpu_s"] - call["model_s"]


def measure(package: Side, library: Side, case: Case, pairs: int, text: bool, thresholds: Iterator[float]) -> Measured:
    """A B A B. An event is a new one in every pair, since both sides may remember the last."""
    measured = Measured([], [])
    # A call that is over in microseconds is repeated; one that remembers an event would then be timed without its fit.
    repeat = 1 if case.quantity == "thresholded" else max(1, 200 // case.n_test)
    for _ in range(pairs):
        threshold = next(thresholds) if case.quantity == "thresholded" else None
        call = {"mode": case.mode, "n": case.n_test, "threshold": threshold, "text": text}
        measured.package.append(package.ask("explain", **call))
        measured.library.append(library.ask("explain", **call, repeat=repeat))
    return measured


def compare(package: Side, library: Side, case: Case, threshold: float) -> tuple[float, int]:
    """The largest difference of a number, relative to its size from 1 on, and how many rules only one side has."""
    call = {"mode": case.mode, "n": case.n_test, "threshold": threshold if case.quantity == "thresholded" else None}
    answers = package.ask("answers", **call)["instances"], library.ask("answers", **call)["instances"]
    largest, alone = 0.0, 0
    for expected, found in zip(*answers, strict=True):
        largest = max(largest, difference(expected["prediction"], found["prediction"]))
        left, right = ({(rule[1], rule[0]): rule for rule in side["rules"]} for side in (expected, found))
        for key in left.keys() & right.keys():
            for place in (2, 3):
                largest = max(largest, difference(left[key][place], right[key][place]))
        for key in left.keys() ^ right.keys():
            _, _, weight, prediction = left.get(key) or right[key]
            alone += abs(weight[0] or 0.0) > NO_WEIGHT or difference(expected["prediction"], prediction) > NO_WEIGHT
    return largest, alone


def difference(left: list[float | None], right: list[float | None]) -> float:
    """The largest difference of two triples; what is infinite on one side alone differs infinitely."""
    worst = 0.0
    for a, b in zip(left, right, strict=True):
        if a is None or b is None:
            worst = max(worst, 0.0 if a is b else float("inf"))
        else:
            worst = max(worst, abs(a - b) / max(1.0, abs(a)))
    return worst


def row(case: Case, numbers: Measured, text: Measured, compared: tuple[float, int]) -> str:
    """A row of the table."""
    median = lambda calls, seconds: statistics.median(map(seconds, calls)) * 1e3  # noqa: E731
    whole = lambda call: call["cpu_s"]  # noqa: E731
    model = lambda call: call["model_s"]  # noqa: E731
    last = numbers.library[-1]
    cells = case.cells() + [
        f"{median(numbers.package, rest):.4g} + {median(numbers.package, model):.3g}",
        f"{median(numbers.library, rest):.4g} + {median(numbers.library, model):.3g}",
        spread(numbers.ratios(rest)),
        spread(numbers.ratios(whole)),
        spread(text.ratios(rest)),
        f"{numbers.package[-1]['model_calls']:g} / {numbers.package[-1]['model_rows']:g}",
        f"{last['model_calls']:g} / {last['model_rows']:g}",
        f"{compared[0]:.1e}",
        str(compared[1]),
    ]
    return "| " + " | ".join(cells) + " |"


def spread(ratios: list[float]) -> str:
    """The median with the least and the largest."""
    return f"**{statistics.median(ratios):.3g}** ({min(ratios):.3g}–{max(ratios):.3g})"


HEADINGS = [
    "mode", "quantity", "model", "n", "n_cal", "features", "package: rest + model, ms", "library: rest + model, ms",
    "ratio without the model", "ratio with it", "ratio with all text, without the model", "package: model calls / rows",
    "library: model calls / rows", "largest difference", "rules of one side only",
]  # fmt: skip


def run(cases: list[Case], python: Path, options: argparse.Namespace) -> None:
    """Prints the table, and what was left out."""
    print(f"| {' | '.join(HEADINGS)} |\n|{'---|' * len(HEADINGS)}")
    left_out = [case for case in cases if case.package_s() > PACKAGE_S_MAX]
    chosen = sorted(set(cases) - set(left_out), key=lambda case: (str(case.problem()), cases.index(case)))
    with tempfile.TemporaryDirectory() as scratch:
        for problem, group in itertools.groupby(chosen, key=Case.problem):
            place = Path(scratch) / "-".join(map(str, problem.values()))
            write = [python, HERE / "bench" / "problem.py", place, json.dumps(problem)]
            subprocess.run(list(map(str, write)), check=True, env=os.environ | ONE_THREAD)
            package, library = Side(python, HERE / "bench" / "package.py"), Side(options.driver)
            clocks = {
                package.ask("open", dir=str(place))["clock"],
                library.ask("open", dir=str(place), fast_bundle=str(options.fast), threads=1)["clock"],
            }
            if clocks != {"process"}:
                print(f"a side cannot read its processor time ({clocks}): its figures are time on the wall", file=sys.stderr)
            thresholds = (0.5 + 0.01 * idx for idx in itertools.count())
            for case in group:
                # What is fitted once is fitted by the comparison.
                compared = compare(package, library, case, next(thresholds))
                numbers, text = (measure(package, library, case, options.pairs, text, thresholds) for text in (False, True))
                print(row(case, numbers, text, compared), flush=True)
            package.close()
            library.close()
    if left_out:
        print(f"\nLeft out, since the package would take more than {PACKAGE_S_MAX:g} s per call:\n")
        for case in left_out:
            print(f"- {', '.join(case.cells())}")


def environment(version: str, target: Path) -> Path:
    """The interpreter of a virtual environment with the package, made if it is not there."""
    place = target / f"venv-{version}"
    python = place / "bin" / "python"
    if not python.exists():
        venv.create(place, with_pip=True)
        requirements = HERE / "requirements-compare.txt"
        install = [python, "-m", "pip", "install", "--quiet", f"calibrated-explanations=={version}"]
        install += ["-c", requirements] if requirements.exists() else []
        subprocess.run(list(map(str, install)), check=True)
    return python


def main() -> None:
    """The command."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="only the rows of the target table")
    parser.add_argument("--venv", type=Path, help="a virtual environment that has the package")
    parser.add_argument("--version", default="1.0.2", help="the package's version, where no environment is given")
    parser.add_argument("--pairs", type=int, default=5, help="how often each side is timed (5)")
    parser.add_argument("--driver", type=Path, default=target / "release/examples/bench")
    parser.add_argument("--fast", type=Path, default=target / "release/libce_fast.so", help="the FAST bundle")
    options = parser.parse_args()
    for path in (options.driver, options.fast):
        if not path.is_file():
            parser.error(f"{path} is not built: the commands stand at the head of {Path(__file__).name}")
    if options.pairs < 1:
        parser.error("--pairs is at least 1")
    python = options.venv / "bin" / "python" if options.venv else environment(options.version, target)
    cases = list(dict.fromkeys(quick() if options.quick else everything()))
    run(cases, python, options)


if __name__ == "__main__":
    main()
