//! What a batch costs, in counts that do not depend on the machine: memory, calls of the model, and rows that it is asked
//! about. Telemetry that is off costs nothing: a batch allocates as often and as much whatever there would be to tell.

#[allow(dead_code, reason = "only the small problem is explained here")]
#[path = "../explain/case.rs"]
mod case;
mod counting;
mod memory;
mod wide;

use case::{small, trusting};
use ce_host::config::{Slot, TelemetryLevel};
use ce_host::plugin_api::manifest::Mode;
use ce_host::telemetry::Snapshot;
use ce_host::{Explainer, HostBuilder};
use ce_tests::fast_bundle;
use counting::{Allocated, counted};

const CALLS: [&str; 3] = ["factual", "fast", "predict"];

/// One batch, thrown away after it was counted.
fn batch(explainer: &Explainer, call: &str, instances: &[f64]) -> Allocated {
    let x = small::x(instances);
    match call {
        "factual" => counted(|| explainer.explain(Mode::Factual, x).unwrap()).0,
        "fast" => counted(|| explainer.explain(Mode::Fast, x).unwrap()).0,
        _ => counted(|| explainer.predict(x).unwrap()).0,
    }
}

/// What a batch allocates once everything is fitted. Two batches in a row must agree.
fn allocated(builder: HostBuilder, level: TelemetryLevel, call: &str, instances: &[f64]) -> Allocated {
    let host = builder.telemetry(level).build().unwrap();
    let explainer = host.explainer(small::model(), small::calibration()).threads(1).build().unwrap();
    batch(&explainer, call, instances);
    let [second, third] = [(); 2].map(|()| batch(&explainer, call, instances));
    if level == TelemetryLevel::Off {
        assert_eq!(second, third, "{call}: the count is exact");
    }
    third
}

/// As much to tell as possible: long chains of which most is skipped, and a sink to tell it to.
fn talkative(builder: HostBuilder) -> HostBuilder {
    let unknown = |what: &str| (0..100).map(|idx| format!("no.such.{what}.{idx}")).collect::<Vec<_>>();
    let styles = [unknown("style"), vec!["plot_spec.default.factual".to_owned()]].concat();
    let mut builder = builder.fallbacks(Slot::PlotStyle, styles);
    for slot in [Slot::Interval, Slot::IntervalFast, Slot::ExplanationFactual, Slot::ExplanationFast] {
        builder = builder.fallbacks(slot, unknown("plugin"));
    }
    builder.telemetry_sink(|snapshot: Snapshot| drop(snapshot))
}

#[test]
fn telemetry_that_is_off_allocates_nothing() {
    let places = trusting(&fast_bundle());
    let host = || places.host().choose(Slot::Interval, "core.interval.fast");
    let instances = small::instances();
    let mut n_compared = 0;
    for call in CALLS {
        for instances in [&instances[..], &instances[..3], &[]] {
            let off = allocated(host(), TelemetryLevel::Off, call, instances);
            let with_sink = allocated(host().telemetry_sink(|_| ()), TelemetryLevel::Off, call, instances);
            assert_eq!(off, with_sink, "{call}: a sink that is told nothing");
            let talkative_off = allocated(talkative(host()), TelemetryLevel::Off, call, instances);
            assert_eq!(off, talkative_off, "{call}: chains of a hundred identifiers that are told to nobody");

            let on = allocated(host(), TelemetryLevel::Summary, call, instances);
            assert!(on > off && on.bytes > off.bytes, "{call}: {on:?} with telemetry, {off:?} without");
            let talkative_on = allocated(talkative(host()), TelemetryLevel::Summary, call, instances);
            assert!(talkative_on.times > on.times + 100, "{call}: the chains would be seen: {talkative_on:?}, {on:?}");
            n_compared += 4;
        }
    }
    assert_eq!(n_compared, 36);
}
