//! The flags that say what is asked: of a classifier the probability of a class, of a regression a value between percentiles
//! or the probability of an event. It never looks at a number of the data.

use std::path::Path;

use clap::Args;

use super::failure::Failure;
use super::io::shown;
use crate::config::nearest;
use crate::data::Labels;
use crate::explain::exact::exact;
use crate::plugin_api::manifest::Task;
use crate::plugin_api::schema::LearnerInfo;
use crate::{ExplainError, Instances, Percentiles, Threshold};

/// What is asked.
#[derive(Debug, Args)]
pub(crate) struct QuantityFlags {
    /// The class whose probability is given and explained [default: the second of two, the likeliest of more in each row]
    #[arg(long, value_name = "LABEL", help_heading = "Classification")]
    class: Option<String>,

    /// Ask for the probability that the target is at most T, in place of its value
    #[arg(long, value_name = "T", value_parser = number, allow_hyphen_values = true, help_heading = HEADING,
          conflicts_with_all = ["threshold_low", "threshold_high", "percentiles", "confidence"])]
    threshold: Option<f64>,

    /// Ask for the probability that the target is above A and at most the B of --threshold-high
    #[arg(long, value_name = "A", value_parser = number, allow_hyphen_values = true, help_heading = HEADING,
          requires = "threshold_high", conflicts_with_all = ["percentiles", "confidence"])]
    threshold_low: Option<f64>,

    /// The upper end of the event, which belongs to it
    #[arg(long, value_name = "B", value_parser = number, allow_hyphen_values = true, help_heading = HEADING,
          requires = "threshold_low", conflicts_with_all = ["percentiles", "confidence"])]
    threshold_high: Option<f64>,

    /// Ask as --threshold does, with a T for each row: this column of the data file
    #[arg(long, value_name = "COL", help_heading = HEADING,
          conflicts_with_all = ["threshold", "threshold_low", "threshold_high", "percentiles", "confidence"])]
    threshold_column: Option<String>,

    /// The percentiles that bound the value; `-inf,90` and `10,inf` are open on one side [default: 5,95]
    #[arg(long, value_name = "LOW,HIGH", value_parser = percentiles, allow_hyphen_values = true,
          help_heading = HEADING, conflicts_with = "confidence")]
    percentiles: Option<Percentiles>,

    /// The share of targets that lie between the bounds: 0.9 stands for the percentiles 5,95
    #[arg(long, value_name = "SHARE", value_parser = confidence, allow_negative_numbers = true,
          help_heading = HEADING)]
    confidence: Option<Percentiles>,
}

const HEADING: &str = "Regression";

/// What is asked, beyond what is usual for the task.
#[derive(Clone, Debug, Default)]
pub(crate) struct Quantity {
    class: Option<String>,
    threshold_column: Option<String>,
    percentiles: Option<Percentiles>,
    threshold: Option<Threshold>,
}

impl QuantityFlags {
    /// The column that has each row's threshold.
    pub(crate) fn threshold_column(&self) -> Option<&String> {
        self.threshold_column.as_ref()
    }

    /// What is asked, but for the class: only the model knows its label.
    pub(crate) fn quantity(&self) -> Result<Quantity, Failure> {
        let threshold = match (self.threshold, self.threshold_low, self.threshold_high) {
            (Some(threshold), ..) => Some(Threshold::at_most(threshold)),
            (None, Some(low), Some(high)) => Some(Threshold::between(low, high)),
            _ => None,
        };
        let threshold = threshold.transpose().map_err(|error| {
            let error = ExplainError::from(error);
            Failure::not_asked(error.code(), format!("{error} (--threshold-low, then --threshold-high)"))
        })?;
        let (class, threshold_column) = (None, self.threshold_column.clone());
        Ok(Quantity { class, threshold_column, percentiles: self.percentiles.or(self.confidence), threshold })
    }

    /// The quantity with the class as the model calls it.
    pub(crate) fn with_class(&self, quantity: Quantity, info: &LearnerInfo, model: &Path) -> Result<Quantity, Failure> {
        let Some(label) = &self.class else { return Ok(quantity) };
        let model = shown(model);
        if info.task != Task::Classification {
            let message = format!(
                "{model} is a {}: it has no classes, and --class is for a classifier; leave --class out, or name a model whose \
                 task is classification",
                info.task
            );
            return Err(Failure::not_asked("input.on_regression", message));
        }
        match Labels::new(info.classes.clone()).code(label) {
            Some(class) => Ok(Quantity { class: Some(info.classes[class as usize].clone()), ..quantity }),
            None => {
                let known: Vec<String> = info.classes.iter().take(10).map(|class| format!("`{class}`")).collect();
                let more = if info.classes.len() > known.len() { ", …" } else { "" };
                let meant = nearest(label, info.classes.iter().map(String::as_str));
                let meant = meant.map_or_else(String::new, |class| format!(", did you mean `{class}`?"));
                let message = format!(
                    "--class names `{label}`, which is no class of {model} (classes: {}{more}){meant}: correct the name",
                    known.join(", ")
                );
                Err(Failure::not_asked("input.unknown_class", message))
            }
        }
    }

    /// Checks that nothing is asked that a model of this task does not answer.
    pub(crate) fn check(&self, task: Task, model: &Path) -> Result<(), Failure> {
        let asked = self.asked();
        if task != Task::Classification || asked.is_empty() {
            return Ok(());
        }
        let flags = asked.join(", ");
        let message = format!(
            "{} is a classifier: it gives probabilities of classes, and {flags} is for a regression; leave {flags} out, or \
             name a model whose task is regression",
            shown(model)
        );
        Err(Failure::not_asked("input.on_classifier", message))
    }

    /// The flags that are given.
    fn asked(&self) -> Vec<&'static str> {
        let flags = [
            ("--threshold", self.threshold.is_some()),
            ("--threshold-low", self.threshold_low.is_some()),
            ("--threshold-high", self.threshold_high.is_some()),
            ("--percentiles", self.percentiles.is_some()),
            ("--confidence", self.confidence.is_some()),
            ("--threshold-column", self.threshold_column.is_some()),
        ];
        flags.into_iter().filter(|(_, is_given)| *is_given).map(|(flag, _)| flag).collect()
    }
}

impl Quantity {
    /// The instances, of which this is asked.
    pub(crate) fn ask<'a>(&self, instances: Instances<'a>) -> Instances<'a> {
        let instances = self.class.iter().fold(instances, Instances::class);
        let instances = self.percentiles.into_iter().fold(instances, Instances::percentiles);
        self.threshold.into_iter().fold(instances, Instances::threshold)
    }

    /// Whether an event is asked about.
    pub(crate) fn is_event(&self) -> bool {
        self.threshold.is_some() || self.threshold_column.is_some()
    }

    /// What is asked of a model of this task, in words.
    pub(crate) fn words(&self, task: Task) -> String {
        match (task, self.threshold, &self.threshold_column) {
            (Task::Classification, ..) => match &self.class {
                Some(class) => format!("the probability of the class `{class}`"),
                None => "the probability of a class".to_owned(),
            },
            (_, Some(threshold), _) => format!("the probability that {threshold}"),
            (_, None, Some(column)) => format!("the probability that y_hat <= its value in the column `{column}`"),
            (_, None, None) => format!("the value, from {}", sides(self.percentiles.unwrap_or_default()).join(" to ")),
        }
    }
}

/// What the bounds of a value are: percentiles, or on an open side the least or the largest calibration target.
pub(crate) fn sides(percentiles: Percentiles) -> [String; 2] {
    let side = |percentile: f64, open: &str| match percentile.is_finite() {
        true => format!("percentile {}", exact(percentile)),
        false => format!("{open} target"),
    };
    [side(percentiles.low(), "least"), side(percentiles.high(), "largest")]
}

fn number(text: &str) -> Result<f64, &'static str> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite()).ok_or("expected a finite number, such as 137.5")
}

fn percentiles(text: &str) -> Result<Percentiles, String> {
    let wanted = "expected two percentiles, such as 5,95, or -inf,90 and 10,inf for an open side";
    let number = |text: &str| text.trim().parse::<f64>().map_err(|_| format!("{wanted}, found `{text}`"));
    let (low, high) = text.split_once(',').ok_or_else(|| format!("{wanted}, found no comma"))?;
    Percentiles::new(number(low)?, number(high)?).map_err(|error| format!("{error}; the default is 5,95"))
}

fn confidence(text: &str) -> Result<Percentiles, String> {
    let share = text.trim().parse().map_err(|_| "expected a share above 0 and below 1, such as 0.9".to_owned())?;
    Percentiles::of_confidence(share).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_two_numbers_in_order_around_the_median() {
        assert_eq!(percentiles("5,95"), Ok(Percentiles::default()));
        assert_eq!(percentiles(" 2.5, 97.5"), confidence("0.95"));
        assert_eq!(percentiles("-inf,90").map(Percentiles::low), Ok(f64::NEG_INFINITY));
        assert_eq!(percentiles("10,inf").map(Percentiles::high), Ok(f64::INFINITY));
        for (text, words) in [
            ("95,5", "is 95,5, expected the lower one above 0"),
            ("5", "such as 5,95, or -inf,90 and 10,inf for an open side, found no comma"),
            ("5,95,99", "found `95,99`"),
            ("--output", "found no comma"),
            ("-inf,inf", "one of them may be infinite"),
            ("nan,95", "is NaN,95"),
        ] {
            assert!(percentiles(text).unwrap_err().contains(words), "{text}: {:?}", percentiles(text));
        }
    }

    #[test]
    fn a_confidence_is_a_share() {
        for text in ["90", "0", "1", "-0.5", "nan", "x", ""] {
            assert!(confidence(text).unwrap_err().contains("such as 0.9"), "{text}: {:?}", confidence(text));
        }
    }

    #[test]
    fn what_is_asked_is_told_in_words() {
        let threshold = Threshold::between(-1.0, 2.5).ok();
        assert_eq!(Quantity::default().words(Task::Classification), "the probability of a class");
        assert_eq!(Quantity::default().words(Task::Regression), "the value, from percentile 5 to percentile 95");
        let open = Quantity { percentiles: percentiles("-inf,90").ok(), ..Quantity::default() };
        assert_eq!(open.words(Task::Regression), "the value, from least target to percentile 90");
        let class = Quantity { class: Some("yes".to_owned()), ..Quantity::default() };
        assert_eq!(class.words(Task::Classification), "the probability of the class `yes`");
        let column = Quantity { threshold_column: Some("limit".to_owned()), ..Quantity::default() };
        assert_eq!(column.words(Task::Regression), "the probability that y_hat <= its value in the column `limit`");
        let event = Quantity { threshold, ..Quantity::default() };
        assert_eq!(event.words(Task::Regression), "the probability that -1 < y_hat <= 2.5");
    }
}
