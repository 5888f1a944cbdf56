"""One process of the comparison: it runs in an environment that has one version of the package, draws the problems of its seeds,
asks both sides, and writes what came of it to standard output."""

from __future__ import annotations

import argparse
import importlib
import json
import logging
import os
import re
import sys
import traceback
import warnings

PACKAGES = {"1.0.2": "compare.package", "0.9.0": "compare.package_090"}


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("--driver", "--bundle", "--version", "--seeds", "--tasks", "--blocks"):
        parser.add_argument(name, required=True)
    arguments = parser.parse_args()
    # A filter would not do: the package sets filters of its own.
    warnings.showwarning = lambda *_, **__: None
    logging.disable(logging.CRITICAL)
    # The package prints; only the last line belongs to the one who started this.
    output, sys.stdout = sys.stdout, open(os.devnull, "w")
    from compare import blocks, problems
    from compare.engine import Engine
    from compare.tally import Tally

    package = importlib.import_module(PACKAGES[arguments.version])
    package.apply_mends()
    tally = Tally()
    with Engine(arguments.driver, arguments.bundle) as engine:
        for seed in json.loads(arguments.seeds):
            for task in arguments.tasks.split(","):
                problem = package.prepared(problems.draw(seed, task))
                wanted = [ask for ask in blocks.questions(problem) if re.search(arguments.blocks, ask.block)]
                compare_problem(package, wanted, problem, engine, tally)
            print(f"  {arguments.version}, seed {seed}", file=sys.stderr)
    json.dump(tally.to_json(), output)


def compare_problem(package, questions, problem, engine, tally) -> None:
    from compare import answers

    asks = []
    for ask in questions:
        reason = ask.missing(problem, engine.plugins, engine.features) or package.left_out(problem, ask)
        if reason:
            tally.leave_out(ask.block, reason)
        else:
            asks.append(ask)
    for ask, answer in zip(asks, engine.ask(problem.request([ask.to_driver(problem) for ask in asks]))):
        try:
            answers.compare(package, problem, ask, answer, tally)
        except Exception:
            # A failure of the package is a finding as well: it names its place.
            told = " < ".join(reversed([line.strip() for line in traceback.format_exc().splitlines() if "^^" not in line]))
            tally.wrong(ask.block, f"{problem}, {ask.what}, {ask.quantity}", "no comparison", told)


if __name__ == "__main__":
    main()
