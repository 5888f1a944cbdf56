//! Explanations as people read them in a terminal.

use std::fmt::{self, Display, Formatter};

use super::super::refine::filter_words;
use super::super::reject::{reason, set_labels};
use super::{Explanation, shown};
use crate::analysis::reject::Verdict;

/// The prediction, whether it is rejected where that was asked, then the rules by weight or in the order asked for.
impl Display for Explanation<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let prediction = self.prediction();
        let ranked = self.ranked();
        // Values have the unit of the target, so that no number of decimals fits all; probabilities have three.
        let decimals = match self.class() {
            Some(_) => shown::decimals([]),
            None => shown::decimals(std::iter::once(prediction).chain(ranked.iter().map(super::Rule::weight))),
        };
        let id = self.id().map_or_else(String::new, |id| format!(" ({})", shown::name(id)));
        let what = self.class().map_or_else(|| "prediction".to_owned(), |class| format!("P({})", shown::name(class)));
        let [value, low, high] =
            [prediction.value, prediction.low, prediction.high].map(|number| shown::number(number, decimals));
        writeln!(f, "instance {}{id}: {what} = {value}  [{low}, {high}]", self.number())?;
        self.write_rejections(f)?;
        if ranked.is_empty() {
            let cause = self.why_no_rule();
            let cause = cause.as_deref().unwrap_or("no rule: nothing that was asked changes this prediction");
            return writeln!(f, "  {cause}");
        }
        let cells = ranked.iter().map(|rule| {
            let weight = rule.weight();
            let [value, low, high] =
                [weight.value, weight.low, weight.high].map(|number| shown::signed(number, decimals));
            let texts = rule.conditions().map(|condition| shown::name(&condition.text()));
            let values = rule.conditions().map(|condition| shown::name(&condition.value_text()));
            [value, format!("[{low}, {high}]"), joined(texts, " & "), joined(values, ", ")]
        });
        let lines: Vec<[String; 4]> = cells.collect();
        let width = |column: usize| lines.iter().map(|cells| cells[column].chars().count()).max().unwrap_or(0);
        let [weights, intervals, texts] = [0, 1, 2].map(width);
        for [weight, interval, text, value] in &lines {
            writeln!(f, "  {weight:>weights$}  {interval:<intervals$}  {text:<texts$}  (is {value})")?;
        }
        Ok(())
    }
}

impl Explanation<'_> {
    /// Why there is no rule, where the caller asked for something that left none: a filter, ignored features, the guard.
    /// None where there are rules, or where nothing changes the prediction.
    pub(crate) fn why_no_rule(&self) -> Option<String> {
        if self.rules().len() > 0 {
            return None;
        }
        let n_found = self.n_found();
        let filters = self.all.refinements.iter().filter_map(|refinement| refinement.filter.as_ref());
        let filters: Vec<String> = filters.map(filter_words).collect();
        if n_found > 0 && !filters.is_empty() {
            let rules = if n_found == 1 { "rule" } else { "rules" };
            return Some(format!("no rule is left by the filter ({}) of {n_found} {rules}", filters.join("; ")));
        }
        let (n_ignored, n_features) =
            (self.all.about.n_ignored(self.instance), self.all.about.schema.feature_names.len());
        let guard = "the guard lets no change pass that changes this prediction";
        match (n_ignored, self.all.chosen.is_guarded) {
            (0, false) => None,
            (0, true) => Some(format!("no rule: {guard}")),
            (n, _) if n >= n_features => Some("no rule: every feature is ignored".to_owned()),
            (n, true) => Some(format!("no rule: {n} of {n_features} features are ignored, and of the others {guard}")),
            (n, false) => {
                Some(format!("no rule: {n} of {n_features} features are ignored, and no other changes this prediction"))
            }
        }
    }

    /// The rules that there were before any was left out.
    pub(crate) fn n_found(&self) -> usize {
        let n_found = self.all.about.n_found.as_ref().map(|n_found| n_found[self.instance] as usize);
        n_found.unwrap_or_else(|| self.rules().len())
    }

    /// What was decided at each confidence, with the answers that cannot be ruled out.
    fn write_rejections(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Some(rejections) = self.all.about.rejections.as_ref() else { return Ok(()) };
        let labels = set_labels(&self.all.about, self.instance, self.all.base.class[self.instance]);
        for level in rejections.levels() {
            let confidence = level.confidence.get();
            let verdict = level.verdicts[self.instance];
            match (verdict, reason(verdict)) {
                (Verdict::Accepted { event }, _) => {
                    writeln!(f, "  accepted at {confidence}: {}", shown::name(&labels[usize::from(event)]))?;
                }
                (Verdict::Ambiguity, reason) => {
                    let [negation, event] = labels.each_ref().map(|label| shown::name(label));
                    writeln!(f, "  rejected at {confidence}: {} ({negation}, {event})", reason.unwrap_or_default())?;
                }
                (Verdict::Novelty, reason) => {
                    writeln!(f, "  rejected at {confidence}: {}", reason.unwrap_or_default())?;
                }
            }
        }
        Ok(())
    }
}

fn joined(texts: impl Iterator<Item = String>, separator: &str) -> String {
    texts.collect::<Vec<_>>().join(separator)
}
