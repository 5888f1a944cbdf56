//! Stops panics at the edge of a bundle. It never lets one through, nor one that a panic's own payload starts.

use std::cell::{Cell, RefCell};
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::Once;

use crate::{ErrorCode, PluginError};

thread_local! {
    /// How many guards this thread is inside of: only a panic under a guard is the guard's to report.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    /// Where the panic under way was raised, for the error's message.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Calls `work` and turns a panic into an error. An error that is thrown stays the error that it is: where a trait's method
/// has no other way to fail, its implementation resumes unwinding with one.
///
/// A host shares no standard library with a bundle, so an unwinding panic that left the bundle would end the host.
pub(crate) fn guard<T>(work: impl FnOnce() -> Result<T, PluginError>) -> Result<T, PluginError> {
    // A payload that is thrown again skips the hook; without this it would be reported at the place of an earlier panic.
    PLACE.take();
    DEPTH.set(DEPTH.get() + 1);
    let outcome = catch_unwind(AssertUnwindSafe(work));
    DEPTH.set(DEPTH.get() - 1);
    outcome.unwrap_or_else(|payload| {
        let payload = match payload.downcast::<PluginError>() {
            Ok(error) => return Err(*error),
            Err(payload) => payload,
        };
        let message = payload
            .downcast_ref::<&'static str>()
            .map(|text| (*text).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "a panic without a message".to_owned());
        let place = PLACE.take().map_or_else(String::new, |place| format!(" at {place}"));
        forget_panicking(payload);
        Err(PluginError::new(ErrorCode::Panicked, format!("panicked{place}: {message}")))
    })
}

/// Keeps the standard library's report of a guarded panic off the host's standard error: the guard returns it instead.
/// Panics of the bundle's own threads, outside any guard, are reported as before.
///
/// Only called in a bundle, whose standard library is its own; in a plugin that is linked into a program the hook would be
/// the program's.
pub(crate) fn report_panics_as_errors() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info: &PanicHookInfo<'_>| {
            // While a thread ends its locals may be gone: a hook that panics over that would end the host.
            if DEPTH.try_with(Cell::get).is_ok_and(|depth| depth > 0) {
                let _ = PLACE.try_with(|place| place.replace(info.location().map(ToString::to_string)));
            } else {
                previous(info);
            }
        }));
    });
}

/// Drops a value whose `drop` may panic. What cannot be dropped is leaked: the alternative is to end the host.
fn forget_panicking<T>(value: T) {
    DEPTH.set(DEPTH.get() + 1);
    if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(value))) {
        std::mem::forget(second);
    }
    DEPTH.set(DEPTH.get() - 1);
}

/// Holds an author's object, so that a panic in its `drop` stops here.
#[derive(Debug)]
pub(crate) struct Held<T>(ManuallyDrop<T>);

impl<T> Held<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(ManuallyDrop::new(value))
    }
}

impl<T> Deref for Held<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> Drop for Held<T> {
    #[allow(unsafe_code)]
    fn drop(&mut self) {
        // SAFETY: taken once, here, and nothing reads the field after `drop`.
        let value = unsafe { ManuallyDrop::take(&mut self.0) };
        forget_panicking(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct PanicsWhenDropped;

    impl Drop for PanicsWhenDropped {
        fn drop(&mut self) {
            panic!("in drop");
        }
    }

    #[test]
    fn a_panic_becomes_an_error_with_its_message() {
        let error = guard::<()>(|| panic!("no {}", "luck")).unwrap_err();
        assert_eq!(error.code, ErrorCode::Panicked as u32);
        assert!(error.message.contains("no luck"), "{error}");
    }

    #[test]
    fn an_error_that_is_thrown_stays_what_it_is() {
        let thrown = PluginError::corrupt("no model");
        let work = || -> Result<(), PluginError> { std::panic::resume_unwind(Box::new(thrown.clone())) };
        assert_eq!(guard(work).unwrap_err(), thrown);
    }

    #[test]
    fn a_payload_that_panics_in_drop_is_stopped_too() {
        let error = guard::<()>(|| std::panic::panic_any(PanicsWhenDropped)).unwrap_err();
        assert!(error.message.contains("without a message"), "{error}");
    }

    #[test]
    fn a_held_object_may_panic_in_drop() {
        drop(Held::new(PanicsWhenDropped));
    }
}
