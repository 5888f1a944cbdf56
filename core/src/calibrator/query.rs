//! What a calibrator is asked about a row, and what it answers. It never calibrates.

use crate::event::Event;
use crate::predictive_system::Percentiles;
use crate::{Error, Interval, check};

/// One question about one row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Query<'a> {
    /// The model's scores of the row, `[n_outputs]`.
    pub scores: &'a [f64],
    /// The row's Mondrian category; none unless calibration is Mondrian.
    pub category: Option<u32>,
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
        let n_parts =
            usize::from(class.is_some()) + usize::from(!percentiles.is_empty()) + usize::from(event.is_some());
        check::rule("question", n_parts <= 1, || {
            "asks for more than one of a class, percentiles and an event: ask one question for each".into()
        })?;
        match (percentiles, event) {
            ([], None) => Ok(Self::Class(class)),
            (&[low, high], None) => Percentiles::new(low, high).map(Self::Percentiles),
            ([], Some((low, high))) => Event::new(low, high).map(Self::Event),
            _ => Err(Error::Shape { what: "percentiles", expected: 2, found: percentiles.len() }),
        }
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
    use super::Sought;
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
}
