//! What factual and alternative explanations have in common: a grid fitted on the calibration set, rounds of asking, and
//! answers handed on instance by instance. It never decides what becomes a rule.

use ce_core::bins::Condition as CoreCondition;
use ce_core::conjunction::{self, Rule, SIZE_MAX, Search};
use ce_core::grid::{Answers as CoreAnswers, Grid, Instance};
use ce_core::{Error, Interval, Weight};
use ce_plugin_api::data::{Answers, Calibration, Condition, Edits, Operator, QuestionsBuf};
use ce_plugin_api::kind::{Batch, Explainer, Next};
use ce_plugin_api::options::Options;
use ce_plugin_api::{ErrorCode, PluginError};
use serde::{Deserialize, Serialize};

use super::fast_filter;
use super::fitting::{self, GridOptions};
use super::left_out::LeftOut;
use super::rule_columns::RuleColumns;
use super::stage::{Found, Stage};
use crate::refused;

/// What is asked beside the single rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Rounds {
    /// The most conditions of a rule; 1: no conjunctions.
    max_rule_size: usize,
    /// How many of the most important rules are joined with each single one.
    n_top_features: usize,
    /// How many features are kept for each instance, those of the largest FAST weights; 0: all, and FAST is not asked.
    fast_filter: usize,
}

/// How an explanation reads a grid: how fine it is, and what becomes of the answers about an instance.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    pub(super) max_depth: usize,
    /// Writes the rules of one condition.
    pub(super) write: fn(Instance<'_>, Interval, CoreAnswers<'_>, &mut RuleColumns) -> Result<(), Error>,
    /// The same rules, to make conjunctions of.
    pub(super) collect: fn(Instance<'_>, Interval, CoreAnswers<'_>) -> Result<Vec<Rule>, Error>,
}

/// The bins of every feature, and how answers become rules.
///
/// Round 0 asks what the grid plans, and round 1 is done, unless the options want more: the FAST filter is a round before,
/// and conjunctions are a round for each further condition.
#[derive(Clone, Debug)]
pub struct GridExplainer {
    grid: Grid,
    rounds: Rounds,
    reading: Reading,
}

impl GridExplainer {
    /// An explainer over the calibration set's grid.
    pub(super) fn fit(
        calibration: Calibration<'_>,
        calibrated: Answers<'_>,
        options: &str,
        reading: Reading,
    ) -> Result<Self, PluginError> {
        let options = Options::<GridOptions>::from_json(options)?.plugin;
        let rounds = options.rounds;
        let refused = |why| PluginError::new(ErrorCode::InvalidOption, why);
        rounds.check().map_err(refused)?;
        if rounds.max_rule_size > 1 {
            let n_values = options.sample_percentiles.len();
            conjunction::check_rows(rounds.max_rule_size, n_values).map_err(|error| refused(error.to_string()))?;
        }
        fitting::grid(calibration, calibrated, &options, reading.max_depth).map(|grid| Self { grid, rounds, reading })
    }

    /// The explainer that was saved.
    pub(super) fn restore(saved: &[u8], reading: Reading) -> Result<Self, PluginError> {
        let (grid, rounds): (Grid, Rounds) =
            postcard::from_bytes(saved).map_err(|error| PluginError::corrupt(error.to_string()))?;
        rounds.check().map_err(PluginError::corrupt)?;
        Ok(Self { grid, rounds, reading })
    }
}

impl Rounds {
    fn check(self) -> Result<(), String> {
        let Self { max_rule_size, n_top_features, .. } = self;
        match (max_rule_size, n_top_features) {
            (1..=SIZE_MAX, 2..) => Ok(()),
            (1..=SIZE_MAX, _) => Err(format!("n_top_features is {n_top_features}, expected at least 2")),
            _ => Err(format!("max_rule_size is {max_rule_size}, expected 1 to {SIZE_MAX}")),
        }
    }
}

impl Explainer for GridExplainer {
    fn step(&self, batch: Batch<'_>) -> Result<Next, PluginError> {
        let ignored = LeftOut::ignored(batch)?;
        if batch.round == 0 {
            return match self.rounds.fast_filter {
                0 => self.ask(batch, &ignored, Vec::new()),
                _ => fast_filter::ask(&self.grid, batch, &ignored, Stage::Filter.save()?),
            };
        }
        match Stage::restore(batch)? {
            Stage::Filter => {
                let kept = fast_filter::kept(&self.grid, batch, &ignored, self.rounds.fast_filter)?;
                let left_out = ignored.keeping(batch, &kept)?;
                self.ask(batch, &left_out, Stage::Grid(kept).save()?)
            }
            Stage::Whole => self.read(batch, &ignored),
            Stage::Grid(kept) => self.read(batch, &ignored.keeping(batch, &kept)?),
            Stage::Conjunctions(found) => self.join(batch, &ignored, found),
        }
    }

    fn save(&self) -> Result<Vec<u8>, PluginError> {
        postcard::to_allocvec(&(&self.grid, self.rounds))
            .map_err(|error| PluginError::new(ErrorCode::Internal, error.to_string()))
    }
}

impl GridExplainer {
    /// Asks about every row that the grid plans for the instances, in their order.
    fn ask(&self, batch: Batch<'_>, left_out: &LeftOut, state: Vec<u8>) -> Result<Next, PluginError> {
        let (mut features, mut values) = (Vec::new(), Vec::new());
        let mut edits = Edits::default();
        for instance_idx in 0..batch.x.n_rows {
            let n_asked = self.instance(batch, left_out, instance_idx)?.plan(&mut features, &mut values);
            if instance_idx == 0 {
                // The others ask about as much, so that nothing has to move while it grows.
                let n_others = n_asked.saturating_mul(batch.x.n_rows) + n_asked;
                features.reserve(n_others);
                values.reserve(n_others);
                edits.row.reserve(n_others);
            }
            edits.row.resize(edits.row.len() + n_asked, instance_idx as u32);
        }
        let n_edits = edits.row.len();
        edits.end = (1..=n_edits as u32).collect();
        edits.feature = features.into();
        edits.value = values.into();
        Ok(Next::Ask { questions: about_edits(batch, 0, n_edits)?, edits, state })
    }

    /// Reads the rules of one condition off the answers of the grid's round; these are the result, or what conjunctions
    /// are made of.
    fn read(&self, batch: Batch<'_>, left_out: &LeftOut) -> Result<Next, PluginError> {
        let joins = self.rounds.max_rule_size > 1;
        let mut builder = RuleColumns::of(batch.x.n_rows);
        let mut found = Vec::new();
        let mut answers = InOrder::of(batch);
        for instance_idx in 0..batch.x.n_rows {
            let refused = |error| refused(error).at_instance(instance_idx);
            let instance = self.instance(batch, left_out, instance_idx)?;
            let of_instance = answers.next(instance.n_asked())?;
            let base = base(batch, instance_idx);
            if joins {
                found.push((self.reading.collect)(instance, base, of_instance).map_err(refused)?);
            } else {
                (self.reading.write)(instance, base, of_instance, &mut builder).map_err(refused)?;
                builder.end_instance();
            }
        }
        if !joins {
            return builder.finish().map(Next::Done);
        }
        self.search(batch, left_out, Found { size: 1, n_edits: batch.answers.predict.len(), rules: found })
    }

    /// Reads the conjunctions that the round before asked about.
    fn join(&self, batch: Batch<'_>, left_out: &LeftOut, mut found: Found) -> Result<Next, PluginError> {
        found.check(batch.x.n_rows, self.rounds.max_rule_size)?;
        let search = self.rounds.search(found.size);
        let mut answers = InOrder::of(batch);
        for (instance_idx, rules) in found.rules.iter_mut().enumerate() {
            let refused = |error| refused(error).at_instance(instance_idx);
            let instance = self.instance(batch, left_out, instance_idx)?;
            let n_asked = conjunction::n_asked(instance, rules, search).map_err(refused)?;
            let of_instance = answers.next(n_asked)?;
            conjunction::rules(instance, base(batch, instance_idx), of_instance, search, rules).map_err(refused)?;
        }
        self.search(batch, left_out, found)
    }

    /// Asks about the conjunctions of one condition more, or is done.
    fn search(&self, batch: Batch<'_>, left_out: &LeftOut, mut found: Found) -> Result<Next, PluginError> {
        found.size += 1;
        let mut edits = Edits::default();
        if found.size <= self.rounds.max_rule_size {
            let search = self.rounds.search(found.size);
            for (instance_idx, rules) in found.rules.iter().enumerate() {
                let instance = self.instance(batch, left_out, instance_idx)?;
                let ask = |row: &[(u32, f64)]| edits.push_many(instance_idx as u32, row.iter().copied());
                conjunction::plan(instance, rules, search, ask)
                    .map_err(|error| refused(error).at_instance(instance_idx))?;
            }
        }
        // Without conjunctions of this size there are none of the next.
        if edits.is_empty() {
            return self.write(batch, left_out, &found.rules);
        }
        let questions = about_edits(batch, found.n_edits, edits.len())?;
        found.n_edits += edits.len();
        Ok(Next::Ask { edits, questions, state: Stage::Conjunctions(found).save()? })
    }

    /// Writes rules of any number of conditions, those of one condition first.
    fn write(&self, batch: Batch<'_>, left_out: &LeftOut, found: &[Vec<Rule>]) -> Result<Next, PluginError> {
        let mut builder = RuleColumns::of(batch.x.n_rows);
        let mut conditions = Vec::new();
        for (instance_idx, rules) in found.iter().enumerate() {
            let instance = self.instance(batch, left_out, instance_idx)?;
            for Rule { parts, weight, prediction } in rules {
                conditions.clear();
                for part in parts {
                    let numbers = part.condition(instance).map_err(|error| refused(error).at_instance(instance_idx))?;
                    conditions.push(condition(part.feature, numbers));
                }
                builder.push(&conditions, *weight, *prediction);
            }
            builder.end_instance();
        }
        builder.finish().map(Next::Done)
    }

    fn instance<'a>(
        &'a self,
        batch: Batch<'a>,
        left_out: &'a LeftOut,
        instance_idx: usize,
    ) -> Result<Instance<'a>, PluginError> {
        let instance = self.grid.instance(batch.x.row(instance_idx));
        let instance = instance.and_then(|instance| instance.without(left_out.of(instance_idx)));
        instance.map_err(|error| refused(error).at_instance(instance_idx))
    }
}

impl Rounds {
    fn search(self, size: usize) -> Search {
        Search { size, n_top: self.n_top_features }
    }
}

/// The answers of a round, handed out instance by instance.
struct InOrder<'a> {
    all: CoreAnswers<'a>,
    start: usize,
}

impl<'a> InOrder<'a> {
    fn of(batch: Batch<'a>) -> Self {
        let Answers { predict, low, high, .. } = batch.answers;
        Self { all: CoreAnswers { predict: predict.as_slice(), low: low.as_slice(), high: high.as_slice() }, start: 0 }
    }

    /// The next `n` answers; there are fewer if the state is not that of the round before.
    fn next(&mut self, n: usize) -> Result<CoreAnswers<'a>, PluginError> {
        let CoreAnswers { predict, low, high } = self.all;
        let range = self.start..self.start.saturating_add(n);
        let part = |column: &'a [f64]| {
            column.get(range.clone()).ok_or_else(|| {
                let found = column.len();
                PluginError::corrupt(format!("{found} answers came back, more than {} were asked for", self.start))
            })
        };
        let part = CoreAnswers { predict: part(predict)?, low: part(low)?, high: part(high)? };
        self.start = range.end;
        Ok(part)
    }
}

/// One question about each of `n_new` edited rows, which follow the instances and `n_before` edited rows.
fn about_edits(batch: Batch<'_>, n_before: usize, n_new: usize) -> Result<QuestionsBuf, PluginError> {
    let first = batch.x.n_rows.saturating_add(n_before);
    let (Ok(first), Ok(end)) = (u32::try_from(first), u32::try_from(first.saturating_add(n_new))) else {
        let message = "the rows of a batch do not fit 32 bits: explain fewer instances at once";
        return Err(PluginError::invalid_input(message.to_owned()));
    };
    Ok(QuestionsBuf { row: (first..end).collect(), ..QuestionsBuf::default() })
}

/// The instance's own prediction.
fn base(batch: Batch<'_>, instance_idx: usize) -> Interval {
    let Answers { predict, low, high, .. } = batch.base;
    Interval { predict: predict[instance_idx], low: low[instance_idx], high: high[instance_idx] }
}

/// Writes a rule of one condition.
pub(super) fn push(
    rules: &mut RuleColumns,
    feature: u32,
    numbers: CoreCondition,
    weight: Weight,
    prediction: Interval,
) {
    rules.push(&[condition(feature, numbers)], weight, prediction);
}

/// A condition as it crosses the boundary.
fn condition(feature: u32, numbers: CoreCondition) -> Condition {
    let (operator, low, high) = match numbers {
        CoreCondition::AtMost(high) => (Operator::AtMost, f64::NAN, high),
        CoreCondition::Above(low) => (Operator::Above, low, f64::NAN),
        CoreCondition::Within(low, high) => (Operator::Within, low, high),
        CoreCondition::Equal(value) => (Operator::Equal, value, f64::NAN),
        CoreCondition::Below(high) => (Operator::Below, f64::NAN, high),
    };
    Condition { feature, operator, low, high }
}
