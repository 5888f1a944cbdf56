//! Faults: whatever a plugin does wrong becomes an error that names it, with the instance and the value; the host lives on,
//! and takes the next fallback if one was configured. Telemetry says which and why.

mod batch;
mod bundles;
mod learner;
pub(crate) mod picky;
mod plot;

use ce_host::config::{Slot, TelemetryLevel};
use ce_host::plugin_api::manifest::{Kind, Mode};
use ce_host::telemetry::snapshot::Status;
use ce_host::{Explainer, ExplainerBuilder, Host, HostBuilder};
use serde_json::json;

use crate::case::{Trusting, explanations_file, small};

/// A fault, and what must be said of it.
#[derive(Clone, Copy, Debug)]
struct Fault {
    /// The option that brings it about, and its value.
    option: (&'static str, &'static str),
    /// The call that goes wrong.
    call: &'static str,
    /// The instance or calibration row that is to be named.
    place: &'static str,
    /// The values that are to be named.
    says: &'static str,
}

const fn fault(
    option: (&'static str, &'static str),
    call: &'static str,
    place: &'static str,
    says: &'static str,
) -> Fault {
    Fault { option, call, place, says }
}

/// The plugin that is made to go wrong.
#[derive(Clone, Copy, Debug)]
struct Culprit {
    kind: Kind,
    identifier: &'static str,
    bundle: &'static str,
    code: &'static str,
}

impl Culprit {
    fn slot(self) -> Slot {
        if self.kind == Kind::Interval { Slot::Interval } else { Slot::ExplanationFactual }
    }

    fn stand_in(self) -> &'static str {
        if self.kind == Kind::Interval { "core.interval.legacy" } else { "core.explanation.factual" }
    }

    fn check(self, fault: Fault, message: &str) {
        let Culprit { kind, identifier, bundle, .. } = self;
        let place = if fault.place.is_empty() { String::new() } else { format!(", {}", fault.place) };
        let start = format!("{kind} `{identifier}` of bundle `{bundle}`, `{}`{place}: ", fault.call);
        assert!(message.starts_with(&start), "expected {start:?} for {fault:?}, found {message:?}");
        assert!(message.contains(fault.says), "expected {:?} for {fault:?}, found {message:?}", fault.says);
    }
}

fn small_explainer(host: &Host) -> ExplainerBuilder {
    host.explainer(small::model(), small::calibration()).threads(2).chunk_rows(small::N_INSTANCES)
}

fn explain(explainer: &Explainer) -> Result<Vec<u8>, ce_host::ExplainError> {
    let instances = small::instances();
    explainer.explain_factual(small::x(&instances)).map(|explanations| explanations_file(&explanations))
}

/// What the built-in plugins make of the small problem.
fn expected() -> Vec<u8> {
    let host = ce_tests::Scratch::new().host().build().unwrap();
    explain(&small_explainer(&host).build().unwrap()).unwrap()
}

/// Brings about each fault, first without a fallback and then with one.
fn check_faults(
    host: impl Fn() -> HostBuilder,
    culprit: Culprit,
    faults: &[Fault],
    batch: impl Fn(&Host) -> Explainer,
) {
    let expected = expected();
    for fault in faults {
        let (option, value) = fault.option;
        let builder = || {
            let builder = host().telemetry(TelemetryLevel::Summary).choose(culprit.slot(), culprit.identifier);
            builder.option(culprit.identifier, option, json!(value))
        };

        let host = builder().build().unwrap();
        let explainer = batch(&host);
        let error = explain(&explainer).expect_err(value);
        assert_eq!(error.code(), culprit.code, "{error}");
        culprit.check(*fault, &error.to_string());
        let told = explainer.runtime_telemetry().unwrap();
        assert_eq!(told.status, Status::Failed);
        let failure = told.error.unwrap();
        assert_eq!((failure.code.as_str(), failure.message), (culprit.code, error.to_string()));
        assert_eq!((told.output_sha256, told.interval_source), (None, None));
        let selection = told.selection.iter().find(|s| s.slot == culprit.slot().to_string()).unwrap();
        assert_eq!((selection.chosen.as_deref(), selection.fallback_used), (None, false));
        assert_eq!(selection.skipped.len(), 1);
        assert_eq!(selection.skipped[0].identifier, culprit.identifier);

        // The host lives on: the next request, which asks for another plugin, is answered as if nothing had happened.
        let next = small_explainer(&host).choose(culprit.slot(), culprit.stand_in()).build().unwrap();
        assert!(explain(&next).unwrap() == expected, "after {fault:?}");

        let host = builder().fallbacks(culprit.slot(), vec![culprit.stand_in().to_owned()]).build().unwrap();
        let explainer = batch(&host);
        let instances = small::instances();
        let explanations = explainer.explain_factual(small::x(&instances)).unwrap();
        assert!(explanations_file(&explanations) == expected, "the fallback for {fault:?}");
        let [passed_over] = explanations.passed_over() else { panic!("{:?}", explanations.passed_over()) };
        culprit.check(*fault, &passed_over.to_string());
        let told = explanations.telemetry().unwrap();
        assert_eq!((told.status, told.error), (Status::Ok, None));
        let selection = told.selection.iter().find(|s| s.slot == culprit.slot().to_string()).unwrap();
        assert_eq!(selection.requested, culprit.identifier);
        assert_eq!((selection.chosen.as_deref(), selection.fallback_used), (Some(culprit.stand_in()), true));
        let [skipped] = selection.skipped.as_slice() else { panic!("{:?}", selection.skipped) };
        assert_eq!((skipped.identifier.as_str(), skipped.code.as_str()), (culprit.identifier, culprit.code));
        culprit.check(*fault, &skipped.reason);
        assert!(explainer.routes(Mode::Factual).unwrap().iter().all(|route| route.skipped.is_empty()));
    }
}

/// The host of a bundle that is trusted by its digest.
fn of(places: &Trusting) -> impl Fn() -> HostBuilder {
    || places.host()
}
