"""Counts what was compared, and keeps what differs with its place. It never decides what should be equal to what."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

# Largest difference that counts as equal: absolute for probabilities, relative to the largest target for values.
TOLERANCE = 1e-9
# So many differences of a block are kept with their places; the rest is only counted.
KEPT = 10


def number(value: Any) -> float:
    """A number of a file, where infinities are texts and NaN is null."""
    if value is None:
        return math.nan
    return {"inf": math.inf, "-inf": -math.inf}[value] if isinstance(value, str) else float(value)


class Tally:
    """What was compared, by block."""

    def __init__(self) -> None:
        self.blocks: dict[str, dict[str, Any]] = {}
        self.differences: list[dict[str, str]] = []
        # Blocks that this engine or this version of the package cannot be asked about, some or all of them, by the reason.
        self.left_out: dict[str, list[str]] = {}

    def block(self, name: str) -> dict[str, Any]:
        empty = {"numbers": 0, "equal": 0, "texts": 0, "largest": 0.0, "wrong": 0, "seeds": [], "notes": {}}
        return self.blocks.setdefault(name, empty)

    def seen(self, name: str, seed: int) -> None:
        """Says that a block was compared on a seed."""
        seeds = self.block(name)["seeds"]
        if seed not in seeds:
            seeds.append(seed)

    def note(self, name: str, what: str, n: int = 1) -> None:
        """Counts something that is told beside the numbers, such as a rule that was left out."""
        notes = self.block(name)["notes"]
        notes[what] = notes.get(what, 0) + n

    def leave_out(self, name: str, reason: str) -> None:
        """Says that a block was not compared on some problem."""
        blocks = self.left_out.setdefault(reason, [])
        if name not in blocks:
            blocks.append(name)

    def close(self, name: str, found: Any, expected: Any, scale: float, place: str) -> bool:
        """Compares two numbers. `scale` is what a difference is divided by, 1 for probabilities."""
        block = self.block(name)
        found, expected = number(found), number(expected)
        block["numbers"] += 1
        if found == expected or (math.isnan(found) and math.isnan(expected)):
            block["equal"] += 1
            return True
        difference = abs(found - expected) / scale
        if not math.isfinite(difference):
            difference = math.inf
        block["largest"] = max(block["largest"], difference)
        if difference <= TOLERANCE:
            return True
        self.wrong(name, place, found, expected)
        return False

    def same(self, name: str, found: Any, expected: Any, place: str) -> bool:
        """Compares two texts, or anything else that has no tolerance."""
        self.block(name)["texts"] += 1
        if found == expected:
            return True
        self.wrong(name, place, found, expected)
        return False

    def wrong(self, name: str, place: str, found: Any, expected: Any) -> None:
        """Keeps a difference."""
        self.block(name)["wrong"] += 1
        if self.block(name)["wrong"] <= KEPT:
            told = {"block": name, "place": place, "found": repr(found)[:400], "expected": repr(expected)[:400]}
            self.differences.append(told)

    def to_json(self) -> dict[str, Any]:
        return {"blocks": self.blocks, "differences": self.differences, "left_out": self.left_out}

    def add(self, other: dict[str, Any]) -> None:
        """Adds what another process compared."""
        for name, its in other["blocks"].items():
            block = self.block(name)
            for key in ("numbers", "equal", "texts", "wrong"):
                block[key] += its[key]
            block["largest"] = max(block["largest"], its["largest"])
            block["seeds"] = sorted({*block["seeds"], *its["seeds"]})
            block["notes"] = dict(Counter(block["notes"]) + Counter(its["notes"]))
        self.differences += other["differences"]
        for reason, names in other["left_out"].items():
            for name in names:
                self.leave_out(name, reason)

    @property
    def n_wrong(self) -> int:
        return sum(block["wrong"] for block in self.blocks.values())
