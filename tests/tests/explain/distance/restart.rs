//! A worker that ends is started again, and what had been fitted in it is restored, not fitted again.

use ce_host::Host;
use ce_host::config::{Level, Slot, TelemetryLevel};
use ce_host::isolation::fault::WorkerReason;
use ce_host::plugin_api::manifest::{Kind, Mode};
use ce_tests::{Scratch, bundle_path, fast_bundle};
use rustix::process::{Pid, Signal, kill_process};

use crate::case::{Case, explanations_file};

/// Ends the bundle's worker from outside, and waits until it is gone.
pub(super) fn kill_worker(host: &Host, interval: &str) -> u32 {
    let entry = host.catalog().registry().entry(Kind::Interval, interval).unwrap();
    let worker = entry.log.as_ref().unwrap().worker().expect("it runs in a worker");
    let pid = Pid::from_raw(worker.try_into().unwrap()).unwrap();
    let gone = rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()).unwrap();
    kill_process(pid, Signal::KILL).unwrap();
    let mut polled = [rustix::event::PollFd::new(&gone, rustix::event::PollFlags::IN)];
    rustix::event::poll(&mut polled, None).unwrap();
    worker
}

#[test]
fn a_worker_that_was_killed_is_started_again_with_what_it_had_fitted() {
    let case = Case::breast_cancer();
    let scratch = Scratch::with_trusted(&[fast_bundle()]);
    let builder = scratch.held_host().choose(Slot::Interval, "core.interval.fast");
    let host = builder.telemetry(TelemetryLevel::Summary).build().unwrap();
    let log = host.catalog().registry().entry(Kind::Interval, "core.interval.fast").unwrap().log.clone().unwrap();
    let explainer = case.explainer(&host).build().unwrap();
    for mode in [Mode::Factual, Mode::Fast] {
        let before = explainer.explain(mode, case.x()).unwrap();
        let (restarts, first) = (log.restarts(), kill_worker(&host, "core.interval.fast"));
        let after = explainer.explain(mode, case.x()).unwrap();
        assert!(explanations_file(&before) == explanations_file(&after), "{mode}");
        assert_eq!(log.restarts(), restarts + 1);
        assert_ne!(log.worker(), Some(first));

        // Fitting asks the model about noised calibration rows; restoring asks it nothing.
        let calls = |explanations: &ce_host::Explanations| explanations.telemetry().unwrap().model_calls;
        assert_eq!(calls(&before), calls(&after));
        let snapshot = after.telemetry().unwrap();
        let isolation = snapshot.plugins.iter().find(|plugin| plugin.identifier == "core.interval.fast").unwrap();
        let isolation = isolation.isolation.as_ref().unwrap();
        assert_eq!((isolation.mode.as_str(), isolation.sandbox.as_deref()), ("process", Some(Level::Full.name())));
        assert_eq!(isolation.restarts, restarts + 1);
        assert_eq!(isolation.ends.last().map(|end| end.code.as_str()), Some("worker.killed_by_system"));
        assert_eq!(isolation.ends.last().and_then(|end| end.signal.as_deref()), Some("SIGKILL"));
    }
    // Somebody else killed it: no reason to hold the bundle back.
    assert!(log.ends().iter().all(|end| end.reason == WorkerReason::KilledBySystem));
    assert!(!scratch.path("state/ce/quarantine.json").exists());
}

#[test]
fn a_worker_ends_with_its_host() {
    let scratch = Scratch::with_trusted(&[fast_bundle()]);
    let host = scratch.held_host().build().unwrap();
    let entry = host.catalog().registry().entry(Kind::Interval, "core.interval.fast").unwrap();
    let worker = entry.log.as_ref().unwrap().worker().unwrap();
    let pid = Pid::from_raw(worker.try_into().unwrap()).unwrap();
    let gone = rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()).unwrap();
    drop(host);
    let mut polled = [rustix::event::PollFd::new(&gone, rustix::event::PollFlags::IN)];
    // As long as it takes: a worker that stayed would be seen as a test that never ends.
    rustix::event::poll(&mut polled, None).unwrap();
}

#[test]
fn what_cannot_be_saved_is_fitted_again() {
    let case = Case::breast_cancer();
    let scratch = Scratch::with_trusted(&[bundle_path("readme")]);
    let host = scratch.held_host().choose(Slot::Interval, "acme.interval.plain").build().unwrap();
    let explainer = case.explainer(&host).build().unwrap();
    assert!(explainer.save(Mode::Factual).is_err(), "this calibrator cannot be saved");
    let before = explainer.explain(Mode::Factual, case.x()).unwrap();
    kill_worker(&host, "acme.interval.plain");
    let after = explainer.explain(Mode::Factual, case.x()).unwrap();
    assert!(explanations_file(&before) == explanations_file(&after));
    assert_eq!(after.passed_over(), []);
}
