//! The rest of the method in every cell: conjunctions, guard, FAST filter, normalisations, summaries, difficulty, ignored
//! features, a chosen class, rejection. Whatever is asked, a batch of n is n batches of one, neither chunks nor threads change
//! a byte, and what was saved explains as before.

use ce_host::analysis::reject::Policy;
use ce_host::config::Slot;
use ce_host::plugin_api::PluginError;
use ce_host::plugin_api::data::Matrix;
use ce_host::plugin_api::manifest::{Mode, Task};
use ce_host::plugin_api::schema::LearnerInfo;
use ce_host::{
    CalibrationSet, Explainer, ExplainerBuilder, Explanations, Host, Instances, Model, Refinement, Rejection,
};
use ce_tests::fast_bundle;
use serde_json::{Value, json};

use crate::case::{explanations_file, trusting};
use crate::cells::{Ask, CELLS, Cell, N_INSTANCES, Target};

const GRID: &[Mode] = &[Mode::Factual, Mode::Alternative];
const ALL: &[Mode] = &[Mode::Factual, Mode::Alternative, Mode::Fast];

/// What is asked of an explainer and of its batches.
struct Setting {
    name: &'static str,
    modes: &'static [Mode],
    explainer: fn(ExplainerBuilder) -> ExplainerBuilder,
    /// The batch of instances from a number on.
    batch: for<'a> fn(Instances<'a>, usize, usize) -> Instances<'a>,
}

fn as_it_is(batch: Instances<'_>, _first: usize, _n: usize) -> Instances<'_> {
    batch
}

/// How hard a row is, from 0 to 1 and above 0.
fn difficulty() -> Model {
    let info = LearnerInfo {
        task: Task::Regression,
        n_features: 3,
        n_outputs: 1,
        classes: Vec::new(),
        feature_names: Vec::new(),
        categories: std::collections::BTreeMap::new(),
    };
    Model::from_fn(info, |x: Matrix<'_>, scores: &mut [f64]| {
        for (row, score) in x.as_slice().chunks_exact(3).zip(scores) {
            *score = 1.0 / (1.0 + (row[0] * row[0] + row[1].abs()).exp().min(1e6)) + 0.1;
        }
        Ok::<(), PluginError>(())
    })
    .unwrap()
}

const SETTINGS: &[Setting] = &[
    Setting {
        name: "conjunctions of two",
        modes: GRID,
        explainer: |builder| builder.explanation_option("max_rule_size", json!(2)),
        batch: as_it_is,
    },
    Setting {
        name: "conjunctions of three, ignored features",
        modes: GRID,
        explainer: |builder| builder.explanation_option("max_rule_size", json!(3)),
        batch: |batch, first, n| {
            batch.ignore_in_each(
                (first..first + n).map(|row| if row % 3 == 0 { vec![row % 2] } else { vec![] }).collect(),
            )
        },
    },
    Setting {
        name: "guarded",
        modes: GRID,
        explainer: |builder| {
            builder.explanation_option("guarded", json!(true)).explanation_option("guard_merge_adjacent", json!(true))
        },
        batch: as_it_is,
    },
    Setting {
        name: "the FAST filter",
        modes: GRID,
        explainer: |builder| {
            builder.choose(Slot::Interval, "core.interval.fast").explanation_option("fast_filter", json!(1))
        },
        batch: as_it_is,
    },
    Setting {
        name: "coherent bounds and their mean",
        modes: ALL,
        explainer: |builder| {
            builder.interval_option("normalization", json!("coherence")).interval_option("summary", json!("mean"))
        },
        batch: as_it_is,
    },
    Setting {
        name: "difficulty by neighbours",
        modes: ALL,
        explainer: |builder| {
            builder.interval_option("difficulty", json!("distance")).interval_option("difficulty_neighbours", json!(5))
        },
        batch: as_it_is,
    },
    Setting {
        name: "difficulty by a model",
        modes: ALL,
        explainer: |builder| builder.difficulty(difficulty()),
        batch: |batch, _, _| batch.ignore(vec![1]),
    },
    Setting {
        name: "guarded, difficulty by a model",
        modes: GRID,
        explainer: |builder| builder.explanation_option("guarded", json!(true)).difficulty(difficulty()),
        batch: as_it_is,
    },
    Setting {
        name: "nothing to ask, difficulty by a model",
        modes: ALL,
        explainer: |builder| builder.difficulty(difficulty()),
        batch: |batch, _, _| batch.ignore(vec![0, 1, 2]),
    },
    Setting {
        name: "gaussian noise",
        modes: &[Mode::Fast],
        explainer: |builder| builder.interval_option("noise", json!("gaussian")),
        batch: as_it_is,
    },
];

fn explainer(host: &Host, cell: &Cell, setting: &Setting, threads: usize, chunk_rows: usize) -> Explainer {
    let builder = host.explainer(cell.model(), cell.calibration()).threads(threads).chunk_rows(chunk_rows);
    (setting.explainer)(builder).build().unwrap()
}

/// The explanations of a file, each by itself.
fn explained(report: &Explanations) -> Vec<Value> {
    let file: Value = serde_json::from_slice(&explanations_file(report)).unwrap();
    file["explanations"].as_array().unwrap().clone()
}

#[test]
fn whatever_is_asked_a_batch_of_n_is_n_batches_of_one() {
    let places = trusting(&fast_bundle());
    let host = places.host().build().unwrap();
    let mut n_compared = 0;
    for cell in &CELLS {
        let rows = cell.rows_to_explain();
        for setting in SETTINGS {
            let whole = explainer(&host, cell, setting, 1, N_INSTANCES);
            let cut = explainer(&host, cell, setting, 2, 3);
            let restored = explainer(&host, cell, setting, 2, 5);
            for &ask in cell.asks {
                for &mode in setting.modes {
                    let place = format!("{}, {}, {ask:?}, {mode}", cell.name, setting.name);
                    let batch = || (setting.batch)(cell.batch(&rows, ask), 0, N_INSTANCES);
                    let report = whole.explain(mode, batch()).unwrap_or_else(|error| panic!("{place}: {error}"));
                    let expected = explained(&report);
                    assert_eq!(explained(&cut.explain(mode, batch()).unwrap()), expected, "{place}");
                    restored.restore(&whole.save(mode).unwrap()).unwrap();
                    assert_eq!(explained(&restored.explain(mode, batch()).unwrap()), expected, "{place}");
                    for instance in [0, 5, N_INSTANCES - 1] {
                        let alone = cell.part(&rows, instance..instance + 1, ask);
                        let alone = whole.explain(mode, (setting.batch)(alone, instance, 1)).unwrap();
                        assert_eq!(explained(&alone), [expected[instance].clone()], "{place}, {instance}");
                        n_compared += 1;
                    }
                }
            }
        }
    }
    assert_eq!(n_compared, 3 * 17 * (5 * GRID.len() + 4 * ALL.len() + 1));
}

#[test]
fn columns_that_are_all_constant_are_asked_nothing_about() {
    let places = trusting(&fast_bundle());
    let host = places.host().build().unwrap();
    let cell = CELLS.iter().find(|cell| matches!(cell.target, Target::Value)).unwrap();
    let targets: Vec<f64> = (0..30).map(f64::from).collect();
    let set = || CalibrationSet::new([0.5, 1.5, 0.0].repeat(30), targets.clone(), 3).unwrap();
    for builder in [host.explainer(cell.model(), set()), host.explainer(cell.model(), set()).difficulty(difficulty())] {
        let report = builder.build().unwrap().explain_fast(Matrix::new(&[0.5, 1.5, 0.0], 1, 3).unwrap()).unwrap();
        assert_eq!(report.get(0).unwrap().rules().len(), 0);
    }
}

#[test]
fn conjunctions_join_single_rules_and_one_model_call_each_is_enough() {
    let places = trusting(&fast_bundle());
    let host = places.host().build().unwrap();
    let mut n_conjunctions = 0;
    for cell in &CELLS {
        let rows = cell.rows_to_explain();
        for size in [2, 3] {
            let builder = host.explainer(cell.model(), cell.calibration()).chunk_rows(N_INSTANCES);
            let explainer = builder.explanation_option("max_rule_size", json!(size)).build().unwrap();
            explainer.explain_factual(cell.part(&rows, 0..1, Ask::Nothing)).unwrap();
            let before = explainer.model().asked().0;
            let report = explainer.explain_factual(cell.batch(&rows, Ask::Nothing)).unwrap();
            assert!(explainer.model().asked().0 - before <= size, "{}: a call for each size", cell.name);
            for explanation in report.iter() {
                for rule in explanation.rules().filter(|rule| rule.is_conjunctive()) {
                    assert!(rule.conditions().len() as u64 <= size);
                    let (weight, prediction) = (rule.weight(), rule.prediction());
                    assert!(weight.low <= weight.value && weight.value <= weight.high, "{weight:?}");
                    assert!(prediction.low <= prediction.value && prediction.value <= prediction.high);
                    n_conjunctions += 1;
                }
            }
        }
    }
    assert!(n_conjunctions > 500, "{n_conjunctions}");
}

#[test]
fn the_fast_filter_needs_a_calibrator_that_answers_per_feature() {
    let places = trusting(&fast_bundle());
    let host = places.host().build().unwrap();
    let (cell, rows) = (&CELLS[0], CELLS[0].rows_to_explain());
    let builder = host.explainer(cell.model(), cell.calibration()).explanation_option("fast_filter", json!(1));
    let error = builder.build().unwrap().explain_factual(cell.batch(&rows, Ask::Nothing)).unwrap_err();
    assert_eq!(error.code(), "route.not_fast");
    assert!(error.to_string().contains("core.interval.fast"), "{error}");
}

#[test]
fn rejection_and_refinement_work_in_every_mode() {
    let places = trusting(&fast_bundle());
    let host = places.host().build().unwrap();
    for cell in CELLS.iter().filter(|cell| !matches!(cell.target, Target::Value)) {
        let rows = cell.rows_to_explain();
        let explainer = host.explainer(cell.model(), cell.calibration()).build().unwrap();
        for &mode in ALL {
            let batch = || cell.batch(&rows, Ask::Nothing);
            let all = explainer.explain(mode, batch()).unwrap();
            let parts = [Policy::OnlyAccepted, Policy::OnlyRejected].map(|policy| {
                let rejection = Rejection { policy, ..Rejection::default() };
                explainer.explain(mode, batch().reject(rejection)).unwrap()
            });
            assert_eq!(parts.iter().map(Explanations::len).sum::<usize>(), all.len(), "{}", cell.name);
            let best = explainer.explain(mode, batch().refine(Refinement { top: Some(1), ..Refinement::default() }));
            assert!(best.unwrap().iter().all(|explanation| explanation.rules().len() <= 1));
        }
    }
}
