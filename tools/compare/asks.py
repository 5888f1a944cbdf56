"""What is asked of both sides. It holds the question alone: neither how the package is asked, nor what should come out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from compare.problems import Problem

INTERVAL, FAST_INTERVAL = "core.interval.legacy", "core.interval.fast"


@dataclass
class Ask:
    """One question about a problem."""

    block: str
    what: str
    # `percentiles`, `threshold` or `thresholds`; empty for classes.
    quantity: dict[str, Any] = field(default_factory=dict)
    source: str | None = None
    summary: str | None = None
    normalization: str | None = None
    # `distance`, `standard_deviation`, `absolute_residuals`, or `caller` for a function of the row.
    difficulty: str | None = None
    # The class to explain in each instance.
    explained: int | None = None
    ignored_of_each: list[list[int]] | None = None
    max_rule_size: int = 1
    # Options of the guard, by their names in the package; none: not guarded.
    guarded: dict[str, Any] | None = None
    # Copies of the finished report: filters, or a ranking with a number of rules.
    refinements: list[dict[str, Any]] = field(default_factory=list)
    reject: dict[str, Any] | None = None
    # How FAST's calibrators are noised; none: uniformly.
    noise: str | None = None
    # How many features are kept for each instance, by their FAST weights; none: all.
    fast_filter: int | None = None
    # How many calibration rows are there from the beginning; the rest is appended, in two parts.
    n_first: int | None = None
    # Whether the targets are known, so that the answers can be measured.
    is_measured: bool = False

    @property
    def is_event(self) -> bool:
        return "threshold" in self.quantity or "thresholds" in self.quantity

    @property
    def is_probability(self) -> bool:
        return not self.quantity or self.is_event

    @property
    def uses_fast(self) -> bool:
        """Whether calibrators of single features are asked."""
        return self.what == "fast" or self.fast_filter is not None

    def scale(self, problem: Problem) -> float:
        return 1.0 if self.is_probability else problem.scale

    def options(self, problem: Problem) -> dict[str, dict[str, Any]]:
        """The options of plugins, by plugin; what is left at its default is not named."""
        explanation, interval, fast = {}, {}, {}
        if self.what in ("factual", "alternative"):
            explanation["sample_percentiles"] = problem.percentiles
        if problem.ignored and self.what != "predict":
            explanation["features_to_ignore"] = problem.ignored
        if self.max_rule_size > 1:
            explanation["max_rule_size"] = self.max_rule_size
        if self.guarded is not None:
            explanation["guarded"] = True
            names = {"confidence": "guard_confidence", "n_neighbors": "guard_neighbours"}
            names["merge_adjacent"] = "guard_merge_adjacent"
            explanation |= {names[name]: value for name, value in self.guarded.items()}
        if self.summary:
            interval["summary"] = self.summary
        if self.normalization:
            interval["normalization"] = self.normalization
        if self.difficulty and self.difficulty != "caller":
            interval["difficulty"] = self.difficulty
        if self.fast_filter is not None:
            explanation["fast_filter"] = self.fast_filter
        if self.uses_fast:
            fast = {"scale_factor": problem.scale_factor, "severity": problem.severity, **interval}
            fast |= {"noise": self.noise} if self.noise else {}
        named = {f"core.explanation.{self.what}": explanation, FAST_INTERVAL: fast}
        named[INTERVAL] = {} if self.uses_fast else interval
        return {plugin: options for plugin, options in named.items() if options}

    def features(self) -> set[str]:
        """What the driver must be able to do, beside passing options on."""
        wanted = {
            "thresholds": "thresholds" in self.quantity,
            "difficulty": self.difficulty == "caller",
            "class": self.explained is not None,
            "ignored_of_each": self.ignored_of_each is not None,
            "refinements": bool(self.refinements),
            "reject": self.reject is not None,
            "interval": self.fast_filter is not None,
            "parts": self.n_first is not None,
            "targets": self.is_measured,
        }
        return {name for name, is_wanted in wanted.items() if is_wanted}

    def missing(self, problem: Problem, plugins: dict[str, list[str]], features: list[str]) -> str | None:
        """What the engine lacks for this question; none if it can be asked."""
        for plugin, options in self.options(problem).items():
            for option in options:
                if option not in plugins.get(plugin, []):
                    return f"`{plugin}` has no option `{option}`"
        lacking = sorted(self.features() - set(features))
        return f"the driver does not know `{lacking[0]}`" if lacking else None

    def to_driver(self, problem: Problem) -> dict[str, Any]:
        asked = {
            "what": self.what,
            "seed": problem.random_state,
            # Neither may change a byte, so each problem has its own.
            "threads": 1 + problem.seed % 2,
            "chunk_rows": 1 + problem.seed % 7,
            "condition_source": (self.source or problem.source) if self.what in ("factual", "alternative") else None,
            "options": self.options(problem),
            "percentiles": self.quantity.get("percentiles"),
            "threshold": self.quantity.get("threshold"),
        }
        if "thresholds" in self.quantity:
            asked["thresholds"] = self.quantity["thresholds"]
        if self.refinements:
            asked["refinements"] = self.refinements
        if self.reject is not None:
            asked["reject"] = self.reject
        if self.difficulty == "caller":
            asked["difficulty"] = problem.difficulty_weights
        if self.explained is not None:
            asked["class"] = f"c{self.explained}"
        if self.ignored_of_each is not None:
            asked["ignored_of_each"] = self.ignored_of_each
        if self.fast_filter is not None:
            asked["interval"] = FAST_INTERVAL
        if self.n_first is not None:
            # No part is shorter than a calibration set may be.
            n_more = len(problem.y_cal) - self.n_first
            n_last = n_more // 2 if n_more > 3 else 0
            asked["parts"] = [self.n_first, n_more - n_last, n_last]
        if self.is_measured:
            asked["targets"] = problem.y_test
        return asked


def difficulty_of(problem: Problem, x: np.ndarray) -> np.ndarray:
    """The difficulty function of a problem, in (0, 1]: a fraction without powers, so that both sides compute the same bits."""
    total = np.zeros(len(x))
    scale = np.abs(problem.x_cal).max(axis=0) + 1.0
    for column, weight in enumerate(problem.difficulty_weights):
        total = total + np.abs(weight * np.asarray(x, float)[:, column] / scale[column])
    return np.maximum(total / (1.0 + total), 1e-3)
