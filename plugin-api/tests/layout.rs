//! Pins the layout and the methods of everything that crosses the boundary. It never looks at behaviour.
//!
//! A change that fails here breaks every bundle that exists. What is wanted is a new method after `last_prefix_field`, a
//! further column or an option: see `docs/ABI.md`.

use std::mem::{align_of, offset_of, size_of};

use ce_plugin_api::data::{
    Answers, AnswersMut, Asked, Calibration, Column, ColumnBuf, ColumnMut, Edits, Matrix, Questions, QuestionsBuf,
    Rows, Rules,
};
use ce_plugin_api::kind::{
    Batch, CalibratorHandle, ExplainerHandle, ExplanationHandle, FitStep, IntervalHandle, LearnerHandle,
    LearnerPluginHandle, Outcome, PlotBuilderHandle, PlotRendererHandle, Step,
};
use ce_plugin_api::{BundleModuleRef, PluginError, RString, RegistrarHandle};

const RULE: &str = "The ABI is append-only: a released `#[repr(C)]` type never changes; a trait grows only at its end, \
                    with a default body";

/// Compares the size, the alignment and the offset of every field; a field that is not listed does not compile.
macro_rules! frozen {
    ($name:ident, $type:ty, $size:literal, $align:literal, { $($field:ident: $offset:literal),+ $(,)? }) => {
        let _all_fields_are_listed = |value: $type| { let $name { $($field: _),+ } = value; };
        let found = (size_of::<$type>(), align_of::<$type>(), [$((stringify!($field), offset_of!($type, $field))),+]);
        let frozen = ($size, $align, [$((stringify!($field), $offset)),+]);
        assert_eq!(found, frozen, "`{}` changed. {RULE}", stringify!($name));
    };
}

#[cfg(target_pointer_width = "64")]
#[test]
fn no_struct_of_the_boundary_changes() {
    frozen!(Matrix, Matrix<'static>, 32, 8, { data: 0, n_rows: 16, n_cols: 24 });
    frozen!(Column, Column<'static>, 40, 8, { name: 0, width: 16, values: 24 });
    frozen!(ColumnMut, ColumnMut<'static>, 40, 8, { name: 0, width: 16, values: 24 });
    frozen!(ColumnBuf, ColumnBuf, 72, 8, { name: 0, width: 32, values: 40 });
    frozen!(Rows, Rows<'static>, 104, 8, { base: 0, row: 32, end: 48, feature: 64, value: 80, skip_base: 96 });
    frozen!(Edits, Edits, 128, 8, { row: 0, end: 32, feature: 64, value: 96 });
    frozen!(Calibration, Calibration<'static>, 128, 8, { x: 0, y: 32, scores: 48, category: 80, schema: 96, extra: 112 });
    frozen!(Asked, Asked<'static>, 72, 8, { round: 0, state: 8, scores: 24, extra: 56 });
    frozen!(Questions, Questions<'static>, 128, 8, { row: 0, class: 16, feature: 32, category: 48, threshold_low: 64, threshold_high: 80, percentiles: 96, extra: 112 });
    frozen!(QuestionsBuf, QuestionsBuf, 160, 8, { row: 0, class: 32, feature: 64, extra: 96, want: 128 });
    frozen!(AnswersMut, AnswersMut<'static>, 96, 8, { predict: 0, low: 16, high: 32, class: 48, probability: 64, extra: 80 });
    frozen!(Answers, Answers<'static>, 80, 8, { predict: 0, low: 16, high: 32, class: 48, extra: 64 });
    frozen!(Rules, Rules, 480, 8, { instance_end: 0, weight: 32, weight_low: 64, weight_high: 96, predict: 128, low: 160, high: 192, condition_end: 224, feature: 256, operator: 288, condition_low: 320, condition_high: 352, rule_extra: 384, condition_extra: 416, instance_extra: 448 });
    frozen!(Batch, Batch<'static>, 264, 8, { x: 0, category: 32, extra: 48, options: 64, round: 80, state: 88, base: 104, answers: 184 });
    frozen!(Step, Step, 808, 8, { outcome: 0, edits: 8, questions: 136, state: 296, rules: 328 });
    frozen!(FitStep, FitStep, 192, 8, { calibrator: 0, ask: 32, state: 160 });
    frozen!(PluginError, PluginError, 48, 8, { code: 0, instance: 8, message: 16 });
}

#[cfg(target_pointer_width = "64")]
#[test]
fn no_handle_of_the_boundary_changes() {
    let handles = [
        ("LearnerPluginHandle", size_of::<LearnerPluginHandle>()),
        ("LearnerHandle", size_of::<LearnerHandle>()),
        ("IntervalHandle", size_of::<IntervalHandle>()),
        ("CalibratorHandle", size_of::<CalibratorHandle>()),
        ("ExplanationHandle", size_of::<ExplanationHandle>()),
        ("ExplainerHandle", size_of::<ExplainerHandle>()),
        ("PlotBuilderHandle", size_of::<PlotBuilderHandle>()),
        ("PlotRendererHandle", size_of::<PlotRendererHandle>()),
    ];
    for (name, size) in handles {
        assert_eq!(size, 24, "`{name}` changed. {RULE}");
    }
    assert_eq!(size_of::<RegistrarHandle<'_>>(), 16, "`RegistrarHandle` changed. {RULE}");
    assert_eq!(size_of::<BundleModuleRef>(), 8, "`BundleModuleRef` changed. {RULE}");
    let outcomes = [
        size_of::<Outcome<()>>(),
        size_of::<Outcome<RString>>(),
        size_of::<Outcome<FitStep>>(),
        size_of::<Outcome<Step>>(),
    ];
    assert_eq!(outcomes, [56, 56, 200, 816], "`Outcome` changed. {RULE}");
}

/// The frozen methods of each trait, in the order of its vtable, as they stand in version 1.0.0.
const METHODS: &[(&str, &str, &[&str])] = &[
    (
        "kind/learner.rs",
        "LearnerAbi",
        &[
            "info(&self) -> Outcome<RString>",
            "predict(&self, rows: Rows<'_>, scores: RSliceMut<'_, f64>) -> Outcome<()>",
        ],
    ),
    (
        "kind/learner.rs",
        "LearnerPluginAbi",
        &["open(&self, model: RSlice<'_, u8>, options: RStr<'_>) -> Outcome<LearnerHandle>"],
    ),
    (
        "kind/interval.rs",
        "IntervalAbi",
        &[
            "fit(&self, calibration: Calibration<'_>, asked: Asked<'_>, options: RStr<'_>) -> Outcome<FitStep>",
            "restore(&self, saved: RSlice<'_, u8>, options: RStr<'_>) -> Outcome<CalibratorHandle>",
        ],
    ),
    (
        "kind/interval.rs",
        "CalibratorAbi",
        &[
            "answer(&self, rows: Rows<'_>, scores: Matrix<'_>, questions: Questions<'_>, answers: AnswersMut<'_>) -> Outcome<()>",
            "save(&self) -> Outcome<RVec<u8>>",
        ],
    ),
    (
        "kind/explanation.rs",
        "ExplanationAbi",
        &[
            "prepare(&self, calibration: Calibration<'_>, calibrated: Answers<'_>, options: RStr<'_>) -> Outcome<ExplainerHandle>",
            "restore(&self, saved: RSlice<'_, u8>, options: RStr<'_>) -> Outcome<ExplainerHandle>",
        ],
    ),
    (
        "kind/explanation.rs",
        "ExplainerAbi",
        &["step(&self, batch: Batch<'_>) -> Outcome<Step>", "save(&self) -> Outcome<RVec<u8>>"],
    ),
    (
        "kind/plot_builder.rs",
        "PlotBuilderAbi",
        &["build(&self, explanations: RStr<'_>, intent: RStr<'_>) -> Outcome<RString>"],
    ),
    (
        "kind/plot_renderer.rs",
        "PlotRendererAbi",
        &["render(&self, spec: RStr<'_>, format: RStr<'_>, options: RStr<'_>) -> Outcome<RVec<u8>>"],
    ),
    (
        "registrar.rs",
        "RegistrarSink",
        &[
            "learner(&mut self, identifier: RString, plugin: LearnerPluginHandle)",
            "interval(&mut self, identifier: RString, plugin: IntervalHandle)",
            "explanation(&mut self, identifier: RString, plugin: ExplanationHandle)",
            "plot_builder(&mut self, identifier: RString, plugin: PlotBuilderHandle)",
            "plot_renderer(&mut self, identifier: RString, plugin: PlotRendererHandle)",
        ],
    ),
];

#[test]
fn no_method_of_the_boundary_changes_or_moves() {
    for (file, name, frozen) in METHODS {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        let (before, body) = text.split_once(&format!("pub trait {name}")).unwrap();
        assert!(before.trim_end().ends_with("#[sabi_trait]"), "`{name}` is no sabi_trait. {RULE}");
        let body = body.split("\n}").next().unwrap();
        let (prefix, rest) = body.split_once("#[sabi(last_prefix_field)]").unwrap();
        let mut methods = signatures(prefix);
        let after = signatures(rest);
        methods.push(after[0].clone());
        assert_eq!(methods, *frozen, "the frozen methods of `{name}` changed. {RULE}");
        for appended in &after[1..] {
            assert!(appended.ends_with('{'), "`{appended}` of `{name}` has no default body. {RULE}");
        }
    }
}

#[test]
fn every_trait_of_the_boundary_is_pinned() {
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = std::fs::read_dir(source.join("kind")).unwrap().map(|entry| entry.unwrap().path());
    let count = |path: std::path::PathBuf| {
        std::fs::read_to_string(path).unwrap().lines().filter(|line| line.trim() == "#[sabi_trait]").count()
    };
    let n_traits: usize = files.map(count).sum::<usize>() + count(source.join("registrar.rs"));
    assert_eq!(n_traits, METHODS.len(), "pin the methods of the new trait in METHODS. {RULE}");
}

/// The methods of a trait's body, each on one line with single spaces and no trailing comma.
fn signatures(body: &str) -> Vec<String> {
    let code: Vec<&str> = body.lines().map(str::trim).filter(|l| !l.starts_with("//") && !l.starts_with('#')).collect();
    let code = code.join(" ");
    code.split("fn ")
        .skip(1)
        .map(|method| {
            let end = method.find([';', '{']).unwrap();
            let signature = method[..=end].trim_end_matches(';').trim();
            signature.replace("( ", "(").replace(", )", ")")
        })
        .collect()
}
