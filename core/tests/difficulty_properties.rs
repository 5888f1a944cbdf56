//! What must hold of difficulties, summaries and normalisations whatever the data. It never compares with the Python
//! package: that is what `difficulty_package` does.

use ce_core::calibrator::{Answer, CalibrationSet, Calibrator, Query, Sought};
use ce_core::difficulty::{Estimator, Measure, Parameters, Scratch};
use ce_core::event::Event;
use ce_core::interval::Summary;
use ce_core::one_vs_rest::Normalization;
use ce_core::predictive_system::Percentiles;
use ce_core::{Error, Interval, Matrix};
use proptest::prelude::*;

#[derive(Clone, Debug)]
struct Data {
    /// 1 for a regression.
    n_outputs: usize,
    rows: Vec<Row>,
    is_mondrian: bool,
    summary: Summary,
    normalization: Normalization,
}

#[derive(Clone, Debug)]
struct Row {
    scores: Vec<f64>,
    target: f64,
    category: u32,
    difficulty: f64,
}

impl Data {
    fn fit(&self, difficulties: &[f64]) -> Result<Calibrator, Error> {
        let scores: Vec<f64> = self.rows.iter().flat_map(|row| row.scores.iter()).copied().collect();
        let targets: Vec<f64> = self.rows.iter().map(|row| row.target).collect();
        let categories: Vec<u32> = self.rows.iter().filter(|_| self.is_mondrian).map(|row| row.category).collect();
        let set = CalibrationSet {
            scores: Matrix::new(&scores, self.rows.len(), self.n_outputs)?,
            targets: &targets,
            categories: &categories,
            difficulties,
            seed: 42,
        };
        let fit = if self.n_outputs == 1 { Calibrator::fit_values } else { Calibrator::fit_classes };
        Ok(fit(&set)?.with_summary(self.summary).with_normalization(self.normalization))
    }

    fn difficulties(&self) -> Vec<f64> {
        self.rows.iter().map(|row| row.difficulty).collect()
    }

    fn all_sought(&self) -> Vec<Sought> {
        if self.n_outputs > 1 {
            return (0..self.n_outputs as u32).map(Some).chain([None]).map(Sought::Class).collect();
        }
        vec![
            Sought::Percentiles(Percentiles::new(5.0, 95.0).unwrap()),
            Sought::Percentiles(Percentiles::new(25.0, f64::INFINITY).unwrap()),
            Sought::Event(Event::at_most(0.5).unwrap()),
            Sought::Event(Event::new(-1.0, 1.5).unwrap()),
        ]
    }

    /// The answers to every question about every row, with these difficulties.
    fn answers(&self, calibrator: &Calibrator, difficulty: impl Fn(&Row) -> Option<f64>) -> Vec<Answer> {
        let mut asker = calibrator.asker();
        let mut answers = Vec::new();
        for row in &self.rows {
            for sought in self.all_sought() {
                let category = self.is_mondrian.then_some(row.category);
                let query = Query { scores: &row.scores, category, difficulty: difficulty(row), sought };
                answers.push(asker.answer(&query, &mut []).unwrap());
            }
        }
        answers
    }
}

fn row(n_outputs: usize) -> impl Strategy<Value = Row> {
    let number = prop_oneof![-3.0..3.0, (-6_i8..6).prop_map(|half| f64::from(half) / 2.0)];
    let probability = prop_oneof![0.0..1.0, (0_u8..=4).prop_map(|quarter| f64::from(quarter) / 4.0)];
    let (score, target, difficulty) = if n_outputs == 1 {
        (number.clone().boxed(), number.boxed(), prop_oneof![0.1..4.0, Just(1.0)].boxed())
    } else {
        let class = (0..n_outputs as u32).prop_map(f64::from);
        (probability.boxed(), class.boxed(), prop_oneof![0.0..1.0, Just(0.0), Just(1.0)].boxed())
    };
    (prop::collection::vec(score, n_outputs), target, 0_u32..3, difficulty)
        .prop_map(|(scores, target, category, difficulty)| Row { scores, target, category, difficulty })
}

fn data_of(n_outputs: usize) -> impl Strategy<Value = Data> {
    let summary = prop::sample::select(vec![Summary::RegularizedMean, Summary::Mean, Summary::Lower, Summary::Upper]);
    let normalization = prop::sample::select(vec![
        Normalization::Scale,
        Normalization::Simplex,
        Normalization::Coherence,
        Normalization::None,
    ]);
    (prop::collection::vec(row(n_outputs), 1..40), any::<bool>(), summary, normalization).prop_map(
        move |(rows, is_mondrian, summary, normalization)| Data {
            n_outputs,
            rows,
            is_mondrian,
            summary,
            normalization,
        },
    )
}

fn data() -> impl Strategy<Value = Data> {
    prop_oneof![data_of(1), data_of(2), data_of(3), data_of(5)]
}

fn measure() -> impl Strategy<Value = Measure> {
    prop::sample::select(vec![Measure::Distance, Measure::StandardDeviation, Measure::AbsoluteResiduals])
}

/// Three features, a target and a prediction.
type Example = ([f64; 3], f64, f64);

/// Rows with ties.
fn features() -> impl Strategy<Value = Vec<Example>> {
    let cell = || prop_oneof![-5.0..5.0, (-2_i8..2).prop_map(f64::from)];
    prop::collection::vec(([cell(), cell(), cell()], -3.0..3.0, -3.0..3.0), 8..40)
}

fn estimator(rows: &[Example], parameters: Parameters) -> Estimator {
    let x: Vec<f64> = rows.iter().flat_map(|row| row.0).collect();
    let (targets, predictions): (Vec<f64>, Vec<f64>) = rows.iter().map(|row| (row.1, row.2)).unzip();
    Estimator::fit_values(Matrix::new(&x, rows.len(), 3).unwrap(), &targets, &predictions, parameters).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_interval_holds_its_point_and_probabilities_stay_in_0_to_1(data in data()) {
        let calibrator = data.fit(&data.difficulties()).unwrap();
        let answers = data.answers(&calibrator, |row| Some(row.difficulty));
        for (idx, Answer { interval: Interval { predict, low, high }, .. }) in answers.into_iter().enumerate() {
            prop_assert!(low <= predict && predict <= high, "{predict} in [{low}, {high}]");
            let is_value = data.n_outputs == 1 && idx % 4 < 2;
            prop_assert!(is_value || (0.0 <= low && high <= 1.0), "[{low}, {high}]");
        }
    }

    #[test]
    fn a_difficulty_of_1_is_none_to_a_regression(data in data_of(1)) {
        let plain = data.answers(&data.fit(&[]).unwrap(), |_| None);
        let ones = data.fit(&vec![1.0; data.rows.len()]).unwrap();
        prop_assert_eq!(data.answers(&ones, |_| Some(1.0)), plain);
    }

    #[test]
    fn only_the_ratio_of_difficulties_matters_to_a_regression(data in data_of(1), power in -3_i32..4) {
        // A power of two moves no bit but those of the exponent.
        let factor = 2.0_f64.powi(power);
        let scaled: Vec<f64> = data.difficulties().iter().map(|difficulty| factor * difficulty).collect();
        let one = data.answers(&data.fit(&data.difficulties()).unwrap(), |row| Some(row.difficulty));
        let other = data.answers(&data.fit(&scaled).unwrap(), |row| Some(factor * row.difficulty));
        prop_assert_eq!(one, other);
    }

    #[test]
    fn wholly_difficult_rows_are_all_alike_to_a_classification(data in prop_oneof![data_of(2), data_of(3)]) {
        let calibrator = data.fit(&vec![1.0; data.rows.len()]).unwrap();
        let answers = data.answers(&calibrator, |_| Some(1.0));
        let n_sought = data.all_sought().len();
        for (row, found) in data.rows.iter().zip(answers.chunks(n_sought)) {
            let (first, of_first) = data.rows.iter().zip(answers.chunks(n_sought)).next().unwrap();
            prop_assert!(found == of_first || (data.is_mondrian && row.category != first.category));
        }
    }

    #[test]
    fn a_restored_calibrator_is_the_saved_one(data in data()) {
        let calibrator = data.fit(&data.difficulties()).unwrap();
        let saved = serde_json::to_string(&calibrator).unwrap();
        let restored: Calibrator = serde_json::from_str(&saved).unwrap();
        prop_assert_eq!(&restored, &calibrator);
        let one = data.answers(&restored, |row| Some(row.difficulty));
        prop_assert_eq!(one, data.answers(&calibrator, |row| Some(row.difficulty)));
    }

    #[test]
    fn a_difficulty_is_needed_exactly_where_calibration_has_one_and_in_its_range(data in data()) {
        let sought = data.all_sought()[0];
        let row = &data.rows[0];
        let category = data.is_mondrian.then_some(row.category);
        let ask = |calibrator: &Calibrator, difficulty| {
            calibrator.asker().answer(&Query { scores: &row.scores, category, difficulty, sought }, &mut [])
        };
        let (plain, difficult) = (data.fit(&[]).unwrap(), data.fit(&data.difficulties()).unwrap());
        prop_assert!(ask(&plain, None).is_ok() && ask(&difficult, Some(row.difficulty)).is_ok());
        let out_of_range = if data.n_outputs == 1 { 0.0 } else { 1.5 };
        let refused = [
            ask(&plain, Some(row.difficulty)),
            ask(&difficult, None),
            ask(&difficult, Some(out_of_range)),
            ask(&difficult, Some(f64::NAN)),
            ask(&difficult, Some(-1.0)),
        ];
        for refused in refused {
            prop_assert!(matches!(refused, Err(Error::Invalid { what: "difficulty", .. })), "{:?}", refused);
        }
        let mut difficulties = data.difficulties();
        difficulties[0] = f64::INFINITY;
        let unsound = data.fit(&difficulties).unwrap_err().to_string();
        prop_assert!(unsound.starts_with("difficulty: is inf at row 0, expected"), "{}", unsound);
        difficulties.push(0.5);
        let n_rows = data.rows.len();
        let long = Error::Shape { what: "difficulties", expected: n_rows, found: n_rows + 1 };
        prop_assert_eq!(data.fit(&difficulties), Err(long));
    }

    #[test]
    fn neighbours_follow_their_definition(rows in features(), measure in measure(), n_neighbours in 1_usize..8) {
        let found = estimator(&rows, Parameters { measure, n_neighbours, beta: 0.0, is_scaled: false });
        let spans: Vec<(f64, f64)> = (0..3)
            .map(|feature| {
                let column = || rows.iter().map(|row| row.0[feature]);
                let lowest = column().fold(f64::INFINITY, f64::min);
                (lowest, column().fold(f64::NEG_INFINITY, f64::max) - lowest)
            })
            .collect();
        let unit = |x: f64, (lowest, range): (f64, f64)| {
            let factor = if range > 0.0 { 1.0 / range } else { 1.0 };
            (x * factor - lowest * factor).clamp(0.0, 1.0)
        };
        for row in &rows {
            let mut distances: Vec<(f64, usize)> = rows.iter().enumerate().map(|(row_idx, other)| {
                let squares = (0..3).map(|j| (unit(row.0[j], spans[j]) - unit(other.0[j], spans[j])).powi(2));
                (squares.fold(0.0, |sum, square| sum + square), row_idx)
            }).collect();
            distances.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            let nearest = &distances[..n_neighbours];
            let mean = |value: &dyn Fn(&Example) -> f64| {
                nearest.iter().map(|(_, row_idx)| value(&rows[*row_idx])).sum::<f64>() / n_neighbours as f64
            };
            let expected = match measure {
                Measure::Distance => nearest.iter().map(|(square, _)| square.sqrt()).sum::<f64>(),
                Measure::AbsoluteResiduals => mean(&|row| (row.1 - row.2).abs()),
                Measure::StandardDeviation => {
                    let centre = mean(&|row| row.1);
                    mean(&|row| (row.1 - centre).powi(2)).sqrt()
                }
            };
            let difficulty = found.difficulty(&row.0, &mut Scratch::default()).unwrap();
            prop_assert!((difficulty - expected).abs() < 1e-12, "{difficulty} {expected}");
        }
    }

    #[test]
    fn what_was_asked_before_changes_no_difficulty(rows in features(), measure in measure(), is_scaled in any::<bool>()) {
        let estimator = estimator(&rows, Parameters { measure, n_neighbours: 5, beta: 0.01, is_scaled });
        let mut scratch = Scratch::default();
        for row in rows.iter().chain(rows.iter().rev()) {
            let difficulty = estimator.difficulty(&row.0, &mut scratch).unwrap();
            prop_assert_eq!(Ok(difficulty), estimator.difficulty(&row.0, &mut Scratch::default()));
            prop_assert!(difficulty >= 0.01 && (!is_scaled || difficulty <= 1.01));
        }
    }

    #[test]
    fn a_unit_of_measurement_changes_no_difficulty(rows in features(), measure in measure(), power in -4_i32..5) {
        let factor = 2.0_f64.powi(power);
        let other: Vec<_> = rows.iter().map(|row| (row.0.map(|x| factor * x), row.1, row.2)).collect();
        let parameters = Parameters { measure, n_neighbours: 4, beta: 0.0, is_scaled: true };
        let (one, scaled) = (estimator(&rows, parameters), estimator(&other, parameters));
        for (row, moved) in rows.iter().zip(&other) {
            let mut scratch = Scratch::default();
            prop_assert_eq!(one.difficulty(&row.0, &mut scratch), scaled.difficulty(&moved.0, &mut scratch));
        }
    }
}
