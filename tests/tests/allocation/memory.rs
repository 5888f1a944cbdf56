//! Calls of the model, distinct rows, memory, and how they grow. Counts hold on any machine, where a time holds on none.

use std::collections::BTreeSet;

use ce_host::Host;
use ce_host::config::{Environment, Slot};
use ce_host::plugin_api::manifest::Mode;
use ce_tests::fast_bundle;

use crate::case::trusting;
use crate::counting::{counted, held};
use crate::wide::{Wide, rows};

const MODES: [Mode; 2] = [Mode::Factual, Mode::Alternative];

fn host() -> Host {
    Host::builder().environment(Environment::default()).working_dir(std::env::temp_dir()).build().unwrap()
}

fn host_with_fast() -> Host {
    let trusting = trusting(&fast_bundle());
    trusting.host().choose(Slot::IntervalFast, "core.interval.fast").build().unwrap()
}

#[test]
fn the_model_is_called_once_per_chunk() {
    for (mode, host) in [(Mode::Factual, host()), (Mode::Alternative, host()), (Mode::Fast, host_with_fast())] {
        for (chunk_rows, n_calls) in [(64, 1), (32, 2), (7, 10)] {
            let wide = Wide::new(&host, 100, 6, chunk_rows, false);
            // What is fitted once is fitted now.
            wide.explain(mode, &rows(1, 6, 1));
            let (before, _) = wide.asked();
            wide.explain(mode, &rows(64, 6, 2));
            assert_eq!(wide.asked().0 - before, n_calls, "{mode}, chunks of {chunk_rows}");
        }
    }
}

#[test]
fn no_row_is_asked_twice_and_each_differs_from_its_instance_in_one_feature_at_most() {
    let host = host();
    for mode in MODES {
        let wide = Wide::new(&host, 100, 6, 16, true);
        let x = rows(64, 6, 2);
        wide.explain(mode, &x[..6]);
        wide.noted();
        let explanations = wide.explain(mode, &x);
        let rows: Vec<Vec<u64>> = wide.noted().into_iter().flatten().collect();
        let distinct: BTreeSet<&Vec<u64>> = rows.iter().collect();
        assert_eq!(distinct.len(), rows.len(), "{mode}: no row is asked twice");
        let instances: Vec<Vec<u64>> = x.chunks_exact(6).map(|x| x.iter().map(|v| v.to_bits()).collect()).collect();
        let n_changed = |row: &[u64], from: &[u64]| row.iter().zip(from).filter(|(a, b)| a != b).count();
        for row in &rows {
            assert!(instances.iter().any(|instance| n_changed(row, instance) <= 1), "{mode}: a row of its own making");
        }
        // Of each feature at most three values on either side of the instance's bin, and the instance itself.
        assert!(rows.len() <= explanations.len() * (1 + 6 * 6), "{mode}: {} rows", rows.len());
        assert!(rows.len() > explanations.len() * 6, "{mode}: something was asked");
    }
}

#[test]
fn fast_asks_about_the_instances_alone() {
    let wide = Wide::new(&host_with_fast(), 100, 6, 16, true);
    let x = rows(64, 6, 2);
    wide.explain(Mode::Fast, &x[..6]);
    wide.noted();
    wide.explain(Mode::Fast, &x);
    let asked: Vec<u64> = wide.noted().concat().concat();
    assert_eq!(asked, x.iter().map(|value| value.to_bits()).collect::<Vec<_>>());
}

#[test]
fn an_explanation_of_a_hundred_features_keeps_at_most_ten_kilobytes() {
    let host = host();
    let x = rows(128, 100, 3);
    for mode in MODES {
        let wide = Wide::new(&host, 200, 100, 64, false);
        wide.explain(mode, &x[..100]);
        let (held, explanations) = held(|| wide.explain(mode, &x));
        let n_rules: usize = explanations.iter().map(|explanation| explanation.rules().len()).sum();
        let per_explanation = held.kept / explanations.len() as i64;
        let what = format!("{mode}: {per_explanation} bytes for {} rules", n_rules / explanations.len());
        assert!(n_rules >= 60 * explanations.len(), "{what}: nearly every feature has a rule");
        assert!(per_explanation <= 10_000, "{what}");
        assert!(held.kept >= (n_rules * 48) as i64, "{what}: what is kept is counted");
    }
}

#[test]
fn a_usual_batch_meets_the_model_once() {
    for (mode, host) in [(Mode::Factual, host()), (Mode::Alternative, host()), (Mode::Fast, host_with_fast())] {
        let wide = Wide::new(&host, 100, 30, None, false);
        wide.explain(mode, &rows(1, 30, 1));
        let (before, _) = wide.asked();
        wide.explain(mode, &rows(1000, 30, 2));
        assert_eq!(wide.asked().0 - before, 1, "{mode}");
    }
}

#[test]
fn what_is_needed_beyond_the_results_stays_small() {
    let host = host();
    let wide = Wide::new(&host, 500, 100, None, false);
    let x = rows(10_000, 100, 3);
    wide.explain(Mode::Factual, &x[..100]);
    let (held, explanations) = held(|| wide.explain(Mode::Factual, &x));
    let beyond = held.peak - held.kept;
    assert!(beyond <= 64_000_000, "{beyond} bytes beyond {} of results", held.kept);
    assert_eq!(explanations.len(), 10_000);
}

#[test]
fn memory_and_model_rows_grow_in_line_with_instances_and_features() {
    let host = host();
    for mode in MODES {
        let cost = |n_rows: usize, n_features: usize, n_cal: usize| {
            let wide = Wide::new(&host, n_cal, n_features, 64, false);
            let x = rows(n_rows, n_features, 3);
            wide.explain(mode, &x[..n_features]);
            let before = wide.asked().1;
            let bytes = counted(|| wide.explain(mode, &x)).0.bytes as f64;
            [bytes, (wide.asked().1 - before) as f64]
        };
        let base = cost(128, 10, 200);
        for (what, grown, factor) in [
            ("twice the instances", cost(256, 10, 200), 2.0),
            ("twice the features", cost(128, 20, 200), 2.0),
            ("eight times the calibration rows", cost(128, 10, 1600), 1.0),
        ] {
            for (grown, base) in grown.into_iter().zip(base) {
                let found = grown / base;
                assert!(found <= 1.25 * factor, "{mode}: {what} cost {found} times as much, expected about {factor}");
            }
        }
    }
}
