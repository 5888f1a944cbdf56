//! Explanations as people read them in a terminal.

use std::fmt::{self, Display, Formatter};

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
            let is_filtered = self.all.refinements.iter().any(|refinement| refinement.filter.is_some());
            return match is_filtered {
                true => writeln!(f, "  no rule is left by the filter"),
                false => writeln!(f, "  no rule: nothing that was asked changes this prediction"),
            };
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
