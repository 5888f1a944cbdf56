"""The decisions on guarded explanations, applied to the package. Each function quotes the row of docs/PARITY.md that it stands
for. Nothing here knows the engine."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from compare.mended_rules import NOTHING, OF_A_RULE, moved


def apply() -> None:
    """Applies every mend of guarded explanations. To be called once."""
    from calibrated_explanations.core.explain import _guarded_explain
    from calibrated_explanations.explanations.guarded_explanation import GuardedAlternativeExplanation
    from calibrated_explanations.utils.distribution_guard import InDistributionGuard

    guarded_bins(_guarded_explain)
    InDistributionGuard.p_values = p_values
    GuardedAlternativeExplanation.get_rules = alternative_rules(GuardedAlternativeExplanation.get_rules)


def guarded_bins(module: Any) -> None:
    """Rows "Guarded explanations drop categories of equal predictions as duplicates" and "A factual bin that does not conform is
    merged into a rule by way of its neighbours"."""
    module._dedupe_guarded_bins = list
    original = module._merge_factual_anchor

    @functools.wraps(original)
    def merge(bins, *arguments, **settings):
        conforms = all(one.conforming for one in bins if one.is_factual)
        return (original if conforms else module._merge_run)(bins, *arguments, **settings)

    module._merge_factual_anchor = merge


def p_values(self, x_test):
    """Row "Whether a guard accepts turns on the rounding of 1": distances are equal within half of a part in 10^12, as their
    squares are within a part, and what is compared with 1 - confidence is larger by such a part."""
    scores = self.nonconformity_scores(x_test) * (1 - NOTHING / 2)
    shares = np.mean(self._cal_scores[:, np.newaxis] >= scores[np.newaxis, :], axis=0)
    return shares * (1 + NOTHING)


def alternative_rules(original):
    """Rows "A guarded alternative is compared with the base's infinite bounds" and "Guarded rules are dropped where they equal
    the base exactly"."""

    @functools.wraps(original)
    def get_rules(self):
        rules = original(self)
        base = {key: float(np.ravel(self.prediction[key])[0]) for key in ("predict", "low", "high")}
        for key in ("low", "high"):
            base[key] = base[key] if math.isfinite(base[key]) else base["predict"]
        answers = list(zip(rules["predict"], rules["predict_low"], rules["predict_high"]))
        kept = [place for place, answer in enumerate(answers) if moved(base, *answer)]
        for key in OF_A_RULE:
            rules[key] = [rules[key][place] for place in kept]
        return rules

    return get_rules
