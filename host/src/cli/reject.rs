//! The flags that say which predictions to reject, and how that is told. It never decides about a row.

use clap::{Args, ValueEnum};

use super::failure::Failure;
use super::io::Io;
use super::refine::{doubled, name};
use crate::analysis::reject::{Confidence, ENSURED_WEIGHT, Policy, Score};
use crate::explain::reject::{Level, reason};
use crate::explain::report::shown;
use crate::{Instances, Rejection, Rejections};

/// Which predictions to reject.
#[derive(Debug, Args)]
pub(crate) struct RejectFlags {
    /// Reject the rows for which no single answer can be given; a regression needs --threshold
    #[arg(long, value_name = "POLICY", help_heading = HEADING)]
    reject: Option<PolicyFlag>,

    /// How sure answers must be, between 0 and 1; the first of several decides which rows stay [default: 0.95]. To rule out
    /// any answer at C takes about 1 / (1 - C) calibration rows
    #[arg(long, value_name = "C,…", value_delimiter = ',', value_parser = confidence, allow_negative_numbers = true,
          requires = "reject", help_heading = HEADING)]
    reject_confidence: Vec<Confidence>,

    /// How strange an answer is [default: hinge]
    #[arg(long, value_name = "SCORE", requires = "reject", help_heading = HEADING)]
    reject_score: Option<ScoreFlag>,
}

const HEADING: &str = "Rejection";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum PolicyFlag {
    /// Every row stays, and says whether it is rejected
    Flag,
    /// Only the rejected rows stay
    OnlyRejected,
    /// Only the accepted rows stay
    OnlyAccepted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ScoreFlag {
    /// 1 - the probability of the answer
    Hinge,
    /// The mean of that and the width of the probability's interval
    Ensured,
}

impl RejectFlags {
    /// Checks what can be checked before anything is read.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        match doubled(&self.reject_confidence) {
            Some(doubled) => {
                let message = format!("--reject-confidence names {} twice: name it once", doubled.get());
                Err(Failure::not_asked("usage", message))
            }
            None => Ok(()),
        }
    }

    /// The instances, some of which may be rejected.
    pub(crate) fn ask<'a>(&self, instances: Instances<'a>) -> Instances<'a> {
        self.rejection().into_iter().fold(instances, Instances::reject)
    }

    fn rejection(&self) -> Option<Rejection> {
        let policy = match self.reject? {
            PolicyFlag::Flag => Policy::Flag,
            PolicyFlag::OnlyRejected => Policy::OnlyRejected,
            PolicyFlag::OnlyAccepted => Policy::OnlyAccepted,
        };
        let score = match self.reject_score {
            None | Some(ScoreFlag::Hinge) => Score::Hinge,
            Some(ScoreFlag::Ensured) => Score::Ensured { weight: ENSURED_WEIGHT },
        };
        let confidences = match self.reject_confidence.as_slice() {
            [] => vec![Confidence::default()],
            given => given.to_vec(),
        };
        Some(Rejection { score, confidences, policy })
    }

    /// What is asked, in words; none where nothing is rejected.
    pub(crate) fn words(&self) -> Option<String> {
        let rejection = self.rejection()?;
        let confidences: Vec<String> = rejection.confidences.iter().map(|level| level.get().to_string()).collect();
        let score = name(self.reject_score.unwrap_or(ScoreFlag::Hinge));
        let policy = name(self.reject?);
        Some(format!("{policy}, at {}, by the score {score}", confidences.join(" and ")))
    }

    /// Tells what can be said of the whole batch.
    ///
    /// * `n_left` — the rows of the report
    pub(crate) fn tell(&self, rejections: Option<&Rejections>, n_left: usize, io: &mut Io<'_>) {
        let Some(rejections) = rejections else { return };
        for level in rejections.levels() {
            io.say(summary(level));
        }
        let (policy, first) = (self.reject, rejections.levels().first());
        if let (Some(policy @ (PolicyFlag::OnlyRejected | PolicyFlag::OnlyAccepted)), Some(first)) = (policy, first) {
            io.say(format_args!("--reject {}: {n_left} of {} rows stay", name(policy), first.rates.n_rows));
        }
    }
}

/// What can be said of a batch at one confidence.
fn summary(level: &Level) -> String {
    let rates = &level.rates;
    // A share of the rows is a number of rows over all of them, so that rounding finds it again.
    let n_rows = |share: Option<f64>| (share.unwrap_or(0.0) * rates.n_rows as f64).round();
    let error = match rates.error {
        // Below zero the estimate is cut off: it then says nothing of the rows that are left.
        Some(error) if error <= 0.0 => {
            let expected = rates.n_rows as f64 * level.confidence.significance();
            format!(
                "the error rate of the others cannot be estimated: no fewer rows are rejected by novelty than the {} that may be \
                 wrong at this confidence",
                shown::number(expected, 1)
            )
        }
        Some(error) => format!("the estimated error rate of the others is {error:.3}"),
        None => "no row is accepted, so there is no error rate".to_owned(),
    };
    format!(
        "rejected at {}: {} of {} rows ({} by ambiguity, {} by novelty); {error}",
        level.confidence.get(),
        n_rows(rates.reject),
        rates.n_rows,
        n_rows(rates.ambiguity),
        n_rows(rates.novelty),
    )
}

/// The names of the columns of a table that say what was decided, one per confidence.
pub(crate) fn columns(rejections: Option<&Rejections>) -> Vec<String> {
    match rejections.map_or(&[][..], Rejections::levels) {
        [_] => vec!["reject".to_owned()],
        several => several.iter().map(|level| format!("reject at {}", level.confidence.get())).collect(),
    }
}

/// What was decided about one row of the report, in the same order.
pub(crate) fn cells(rejections: Option<&Rejections>, instance: usize) -> Vec<String> {
    let levels = rejections.map_or(&[][..], Rejections::levels);
    levels.iter().map(|level| reason(level.verdicts[instance]).unwrap_or("no").to_owned()).collect()
}

fn confidence(text: &str) -> Result<Confidence, &'static str> {
    let confidence = text.trim().parse().ok().and_then(|confidence| Confidence::new(confidence).ok());
    confidence.ok_or("expected a confidence above 0 and below 1, such as 0.95")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::reject::Rates;

    #[test]
    fn a_batch_is_told_of_with_and_without_accepted_rows() {
        let rates =
            Rates { n_rows: 8, error: Some(0.0625), reject: Some(0.25), ambiguity: Some(0.125), novelty: Some(0.125) };
        let level = Level { confidence: Confidence::default(), sets: Vec::new(), verdicts: Vec::new(), rates };
        assert_eq!(
            summary(&level),
            "rejected at 0.95: 2 of 8 rows (1 by ambiguity, 1 by novelty); the estimated error rate of the others is 0.062"
        );
        let rates = Rates { error: None, reject: Some(1.0), ..rates };
        let words = summary(&Level { rates, ..level });
        assert!(words.ends_with("; no row is accepted, so there is no error rate"), "{words}");
    }

    #[test]
    fn an_error_rate_that_is_cut_off_is_not_told_as_zero() {
        let rates = Rates {
            n_rows: 9,
            error: Some(0.0),
            reject: Some(2.0 / 9.0),
            ambiguity: Some(0.0),
            novelty: Some(2.0 / 9.0),
        };
        let confidence = Confidence::new(0.9).unwrap();
        let words = summary(&Level { confidence, sets: Vec::new(), verdicts: Vec::new(), rates });
        let told = "; the error rate of the others cannot be estimated: no fewer rows are rejected by novelty than the 0.9 that may \
                    be wrong at this confidence";
        assert!(words.ends_with(told), "{words}");
    }

    #[test]
    fn a_confidence_is_a_share() {
        for text in ["0", "1", "95", "nan", "x", ""] {
            assert!(confidence(text).is_err(), "{text}");
        }
        assert_eq!(confidence(" 0.9"), Ok(Confidence::new(0.9).unwrap()));
    }
}
