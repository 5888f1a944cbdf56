//! Guarded factual and alternative explanations: of every bin one representative, and only if it still looks like the
//! calibration data. One ask. It never decides what is strange: the core's guard does.

use ce_core::discretizer::ALTERNATIVE_DEPTH;
use ce_core::grid::Answers as CoreAnswers;
use ce_core::guard::{Candidate, Confidence, Guard, GuardedGrid, GuardedRule, Kind};
use ce_core::{Interval, Matrix as CoreMatrix};
use ce_plugin_api::data::{Answers, Calibration, ColumnBuf, Condition, Edits, Operator, QuestionsBuf, Rules};
use ce_plugin_api::kind::{Batch, Explainer, Next};
use ce_plugin_api::options::Options;
use ce_plugin_api::schema::Schema;
use ce_plugin_api::{ErrorCode, PluginError};
use serde::{Deserialize, Serialize};

use super::fitting::{self, GridOptions};
use super::left_out::LeftOut;
use super::over_grid;
use super::rule_columns::RuleColumns;
use crate::refused;

/// The further column of rules with the p-value of each rule's own bin.
const P_VALUE: &str = "guard_p_value";

/// The options that belong to the guard, and those that cannot be had along with it. A caller who hands over none of them
/// wants no guard.
#[derive(Debug, Deserialize)]
#[serde(default)]
struct GuardOptions {
    guarded: bool,
    guard_confidence: f64,
    guard_neighbours: usize,
    guard_merge_adjacent: bool,
    max_rule_size: usize,
    fast_filter: usize,
}

impl Default for GuardOptions {
    fn default() -> Self {
        Self {
            guarded: false,
            guard_confidence: 0.9,
            guard_neighbours: 5,
            guard_merge_adjacent: false,
            max_rule_size: 1,
            fast_filter: 0,
        }
    }
}

/// The guarded bins of every feature, and what is explained.
#[derive(Clone, Debug)]
pub struct GuardedExplainer {
    grid: GuardedGrid,
    kind: Kind,
}

/// What is kept from asking to reading.
#[derive(Serialize, Deserialize)]
struct State {
    /// Where the candidates of each instance end, `[n_instances]`.
    end: Vec<u32>,
    candidates: Vec<Candidate>,
}

/// Whether the options ask for a guarded explanation.
pub(super) fn is_asked_for(options: &str) -> Result<bool, PluginError> {
    Ok(Options::<GuardOptions>::from_json(options)?.plugin.guarded)
}

impl GuardedExplainer {
    /// An explainer over the calibration set's bins, as finely cut for factual rules as for alternative ones.
    pub(super) fn fit(
        calibration: Calibration<'_>,
        calibrated: Answers<'_>,
        options: &str,
        kind: Kind,
    ) -> Result<Self, PluginError> {
        let guard = Options::<GuardOptions>::from_json(options)?.plugin;
        guard.check()?;
        let confidence = Confidence::new(guard.guard_confidence).map_err(wrong_option)?;
        let cut = Options::<GridOptions>::from_json(options)?.plugin;
        let grid = fitting::grid(calibration, calibrated, &cut, ALTERNATIVE_DEPTH)?;
        let x =
            CoreMatrix::new(calibration.x.as_slice(), calibration.x.n_rows, calibration.x.n_cols).map_err(refused)?;
        let categorical = Schema::from_json(calibration.schema.as_str())?.categorical;
        let neighbours = Guard::fit(x, &categorical, guard.guard_neighbours).map_err(refused)?;
        let merges = guard.guard_merge_adjacent;
        let grid = GuardedGrid::new(&grid, x, neighbours, confidence, merges).map_err(refused)?;
        Ok(Self { grid, kind })
    }

    /// The explainer over saved bins.
    pub(super) fn restore(saved: &[u8], kind: Kind) -> Result<Self, PluginError> {
        Ok(Self { grid: postcard::from_bytes(saved).map_err(corrupt)?, kind })
    }

    /// Asks about the representatives that the guard accepts, for the instances in their order.
    fn ask(&self, batch: Batch<'_>) -> Result<Next, PluginError> {
        let ignored = LeftOut::ignored(batch)?;
        let mut planner = self.grid.planner();
        let mut state = State { end: Vec::with_capacity(batch.x.n_rows), candidates: Vec::new() };
        let mut edits = Edits::default();
        for instance in 0..batch.x.n_rows {
            let start = state.candidates.len();
            let marks = ignored.of(instance);
            let is_ignored = |feature: usize| marks.get(feature).is_some_and(|&mark| mark);
            planner
                .plan(self.kind, batch.x.row(instance), is_ignored, &mut state.candidates)
                .map_err(|error| refused(error).at_instance(instance))?;
            for candidate in state.candidates[start..].iter().filter(|candidate| candidate.is_asked) {
                let value = self.grid.value(candidate).map_err(|error| refused(error).at_instance(instance))?;
                edits.push(instance as u32, candidate.feature, value);
            }
            state.end.push(position(state.candidates.len())?);
        }
        let (first, end) = (position(batch.x.n_rows)?, position(batch.x.n_rows + edits.len())?);
        let questions = QuestionsBuf { row: (first..end).collect(), ..QuestionsBuf::default() };
        let state = postcard::to_allocvec(&state).map_err(internal)?;
        Ok(Next::Ask { edits, questions, state })
    }

    /// Reads the rules of every instance off the answers.
    fn read(&self, batch: Batch<'_>) -> Result<Rules, PluginError> {
        let State { end, candidates } = postcard::from_bytes(batch.state.as_slice()).map_err(corrupt)?;
        if end.len() != batch.x.n_rows {
            let message = format!("the state is of {} instances, the batch has {}", end.len(), batch.x.n_rows);
            return Err(PluginError::corrupt(message));
        }
        let (mut builder, mut p_values, mut found) = (RuleColumns::of(batch.x.n_rows), Vec::new(), Vec::new());
        let (mut start, mut answer) = (0, 0);
        for (instance, &end) in end.iter().enumerate() {
            let of_instance = candidates.get(start..end as usize).ok_or_else(torn)?;
            let n_asked = of_instance.iter().filter(|candidate| candidate.is_asked).count();
            let answers = answers_at(batch.answers, answer, n_asked).ok_or_else(torn)?;
            (start, answer) = (end as usize, answer + n_asked);
            let base = Interval {
                predict: batch.base.predict[instance],
                low: batch.base.low[instance],
                high: batch.base.high[instance],
            };
            found.clear();
            self.grid
                .rules(self.kind, base, of_instance, answers, &mut found)
                .map_err(|error| refused(error).at_instance(instance))?;
            found.iter().for_each(|rule| push(&mut builder, rule));
            p_values.extend(found.iter().map(|rule| rule.p_value));
            builder.end_instance();
        }
        let mut rules = builder.finish()?;
        rules.rule_extra.push(ColumnBuf { name: P_VALUE.into(), width: 1, values: p_values.into() });
        Ok(rules)
    }
}

impl Explainer for GuardedExplainer {
    fn step(&self, batch: Batch<'_>) -> Result<Next, PluginError> {
        if batch.round == 0 { self.ask(batch) } else { self.read(batch).map(Next::Done) }
    }

    fn save(&self) -> Result<Vec<u8>, PluginError> {
        postcard::to_allocvec(&self.grid).map_err(internal)
    }
}

impl GuardOptions {
    /// What is explained with a guard has rules of one condition, about every feature.
    fn check(&self) -> Result<(), PluginError> {
        let contradiction = |name: &str, found: usize, expected: usize| {
            let message = format!(
                "{name} is {found}, expected {expected} where `guarded` is true: a guarded explanation has none of it"
            );
            Err(PluginError::new(ErrorCode::InvalidOption, message))
        };
        if self.max_rule_size > 1 {
            return contradiction("max_rule_size", self.max_rule_size, 1);
        }
        if self.fast_filter > 0 {
            return contradiction("fast_filter", self.fast_filter, 0);
        }
        Ok(())
    }
}

/// The answers from `start` on; none if there are not so many.
fn answers_at(answers: Answers<'_>, start: usize, n: usize) -> Option<CoreAnswers<'_>> {
    let end = start + n;
    Some(CoreAnswers {
        predict: answers.predict.as_slice().get(start..end)?,
        low: answers.low.as_slice().get(start..end)?,
        high: answers.high.as_slice().get(start..end)?,
    })
}

/// Writes a rule; one of all bins together has the feature as such for its condition.
fn push(rules: &mut RuleColumns, rule: &GuardedRule) {
    let GuardedRule { feature, condition, weight, prediction, .. } = *rule;
    if let Some(condition) = condition {
        return over_grid::push(rules, feature, condition, weight, prediction);
    }
    let any = Condition { feature, operator: Operator::Any, low: f64::NAN, high: f64::NAN };
    rules.push(&[any], weight, prediction);
}

/// A number of rows as it crosses the boundary.
fn position(n: usize) -> Result<u32, PluginError> {
    let too_many =
        |_| PluginError::invalid_input(format!("{n} rows do not fit 32 bits: explain fewer instances at once"));
    u32::try_from(n).map_err(too_many)
}

fn wrong_option(error: ce_core::Error) -> PluginError {
    PluginError::new(ErrorCode::InvalidOption, error.to_string())
}

fn corrupt(error: postcard::Error) -> PluginError {
    PluginError::corrupt(error.to_string())
}

fn torn() -> PluginError {
    PluginError::corrupt("the state holds not the candidates or answers that its instances have".to_owned())
}

fn internal(error: postcard::Error) -> PluginError {
    PluginError::new(ErrorCode::Internal, error.to_string())
}

#[cfg(test)]
#[path = "guarded_tests.rs"]
mod tests;
