"""The table of the comparison, and the list of what differs. It never compares."""

from __future__ import annotations

from typing import Any

from compare.tally import TOLERANCE, Tally


def spoken(value: float) -> str:
    return "0" if value == 0 else f"{value:.1e}"


def rows(tally: Tally) -> list[list[str]]:
    """A row per block: name, numbers, how many of them are equal to the last bit, texts, seeds, largest difference, notes."""
    found = []
    for name, block in tally.blocks.items():
        notes = ", ".join(f"{count:,} {what}" for what, count in sorted(block["notes"].items()))
        numbers = [f"{block[key]:,}" for key in ("numbers", "equal", "texts")]
        wrong = f"{block['wrong']:,}" if block["wrong"] else "none"
        found.append([name, *numbers, str(len(block["seeds"])), spoken(block["largest"]), wrong, notes])
    return found


HEAD = ["block", "numbers", "equal to the last bit", "texts", "seeds", "largest difference", "beyond tolerance", "beside"]


def markdown(version: str, tally: Tally) -> str:
    """The table for docs/PARITY.md."""
    lines = [f"Against calibrated-explanations {version}:", "", _line(HEAD), "|" + "---|" * len(HEAD)]
    lines += [_line(row) for row in rows(tally)]
    return "\n".join([*lines, *_left_out(tally, "* ")])


def plain(version: str, tally: Tally) -> str:
    """The table for a terminal."""
    table = [HEAD, *rows(tally)]
    widths = [max(len(row[column]) for row in table) for column in range(len(HEAD))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in table]
    return "\n".join([f"calibrated-explanations {version}, tolerance {TOLERANCE:g}", *lines, *_left_out(tally, "  ")])


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _left_out(tally: Tally, bullet: str) -> list[str]:
    if not tally.left_out:
        return []
    told = [f"{bullet}{'; '.join(sorted(blocks))}: {reason}" for reason, blocks in sorted(tally.left_out.items())]
    return ["", "Left out:", "", *told]


def differences(found: list[dict[str, Any]], n: int) -> str:
    """The first differences, each with its place."""
    told = [f"{one['block']}: {one['place']}\n    engine  {one['found']}\n    package {one['expected']}" for one in found[:n]]
    return "\n".join(told)
