//! What the golden files hold of explanations, and the same explanations by this crate. It compares nothing.

use std::collections::BTreeMap;

use ce_core::alternative::{self, AlternativeRule};
use ce_core::bins::{Condition, FeatureBins, NumericBins, SAMPLE_PERCENTILES};
use ce_core::calibrator::{Calibrator, Query, Sought};
use ce_core::discretizer::{ALTERNATIVE_DEPTH, FACTUAL_DEPTH, Labels};
use ce_core::event::Event;
use ce_core::factual::{self, FactualRule};
use ce_core::grid::{Answers, Grid};
use ce_core::predictive_system::Percentiles;
use ce_core::{Interval, Matrix};
use serde::Deserialize;

use crate::support::{Case, Cuts, Explanation, Golden, Input, Task, Version, read};

/// Below this the weight of a golden rule is noise, and the rule need not be there.
pub(crate) const NOISE: f64 = 1e-12;

/// Explanations of the test rows of a case, by one version of the package or mended.
pub(crate) struct Block<'a> {
    /// Case, version and name in the file.
    pub(crate) place: String,
    pub(crate) version: Version,
    pub(crate) golden: &'a Golden,
    /// The event that is explained, in place of the target itself.
    pub(crate) event: Option<Event>,
    /// Whether upper bounds may lie above 1: those of more than two classes, where they are not mended.
    pub(crate) is_unclamped: bool,
    pub(crate) explanations: Vec<Explanation>,
}

impl Block<'_> {
    /// The upper bound of an instance's own prediction, clamped where the package does not.
    pub(crate) fn base_high(&self, golden: &Explanation) -> f64 {
        if self.is_unclamped { golden.base.high.min(1.0) } else { golden.base.high }
    }
}

/// Every block of a case that is a target, of `factual`, `alternatives` or `fast` explanations.
pub(crate) fn blocks<'a>(case: &'a Case, mode: &str) -> Vec<Block<'a>> {
    let mut blocks = Vec::new();
    for (version, golden) in &case.golden {
        let number = if *version == Version::Prediction { "v1.0.2" } else { "v0.9.0" };
        let is_multiclass = case.name.starts_with("multiclass");
        let mut push = |place: &str, event, explanations: Vec<Explanation>| {
            assert_eq!(explanations.len(), case.input.x_test.len());
            let place = format!("{}, {number}, {place}", case.name);
            let is_unclamped = is_multiclass && *version == Version::Observed;
            blocks.push(Block { place, version: *version, golden, event, is_unclamped, explanations });
        };
        if is_multiclass && *version == Version::Prediction {
            let mut mended: BTreeMap<String, Vec<Explanation>> = read(&format!("{}.mended.json", case.name));
            push("mended", None, mended.remove(mode).unwrap());
            continue;
        }
        let mut plain: Vec<Explanation> = golden.block(mode);
        if mode == "alternatives" && !case.input.categorical().is_empty() {
            let corrected: Corrected = read(&format!("{}.corrected_alternatives.{number}.json", case.name));
            plain.iter_mut().zip(corrected.alternatives).for_each(|(plain, rules)| plain.rules = rules);
        }
        push(mode, None, plain);
        // Those of 0.9.0 depend on the position in the batch.
        if case.input.task == Task::Regression && *version == Version::Prediction {
            for (name, event) in case.input.events() {
                push(name, Some(event), golden.block(&format!("{mode}_{name}")));
            }
        }
    }
    blocks
}

/// Categorical alternatives rightly paired.
#[derive(Deserialize)]
struct Corrected {
    alternatives: Vec<Vec<crate::support::Rule>>,
}

/// The grid of a case as a version cuts it; cuts that hang on rounding noise are the package's.
pub(crate) fn grid(input: &Input, version: Version, max_depth: usize, golden: &Golden) -> Grid {
    let data = input.flat_x_cal();
    let x_cal = Matrix::new(&data, input.x_cal.len(), input.feature_names.len()).unwrap();
    let fit = |labels: Labels<'_>| {
        Grid::fit(x_cal, labels, max_depth, input.categorical(), &[], &SAMPLE_PERCENTILES).unwrap()
    };
    let mut features = with_labels(input, version, fit).features().to_vec();
    for (&feature, Cuts { cuts, ambiguous }) in discretizer(golden, max_depth) {
        if *ambiguous {
            let bins = NumericBins::new(&x_cal.column(feature), cuts.clone(), &SAMPLE_PERCENTILES).unwrap();
            features[feature] = FeatureBins::Numeric(bins);
        }
    }
    Grid::from_features(features)
}

/// The golden cuts of a depth.
pub(crate) fn discretizer(golden: &Golden, max_depth: usize) -> &BTreeMap<usize, Cuts> {
    match max_depth {
        FACTUAL_DEPTH => &golden.factual_discretizer,
        ALTERNATIVE_DEPTH => &golden.alternative_discretizer,
        other => panic!("there are no golden cuts of depth {other}"),
    }
}

/// Hands the labels of a version on.
pub(crate) fn with_labels<T>(input: &Input, version: Version, read: impl FnOnce(Labels<'_>) -> T) -> T {
    match input.task {
        Task::Regression => read(Labels::Values(&input.cut_values(version))),
        Task::Classification => {
            let labels = input.cut_labels(version);
            read(Labels::Classes { labels: &labels, n_classes: input.model_outputs.cal[0].len() })
        }
    }
}

/// What is sought of a row: the given class or the row's own, the default percentiles, or the event.
pub(crate) fn sought(input: &Input, event: Option<Event>, class: Option<u32>) -> Sought {
    match (input.task, event) {
        (Task::Classification, _) => Sought::Class(class),
        (Task::Regression, Some(event)) => Sought::Event(event),
        (Task::Regression, None) => Sought::Percentiles(Percentiles::new(5.0, 95.0).unwrap()),
    }
}

/// Both rounds for one instance, with the golden model.
pub(crate) struct Explained<'a> {
    grid: &'a Grid,
    x: &'a [f64],
    pub(crate) base: Interval,
    predict: Vec<f64>,
    low: Vec<f64>,
    high: Vec<f64>,
    /// The feature of each answer.
    pub(crate) features: Vec<u32>,
}

impl<'a> Explained<'a> {
    pub(crate) fn new(
        input: &'a Input,
        calibrator: &Calibrator,
        grid: &'a Grid,
        test_idx: usize,
        event: Option<Event>,
    ) -> Self {
        let x = &input.x_test[test_idx];
        let (mut features, mut values) = (Vec::new(), Vec::new());
        let n_asked = grid.plan(x, &mut features, &mut values).unwrap();
        assert_eq!(n_asked, grid.n_asked(x).unwrap());
        let mut asker = calibrator.asker();
        let category = input.category(test_idx);
        let mut ask = |scores: &[f64], class| {
            asker
                .answer(&Query { scores, category, difficulty: None, sought: sought(input, event, class) }, &mut [])
                .unwrap()
        };
        let base = ask(&input.model.outputs(x), None);
        let (mut predict, mut low, mut high) = (Vec::new(), Vec::new(), Vec::new());
        for (&feature, &value) in features.iter().zip(&values) {
            let mut perturbed = x.clone();
            perturbed[feature as usize] = value;
            // The class is that of the unperturbed instance.
            let answer = ask(&input.model.outputs(&perturbed), base.class).interval;
            predict.push(answer.predict);
            low.push(answer.low);
            high.push(answer.high);
        }
        Self { grid, x, base: base.interval, predict, low, high, features }
    }

    fn answers(&self) -> Answers<'_> {
        Answers { predict: &self.predict, low: &self.low, high: &self.high }
    }

    pub(crate) fn factual(&self) -> Vec<FactualRule> {
        let mut rules = Vec::new();
        factual::rules(self.grid, self.x, self.base, self.answers(), &mut rules).unwrap();
        rules
    }

    pub(crate) fn alternatives(&self) -> Vec<AlternativeRule> {
        let mut rules = Vec::new();
        alternative::rules(self.grid, self.x, self.base, self.answers(), &mut rules).unwrap();
        rules
    }

    /// Whether an answer about this feature may have been clamped: then the package's upper bound is no target.
    pub(crate) fn touches_one(&self, feature: usize) -> bool {
        self.features.iter().zip(&self.high).any(|(&asked, &high)| asked as usize == feature && high >= 1.0)
    }
}

/// The text that the package writes for a condition.
pub(crate) fn text(input: &Input, feature: usize, condition: Condition) -> String {
    let name = &input.feature_names[feature];
    match condition {
        Condition::AtMost(cut) => format!("{name} <= {cut:.2}"),
        Condition::Above(cut) => format!("{name} > {cut:.2}"),
        Condition::Within(low, high) => format!("{low:.2} < {name} <= {high:.2}"),
        Condition::Below(cut) => format!("{name} < {cut:.2}"),
        Condition::Equal(value) => {
            format!("{name} = {}", input.categorical_labels.as_ref().unwrap()[&feature][&(value as i64)])
        }
    }
}
