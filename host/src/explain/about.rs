//! What a report says of its batch, whether it explains or only predicts. It holds no answer of a calibrator.

use ce_plugin_api::schema::Schema;

use super::asked::Asked;
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
        Self { run_id, schema, quantity, labels, ids, numbers, warnings, rejections: None }
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
        }
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
