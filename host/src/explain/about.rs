//! What a report says of its batch, whether it explains or only predicts. It holds no answer of a calibrator.

use ce_plugin_api::schema::Schema;

use super::instances::{Asked, Instances};
use super::quantity::Quantity;
use super::warning::Warning;

/// What a report says of its batch.
#[derive(Clone, Debug)]
pub(crate) struct About {
    pub(crate) run_id: String,
    pub(crate) schema: Schema,
    pub(crate) quantity: Quantity,
    /// What probabilities are of, in the order of their columns: the classes, or the negation of an event and the event.
    /// Empty for values.
    labels: Vec<String>,
    ids: Option<Vec<String>>,
    numbers: Option<Vec<usize>>,
    pub(crate) warnings: Vec<Warning>,
}

impl About {
    pub(crate) fn new(
        run_id: String,
        schema: Schema,
        asked: &Asked,
        instances: &Instances<'_>,
        warnings: Vec<Warning>,
    ) -> Self {
        let quantity = asked.quantity;
        let labels = match quantity.threshold() {
            Some(threshold) => vec![threshold.negation(), threshold.to_string()],
            None => schema.classes.clone(),
        };
        let (ids, numbers) = (instances.ids.clone(), instances.row_numbers.clone());
        Self { run_id, schema, quantity, labels, ids, numbers, warnings }
    }

    /// The identifier that the caller gave an instance.
    pub(crate) fn id(&self, instance: usize) -> Option<&str> {
        self.ids.as_ref().map(|ids| ids[instance].as_str())
    }

    /// The caller's number of an instance.
    pub(crate) fn number(&self, instance: usize) -> usize {
        self.numbers.as_ref().map_or(instance, |numbers| numbers[instance])
    }

    /// What probabilities are of.
    pub(crate) fn labels(&self) -> &[String] {
        &self.labels
    }

    /// What an answer speaks of: a class, or the event; none for values.
    pub(crate) fn spoken_of(&self, class: u32) -> Option<&str> {
        let column = if self.quantity.threshold().is_some() { 1 } else { class as usize };
        self.labels.get(column).map(String::as_str)
    }
}
