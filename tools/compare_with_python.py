#!/usr/bin/env python3
"""Compares the engine with the Python package calibrated-explanations, on random problems, number by number.

    python3 tools/compare_with_python.py --seeds 0-49 --release

It builds the driver `tests/programs/compare` with cargo, makes a virtual environment for each version of the package (or takes
one that is given with `--venv`), draws problems from the seeds, runs both sides on each, and prints a table: for each block how
many numbers were compared, and their largest difference, absolute for probabilities and relative to the largest target for
values. The package runs with the decisions of docs/PARITY.md applied to it: see tools/compare/mends.py.

It needs cargo and Python 3.11 or newer; to make an environment it needs a network and some 600 MB of disk for each version, once. One
seed takes about ten seconds of CPU with --release.

The exit status is 0 if nothing differs by more than the tolerance, 1 if something does (its places are told), 2 if it could
not be compared. It changes nothing but the build directory and the environments that it makes.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from compare import environment, table
from compare.tally import Tally

TASKS = ["binary", "multiclass", "regression"]
# One thread each: sums of several depend on their number.
ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}


def parse_seeds(text: str) -> list[int]:
    """`0-3,7` as [0, 1, 2, 3, 7]."""
    seeds: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        seeds += range(int(first), int(last or first) + 1)
    return seeds


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=parse_seeds, default=parse_seeds("0-49"), help="such as 0-49 or 3,5,8-9")
    parser.add_argument("--version", choices=[*environment.VERSIONS, "both"], default="both", help="of the package")
    parser.add_argument("--tasks", default=",".join(TASKS), help="some of %(default)s, separated by commas")
    parser.add_argument("--blocks", default="", help="a regular expression: only the blocks in whose names it is found")
    taken = "an environment to take, if its version fits; may be repeated"
    parser.add_argument("--venv", type=Path, action="append", default=[], help=taken)
    home = environment.ROOT / "target" / "compare"
    parser.add_argument("--home", type=Path, default=home, help="where to make environments (%(default)s)")
    parser.add_argument("--release", action="store_true", help="build the driver with optimisation")
    parser.add_argument("--driver", type=Path, help="a driver that is built already, with --bundle")
    parser.add_argument("--bundle", type=Path, help="the FAST bundle that goes with --driver")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes at once (%(default)s)")
    parser.add_argument("--markdown", action="store_true", help="print the table as docs/PARITY.md has it")
    parser.add_argument("--shown", type=int, default=20, help="differences to print (%(default)s)")
    given = parser.parse_args()
    try:
        re.compile(given.blocks)
    except re.error as error:
        parser.error(f"--blocks is no pattern: {error}")
    if not given.seeds:
        parser.error("--seeds names no seed")
    unknown = sorted(set(given.tasks.split(",")) - set(TASKS))
    if unknown or given.jobs < 1 or (given.driver is None) != (given.bundle is None):
        parser.error(f"unknown tasks {unknown}" if unknown else "--jobs is at least 1, and --driver goes with --bundle")
    return given


def run(version: str, python: Path, driver: Path, bundle: Path, given: argparse.Namespace) -> Tally:
    """Shares the seeds out to processes, and adds up what they compared."""
    shares = [share for job in range(given.jobs) if (share := given.seeds[job :: given.jobs])]
    command = [python, "-m", "compare.worker", "--driver", driver, "--bundle", bundle, "--version", version]
    command += ["--tasks", given.tasks, f"--blocks={given.blocks}"]
    surroundings = {**os.environ, **ONE_THREAD, "PYTHONWARNINGS": "ignore", "PYTHONDONTWRITEBYTECODE": "1"}
    started = [
        subprocess.Popen(
            [*command, "--seeds", json.dumps(share)],
            cwd=Path(__file__).resolve().parent,
            env=surroundings,
            stdout=subprocess.PIPE,
            text=True,
        )
        for share in shares
    ]
    # All of them are waited for before one that failed ends the comparison.
    finished = [(process, process.communicate()[0]) for process in started]
    tally = Tally()
    for process, told in finished:
        if process.returncode:
            raise environment.Missing(f"a process of the comparison ended with status {process.returncode}: see above")
        tally.add(json.loads(told))
    return tally


def main() -> int:
    given = arguments()
    try:
        driver, bundle = (given.driver, given.bundle) if given.driver else environment.build(given.release)
        versions = environment.VERSIONS if given.version == "both" else [given.version]
        n_wrong = 0
        for version in versions:
            python = environment.python_of(version, given.venv, given.home)
            tally = run(version, python, driver.resolve(), bundle.resolve(), given)
            if not tally.blocks and not tally.left_out:
                raise environment.Missing(f"no block of {given.tasks} has a name with `{given.blocks}` in it")
            print((table.markdown if given.markdown else table.plain)(version, tally), end="\n\n")
            if tally.differences:
                print(table.differences(tally.differences, given.shown), file=sys.stderr)
            n_wrong += tally.n_wrong
    except (environment.Missing, subprocess.CalledProcessError, OSError) as error:
        print(f"could not be compared: {error}", file=sys.stderr)
        return 2
    print(f"{n_wrong} differences beyond the tolerance" if n_wrong else "nothing differs", file=sys.stderr)
    return 1 if n_wrong else 0


if __name__ == "__main__":
    sys.exit(main())
