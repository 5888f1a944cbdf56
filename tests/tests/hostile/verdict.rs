//! What a hostile bundle must come to, and how that is seen: the reason is told, the fallback gives the right numbers, and the
//! same host goes on. It never brings anything about by itself.

use std::panic::{AssertUnwindSafe, catch_unwind};

use ce_host::config::{Placement, Slot};
use ce_host::explain::fault::Cause;
use ce_host::isolation::fault::WorkerFault;
use ce_host::plugin_api::manifest::Kind;
use ce_host::{Host, HostBuilder};
use serde_json::json;

use crate::case::small;
use crate::places::{Places, by_built_in, by_second, by_second_alone, explain, explainer, numbers};

/// A deed of the hostile bundle, and what must come of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    pub(crate) how: &'static str,
    /// The call in which it is done.
    pub(crate) place: &'static str,
    pub(crate) code: &'static str,
    /// What else is told.
    pub(crate) end: End,
    /// Words of the message.
    pub(crate) says: &'static str,
}

/// What is told of a worker's end beside the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// No more than the words.
    Words,
    Signal(&'static str),
    Status(i32),
    Refused(&'static str),
    /// A signal, and the last line that was written.
    Wrote(&'static str, &'static str),
}

/// A case of the calibrator, in `answer` or `fit`.
pub(crate) const fn case(
    how: &'static str,
    place: &'static str,
    code: &'static str,
    end: End,
    says: &'static str,
) -> Case {
    Case { how, place, code, end, says }
}

impl Case {
    fn kind(self) -> Kind {
        if ["prepare", "step"].contains(&self.place) { Kind::Explanation } else { Kind::Interval }
    }

    fn slot(self) -> Slot {
        if self.kind() == Kind::Interval { Slot::Interval } else { Slot::ExplanationFactual }
    }

    fn identifier(self) -> &'static str {
        if self.kind() == Kind::Interval { "test.interval.hostile" } else { "test.explanation.hostile" }
    }

    fn stand_in(self) -> &'static str {
        if self.kind() == Kind::Interval { "core.interval.legacy" } else { "core.explanation.factual" }
    }

    /// A host that asks for the hostile plugin, and may take the built-in one in its place.
    pub(crate) fn host(self, places: &Places, placement: Placement) -> HostBuilder {
        let builder = places.host(placement).choose(self.slot(), self.identifier());
        let builder = builder.fallbacks(self.slot(), vec![self.stand_in().to_owned()]);
        let path = places.trace();
        let options = [("how", json!(self.how)), ("where", json!(self.place)), ("path", json!(path))];
        options.into_iter().fold(builder, |builder, (name, value)| builder.option(self.identifier(), name, value))
    }

    /// Brings it about, and checks everything that must hold. Returns the host, for more.
    pub(crate) fn check(self, places: &Places, placement: Placement) -> Host {
        let host = self.host(places, placement).build().unwrap();
        let failed: Vec<_> = host.catalog().failed().iter().map(|error| error.to_string()).collect();
        assert!(failed.is_empty(), "{self:?}: {failed:?}");
        let asked = explainer(&host).build().unwrap();
        let instances = small::instances();
        let explanations = asked.explain_factual(small::x(&instances)).unwrap();

        // The reason.
        let [passed_over] = explanations.passed_over() else {
            panic!("{self:?}: {:?}", explanations.passed_over());
        };
        let message = passed_over.to_string();
        assert_eq!(passed_over.code(), self.code, "{self:?}: {message}");
        assert!(message.contains(self.says), "{self:?}: {message}");
        self.check_end(&passed_over.cause, &message);
        let told = explanations.telemetry().unwrap();
        let selection = told.selection.iter().find(|s| s.slot == self.slot().to_string()).unwrap();
        let [skipped] = selection.skipped.as_slice() else { panic!("{self:?}: {:?}", selection.skipped) };
        assert_eq!((skipped.identifier.as_str(), skipped.code.as_str()), (self.identifier(), self.code));
        assert_eq!((selection.chosen.as_deref(), selection.fallback_used), (Some(self.stand_in()), true));

        // The right numbers from the fallback, and from another bundle of the same host.
        assert_same(&numbers(&explanations), &by_built_in(), &format!("{self:?}: the fallback"));
        assert!(by_second(&host) == by_second_alone(), "{self:?}: another bundle");
        host
    }

    fn check_end(self, cause: &Cause, message: &str) {
        let fault = match cause {
            Cause::Worker(fault) => fault.clone(),
            _ => return assert_eq!(self.end, End::Words, "{self:?}: {message}"),
        };
        let WorkerFault { signal, status, syscall, output, .. } = fault;
        let found = (signal.as_deref(), status, syscall.as_deref());
        let expected = match self.end {
            End::Words => found,
            End::Signal(signal) | End::Wrote(signal, _) => (Some(signal), None, None),
            End::Status(status) => (None, Some(status), None),
            End::Refused(syscall) => (None, None, Some(syscall)),
        };
        assert_eq!(found, expected, "{self:?}: {message}");
        if let End::Wrote(_, line) = self.end {
            assert!(output.last().is_some_and(|last| last.contains(line)), "{self:?}: {output:?}");
        }
    }

    /// The hostile plugin does what it does, and nothing comes of it: its own numbers are the answer.
    pub(crate) fn check_harmless(self, places: &Places, placement: Placement) -> Host {
        let host = self.host(places, placement).build().unwrap();
        let asked = explainer(&host).build().unwrap();
        let instances = small::instances();
        for _ in 0..2 {
            let explanations = asked.explain_factual(small::x(&instances)).unwrap();
            assert!(explanations.passed_over().is_empty(), "{self:?}: {:?}", explanations.passed_over());
            if self.kind() == Kind::Interval {
                // The good bundle answers in the same way.
                assert_same(&numbers(&explanations), &by_second_alone(), &format!("{self:?}: its own numbers"));
            }
        }
        assert!(by_second(&host) == by_second_alone(), "{self:?}: another bundle");
        let next = explainer(&host).choose(self.slot(), self.stand_in()).build().unwrap();
        assert!(explain(&next).unwrap() == by_built_in(), "{self:?}: the next request");
        host
    }
}

/// That two files are the same; where they are not, shows where.
#[track_caller]
fn assert_same(found: &[u8], expected: &[u8], what: &str) {
    let differs = found.iter().zip(expected).position(|(found, expected)| found != expected);
    let Some(at) = differs.or_else(|| (found.len() != expected.len()).then_some(found.len().min(expected.len())))
    else {
        return;
    };
    let part =
        |file: &[u8]| String::from_utf8_lossy(&file[at.saturating_sub(80)..file.len().min(at + 80)]).into_owned();
    panic!("{what}: expected\n{}\nfound\n{}", part(expected), part(found));
}

/// Checks every case, and only then fails, so that one does not hide another.
#[track_caller]
pub(crate) fn each<T: std::fmt::Debug>(cases: &[T], check: impl Fn(&T)) {
    let fails = |case: &&T| catch_unwind(AssertUnwindSafe(|| check(case))).is_err();
    let failed: Vec<&T> = cases.iter().filter(fails).collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

/// How the workers of the hostile bundle ended, as its log has it.
pub(crate) fn ends(host: &Host) -> Vec<WorkerFault> {
    let entry = host.catalog().registry().entry(Kind::Interval, "test.interval.hostile").unwrap();
    entry.log.as_ref().map_or_else(Vec::new, |log| log.ends())
}
