//! The `model` object of each type, checked against the rest of its file. It parses no JSON and evaluates nothing.

use ce_core::model::{Boosting, Forest, Input, Linear, Link, Model, Rounding, Tree};
use serde::de::DeserializeOwned;

use super::{Task, read_task};
use crate::learner::FormatError;
use crate::learner::document::{BoostingObject, ForestObject, LinearObject, LogisticObject, SoftmaxObject, TreeObject};

/// What the file says outside of its `model`.
#[derive(Clone, Copy)]
pub(super) struct Setting {
    pub(super) task: Task,
    /// The number of feature names, where the file has any.
    pub(super) n_names: Option<usize>,
    pub(super) input: Input,
    pub(super) rounding: Rounding,
}

impl Setting {
    /// Refuses a task that a type of model does not serve.
    fn wants(self, task: Task, of: &str) -> Result<(), FormatError> {
        if self.task == task {
            return Ok(());
        }
        let expected = format!("{:?}, since {of}", task.word());
        Err(FormatError::invalid("task", expected, format!("{:?}", self.task.word())))
    }

    /// The width of a row: the number of names, else as much as the trees need.
    fn n_features<'a>(self, trees: impl IntoIterator<Item = &'a Tree>) -> usize {
        self.n_names.unwrap_or_else(|| n_used(trees))
    }
}

/// The object of one type of model.
pub(super) trait ModelObject: DeserializeOwned {
    fn build(self, setting: Setting) -> Result<Model, FormatError>;
}

impl ModelObject for LinearObject {
    fn build(self, setting: Setting) -> Result<Model, FormatError> {
        setting.wants(Task::Regression, "model type `linear` predicts a number")?;
        Ok(Linear::regression(self.coef.0, self.intercept.0, setting.input, setting.rounding)?.into())
    }
}

impl ModelObject for LogisticObject {
    fn build(self, setting: Setting) -> Result<Model, FormatError> {
        setting.wants(Task::Classification, "model type `logistic` predicts probabilities")?;
        Ok(Linear::logistic(self.coef.0, self.intercept.0, setting.input, setting.rounding)?.into())
    }
}

impl ModelObject for SoftmaxObject {
    fn build(self, setting: Setting) -> Result<Model, FormatError> {
        setting.wants(Task::Classification, "model type `softmax` predicts probabilities")?;
        let coef: Vec<Vec<f64>> = self.coef.into_iter().map(|row| row.0).collect();
        Ok(Linear::softmax(&coef, self.intercept.0, setting.input, setting.rounding)?.into())
    }
}

impl ModelObject for ForestObject {
    fn build(self, setting: Setting) -> Result<Model, FormatError> {
        if let Some(task) = &self.task {
            let task = read_task("model.task", task)?;
            setting.wants(task, &format!("`model.task` is {:?}", task.word()))?;
        }
        let expected = match setting.task {
            Task::Classification if self.n_outputs < 2 => Some("at least 2, one per class"),
            Task::Regression if self.n_outputs != 1 => Some("1, since a regression has one output"),
            _ => None,
        };
        if let Some(expected) = expected {
            return Err(FormatError::invalid("model.n_outputs", expected, self.n_outputs));
        }
        let trees: Vec<Tree> = self.trees.into_iter().map(Tree::from).collect();
        let n_features = setting.n_features(&trees);
        let forest = Forest::new(&trees, n_features, self.n_outputs, setting.input, setting.rounding)?;
        if setting.task == Task::Classification {
            check_probabilities(&trees)?;
        }
        Ok(forest.into())
    }
}

impl ModelObject for BoostingObject {
    fn build(self, setting: Setting) -> Result<Model, FormatError> {
        let (link, task) = match self.link.as_str() {
            "identity" => (Link::Identity, Task::Regression),
            "logistic" => (Link::Logistic, Task::Classification),
            "softmax" => (Link::Softmax, Task::Classification),
            _ => {
                let supported = "identity, logistic, softmax";
                return Err(FormatError::Unsupported { what: "model.link", found: self.link, supported });
            }
        };
        setting.wants(task, &format!("`model.link` is {:?}", self.link))?;
        let stages = self.trees.into_iter().map(|stage| stage.into_iter().map(Tree::from).collect());
        let trees: Vec<Vec<Tree>> = stages.collect();
        let n_features = setting.n_features(trees.iter().flatten());
        let (init, rate) = (self.init.0, self.learning_rate.0);
        Ok(Boosting::new(init, rate, &trees, link, n_features, setting.input, setting.rounding)?.into())
    }
}

impl From<TreeObject> for Tree {
    fn from(tree: TreeObject) -> Self {
        Self {
            feature: tree.feature,
            threshold: tree.threshold.0,
            left: tree.left,
            right: tree.right,
            value: tree.value.into_iter().map(|numbers| numbers.0).collect(),
        }
    }
}

/// One more than the largest feature that any node compares; at most what an index can be.
fn n_used<'a>(trees: impl IntoIterator<Item = &'a Tree>) -> usize {
    let nodes = trees.into_iter().flat_map(|tree| tree.left.iter().zip(&tree.feature));
    let largest = nodes.filter(|(left, _)| **left >= 0).map(|(_, &feature)| u32::try_from(feature).unwrap_or(0)).max();
    largest.map_or(1, |feature| feature as usize + 1)
}

/// Leaves of a classifier hold probabilities; old exports hold counts, which would be wrong in silence.
fn check_probabilities(trees: &[Tree]) -> Result<(), FormatError> {
    for (tree_idx, tree) in trees.iter().enumerate() {
        for (node, values) in tree.value.iter().enumerate().filter(|(node, _)| tree.left[*node] < 0) {
            if let Some((idx, value)) = values.iter().enumerate().find(|(_, value)| !(0.0..=1.0).contains(*value)) {
                let at = format!("model.trees[{tree_idx}].value[{node}][{idx}]");
                let expected = "a probability from 0 to 1 (counts must be divided by their sum)";
                return Err(FormatError::invalid(at, expected, value));
            }
        }
    }
    Ok(())
}
