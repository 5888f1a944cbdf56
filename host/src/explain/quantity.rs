//! What is estimated of each instance, and what calibrators are told about it. It never asks one.

use std::sync::Arc;

use ce_plugin_api::data::Questions;
use ce_plugin_api::manifest::Task;

use super::error::InputError;
use super::percentiles::Percentiles;
use super::threshold::Threshold;
use super::validate::Scale;

/// What is estimated of each instance.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Quantity {
    /// The probability of a class.
    Class,
    /// The value of a regression's target, between two percentiles.
    Value(Percentiles),
    /// The probability of an event of a regression's target.
    Event(Threshold),
    /// The probability of an event of its own for each instance.
    EventOfEach(Arc<[Threshold]>),
}

impl Quantity {
    /// What is estimated for a task unless a caller says more.
    pub(crate) fn of_task(task: Task) -> Self {
        match task {
            Task::Classification => Self::Class,
            _ => Self::Value(Percentiles::default()),
        }
    }

    /// What a caller asks for, checked against the task.
    pub(crate) fn asked(
        task: Task,
        percentiles: Option<Percentiles>,
        event: Option<AskedEvent<'_>>,
    ) -> Result<Self, InputError> {
        match (task, percentiles, event) {
            (Task::Classification, None, None) => Ok(Self::Class),
            (Task::Classification, _, Some(event)) => {
                Err(InputError::OnClassifier { what: "a threshold", found: event.words() })
            }
            (Task::Classification, Some(percentiles), None) => {
                let found = format!("{},{}", percentiles.low(), percentiles.high());
                Err(InputError::OnClassifier { what: "percentiles", found })
            }
            (_, Some(_), Some(event)) => Err(InputError::Setting {
                what: "the request",
                found: format!("for percentiles and for the event {}", event.words()),
                expected: "either of them: an event has a probability and no percentiles",
            }),
            (_, percentiles, None) => Ok(Self::Value(percentiles.unwrap_or_default())),
            (_, None, Some(AskedEvent::OfAll(threshold))) => Ok(Self::Event(threshold)),
            (_, None, Some(AskedEvent::OfEach(thresholds))) => Ok(Self::EventOfEach(thresholds.into())),
        }
    }

    /// Whether answers are probabilities.
    pub(crate) fn is_probability(&self) -> bool {
        !matches!(self, Self::Value(_))
    }

    pub(crate) fn percentiles(&self) -> Option<Percentiles> {
        if let Self::Value(percentiles) = self { Some(*percentiles) } else { None }
    }

    /// The event that is asked about for every instance alike.
    pub(crate) fn threshold(&self) -> Option<Threshold> {
        if let Self::Event(threshold) = self { Some(*threshold) } else { None }
    }

    /// The event that is asked about for one instance.
    pub(crate) fn threshold_of(&self, instance: usize) -> Option<Threshold> {
        match self {
            Self::Event(threshold) => Some(*threshold),
            Self::EventOfEach(thresholds) => thresholds.get(instance).copied(),
            Self::Class | Self::Value(_) => None,
        }
    }

    /// Whether the probability of an event is asked for.
    pub(crate) fn is_event(&self) -> bool {
        matches!(self, Self::Event(_) | Self::EventOfEach(_))
    }

    /// What the answers speak of.
    pub(crate) fn scale(&self, n_classes: usize) -> Scale {
        match self {
            Self::Class => Scale::Probability { n_classes },
            Self::Value(_) => Scale::Value,
            Self::Event(_) | Self::EventOfEach(_) => Scale::Event,
        }
    }

    /// The same questions, with the percentiles or the event that they are about. Events of each instance are told where
    /// the instance behind a question is known.
    pub(crate) fn tell<'a>(&'a self, questions: Questions<'a>) -> Questions<'a> {
        match self {
            Self::Class | Self::EventOfEach(_) => questions,
            Self::Value(percentiles) => Questions { percentiles: percentiles.as_slice().into(), ..questions },
            Self::Event(threshold) => {
                let (low, high) = threshold.columns();
                Questions { threshold_low: low.into(), threshold_high: high.into(), ..questions }
            }
        }
    }

    /// Puts placeholders on the sides that were not asked for: the least and the largest calibration target, or the
    /// prediction where that lies beyond.
    pub(crate) fn close_open_sides(&self, range: [f64; 2], predict: &[f64], low: &mut [f64], high: &mut [f64]) {
        let Self::Value(percentiles) = self else { return };
        if percentiles.low().is_infinite() {
            low.iter_mut().zip(predict).for_each(|(low, predict)| *low = range[0].min(*predict));
        }
        if percentiles.high().is_infinite() {
            high.iter_mut().zip(predict).for_each(|(high, predict)| *high = range[1].max(*predict));
        }
    }

    /// The part of a request's name that says what was estimated.
    pub(crate) fn token(&self) -> String {
        let event = |threshold: &Threshold| format!("event {:?} {:?}", threshold.low(), threshold.high());
        match self {
            Self::Class => "class".to_owned(),
            Self::Value(percentiles) => format!("percentiles {:?} {:?}", percentiles.low(), percentiles.high()),
            Self::Event(threshold) => event(threshold),
            Self::EventOfEach(thresholds) => thresholds.iter().map(event).collect::<Vec<_>>().join(", "),
        }
    }
}

/// The event that a caller asks about.
#[derive(Clone, Copy, Debug)]
pub(crate) enum AskedEvent<'a> {
    OfAll(Threshold),
    OfEach(&'a [Threshold]),
}

impl AskedEvent<'_> {
    fn words(self) -> String {
        match self {
            Self::OfAll(threshold) => threshold.to_string(),
            Self::OfEach(thresholds) => format!("of each row ({} thresholds)", thresholds.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_classifier_has_neither_threshold_nor_percentiles() {
        let (percentiles, threshold) =
            (Some(Percentiles::default()), Threshold::at_most(1.0).ok().map(AskedEvent::OfAll));
        for (percentiles, threshold) in [(percentiles, None), (None, threshold), (percentiles, threshold)] {
            let error = Quantity::asked(Task::Classification, percentiles, threshold).unwrap_err();
            assert_eq!(error.code(), "input.on_classifier");
        }
        assert!(Quantity::asked(Task::Regression, percentiles, threshold).is_err());
        let value = Quantity::asked(Task::Regression, None, None);
        assert_eq!(value, Ok(Quantity::Value(Percentiles::default())));
    }

    #[test]
    fn placeholders_contain_the_prediction() {
        let below = Quantity::Value(Percentiles::new(f64::NEG_INFINITY, 90.0).unwrap());
        let (mut low, mut high) = ([f64::NEG_INFINITY; 2], [8.0, 9.0]);
        below.close_open_sides([2.0, 7.0], &[5.0, 1.0], &mut low, &mut high);
        assert_eq!((low, high), ([2.0, 1.0], [8.0, 9.0]));
    }
}
