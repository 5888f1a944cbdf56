//! Explanations as people read them in a terminal.

use std::fmt::{self, Display, Formatter};

use super::Explanation;

/// The prediction, then the rules by weight.
impl Display for Explanation<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let prediction = self.prediction();
        let id = self.id().map_or_else(String::new, |id| format!(" ({id})"));
        let what = self.class().map_or_else(|| "prediction".to_owned(), |class| format!("P({class})"));
        writeln!(
            f,
            "instance {}{id}: {what} = {:.3}  [{:.3}, {:.3}]",
            self.number(),
            prediction.value,
            prediction.low,
            prediction.high
        )?;
        let ranked = self.ranked();
        if ranked.is_empty() {
            return writeln!(f, "  no rule changes this prediction");
        }
        let mut lines = Vec::with_capacity(ranked.len());
        for rule in &ranked {
            let text = rule.conditions().map(|condition| condition.text()).collect::<Vec<_>>().join(" & ");
            lines.push((rule.weight(), text, rule.value_text().replace('\n', ", ")));
        }
        let width = lines.iter().map(|(_, text, _)| text.chars().count()).max().unwrap_or(0);
        for (weight, text, value) in lines {
            let interval = format!("[{:+.3}, {:+.3}]", weight.low, weight.high);
            writeln!(f, "  {:>+7.3}  {interval:<18}  {text:<width$}  (is {value})", weight.value)?;
        }
        Ok(())
    }
}
