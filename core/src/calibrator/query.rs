//! What a calibrator is asked about a row, and what it answers. It never calibrates.

use crate::event::Event;
use crate::predictive_system::Percentiles;
use crate::{Error, Interval};

/// One question about one row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Query<'a> {
    /// The model's scores of the row, `[n_outputs]`.
    pub scores: &'a [f64],
    /// The row's Mondrian category; none unless calibration is Mondrian.
    pub category: Option<u32>,
    /// How difficult the row is: finite and above 0 for a regression, in `[0, 1]` for a classification. Given exactly where
    /// the calibration set had difficulties.
    pub difficulty: Option<f64>,
    /// What is asked.
    pub sought: Sought,
}

/// What is asked about a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sought {
    /// Of a classifier: the probability of this class. None: of the row's own, which is class 1 of two and the likeliest
    /// of more than two, the lowest on ties.
    Class(Option<u32>),
    /// Of a regression: the calibrated median, and the interval between two percentiles.
    Percentiles(Percentiles),
    /// Of a regression: the probability of an event.
    Event(Event),
}

/// What all questions of a batch ask for, checked once.
///
/// ```
/// use ce_core::calibrator::{Batch, Sought};
///
/// let batch = Batch::new(&[], false)?;
/// assert_eq!(batch.sought(Some(2), None)?, Sought::Class(Some(2)));
/// # Ok::<(), ce_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Batch(Asked);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Asked {
    Classes,
    Percentiles(Percentiles),
    Events,
}

impl Batch {
    /// What the questions ask for: two percentiles, events, or neither, which are classes.
    ///
    /// # Errors
    /// [`Error::Shape`] if there are neither 0 nor 2 percentiles, [`Error::Invalid`] for both percentiles and events, and
    /// those of [`Percentiles::new`].
    pub fn new(percentiles: &[f64], has_events: bool) -> Result<Self, Error> {
        match (percentiles, has_events) {
            ([], false) => Ok(Self(Asked::Classes)),
            ([], true) => Ok(Self(Asked::Events)),
            (_, true) => Err(more_than_one()),
            (&[low, high], false) => Ok(Self(Asked::Percentiles(Percentiles::new(low, high)?))),
            _ => Err(Error::Shape { what: "percentiles", expected: 2, found: percentiles.len() }),
        }
    }

    /// What one of the questions asks for, from its parts.
    ///
    /// # Errors
    /// [`Error::Invalid`] if they contradict each other or the batch, and those of [`Event::new`].
    #[inline]
    pub fn sought(&self, class: Option<u32>, event: Option<(f64, f64)>) -> Result<Sought, Error> {
        match (self.0, class, event) {
            (Asked::Classes, class, None) => Ok(Sought::Class(class)),
            (Asked::Percentiles(percentiles), None, None) => Ok(Sought::Percentiles(percentiles)),
            (Asked::Events, None, Some((low, high))) => Event::new(low, high).map(Sought::Event),
            (Asked::Events, None, None) => {
                Err(Error::Invalid { what: "question", why: "has no event, though the others have one".into() })
            }
            _ => Err(more_than_one()),
        }
    }
}

#[cold]
fn more_than_one() -> Error {
    let why = "asks for more than one of a class, percentiles and an event: ask one question for each";
    Error::Invalid { what: "question", why: why.into() }
}

impl Sought {
    /// What is asked, from the optional parts of a question.
    ///
    /// * `class`: for a classifier; none for a regression
    /// * `percentiles`: the lower and the upper one; empty for a classifier and for events
    /// * `event`: the open lower and the closed upper end
    ///
    /// With none of them it is the class of the row's own, which a regression has no answer to.
    ///
    /// # Errors
    /// [`Error::Shape`] if there are neither 0 nor 2 percentiles, [`Error::Invalid`] if the parts contradict each other,
    /// and those of [`Percentiles::new`] and [`Event::new`].
    pub fn from_parts(class: Option<u32>, percentiles: &[f64], event: Option<(f64, f64)>) -> Result<Self, Error> {
        Batch::new(percentiles, event.is_some())?.sought(class, event)
    }
}

/// What a calibrator answers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Answer {
    /// A probability with its bounds, or the calibrated median with an interval; `low <= predict <= high`.
    pub interval: Interval,
    /// The class that the probability is of; none for a regression and its events.
    pub class: Option<u32>,
}

#[cfg(test)]
mod tests {
    use super::{Batch, Sought};
    use crate::Error;
    use crate::event::Event;
    use crate::predictive_system::Percentiles;

    #[test]
    fn a_question_asks_for_one_thing() {
        assert_eq!(Sought::from_parts(None, &[], None), Ok(Sought::Class(None)));
        assert_eq!(Sought::from_parts(Some(2), &[], None), Ok(Sought::Class(Some(2))));
        let percentiles = Percentiles::new(5.0, 95.0).unwrap();
        assert_eq!(Sought::from_parts(None, &[5.0, 95.0], None), Ok(Sought::Percentiles(percentiles)));
        let event = Event::new(1.0, 2.0).unwrap();
        assert_eq!(Sought::from_parts(None, &[], Some((1.0, 2.0))), Ok(Sought::Event(event)));
        for (class, percentiles, event) in [
            (Some(0), &[5.0, 95.0][..], None),
            (None, &[5.0, 95.0], Some((1.0, 2.0))),
            (Some(0), &[], Some((1.0, 2.0))),
        ] {
            let refused = Sought::from_parts(class, percentiles, event);
            assert!(matches!(refused, Err(Error::Invalid { what: "question", .. })));
        }
        let one = Sought::from_parts(None, &[5.0], None);
        assert_eq!(one, Err(Error::Shape { what: "percentiles", expected: 2, found: 1 }));
    }

    #[test]
    fn every_question_of_a_batch_of_events_has_an_event() {
        let batch = Batch::new(&[], true).unwrap();
        assert_eq!(batch.sought(None, Some((1.0, 2.0))), Ok(Sought::Event(Event::new(1.0, 2.0).unwrap())));
        assert!(matches!(batch.sought(None, None), Err(Error::Invalid { what: "question", .. })));
        assert!(matches!(batch.sought(None, Some((2.0, 1.0))), Err(Error::Invalid { what: "event", .. })));
    }
}
