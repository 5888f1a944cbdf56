//! Explanations as people read them in a terminal.

use std::fmt::{self, Display, Formatter};

use super::{Explanation, shown};

/// The prediction, then the rules by weight.
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
        if ranked.is_empty() {
            return writeln!(f, "  no rule changes this prediction");
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

fn joined(texts: impl Iterator<Item = String>, separator: &str) -> String {
    texts.collect::<Vec<_>>().join(separator)
}
