"""Cut points of a regression by the rule of this project, and whether rounding has a say in those of the package. It follows the
definition, not the engine: every candidate is tried."""

from __future__ import annotations

import numpy as np

# A part in this many: what counts as a tie, and as a gain.
PART = 1e-12


def _deviation(y: np.ndarray) -> float:
    return float(np.abs(y - np.median(y)).sum())


def absolute_error_cuts(x: np.ndarray, y: np.ndarray, depth: int) -> tuple[np.ndarray, bool]:
    """The cut points of one feature, ascending, and whether a best split was tied or gained nothing anywhere.

    Only rows with a finite label count. A feature without a split is cut at its median.
    """
    y = np.asarray(y, dtype=float)
    finite = np.isfinite(y)
    exact, y = np.asarray(x, dtype=np.float32)[finite], y[finite]
    order = np.argsort(exact, kind="stable")
    cuts: list[float] = []
    is_ambiguous = _split(exact[order], y[order], depth, cuts)
    return (np.unique(cuts) if cuts else np.array([np.median(x)])), is_ambiguous


def _split(x: np.ndarray, y: np.ndarray, depth: int, cuts: list[float]) -> bool:
    n = len(y)
    if depth == 0 or n < 2:
        return False
    whole = _deviation(y)
    if whole / n <= np.finfo(float).eps:
        return False
    # Neighbours that scikit-learn does not tell apart are no candidates.
    places = [place for place in range(1, n) if x[place] > np.float32(x[place - 1] + np.float32(1e-7))]
    if not places:
        return False
    left_over = np.array([_deviation(y[:place]) + _deviation(y[place:]) for place in places])
    near = left_over <= left_over.min() * (1 + PART)
    place, is_tied = places[int(np.argmax(near))], int(near.sum()) > 1
    if not whole - left_over[int(np.argmax(near))] > PART * whole:
        return True
    below, above = float(x[place - 1]), float(x[place])
    threshold = below / 2 + above / 2
    cuts.append(below if threshold == above else threshold)
    left = _split(x[:place], y[:place], depth - 1, cuts)
    right = _split(x[place:], y[place:], depth - 1, cuts)
    return is_tied or left or right
