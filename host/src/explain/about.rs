//! What a report says of its batch, whether it explains or only predicts. It holds no answer of a calibrator.

use ce_plugin_api::schema::Schema;

use super::asked::{Asked, Ignored};
use super::instances::Instances;
use super::quantity::Quantity;
use super::reject::Rejections;
use super::threshold::Threshold;
use super::warning::Warning;

/// What a report says of its batch.
#[derive(Clone, Debug)]
pub(crate) struct About {
    pub(crate) run_id: String,
    pub(crate) schema: Schema,
    pub(crate) quantity: Quantity,
    labels: Labels,
    ids: Option<Vec<String>>,
    numbers: Option<Vec<usize>>,
    pub(crate) warnings: Vec<Warning>,
    pub(crate) rejections: Option<Rejections>,
    /// The class that the caller asked about; none: each instance's own.
    class: Option<u32>,
    ignored: Ignored,
    /// Per instance, the rules that there were before any was left out; none where none was.
    pub(crate) n_found: Option<Vec<u32>>,
}

/// What probabilities are of, in the order of their columns: the classes, or the negation of an event and the event. Empty
/// for values.
#[derive(Clone, Debug)]
enum Labels {
    OfAll(Vec<String>),
    OfEach(Vec<[String; 2]>),
}

impl About {
    pub(crate) fn new(
        run_id: String,
        schema: Schema,
        asked: &Asked,
        instances: &Instances<'_>,
        warnings: Vec<Warning>,
    ) -> Self {
        let quantity = asked.quantity.clone();
        let words = |threshold: &Threshold| [threshold.negation(), threshold.to_string()];
        let labels = match &quantity {
            Quantity::Event(threshold) => Labels::OfAll(words(threshold).into()),
            Quantity::EventOfEach(thresholds) => Labels::OfEach(thresholds.iter().map(words).collect()),
            Quantity::Class | Quantity::Value(_) => Labels::OfAll(schema.classes.clone()),
        };
        let (ids, numbers) = (instances.ids.clone(), instances.row_numbers.clone());
        let (class, ignored) = (asked.class, asked.ignored.clone());
        Self {
            run_id,
            schema,
            quantity,
            labels,
            ids,
            numbers,
            warnings,
            rejections: None,
            class,
            ignored,
            n_found: None,
        }
    }

    /// The same about some of the instances.
    pub(crate) fn selected(&self, rows: &[usize]) -> Self {
        fn of<T: Clone>(each: &[T], rows: &[usize]) -> Vec<T> {
            rows.iter().map(|&row_idx| each[row_idx].clone()).collect()
        }
        let labels = match &self.labels {
            Labels::OfAll(labels) => Labels::OfAll(labels.clone()),
            Labels::OfEach(labels) => Labels::OfEach(of(labels, rows)),
        };
        let quantity = match &self.quantity {
            Quantity::EventOfEach(thresholds) => Quantity::EventOfEach(of(thresholds, rows).into()),
            quantity => quantity.clone(),
        };
        Self {
            run_id: self.run_id.clone(),
            schema: self.schema.clone(),
            quantity,
            labels,
            ids: self.ids.as_ref().map(|ids| of(ids, rows)),
            numbers: Some(rows.iter().map(|&row_idx| self.number(row_idx)).collect()),
            warnings: self.warnings.clone(),
            rejections: self.rejections.as_ref().map(|rejections| rejections.selected(rows)),
            class: self.class,
            ignored: self.ignored.selected(rows),
            n_found: self.n_found.as_ref().map(|n_found| of(n_found, rows)),
        }
    }

    /// Whether the caller named the instances.
    pub(crate) fn has_ids(&self) -> bool {
        self.ids.is_some()
    }

    /// How many features of an instance get no rule since the caller ignores them.
    pub(crate) fn n_ignored(&self, instance: usize) -> usize {
        let mut ignored: Vec<u32> = self.ignored.of(instance).collect();
        ignored.sort_unstable();
        ignored.dedup();
        ignored.len()
    }

    /// What the answers about all instances speak of, whatever instances there are; none where each may speak of another.
    pub(crate) fn spoken_of_by_all(&self) -> Option<&str> {
        let Labels::OfAll(labels) = &self.labels else { return None };
        let column = match (self.quantity.is_event(), labels.len()) {
            (true, _) => 1,
            (false, 2) => self.class.unwrap_or(1) as usize,
            (false, _) => self.class? as usize,
        };
        labels.get(column).map(String::as_str)
    }

    /// The identifier that the caller gave an instance.
    pub(crate) fn id(&self, instance: usize) -> Option<&str> {
        self.ids.as_ref().map(|ids| ids[instance].as_str())
    }

    /// The caller's number of an instance.
    pub(crate) fn number(&self, instance: usize) -> usize {
        self.numbers.as_ref().map_or(instance, |numbers| numbers[instance])
    }

    /// The event of an instance, where each has its own.
    pub(crate) fn own_threshold(&self, instance: usize) -> Option<Threshold> {
        self.quantity.threshold_of(instance).filter(|_| self.quantity.threshold().is_none())
    }

    /// What an instance's probabilities are of.
    pub(crate) fn labels(&self, instance: usize) -> &[String] {
        match &self.labels {
            Labels::OfAll(labels) => labels,
            Labels::OfEach(labels) => labels.get(instance).map_or(&[], |labels| labels),
        }
    }

    /// What an instance's answer speaks of: a class, or the event; none for values.
    pub(crate) fn spoken_of(&self, instance: usize, class: u32) -> Option<&str> {
        let column = if self.quantity.is_event() { 1 } else { class as usize };
        self.labels(instance).get(column).map(String::as_str)
    }
}
