//! Parts of calls: what each question is about stays as it was, and what is not worth it is sent as it is.

use ce_plugin_api::data::{Edits, NONE};
use proptest::prelude::*;

use super::*;
use crate::isolation::wire::{MatrixAt, Packed, Packer, QuestionsAt, RowsAt};

const N_COLS: usize = 3;
const PERCENTILES: [f64; 2] = [5.0, 95.0];

/// A call: rows, scores that tell rows apart, and questions that tell themselves apart.
#[derive(Clone, Debug)]
struct Call {
    base: Vec<f64>,
    edits: Edits,
    scores: Vec<f64>,
    row: Vec<u32>,
    feature: Vec<u32>,
    extra: Vec<f64>,
}

impl Call {
    /// `edited`: the base row of each edited row and how many edits it has.
    fn new(n_base: usize, edited: &[(u32, usize)], row: Vec<u32>) -> Self {
        let mut edits = Edits::default();
        for (edited_idx, &(base_row, n_edits)) in edited.iter().enumerate() {
            let edit = |edit_idx: usize| ((edit_idx % N_COLS) as u32, (1000 * (edited_idx + 1) + edit_idx) as f64);
            edits.push_many(base_row, (0..n_edits).map(edit));
        }
        let n_rows = n_base + edited.len();
        Self {
            base: (0..n_base * N_COLS).map(|value| value as f64).collect(),
            edits,
            scores: (0..2 * n_rows).map(|score| score as f64 / 1000.0).collect(),
            feature: (0..row.len() as u32).map(|question| if question % 2 == 0 { question } else { NONE }).collect(),
            extra: (0..2 * row.len()).map(|value| value as f64).collect(),
            row,
        }
    }

    fn rows(&self) -> Rows<'_> {
        Rows::edited(Matrix::new(&self.base, self.base.len() / N_COLS, N_COLS).unwrap(), &self.edits)
    }

    fn with_questions<T>(&self, work: impl FnOnce(Matrix<'_>, Questions<'_>) -> T) -> T {
        let extra = [Column::new("extra", 2, &self.extra)];
        let questions = Questions::about(&self.row).of_classes(&[1]).of_features(&self.feature).with_extra(&extra);
        let scores = Matrix::new(&self.scores, self.scores.len() / 2, 2).unwrap();
        work(scores, Questions { percentiles: PERCENTILES.as_slice().into(), ..questions })
    }

    fn parts(&self, len: usize) -> Option<Vec<Part>> {
        self.with_questions(|scores, questions| Part::several(self.rows(), scores, questions, len, usize::MAX))
    }
}

/// What there is to know about each question of a call.
fn each(rows: Rows<'_>, scores: Matrix<'_>, questions: Questions<'_>) -> Vec<String> {
    assert_eq!(scores.n_rows, rows.n_rows());
    let extra = questions.extra[0];
    let about = |(question_idx, question)| {
        let ce_plugin_api::data::Question { row, class, feature, category } = question;
        let mut values = [f64::NAN; N_COLS];
        rows.write_row(row, &mut values);
        let extra = &extra.values[question_idx * extra.width..][..extra.width];
        let percentiles = questions.percentiles;
        format!("{values:?} {:?} {class:?} {feature:?} {category:?} {percentiles:?} {extra:?}", scores.row(row))
    };
    questions.iter().enumerate().map(about).collect()
}

/// The same of the parts of a call, each written and read as a message of its own.
fn each_in_parts(call: &Call, parts: &[Part]) -> Vec<String> {
    let mut told = Vec::new();
    for part in parts {
        let mut room = vec![0_u64; 4096];
        let mut packer = Packer::new(bytemuck::cast_slice_mut(&mut room));
        let (rows, scores, questions) = call.with_questions(|scores, questions| {
            let rows = RowsAt::put_part(call.rows(), part, &mut packer).unwrap();
            let scores = MatrixAt::put_part(scores, part, &mut packer).unwrap();
            (rows, scores, QuestionsAt::put_part(questions, part, &mut packer).unwrap())
        });
        let packed = Packed(bytemuck::cast_slice(&room));
        let (rows, scores) = (rows.view(packed).unwrap(), scores.view(packed).unwrap());
        told.extend(questions.with(packed, |questions| each(rows, scores, questions)).unwrap());
    }
    told
}

fn calls() -> impl Strategy<Value = Call> {
    let edited = |n_base: u32| prop::collection::vec((0..n_base, 0_usize..5), 0..20);
    (1_u32..8).prop_flat_map(move |n_base| (Just(n_base), edited(n_base))).prop_flat_map(|(n_base, edited)| {
        let n_rows = n_base + edited.len() as u32;
        prop::collection::vec(0..n_rows, 1..40)
            .prop_flat_map(|row| {
                let mut sorted = row.clone();
                sorted.sort_unstable();
                prop_oneof![Just(row), Just(sorted)]
            })
            .prop_map(move |row| Call::new(n_base as usize, &edited, row))
    })
}

proptest! {
    #[test]
    fn a_question_of_a_part_is_the_question_that_it_was((call, len) in (calls(), 1_usize..12)) {
        let whole = call.with_questions(|scores, questions| each(call.rows(), scores, questions));
        // Also where it would not be worth it.
        let parts = call.with_questions(|_, questions| {
            let part = |start: usize| {
                let range = start..questions.len().min(start + len);
                let window = Window::of(call.rows(), &call.row[range.clone()]);
                Part { questions: range, window: Some(window.expect("every row is there")) }
            };
            (0..questions.len()).step_by(len).map(part).collect::<Vec<_>>()
        });
        prop_assert_eq!(&each_in_parts(&call, &parts), &whole);
        if let Some(worth_it) = call.parts(len) {
            prop_assert_eq!(worth_it, parts);
        }
    }
}

#[test]
fn parts_of_questions_in_order_have_no_rows_in_common() {
    // Two edited rows for each of five base rows, as a factual explanation asks.
    let edited: Vec<_> = (0..10).map(|edited_idx| (edited_idx / 2, 1)).collect();
    let call = Call::new(5, &edited, (5..15).collect());
    let windows = |len| {
        let parts = call.parts(len).unwrap();
        parts
            .into_iter()
            .map(|part| part.window.map(|window| (window.base, window.edited)).unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(windows(4), [(0..2, 0..4), (2..4, 4..8), (4..5, 8..10)]);
    assert_eq!(windows(10), [(0..5, 0..10)]);

    // Two rows of three columns and four edits, and two scores for each of six rows.
    let n_bytes = 8 * (2 * 3 + 4 + 6 * 2);
    let parts = |n_bytes_max| {
        call.with_questions(|scores, questions| Part::several(call.rows(), scores, questions, 4, n_bytes_max))
    };
    assert!(parts(n_bytes).is_some());
    assert_eq!(parts(n_bytes - 1), None, "a part that would fill its room");
}

#[test]
fn a_call_about_few_of_its_rows_takes_those_alone() {
    let edited: Vec<_> = (0..90).map(|edited_idx| (edited_idx / 30, 1)).collect();
    let call = Call::new(3, &edited, vec![0, 1, 2]);
    let [part] = call.parts(8).unwrap().try_into().unwrap();
    assert_eq!(part.window, Some(Window { n_base: 3, base: 0..3, edited: 0..0 }));
}

#[test]
fn parts_that_would_share_their_rows_are_one() {
    let edited: Vec<_> = (0..16).map(|edited_idx| (edited_idx / 4, 1)).collect();
    let every_fourth = (0..16).map(|question| 4 + (question % 4) * 4 + question / 4);
    assert_eq!(Call::new(4, &edited, every_fourth.collect()).parts(4), None);
    assert!(Call::new(4, &edited, (4..20).collect()).parts(4).is_some());
}

#[test]
fn what_cannot_be_taken_apart_is_sent_as_it_is() {
    let call = Call::new(2, &[(1, 1)], vec![0, 3]);
    assert_eq!(call.parts(1), None, "there is no fourth row");
    assert_eq!(Call::new(2, &[], vec![]).parts(1), None, "nothing is asked");
    let call = Call::new(2, &[(1, 1)], vec![0]);
    let several = |change: &dyn Fn(&mut Rows<'_>, &mut Matrix<'_>, &mut Questions<'_>)| {
        call.with_questions(|mut scores, mut questions| {
            let mut rows = call.rows();
            change(&mut rows, &mut scores, &mut questions);
            Part::several(rows, scores, questions, 1, usize::MAX)
        })
    };
    assert!(several(&|_, _, _| {}).is_some());
    assert_eq!(several(&|rows, _, _| *rows = rows.without_base()), None);
    assert_eq!(several(&|rows, _, _| rows.end = [].as_slice().into()), None, "an edited row without an end");
    assert_eq!(several(&|rows, _, _| rows.value = [].as_slice().into()), None, "an edit without a value");
    assert_eq!(several(&|rows, _, _| rows.base.n_cols = 9), None, "fewer values than rows have");
    assert_eq!(several(&|_, scores, _| scores.n_rows = 2), None, "a row without scores");
    let short = Call { extra: vec![1.0], ..call.clone() };
    assert_eq!(short.parts(1), None, "a question without a value");
}

#[test]
fn answers_of_parts_are_the_answers_of_the_call() {
    let (mut predict, mut low, mut high) = ([0.0; 5], [0.0; 5], [0.0; 5]);
    let (mut class, mut probability, mut wanted) = ([NONE; 5], [0.0; 15], [0.0; 10]);
    {
        let mut extra = [ColumnMut { name: "wanted".into(), width: 2, values: wanted.as_mut_slice().into() }];
        let answers = AnswersMut::new(&mut predict, &mut low, &mut high, &mut class);
        let mut answers = answers.with_probability(&mut probability).with_extra(&mut extra);
        for questions in [0..2, 2..4, 4..5] {
            let first = questions.start;
            let window = Some(Window { n_base: 0, base: 0..0, edited: 0..0 });
            Part { questions, window }.with_answers(&mut answers, |part| {
                let n_classes = part.probability.len() / part.predict.len();
                for question in 0..part.predict.len() {
                    let number = (first + question) as f64;
                    part.set(question, number, number - 0.5, number + 0.5);
                    part.class[question] = (first + question) as u32;
                    part.probability[question * n_classes..][..n_classes].fill(number);
                    part.extra[0].values[2 * question..][..2].fill(number);
                }
            });
        }
    }
    assert_eq!((predict, class), ([0.0, 1.0, 2.0, 3.0, 4.0], [0, 1, 2, 3, 4]));
    assert_eq!((low[4], high[4]), (3.5, 4.5));
    assert!(probability.chunks(3).zip(&predict).all(|(classes, number)| classes == [*number; 3]));
    assert!(wanted.chunks(2).zip(&predict).all(|(values, number)| values == [*number; 2]));
}

#[test]
fn what_has_no_room_for_every_answer_is_sent_as_it_is() {
    let n = LEN + 1;
    let call = Call::new(n, &[], (0..n as u32).collect());
    let (mut predict, mut low, mut high, mut class) = (vec![0.0; n], vec![0.0; n], vec![0.0; n], vec![NONE; n]);
    let parts = |answers: AnswersMut<'_>| {
        call.with_questions(|scores, questions| Part::all(call.rows(), scores, questions, &answers, usize::MAX))
    };
    assert_eq!(parts(AnswersMut::new(&mut predict, &mut low, &mut high, &mut class)).len(), 2);
    let short = AnswersMut::new(&mut predict, &mut low, &mut high[1..], &mut class);
    assert_eq!(parts(short), [Part::whole(n)]);
    let probability = &mut vec![0.0; n + 1];
    let uneven = AnswersMut::new(&mut predict, &mut low, &mut high, &mut class).with_probability(probability);
    assert_eq!(parts(uneven), [Part::whole(n)]);
    let answers = AnswersMut::new(&mut predict[..1], &mut low[..1], &mut high[..1], &mut class[..1]);
    assert_eq!(parts(answers), [Part::whole(n)]);
}
