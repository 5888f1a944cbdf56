//! What must hold of a calibrator of any task. It never compares with the Python package: that is what `golden` does.

use ce_core::calibrator::{Answer, CalibrationSet, Calibrator, Query, Sought};
use ce_core::event::{Event, halves};
use ce_core::pcg64::Pcg64;
use ce_core::predictive_system::{Percentiles, PredictiveSystem};
use ce_core::venn_abers::{VennAbers, rounded};
use ce_core::{Error, Interval, Matrix};
use proptest::prelude::*;

/// A calibration set that owns its numbers.
#[derive(Clone, Debug)]
struct Data {
    is_regression: bool,
    n_outputs: usize,
    rows: Vec<Row>,
}

#[derive(Clone, Debug)]
struct Row {
    scores: Vec<f64>,
    target: f64,
    category: u32,
}

impl Data {
    fn fit(&self, is_mondrian: bool) -> Result<Calibrator, Error> {
        let scores: Vec<f64> = self.rows.iter().flat_map(|row| row.scores.iter()).copied().collect();
        let targets: Vec<f64> = self.rows.iter().map(|row| row.target).collect();
        let categories: Vec<u32> = self.rows.iter().filter(|_| is_mondrian).map(|row| row.category).collect();
        let set = CalibrationSet {
            scores: Matrix::new(&scores, self.rows.len(), self.n_outputs)?,
            targets: &targets,
            categories: &categories,
            difficulties: &[],
            seed: 42,
        };
        if self.is_regression { Calibrator::fit_values(&set) } else { Calibrator::fit_classes(&set) }
    }

    fn with_rows(&self, rows: Vec<Row>) -> Self {
        Self { rows, ..self.clone() }
    }

    /// All that can be asked about a row.
    fn all_sought(&self) -> Vec<Sought> {
        if self.is_regression {
            let pairs = [(5.0, 95.0), (25.0, 75.0), (50.0, 50.0), (f64::NEG_INFINITY, 90.0), (10.0, f64::INFINITY)];
            let percentiles = pairs.map(|(low, high)| Sought::Percentiles(Percentiles::new(low, high).unwrap()));
            let ends = [(f64::NEG_INFINITY, 0.0), (-1.0, 1.5), (f64::NEG_INFINITY, 100.0), (0.0, 0.5)];
            let events = ends.map(|(low, high)| Sought::Event(Event::new(low, high).unwrap()));
            percentiles.into_iter().chain(events).collect()
        } else {
            (0..self.n_outputs as u32).map(Some).chain([None]).map(Sought::Class).collect()
        }
    }
}

/// The answers to every question about every row, with the row's own category or none.
fn answers(calibrator: &Calibrator, data: &Data, about: &[Row], is_mondrian: bool) -> Vec<Answer> {
    let mut asker = calibrator.asker();
    let mut answers = Vec::new();
    for row in about {
        for sought in data.all_sought() {
            let query =
                Query { scores: &row.scores, category: is_mondrian.then_some(row.category), difficulty: None, sought };
            answers.push(asker.answer(&query, &mut []).unwrap());
        }
    }
    answers
}

/// Numbers with ties and without.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![-3.0..3.0, (-6_i8..6).prop_map(|half| f64::from(half) / 2.0)]
}

/// A probability with ties and without, also where rounding to 4 decimals makes some.
fn probability() -> impl Strategy<Value = f64> {
    prop_oneof![0.0..1.0, (0_u8..=4).prop_map(|quarter| f64::from(quarter) / 4.0), 0.1234..0.1237]
}

fn row(is_regression: bool, n_outputs: usize) -> impl Strategy<Value = Row> {
    let scores = if is_regression { number().boxed() } else { probability().boxed() };
    let target = if is_regression { number().boxed() } else { (0..n_outputs as u32).prop_map(f64::from).boxed() };
    (prop::collection::vec(scores, n_outputs), target, 0_u32..3).prop_map(|(scores, target, category)| Row {
        scores,
        target,
        category,
    })
}

fn data_of(is_regression: bool, n_outputs: usize) -> impl Strategy<Value = Data> {
    prop::collection::vec(row(is_regression, n_outputs), 1..50).prop_map(move |rows| Data {
        is_regression,
        n_outputs,
        rows,
    })
}

fn classes() -> impl Strategy<Value = Data> {
    prop_oneof![data_of(false, 2), data_of(false, 3), data_of(false, 5)]
}

fn values() -> impl Strategy<Value = Data> {
    data_of(true, 1)
}

fn data() -> impl Strategy<Value = Data> {
    prop_oneof![classes(), values()]
}

/// Data, and the same in another order.
fn permuted(data: impl Strategy<Value = Data>) -> impl Strategy<Value = (Data, Data)> {
    data.prop_flat_map(|data| {
        let rows = Just(data.rows.clone()).prop_shuffle();
        (Just(data.clone()), rows.prop_map(move |rows| data.with_rows(rows)))
    })
}

/// F(x, t) by counting.
fn counted(residuals: &[f64], prediction: f64, threshold: f64) -> f64 {
    let n_at_most = residuals.iter().filter(|residual| prediction + **residual <= threshold).count();
    (n_at_most + 1) as f64 / (residuals.len() + 1) as f64
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_interval_contains_its_point_estimate(data in data(), is_mondrian in any::<bool>()) {
        let calibrator = data.fit(is_mondrian).unwrap();
        for Answer { interval: Interval { predict, low, high }, class } in answers(&calibrator, &data, &data.rows, is_mondrian) {
            prop_assert!(low <= predict && predict <= high, "{predict} in [{low}, {high}]");
            prop_assert!(predict.is_finite());
            prop_assert_eq!(class.is_none(), data.is_regression);
            prop_assert!(data.is_regression || (0.0 <= low && high <= 1.0));
        }
    }

    #[test]
    fn probabilities_of_events_are_probabilities(data in values(), is_mondrian in any::<bool>()) {
        let calibrator = data.fit(is_mondrian).unwrap();
        let mut asker = calibrator.asker();
        for row in &data.rows {
            for sought in data.all_sought().into_iter().filter(|sought| matches!(sought, Sought::Event(_))) {
                let query = Query { scores: &row.scores, category: is_mondrian.then_some(row.category), difficulty: None, sought };
                let Interval { low, high, .. } = asker.answer(&query, &mut []).unwrap().interval;
                prop_assert!(0.0 <= low && high <= 1.0);
            }
        }
    }

    #[test]
    fn probabilities_of_all_classes_agree_with_the_answers(data in classes(), is_mondrian in any::<bool>()) {
        let calibrator = data.fit(is_mondrian).unwrap();
        let mut asker = calibrator.asker();
        for row in &data.rows {
            let mut ask = |class, probability: &mut [f64]| {
                let category = is_mondrian.then_some(row.category);
                asker.answer(&Query { scores: &row.scores, category, difficulty: None, sought: Sought::Class(class) }, probability).unwrap()
            };
            let mut probability = vec![f64::NAN; data.n_outputs];
            let own = ask(None, &mut probability);
            let sum: f64 = probability.iter().sum();
            prop_assert!((sum - 1.0).abs() < 1e-12 || sum == 0.0, "{sum}");
            for (class, &expected) in (0..).zip(&probability) {
                prop_assert_eq!(ask(Some(class), &mut []).interval.predict, expected);
            }
            let class = own.class.unwrap() as usize;
            prop_assert_eq!(own.interval.predict, probability[class]);
            let n_likelier = probability.iter().filter(|other| **other > probability[class]).count();
            let n_equal_before = probability[..class].iter().filter(|other| **other == probability[class]).count();
            let is_own = if data.n_outputs == 2 { class == 1 } else { n_likelier + n_equal_before == 0 };
            prop_assert!(is_own);
        }
    }

    #[test]
    fn the_order_of_calibration_rows_changes_no_class((data, permuted) in permuted(classes()), is_mondrian in any::<bool>()) {
        prop_assert_eq!(data.fit(is_mondrian).unwrap(), permuted.fit(is_mondrian).unwrap());
    }

    #[test]
    fn the_order_of_calibration_rows_changes_no_percentile(
        (data, permuted) in permuted(values()),
        is_mondrian in any::<bool>(),
    ) {
        let [one, other] = [&data, &permuted].map(|fitted| {
            let all = answers(&fitted.fit(is_mondrian).unwrap(), &data, &data.rows, is_mondrian);
            // The first five questions about a row are those for percentiles.
            all.chunks(9).flat_map(|of_row| of_row[..5].to_vec()).collect::<Vec<Answer>>()
        });
        prop_assert_eq!(one, other);
    }

    /// The split looks at the places of rows. Rows that change places within their half change nothing.
    #[test]
    fn the_order_of_rows_within_a_half_changes_no_event(
        data in values(),
        is_mondrian in any::<bool>(),
        seed in any::<u64>(),
    ) {
        let mut rows = data.rows.clone();
        let (first, second) = halves(rows.len() as u32, 42);
        for half in [first, second] {
            let mut shuffled = half.clone();
            Pcg64::new(seed).shuffle(&mut shuffled);
            for (from, to) in half.iter().zip(&shuffled) {
                rows[*to as usize] = data.rows[*from as usize].clone();
            }
        }
        prop_assert_eq!(data.with_rows(rows).fit(is_mondrian).unwrap(), data.fit(is_mondrian).unwrap());
    }

    #[test]
    fn one_category_for_all_is_no_category(data in data()) {
        let rows = data.rows.iter().map(|row| Row { category: 7, ..row.clone() }).collect();
        let same = data.with_rows(rows);
        let mondrian = answers(&same.fit(true).unwrap(), &same, &same.rows, true);
        prop_assert_eq!(mondrian, answers(&data.fit(false).unwrap(), &data, &data.rows, false));
    }

    /// Of more than two classes this holds only if the category lacks none, and of events only without the split.
    #[test]
    fn a_category_is_calibrated_as_its_rows_alone_would_be(data in prop_oneof![data_of(false, 2), values()]) {
        let mondrian = data.fit(true).unwrap();
        for &category in mondrian.categories() {
            let rows: Vec<Row> = data.rows.iter().filter(|row| row.category == category).cloned().collect();
            let alone = data.with_rows(rows.clone()).fit(false).unwrap();
            let one = answers(&mondrian, &data, &rows, true);
            let other = answers(&alone, &data, &rows, false);
            let n_kept = if data.is_regression { 5 } else { 3 };
            for (one, other) in one.chunks(data.all_sought().len()).zip(other.chunks(data.all_sought().len())) {
                prop_assert_eq!(&one[..n_kept], &other[..n_kept]);
            }
        }
    }

    #[test]
    fn a_restored_calibrator_is_the_saved_one(data in data(), is_mondrian in any::<bool>()) {
        let calibrator = data.fit(is_mondrian).unwrap();
        let before = answers(&calibrator, &data, &data.rows, is_mondrian);
        let saved = serde_json::to_string(&calibrator).unwrap();
        let restored: Calibrator = serde_json::from_str(&saved).unwrap();
        prop_assert_eq!(&restored, &calibrator);
        prop_assert_eq!(answers(&restored, &data, &data.rows, is_mondrian), before);
        prop_assert_eq!(serde_json::to_string(&restored).unwrap(), saved);
    }

    #[test]
    fn events_follow_their_definition(data in values()) {
        let calibrator = data.fit(false).unwrap();
        let (first, second) = halves(data.rows.len() as u32, 42);
        let residual = |&idx: &u32| data.rows[idx as usize].target - data.rows[idx as usize].scores[0];
        let residuals: Vec<f64> = first.iter().map(residual).collect();
        for sought in data.all_sought() {
            let Sought::Event(event) = sought else { continue };
            let score = |prediction: f64| rounded(match event.low() {
                f64::NEG_INFINITY => counted(&residuals, prediction, event.high()),
                low => counted(&residuals, prediction, event.high()) - counted(&residuals, prediction, low),
            }, 10);
            let rows = second.iter().map(|&idx| &data.rows[idx as usize]);
            let (scores, labels): (Vec<f64>, Vec<bool>) =
                rows.map(|row| (score(row.scores[0]), event.low() < row.target && row.target <= event.high())).unzip();
            let literal = VennAbers::fit_rounded(&scores, &labels, 10).unwrap();
            for row in &data.rows {
                let query = Query { scores: &row.scores, category: None, difficulty: None, sought };
                let found = calibrator.asker().answer(&query, &mut []).unwrap();
                prop_assert_eq!(found.interval, literal.interval(score(row.scores[0])));
            }
        }
    }

    #[test]
    fn the_score_of_a_threshold_never_falls(residuals in prop::collection::vec(number(), 1..40), prediction in number()) {
        let system = PredictiveSystem::fit(&residuals).unwrap();
        let thresholds: Vec<f64> = (-20..20).map(|step| f64::from(step) / 4.0).collect();
        let scores: Vec<f64> = thresholds.iter().map(|&t| system.score(prediction, 1.0, t)).collect();
        prop_assert!(scores.is_sorted());
        for (threshold, score) in thresholds.iter().zip(scores) {
            prop_assert_eq!(score, counted(&residuals, prediction, *threshold));
        }
    }
}

/// How many of `n_trials` new targets fall into an interval of a system fitted to 99 others; all are skewed, and those of
/// odd categories ten times as wide.
fn n_covered(n_trials: usize, percentiles: Percentiles, category: u32) -> usize {
    let mut generator = Pcg64::new(u64::from(category) + 1);
    let mut draw = |category: u32| {
        let noise = generator.uniform(0.0, 1.0).powi(3) * if category % 2 == 1 { 10.0 } else { 1.0 };
        let prediction = generator.uniform(-5.0, 5.0);
        Row { scores: vec![prediction], target: prediction + noise, category }
    };
    let mut trial = || {
        let rows = (0..198).map(|row_idx| draw(row_idx % 2)).collect();
        let calibrator = Data { is_regression: true, n_outputs: 1, rows }.fit(true).unwrap();
        let new = draw(category);
        let sought = Sought::Percentiles(percentiles);
        let query = Query { scores: &new.scores, category: Some(category), difficulty: None, sought };
        let Interval { low, high, .. } = calibrator.asker().answer(&query, &mut []).unwrap().interval;
        low <= new.target && new.target <= high
    };
    (0..n_trials).filter(|_| trial()).count()
}

#[test]
fn intervals_cover_as_often_as_they_say_in_each_category() {
    const N_TRIALS: usize = 3000;
    for (low, high) in [(10.0, 90.0), (f64::NEG_INFINITY, 70.0), (25.0, f64::INFINITY)] {
        // With 99 rows every percentile is a rank, so that coverage is exact.
        let expected = (high.min(100.0) - low.max(0.0)) / 100.0;
        let deviation = (expected * (1.0 - expected) / N_TRIALS as f64).sqrt();
        for category in [0, 1] {
            let share = n_covered(N_TRIALS, Percentiles::new(low, high).unwrap(), category) as f64 / N_TRIALS as f64;
            assert!((share - expected).abs() < 4.0 * deviation, "{low}, {high}: {share}, expected {expected}");
        }
    }
}
