//! One message of every sort, written by the very code that writes them. It never sends one.

use ce_plugin_api::data::{Answers, AnswersMut, Asked, Calibration, Column, ColumnMut, Edits, Matrix, Questions, Rows};
use ce_plugin_api::kind::Batch;
use ce_plugin_api::manifest::Kind;

use super::Sample;
use crate::fuzzing::protocol::{Memory, made};
use crate::isolation::control::{Hello, LoadFailure, Loaded, Order, Ready};
use crate::isolation::wire::{
    AnswersAt, AnswersMutAt, AskedAt, BatchAt, CalibrationAt, Head, MatrixAt, Packer, Part, Plan, QuestionsAt, Request,
    RowsAt, TooLarge, VERSION,
};

const SCHEMA: &str = r#"{"task":"regression","feature_names":["a","b"]}"#;
const OPTIONS: &str = r#"{"seed":0,"threads":1}"#;
const X: [f64; 4] = [1.0, 2.0, 3.0, 4.0];

/// Every message: calls, what they end with, packets.
pub(super) fn all() -> Vec<Sample> {
    let mut samples = Vec::new();
    for (name, call) in calls() {
        let (head, memory) = call.split_at(Head::BYTES);
        let head = Head::from_bytes(head).unwrap();
        let (reply, room) = made(head, &Memory::of(memory));
        let end = (reply.description.start + reply.description.len) as usize;
        samples.push((format!("recorded-reply-{name}"), [b"r", &reply.to_bytes()[..], &room.bytes()[..end]].concat()));
        samples.push((format!("recorded-call-{name}"), [b"c", &call[..]].concat()));
    }
    samples.extend(packets());
    samples
}

fn call(name: &str, ask: impl FnOnce(&mut Packer<'_>) -> Result<Request, TooLarge>) -> Sample {
    let mut memory = Memory::zeroed(4096);
    let mut packer = Packer::new(memory.bytes_mut());
    let request = ask(&mut packer).unwrap();
    let description = packer.finish(&request).unwrap();
    let end = (description.start + description.len) as usize;
    let head = Head { sequence: 1, description };
    (name.to_owned(), [&head.to_bytes()[..], &memory.bytes()[..end]].concat())
}

fn calls() -> Vec<Sample> {
    let x = Matrix::new(&X, 2, 2).unwrap();
    let mut edits = Edits::default();
    edits.push(0, 1, 9.0);
    edits.push_many(1, [(0, 8.0), (1, 7.0)]);
    let rows = Rows::edited(x, &edits);
    let scores = Matrix::new(&X, 4, 1).unwrap();
    let extra = [Column::new("difficulty", 1, &X[..2])];
    let calibration = Calibration {
        category: [1, 2][..].into(),
        extra: extra[..].into(),
        ..Calibration::new(x, &X[..2], Matrix::new(&X[..2], 2, 1).unwrap(), SCHEMA)
    };
    let answers = Answers::new(&X[..2], &X[..2], &X[..2], &[0, 1]).with_extra(&extra);
    let questions = Questions { percentiles: [5.0, 95.0][..].into(), ..Questions::about(&[0, 1, 2, 3]) }
        .of_classes(&[1])
        .of_features(&[0])
        .with_extra(&extra);
    let batch =
        Batch { category: [1, 2][..].into(), extra: extra[..].into(), base: answers, ..Batch::first(x, OPTIONS) };
    let fit = |round| {
        move |to: &mut Packer<'_>| {
            let asked = Asked::new(round, b"state", scores);
            Ok(Request::Fit {
                plugin: 1,
                calibration: CalibrationAt::put(calibration, to)?,
                asked: AskedAt::put(asked, to)?,
                options: to.text(OPTIONS)?,
            })
        }
    };
    let step = |round| {
        move |to: &mut Packer<'_>| {
            let batch = batch.in_round(round, b"state", answers, answers);
            Ok(Request::Step { object: 3, batch: BatchAt::put(batch, to)? })
        }
    };
    vec![
        call("open", |to| Ok(Request::Open { plugin: 0, model: to.put(b"model")?, options: to.text(OPTIONS)? })),
        call("info", |_| Ok(Request::Info { object: 1 })),
        call("predict", |to| {
            let scores = Plan::default().numbers(4);
            Ok(Request::Predict { object: 1, rows: RowsAt::put(rows, to)?, scores })
        }),
        call("fit", fit(0)),
        call("fit-again", fit(1)),
        call("restore-calibrator", |to| {
            Ok(Request::RestoreCalibrator { plugin: 1, saved: to.put(b"saved")?, options: to.text(OPTIONS)? })
        }),
        call("answer", |to| {
            let part = &Part::whole(questions.len());
            Ok(Request::Answer {
                object: 2,
                rows: RowsAt::put_part(rows, part, to)?,
                scores: MatrixAt::put_part(scores, part, to)?,
                questions: QuestionsAt::put_part(questions, part, to)?,
                answers: room_for_answers(to)?,
            })
        }),
        call("save-calibrator", |_| Ok(Request::SaveCalibrator { object: 2 })),
        call("prepare", |to| {
            Ok(Request::Prepare {
                plugin: 2,
                calibration: CalibrationAt::put(calibration, to)?,
                calibrated: AnswersAt::put(answers, to)?,
                options: to.text(OPTIONS)?,
            })
        }),
        call("restore-explainer", |to| {
            Ok(Request::RestoreExplainer { plugin: 2, saved: to.put(b"saved")?, options: to.text(OPTIONS)? })
        }),
        call("step", step(0)),
        call("step-again", step(1)),
        call("save-explainer", |_| Ok(Request::SaveExplainer { object: 3 })),
        call("build", |to| Ok(Request::Build { plugin: 3, explanations: to.text("{}")?, intent: to.text("{}")? })),
        call("render", |to| {
            Ok(Request::Render { plugin: 4, spec: to.text("{}")?, format: to.text("svg")?, options: to.text(OPTIONS)? })
        }),
        call("drop", |_| Ok(Request::Drop { object: 1 })),
        call("of-another-kind", |_| Ok(Request::Info { object: 2 })),
    ]
}

fn room_for_answers(to: &mut Packer<'_>) -> Result<AnswersMutAt, TooLarge> {
    let (mut predict, mut low, mut high, mut class) = ([0.0; 4], [0.0; 4], [0.0; 4], [1; 4]);
    let (mut probability, mut wanted) = ([0.0; 8], [0.0; 4]);
    let mut extra = [ColumnMut { name: "boundary".into(), width: 1, values: (&mut wanted[..]).into() }];
    let answers = AnswersMut::new(&mut predict, &mut low, &mut high, &mut class).with_probability(&mut probability);
    AnswersMutAt::put(&answers.with_extra(&mut extra), &[1; 4], to)
}

fn packets() -> Vec<Sample> {
    let packet = |name: &str, bytes: Result<Vec<u8>, postcard::Error>| {
        (format!("recorded-packet-{name}"), [b"p", &bytes.unwrap()[..]].concat())
    };
    let hello = Hello {
        wire: VERSION,
        host_version: "0.1.0".to_owned(),
        host: 4711,
        memory_bytes: 1 << 30,
        cpu_seconds: Some(60),
        may_read_files: false,
        may_use_network: true,
        needed: vec!["libm.so.6".to_owned()],
    };
    let held = Ready::Held { level: "partial".to_owned(), missing: vec!["landlock".to_owned()] };
    let loaded: Loaded = Ok(vec![(Kind::Interval, "a.interval".to_owned()), (Kind::Learner, "a.learner".to_owned())]);
    let failed: Loaded = Err(LoadFailure {
        code: "load.layout".to_owned(),
        message: "expected another layout".to_owned(),
        details: Some("field 3".to_owned()),
    });
    vec![
        packet("hello", postcard::to_allocvec(&hello)),
        packet("held", postcard::to_allocvec(&held)),
        packet("refused", postcard::to_allocvec(&Ready::Refused("no".to_owned()))),
        packet("load", postcard::to_allocvec(&Order::Load { side_files: vec!["libown.so.1".to_owned()] })),
        packet("lane", postcard::to_allocvec(&Order::Lane)),
        packet("loaded", postcard::to_allocvec(&loaded)),
        packet("failed", postcard::to_allocvec(&failed)),
    ]
}
