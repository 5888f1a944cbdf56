//! Flags that are options of whatever plugin is chosen, and the errors about them. It never knows what an option means.

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::failure::Failure;
use crate::bundle::Catalog;
use crate::config::{Origin, Slot};
use crate::explain::{Route, options};
use crate::plugin_api::manifest::Mode;
use crate::{ConditionSource, ExplainError, ExplainerBuilder, InputError};

/// Options of the explanation plugin.
#[derive(Debug, Args)]
pub(crate) struct ExplanationFlags {
    /// What conditions are cut by: the model's predictions or the observed targets (modes factual and alternative)
    #[arg(long, value_name = "SOURCE", help_heading = HEADING)]
    condition_source: Option<SourceFlag>,

    /// Add rules that join up to N conditions, 2 or 3 (modes factual and alternative). Each rule is joined with the 5 most
    /// important ones (the plugin's option n_top_features), and of each set of features one conjunction stays: the first
    #[arg(long, value_name = "N", value_parser = size, allow_negative_numbers = true, conflicts_with = "guarded",
          help_heading = HEADING)]
    conjunctions: Option<u8>,

    /// Ask only about changed rows that are like the calibration rows (modes factual and alternative)
    #[arg(long, help_heading = HEADING)]
    guarded: bool,

    /// The share of such rows that the guard lets pass, above 0 and below 1 [default: 0.9]
    #[arg(long, value_name = "C", value_parser = confidence, allow_negative_numbers = true, requires = "guarded",
          help_heading = HEADING)]
    guard_confidence: Option<f64>,

    /// Explain each row by the N features that weigh most in a fast explanation, and by no others (modes factual and
    /// alternative); needs a FAST interval calibrator, such as --interval-plugin core.interval.fast
    #[arg(long, value_name = "N", value_parser = n_features, allow_negative_numbers = true, conflicts_with = "guarded",
          help_heading = HEADING)]
    fast_filter: Option<u32>,
}

/// The heading of every flag about what is asked of an explanation.
pub(crate) const HEADING: &str = "Explanation";

/// The option for which calibrators must answer per feature.
const FAST_FILTER: &str = "fast_filter";

#[derive(Clone, Copy, Debug, ValueEnum)]
enum SourceFlag {
    /// Conditions that explain the model
    Prediction,
    /// Conditions that explain the data
    Observed,
}

/// An option that a flag gives to whatever plugin is chosen.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Given {
    pub(crate) flag: &'static str,
    pub(crate) option: &'static str,
    pub(crate) value: Value,
    pub(crate) to: To,
}

/// Whose option it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum To {
    Explanation,
    Interval,
}

impl ExplanationFlags {
    /// Checks, before anything is read, that nothing is asked of a mode that has none of it.
    pub(crate) fn check(&self, mode: Mode) -> Result<(), Failure> {
        let flags: Vec<&str> = self.given().iter().map(|given| given.flag).collect();
        if mode != Mode::Fast || flags.is_empty() {
            return Ok(());
        }
        let (are, flags) = (if flags.len() == 1 { "is" } else { "are" }, flags.join(", "));
        let message = format!(
            "{flags} {are} for the modes factual and alternative, found --mode fast, which changes no row: leave out {flags}, \
             or name another mode"
        );
        Err(Failure::not_asked("usage", message))
    }

    /// The options that are given.
    pub(crate) fn given(&self) -> Vec<Given> {
        let source = self.condition_source.map(|source| match source {
            SourceFlag::Prediction => ConditionSource::Prediction,
            SourceFlag::Observed => ConditionSource::Observed,
        });
        let options = [
            ("--condition-source", "condition_source", source.map(|source| json!(source.as_str()))),
            ("--conjunctions", "max_rule_size", self.conjunctions.map(|size| json!(size))),
            ("--guarded", "guarded", self.guarded.then_some(json!(true))),
            ("--guard-confidence", "guard_confidence", self.guard_confidence.map(|confidence| json!(confidence))),
            ("--fast-filter", FAST_FILTER, self.fast_filter.map(|n_kept| json!(n_kept))),
        ];
        let given = |(flag, option, value)| Some(Given { flag, option, value: value?, to: To::Explanation });
        options.into_iter().filter_map(given).collect()
    }
}

impl Given {
    /// The explainer, whose plugin has this option.
    pub(crate) fn lay(&self, builder: ExplainerBuilder) -> ExplainerBuilder {
        match self.to {
            To::Explanation => builder.explanation_option(self.option, self.value.clone()),
            To::Interval => builder.interval_option(self.option, self.value.clone()),
        }
    }

    fn is_for(&self, slot: Slot) -> bool {
        match self.to {
            To::Explanation => {
                matches!(slot, Slot::ExplanationFactual | Slot::ExplanationAlternative | Slot::ExplanationFast)
            }
            To::Interval => matches!(slot, Slot::Interval | Slot::IntervalFast),
        }
    }
}

/// Checks that the plugins of these routes take the options, as the run would.
pub(crate) fn check(given: &[Given], routes: &[Route], catalog: &Catalog) -> Result<(), Failure> {
    for route in routes {
        let identifier = route.usable[0].as_str();
        let infos: Vec<_> = catalog.infos(identifier).collect();
        for one in given.iter().filter(|one| one.is_for(route.slot)) {
            let value = (&one.option.to_owned(), &one.value, Origin::Call);
            options::check_unused(identifier, &infos, [value]).map_err(|error| named(error.into(), given))?;
        }
    }
    Ok(())
}

/// The options in words; none where none is given.
pub(crate) fn words(given: &[Given]) -> Option<String> {
    let words = |one: &Given| format!("{}={} ({})", one.option, one.value, one.flag);
    (!given.is_empty()).then(|| given.iter().map(words).collect::<Vec<_>>().join(", "))
}

/// The error, with the flag by which it was asked for.
pub(crate) fn named(error: ExplainError, given: &[Given]) -> Failure {
    match error {
        ExplainError::Option(mut error) => {
            // The problem of an option begins with its name.
            let is_about = |one: &&Given| error.message.starts_with(&format!("{}: ", one.option));
            if let Some(Given { flag, option, .. }) = given.iter().find(is_about) {
                error.message.push_str(&format!(" (`{option}` is what {flag} gives)"));
            }
            ExplainError::Option(error).into()
        }
        ExplainError::Route(ref route) => {
            // Routing says that the option needs another calibrator, and knows no flag.
            let is_needed = route.tried.iter().any(|skip| skip.code == "route.not_fast");
            match given.iter().find(|one| is_needed && one.option == FAST_FILTER) {
                Some(Given { flag, option, .. }) => {
                    Failure::no(error.code(), format!("{error} (`{option}` is what {flag} gives)"))
                }
                None => error.into(),
            }
        }
        ExplainError::Input(InputError::Setting { what: "the request to reject", .. }) => {
            let message = format!("{error} (--reject; the event of a regression is that of --threshold)");
            Failure::not_asked(error.code(), message)
        }
        error => error.into(),
    }
}

fn size(text: &str) -> Result<u8, &'static str> {
    text.trim().parse().ok().filter(|size| (2..=3).contains(size)).ok_or("expected 2 or 3")
}

fn n_features(text: &str) -> Result<u32, &'static str> {
    let n_features = text.trim().parse().ok().filter(|n_features| *n_features > 0);
    n_features.ok_or("expected a whole number from 1 to 4294967295")
}

fn confidence(text: &str) -> Result<f64, &'static str> {
    let confidence = text.trim().parse().ok().filter(|confidence| 0.0 < *confidence && *confidence < 1.0);
    confidence.ok_or("expected a confidence above 0 and below 1, such as 0.9")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::options::OptionError;

    #[test]
    fn an_error_about_an_option_names_the_flag_that_gave_it() {
        let given = |flag, option| Given { flag, option, value: json!(true), to: To::Explanation };
        let given = [given("--guarded", "guarded"), given("--guard-confidence", "guard_confidence")];
        let error = |message: &str| {
            let error = OptionError { identifier: "a.b".to_owned(), origin: None, message: message.to_owned() };
            named(error.into(), &given).parts().1
        };
        let wrong = "guard_confidence: expected one of the options `guarded`, found `guard_confidence`";
        let told = format!("options of `a.b`: {wrong} (`guard_confidence` is what --guard-confidence gives)");
        assert_eq!(error(wrong), told);
        assert_eq!(error("other: expected no options"), "options of `a.b`: other: expected no options");
    }

    #[test]
    fn options_are_told_with_their_flags() {
        let one = Given { flag: "--conjunctions", option: "max_rule_size", value: json!(2), to: To::Explanation };
        assert_eq!(words(&[one]).as_deref(), Some("max_rule_size=2 (--conjunctions)"));
        assert_eq!(words(&[]), None);
    }
}
