//! The flags that say which rules stay, and in which order. It never looks at a rule.

use std::num::NonZeroUsize;

use clap::{Args, ValueEnum};

use super::failure::Failure;
use super::io::Io;
use crate::analysis::{Cost, Direction, ENSURED_WEIGHT, Filter};
use crate::plugin_api::manifest::Mode;
use crate::{ExplainError, Explanations, Ranking, Refinement};

/// Which rules stay, and in which order.
#[derive(Debug, Args)]
pub(crate) struct RefineFlags {
    /// Keep the alternatives that are all of these; of super, semi and counter one is enough. A decision is whether the
    /// probability of the explained class is above 0.5, also for more than two classes
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', help_heading = HEADING)]
    filter: Vec<FilterFlag>,

    /// Drop the alternatives that leave the decision open: their interval has both sides of it
    #[arg(long, help_heading = HEADING)]
    exclude_potential: bool,

    /// What the frontier of --filter pareto keeps small [default: interval-width]
    #[arg(long, value_name = "COST", requires = "filter", help_heading = HEADING)]
    pareto_cost: Option<CostFlag>,

    /// The order of the rules, best first [default: feature-weight; with --top, ensured for alternatives]. Rules of one
    /// condition of a factual explanation share one prediction, which tells none of them apart
    #[arg(long, value_name = "RANKING", help_heading = HEADING)]
    rank: Option<RankFlag>,

    /// How much the prediction counts against certainty in --rank ensured, from -1 to 1 [default: 0.5]
    #[arg(long, value_name = "W", value_parser = weight, allow_negative_numbers = true, requires = "rank",
          help_heading = HEADING)]
    rank_weight: Option<f64>,

    /// Keep the N best rules of each row
    #[arg(long, value_name = "N", value_parser = super::request::at_least_1, allow_negative_numbers = true,
          help_heading = HEADING)]
    top: Option<NonZeroUsize>,
}

const HEADING: &str = "Rules";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FilterFlag {
    /// More of the same: the prediction moves away from the other side of 0.5
    Super,
    /// Less of the same, and on the same side of 0.5
    Semi,
    /// On the other side of 0.5; of a value, a smaller one
    Counter,
    /// No less certain than the prediction of the row
    Ensured,
    /// On the frontier of prediction and --pareto-cost
    Pareto,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum CostFlag {
    /// The distance between the bounds
    IntervalWidth,
    /// The number of conditions
    RuleSize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum RankFlag {
    /// By the size of the weight, then by the width of its interval
    FeatureWeight,
    /// By the rule's prediction alone, the most probable or greatest first; the name is the method's own
    Uncertainty,
    /// By the rule's prediction and the narrowness of its interval, as --rank-weight says
    Ensured,
}

impl RefineFlags {
    /// What is asked of the rules of this mode.
    pub(crate) fn refinement(&self, mode: Mode) -> Result<Refinement, Failure> {
        if let Some(doubled) = doubled(&self.filter) {
            let doubled = name(*doubled);
            let message = format!("--filter names {doubled} twice: name it once");
            return Err(Failure::not_asked("usage", message));
        }
        let has_pareto = self.filter.contains(&FilterFlag::Pareto);
        if let (Some(cost), false) = (self.pareto_cost, has_pareto) {
            let message = format!(
                "--pareto-cost {} is for --filter pareto, which is not given: leave out --pareto-cost, or add pareto to \
                 --filter",
                name(cost)
            );
            return Err(Failure::not_asked("usage", message));
        }
        if let (Some(weight), Some(rank)) = (self.rank_weight, self.rank.filter(|rank| *rank != RankFlag::Ensured)) {
            let rank = name(rank);
            let message = format!(
                "--rank-weight {weight} is for --rank ensured, found --rank {rank}: leave out --rank-weight, or name --rank \
                 ensured"
            );
            return Err(Failure::not_asked("usage", message));
        }
        let refinement = Refinement { filter: self.filter(), ranking: self.ranking(), top: self.top.map(Into::into) };
        refinement.check(Some(mode)).map_err(|error| {
            let flag = if self.filter.is_empty() { "--exclude-potential" } else { "--filter" };
            let error = ExplainError::from(error);
            Failure::not_asked(error.code(), format!("{error} ({flag}, which is for --mode alternative)"))
        })?;
        Ok(refinement)
    }

    fn filter(&self) -> Option<Filter> {
        let direction = |flag: &FilterFlag| match flag {
            FilterFlag::Super => Some(Direction::Super),
            FilterFlag::Semi => Some(Direction::Semi),
            FilterFlag::Counter => Some(Direction::Counter),
            FilterFlag::Ensured | FilterFlag::Pareto => None,
        };
        let cost = match self.pareto_cost {
            None | Some(CostFlag::IntervalWidth) => Cost::IntervalWidth,
            Some(CostFlag::RuleSize) => Cost::RuleSize,
        };
        let filter = Filter {
            directions: self.filter.iter().filter_map(direction).collect(),
            ensured: self.filter.contains(&FilterFlag::Ensured),
            pareto: self.filter.contains(&FilterFlag::Pareto).then_some(cost),
            include_potential: !self.exclude_potential,
        };
        (!self.filter.is_empty() || self.exclude_potential).then_some(filter)
    }

    fn ranking(&self) -> Option<Ranking> {
        self.rank.map(|rank| match rank {
            RankFlag::FeatureWeight => Ranking::FeatureWeight,
            RankFlag::Uncertainty => Ranking::Uncertainty,
            RankFlag::Ensured => Ranking::Ensured { weight: self.rank_weight.unwrap_or(ENSURED_WEIGHT) },
        })
    }

    /// Tells of filters that judge more than two classes by a probability of one half.
    ///
    /// * `n_classes` — the classes of the model
    pub(crate) fn note_classes(&self, n_classes: usize, io: &mut Io<'_>) {
        let judges = |flag: &&FilterFlag| matches!(flag, FilterFlag::Super | FilterFlag::Semi | FilterFlag::Counter);
        let names: Vec<String> = self.filter.iter().filter(judges).copied().map(name).collect();
        if n_classes > 2 && !names.is_empty() {
            io.say(format_args!(
                "note: --filter {} judges by whether the probability of the explained class is above 0.5: of {n_classes} \
                 classes one may be the likeliest with less, and a rule across 0.5 need not change which one is",
                names.join(",")
            ));
        }
    }

    /// Tells where a ranking by prediction cannot tell the rules of a report apart.
    pub(crate) fn note_ties(&self, explanations: &Explanations, io: &mut Io<'_>) {
        let Some(rank @ (RankFlag::Ensured | RankFlag::Uncertainty)) = self.rank else { return };
        let mut rules =
            explanations.iter().flat_map(|of| of.rules().map(move |rule| (of.prediction(), rule))).peekable();
        let is_told = explanations.mode() == Mode::Factual && rules.peek().is_some();
        if is_told && rules.all(|(own, rule)| rule.prediction() == own) {
            io.say(format_args!(
                "note: --rank {} orders nothing here: all rules of a factual explanation have the prediction and the interval \
                 of their row, and of equals the later one comes first; --rank feature-weight tells them apart",
                name(rank)
            ));
        }
    }

    /// What is asked, in words; none where every rule stays as it comes.
    pub(crate) fn words(&self, mode: Mode) -> Option<String> {
        let filter = (!self.filter.is_empty()).then(|| {
            let names: Vec<String> = self.filter.iter().copied().map(name).collect();
            format!("--filter {}", names.join(","))
        });
        let cost = self.pareto_cost.map(|cost| format!("pareto by {}", name(cost)));
        let potential = self.exclude_potential.then(|| "no potential ones".to_owned());
        let is_ranked = self.rank.is_some() || self.top.is_some();
        let ranking = is_ranked.then(|| match self.ranking().unwrap_or(Ranking::usual(mode)) {
            Ranking::FeatureWeight => "ranked by feature-weight".to_owned(),
            Ranking::Uncertainty => "ranked by uncertainty".to_owned(),
            Ranking::Ensured { weight } => format!("ranked by ensured, weight {weight}"),
        });
        let top = self.top.map(|top| format!("at most {top} of each row"));
        let parts: Vec<String> = [filter, cost, potential, ranking, top].into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}

/// The first of some values that stands there twice.
pub(crate) fn doubled<T: PartialEq>(values: &[T]) -> Option<&T> {
    values.iter().enumerate().find(|(idx, value)| values[..*idx].contains(value)).map(|(_, value)| value)
}

/// The name of a value on the command line.
pub(crate) fn name(value: impl ValueEnum) -> String {
    value.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
}

fn weight(text: &str) -> Result<f64, &'static str> {
    let weight = text.trim().parse().ok().filter(|weight| (-1.0..=1.0).contains(weight));
    weight.ok_or("expected a number from -1 to 1, such as 0.5")
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        flags: RefineFlags,
    }

    fn flags(arguments: &[&str]) -> RefineFlags {
        Cli::try_parse_from(std::iter::once(&"ce").chain(arguments)).unwrap_or_else(|error| panic!("{error}")).flags
    }

    fn asked(arguments: &[&str]) -> Refinement {
        flags(arguments).refinement(Mode::Alternative).unwrap()
    }

    #[test]
    fn nothing_given_asks_for_nothing() {
        assert!(asked(&[]).is_nothing());
        assert_eq!(flags(&[]).words(Mode::Alternative), None);
    }

    #[test]
    fn flags_become_a_refinement_and_words() {
        let all = ["--filter", "counter,ensured,pareto", "--pareto-cost", "rule-size", "--exclude-potential"];
        let filter = Filter {
            directions: vec![Direction::Counter],
            ensured: true,
            pareto: Some(Cost::RuleSize),
            include_potential: false,
        };
        assert_eq!(asked(&all), Refinement { filter: Some(filter), ..Refinement::default() });
        let words = "--filter counter,ensured,pareto; pareto by rule-size; no potential ones";
        assert_eq!(flags(&all).words(Mode::Alternative).as_deref(), Some(words));
        let ranked = ["--rank", "ensured", "--rank-weight", "-0.25", "--top", "3"];
        let ranking = Some(Ranking::Ensured { weight: -0.25 });
        assert_eq!(asked(&ranked), Refinement { ranking, top: Some(3), ..Refinement::default() });
        let words = "ranked by ensured, weight -0.25; at most 3 of each row";
        assert_eq!(flags(&ranked).words(Mode::Alternative).as_deref(), Some(words));
        let words = |mode| flags(&["--top", "1"]).words(mode).unwrap();
        assert_eq!(words(Mode::Factual), "ranked by feature-weight; at most 1 of each row");
        assert_eq!(words(Mode::Alternative), "ranked by ensured, weight 0.5; at most 1 of each row");
    }

    #[test]
    fn potential_rules_alone_can_be_dropped() {
        let filter = Filter { include_potential: false, ..Filter::default() };
        assert_eq!(asked(&["--exclude-potential"]).filter, Some(filter));
    }
}
