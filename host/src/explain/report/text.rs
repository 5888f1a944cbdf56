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
        let cells = ranked.iter().map(|rule| {
            let weight = rule.weight();
            let text = rule.conditions().map(|condition| condition.text()).collect::<Vec<_>>().join(" & ");
            let interval = format!("[{:+.3}, {:+.3}]", weight.low, weight.high);
            [format!("{:+.3}", weight.value), interval, text, rule.value_text().replace('\n', ", ")]
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
