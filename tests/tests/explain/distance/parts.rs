//! A large call goes to a worker in parts, and nothing of it tells: not an answer, not an error, not the next call.

use ce_host::Host;
use ce_host::plugin_api::PluginError;
use ce_host::plugin_api::data::{
    AnswersMut, Asked, Calibration, Column, ColumnMut, Edits, Matrix, NONE, Questions, Rows,
};
use ce_host::plugin_api::kind::{CalibratorHandle, Fit, IntervalHandle};
use ce_host::plugin_api::manifest::Kind;
use ce_tests::{Scratch, bundle_path};

use super::near_and_far;
use super::restart::kill_worker;

/// Base rows, and the rows that are made of each.
const N_BASE: usize = 3_000;
const N_EDITED: usize = 7;
const N_ROWS: usize = N_BASE * (1 + N_EDITED);

/// What the first column of a row says to a calibrator that refuses it, or dies of it.
const REFUSED: f64 = -777.0;
const DEADLY: f64 = -666.0;
/// And to one that takes 0.4 seconds for it.
const SLOW: f64 = -444.0;

const SCHEMA: &str = r#"{"task": "classification", "classes": ["no", "yes"], "feature_names": ["a", "b"]}"#;

fn calibrator(host: &Host) -> CalibratorHandle {
    let plugin = host.catalog().registry().handle::<IntervalHandle>("test.interval.each").expect("it is loaded");
    let x = Matrix::new(&[0.0, 1.0], 1, 2).unwrap();
    let scores = Matrix::new(&[0.5, 0.5], 1, 2).unwrap();
    match plugin.fit(Calibration::new(x, &[1.0], scores, SCHEMA), Asked::nothing(2), "{}").unwrap() {
        Fit::Done(calibrator) => calibrator,
        Fit::Ask { .. } => panic!("it asks nothing"),
    }
}

/// A call as large as a batch of 3,000.
struct Call {
    base: Vec<f64>,
    edits: Edits,
    scores: Vec<f64>,
    row: Vec<u32>,
}

/// Every answer, to be compared bit by bit, and the number of calls that the calibrator counted by the last one.
#[derive(Debug, PartialEq)]
struct Answered {
    numbers: Vec<u64>,
    class: Vec<u32>,
}

impl Call {
    /// Asks about every row in order, the made ones first, so that the parts are about rows of either kind and both.
    fn new() -> Self {
        let mut edits = Edits::default();
        for edited_idx in 0..N_BASE * N_EDITED {
            let row = (edited_idx / N_EDITED) as u32;
            match edited_idx % N_EDITED {
                0 => edits.push_many(row, [(0, edited_idx as f64), (1, 0.25)]),
                1 => edits.push_many(row, []),
                feature => edits.push(row, (feature % 2) as u32, -(edited_idx as f64)),
            }
        }
        let made = (N_BASE..N_ROWS).map(|row| row as u32);
        Self {
            base: (0..2 * N_BASE).map(|value| value as f64 / 8.0).collect(),
            edits,
            scores: (0..2 * N_ROWS).map(|score| score as f64 / (2 * N_ROWS) as f64).collect(),
            row: made.chain(0..N_BASE as u32).collect(),
        }
    }

    /// Has the row of a question, which is one with its first column written over, begin with something else.
    fn write_first(&mut self, question: usize, value: f64) {
        let edit_idx = self.edits.end[question - 1] as usize;
        assert_eq!(self.edits.feature[edit_idx], 0);
        self.edits.value[edit_idx] = value;
    }

    /// A call that takes 0.4 seconds in each of its three parts.
    fn slow() -> Self {
        let mut call = Self::new();
        [4, 12_345, 20_999].into_iter().for_each(|question| call.write_first(question, SLOW));
        call
    }

    /// Answers, and how often the calibrator was called for them.
    fn ask(&self, calibrator: &CalibratorHandle) -> Result<(Answered, f64), PluginError> {
        let n = self.row.len();
        let of_each = |modulus: usize| (0..n).map(|idx| (idx % modulus) as u32).collect::<Vec<_>>();
        let (asked, feature, category) = (of_each(2), of_each(3), of_each(5));
        let asked: Vec<u32> =
            asked.into_iter().enumerate().map(|(idx, class)| if idx % 7 == 0 { NONE } else { class }).collect();
        let values: Vec<f64> = (0..2 * n).map(|value| value as f64).collect();
        let extra = [Column::new("pairs", 2, &values), Column::new("empty", 0, &[])];
        let questions = Questions {
            category: category.as_slice().into(),
            threshold_low: [f64::NEG_INFINITY].as_slice().into(),
            threshold_high: values[..n].into(),
            percentiles: [5.0, 95.0].as_slice().into(),
            ..Questions::about(&self.row).of_classes(&asked).of_features(&feature).with_extra(&extra)
        };
        let mut numbers = vec![f64::NAN; 3 * n];
        let (mut class, mut probability, mut wanted, mut calls) =
            (asked.clone(), vec![f64::NAN; 2 * n], vec![f64::NAN; 3 * n], vec![f64::NAN; n]);
        {
            let (predict, bounds) = numbers.split_at_mut(n);
            let (low, high) = bounds.split_at_mut(n);
            let mut columns = [
                ColumnMut { name: "wanted".into(), width: 3, values: wanted.as_mut_slice().into() },
                ColumnMut { name: "calls".into(), width: 1, values: calls.as_mut_slice().into() },
            ];
            let answers = AnswersMut::new(predict, low, high, &mut class).with_probability(&mut probability);
            let base = Matrix::new(&self.base, N_BASE, 2).unwrap();
            let scores = Matrix::new(&self.scores, N_ROWS, 2).unwrap();
            calibrator.answer(Rows::edited(base, &self.edits), scores, questions, answers.with_extra(&mut columns))?;
        }
        let numbers = numbers.iter().chain(&probability).chain(&wanted).map(|number| number.to_bits()).collect();
        Ok((Answered { numbers, class }, calls[n - 1] - calls[0] + 1.0))
    }
}

fn near_and_far_calibrators(scratch: &Scratch) -> ([Host; 2], [CalibratorHandle; 2]) {
    let hosts = near_and_far(scratch, |builder| builder);
    let calibrators = [calibrator(&hosts[0]), calibrator(&hosts[1])];
    (hosts, calibrators)
}

#[test]
fn a_large_call_is_answered_in_parts_as_it_is_at_once() {
    let scratch = Scratch::with_trusted(&[bundle_path("each")]);
    let (_hosts, [near, far]) = near_and_far_calibrators(&scratch);
    let call = Call::new();
    let (at_once, n_calls) = call.ask(&near).unwrap();
    assert_eq!(n_calls, 1.0);
    let (in_parts, n_calls) = call.ask(&far).unwrap();
    assert_eq!(n_calls, 3.0, "24,000 questions, 8,192 to a part");
    assert!(at_once == in_parts);

    // Every 8,192 questions are about rows from everywhere.
    let mut row = call.row.clone();
    row.sort_unstable_by_key(|row| row.wrapping_mul(2_654_435_769));
    let scattered = Call { row, ..call };
    let (in_one, n_calls) = scattered.ask(&far).unwrap();
    assert_eq!(n_calls, 1.0);
    assert!(in_one == scattered.ask(&near).unwrap().0);

    // Few questions take the range of rows along that they are about, here 1,500 to 1,510 and what is made of 1,502.
    let few = Call { row: vec![1_510, N_BASE as u32 + 7 * 1_502 + 3, 1_500], ..scattered };
    assert!(few.ask(&far).unwrap() == few.ask(&near).unwrap());
}

#[test]
fn an_error_about_a_part_names_the_question_of_the_call_and_the_next_call_is_answered() {
    let scratch = Scratch::with_trusted(&[bundle_path("each")]);
    let (_hosts, [near, far]) = near_and_far_calibrators(&scratch);
    let call = Call::new();
    // First and last questions of parts, and some between; each is about a row whose first column is written over.
    for question in [4, 8_190, 8_192, 12_345, 20_999] {
        let mut refused = Call::new();
        refused.write_first(question, REFUSED);
        let [of_near, of_far] = [&near, &far].map(|calibrator| refused.ask(calibrator).unwrap_err());
        assert_eq!(of_far, of_near, "question {question}");
        assert_eq!(of_far.instance, question);
        assert!(call.ask(&far).unwrap().0 == call.ask(&near).unwrap().0, "after question {question}");
    }
}

#[test]
fn a_part_that_ends_the_worker_is_a_failure_of_the_call_and_the_next_call_is_answered() {
    let scratch = Scratch::with_trusted(&[bundle_path("each")]);
    let hosts = near_and_far(&scratch, |builder| builder);
    let far = calibrator(&hosts[1]);
    let call = Call::new();
    let before = call.ask(&far).unwrap().0;
    // Base row 2,900 is asked about in the last part, and some rows are made of it in the one before.
    let mut deadly = Call::new();
    deadly.base[2 * 2_900] = DEADLY;
    let error = deadly.ask(&far).unwrap_err();
    assert!(error.message.contains("SIGABRT"), "{error:?}");
    assert!(call.ask(&far).unwrap().0 == before, "another worker, with the calibrator restored");
}

#[test]
fn parts_have_one_deadline_together() {
    let scratch = Scratch::with_trusted(&[bundle_path("each")]);
    scratch.configure("[isolation]\ndeadlines = { answer = 1.0 }");
    let (_hosts, [near, far]) = near_and_far_calibrators(&scratch);
    let call = Call::slow();
    let in_process = call.ask(&near).unwrap_err();
    assert!(in_process.message.contains("the deadline is 1.000 s"), "{in_process:?}");
    let in_worker = call.ask(&far).unwrap_err();
    assert!(in_worker.message.contains("`answer` took longer than 1 s"), "{in_worker:?}");
    assert!(Call::new().ask(&far).unwrap().0 == Call::new().ask(&near).unwrap().0);
}

#[test]
fn a_call_whose_worker_is_killed_between_its_parts_is_made_once_more() {
    let scratch = Scratch::with_trusted(&[bundle_path("each")]);
    let (hosts, [near, far]) = near_and_far_calibrators(&scratch);
    let entry = hosts[1].catalog().registry().entry(Kind::Interval, "test.interval.each").unwrap();
    let worker = entry.log.as_ref().unwrap().worker().expect("it runs in a worker");
    let before = computed(worker);
    let call = Call::slow();
    let answered = std::thread::scope(|scope| {
        let answering = scope.spawn(|| call.ask(&far).unwrap().0);
        // In the second part: each takes 0.4 seconds of computing.
        while computed(worker) < before + 0.6 {
            std::thread::yield_now();
        }
        kill_worker(&hosts[1], "test.interval.each");
        answering.join().unwrap()
    });
    assert_eq!(entry.log.as_ref().unwrap().restarts(), 1);
    assert!(answered == call.ask(&near).unwrap().0);
}

/// The seconds that a process has computed.
fn computed(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let after_name = stat.rsplit_once(')').unwrap().1;
    // Hundredths in user mode and in the kernel: the 14th and the 15th field.
    let ticks = after_name.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<f64>().unwrap());
    ticks.sum::<f64>() / 100.0
}

#[test]
fn what_does_not_fit_into_shared_memory_is_refused_with_the_remedy_and_the_next_call_is_answered() {
    let scratch = Scratch::with_trusted(&[bundle_path("each")]);
    scratch.configure("[isolation]\nmemory_mib = 64");
    let (_hosts, [near, far]) = near_and_far_calibrators(&scratch);
    let (n_rows, n_cols) = (9_000, 1_000);
    let (x, scores) = (vec![0.5; n_rows * n_cols], vec![0.5; 2 * n_rows]);
    let row: Vec<u32> = (0..n_rows as u32).collect();
    let (mut numbers, mut class) = ([vec![0.0; n_rows], vec![0.0; n_rows], vec![0.0; n_rows]], vec![NONE; n_rows]);
    let [predict, low, high] = &mut numbers;
    let rows = Rows::dense(Matrix::new(&x, n_rows, n_cols).unwrap());
    let scores = Matrix::new(&scores, n_rows, 2).unwrap();
    let mut ask = |calibrator: &CalibratorHandle| {
        let answers = AnswersMut::new(predict, low, high, &mut class);
        calibrator.answer(rows, scores, Questions::about(&row), answers)
    };
    ask(&near).unwrap();
    let error = ask(&far).unwrap_err();
    assert!(error.message.contains("67108864 bytes") && error.message.contains("`memory_mib`"), "{error:?}");
    assert!(Call::new().ask(&far).unwrap().0 == Call::new().ask(&near).unwrap().0);
}
