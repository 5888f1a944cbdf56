//! Remembers what was fitted for an event. It changes no answer: what is forgotten is fitted again, to the same numbers.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::event::{Event, FittedEvent};

/// The numbers that all remembered tables of one calibrator may hold together, 8 MiB.
const NUMBERS_MAX: usize = 1 << 20;

/// Venn-Abers of one event, one per Mondrian part.
pub(super) type Fitted = Arc<[FittedEvent]>;

/// The events that were asked about last, oldest out first. Copies start out empty, and all are equal: what is in it is
/// no part of a calibrator's value.
#[derive(Debug, Default)]
pub(super) struct Memo {
    entries: Mutex<Entries>,
    /// How many others share the numbers that may be held.
    n_others: usize,
}

#[derive(Debug, Default)]
struct Entries {
    by_event: HashMap<(u64, u64), Arc<OnceLock<Fitted>>>,
    /// The keys in the order in which they came.
    order: VecDeque<(u64, u64)>,
}

impl Memo {
    /// Makes it one of so many that may hold no more together than one by itself, or one event each.
    pub(super) fn share(&mut self, n_memos: usize) {
        self.n_others = n_memos.saturating_sub(1);
    }

    /// What was fitted for the event, or else what `fit` makes of it; `n_rows` rows bound the size of it.
    ///
    /// Fitting holds no lock but the event's own, so that other events are found meanwhile, and threads that ask about one
    /// event at once fit it once.
    pub(super) fn get(&self, event: Event, n_rows: usize, fit: impl FnOnce() -> Fitted) -> Fitted {
        // Three tables of at most one entry per row, and an index as large as one of them.
        let numbers_max = NUMBERS_MAX / self.n_others.saturating_add(1);
        let n_events_max = (numbers_max / (4 * (n_rows + 1))).max(1);
        let slot = self.slot(event.key(), n_events_max);
        slot.get_or_init(fit).clone()
    }

    fn slot(&self, key: (u64, u64), n_events_max: usize) -> Arc<OnceLock<Fitted>> {
        // Whoever panicked with the lock has left whole entries behind.
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let Entries { by_event, order } = &mut *entries;
        if let Some(slot) = by_event.get(&key) {
            return slot.clone();
        }
        while order.len() >= n_events_max
            && let Some(oldest) = order.pop_front()
        {
            by_event.remove(&oldest);
        }
        order.push_back(key);
        by_event.entry(key).or_default().clone()
    }
}

impl Clone for Memo {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for Memo {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::{Memo, NUMBERS_MAX};
    use crate::event::Event;

    #[test]
    fn an_event_is_fitted_once_until_it_is_pushed_out() {
        let memo = Memo::default();
        let n_fitted = AtomicUsize::new(0);
        // Rows of this number leave room for two events.
        let ask = |high: f64| {
            memo.get(Event::at_most(high).unwrap(), NUMBERS_MAX / 8 - 1, || {
                n_fitted.fetch_add(1, Ordering::Relaxed);
                [].into()
            });
            n_fitted.load(Ordering::Relaxed)
        };
        assert_eq!([ask(1.0), ask(2.0), ask(1.0), ask(2.0)], [1, 2, 2, 2]);
        assert_eq!([ask(3.0), ask(2.0), ask(1.0)], [3, 3, 4]);
    }

    #[test]
    fn those_who_share_remember_less() {
        let mut memo = Memo::default();
        memo.share(2);
        let ask = |high: f64, is_known: bool| {
            memo.get(Event::at_most(high).unwrap(), NUMBERS_MAX / 8 - 1, || {
                assert!(!is_known);
                [].into()
            });
        };
        ask(1.0, false);
        ask(1.0, true);
        ask(2.0, false);
        ask(1.0, false);
    }

    #[test]
    fn tables_of_any_size_are_remembered_one_at_a_time() {
        let memo = Memo::default();
        memo.get(Event::at_most(1.0).unwrap(), usize::MAX / 8, || [].into());
        let again = memo.get(Event::at_most(1.0).unwrap(), usize::MAX / 8, || unreachable!("it was fitted"));
        assert!(again.is_empty());
    }
}
