//! A plugin in a worker, as the rest of the host sees it: an author's object whose every call goes through shared memory.

use std::cell::RefCell;
use std::sync::Arc;

use ce_plugin_api::PluginError;
use ce_plugin_api::data::{Answers, AnswersMut, Asked, Calibration, Matrix, Questions, Rows};
use ce_plugin_api::kind::{
    Batch, Calibrator, Explainer, ExplanationHandle, ExplanationPlugin, Fit, IntervalHandle, IntervalPlugin, Learner,
    LearnerPlugin, LearnerPluginHandle, Next, PlotBuilder, PlotBuilderHandle, PlotRenderer, PlotRendererHandle,
};
use ce_plugin_api::manifest::Kind;
use ce_plugin_api::schema::LearnerInfo;

use super::fault::carried;
use super::held::{HeldBundle, Job, UNDIVIDED};
use super::lane::Lane;
use super::remote::{Made, Recipe, Remote};
use super::watched::thrown;
use super::wire::{
    AnswerPlaces, AnswersAt, AnswersMutAt, AskedAt, BatchAt, Broken, CalibrationAt, Copying, MatrixAt, ObjectAt,
    Packer, Part, Plan, PluginAt, QuestionsAt, Reply, Request, RowsAt, Span, TooLarge,
};
use crate::bundle::registry::Plugin;
use crate::explain::fault::Call;

/// A plugin of a bundle in a worker, by its place among the registered ones.
#[derive(Clone, Debug)]
struct Proxy {
    bundle: Arc<HeldBundle>,
    plugin: PluginAt,
}

/// The plugins of a bundle, in the order in which they were registered.
pub(crate) fn plugins(bundle: &Arc<HeldBundle>) -> Vec<(String, Plugin)> {
    let plugin = |(place, (kind, identifier)): (usize, &(Kind, String))| {
        let proxy = Proxy { bundle: Arc::clone(bundle), plugin: place as PluginAt };
        let plugin = match kind {
            Kind::Learner => Plugin::Learner(LearnerPluginHandle::new(proxy)),
            Kind::Interval => Plugin::Interval(IntervalHandle::new(proxy)),
            Kind::Explanation => Plugin::Explanation(ExplanationHandle::new(proxy)),
            Kind::PlotBuilder => Plugin::PlotBuilder(PlotBuilderHandle::new(proxy)),
            Kind::PlotRenderer => Plugin::PlotRenderer(PlotRendererHandle::new(proxy)),
            // A kind of a later host; a worker that knows more kinds speaks another version.
            _ => return None,
        };
        Some((identifier.clone(), plugin))
    };
    bundle.registered().iter().enumerate().filter_map(plugin).collect()
}

impl Proxy {
    fn call<T>(
        &self,
        call: Call,
        ask: impl Fn(&mut Packer<'_>) -> Result<Request, TooLarge>,
        take: impl FnMut(Reply, &Lane) -> Result<T, Broken>,
    ) -> Result<T, PluginError> {
        undivided(&self.bundle, call, None, |_, packer| ask(packer), take)
    }

    fn remote(&self, kind: Made, bytes: Option<Vec<u8>>, options: &str, place: (u64, ObjectAt)) -> Remote {
        let recipe = Recipe { kind, plugin: self.plugin, bytes, options: options.to_owned() };
        Remote::new(Arc::clone(&self.bundle), recipe, place)
    }

    /// Something made and at once saved, so that another worker can have it. What cannot be saved is used for as long as its
    /// worker lives; but where the saving ended the worker, what was made ended with it, and that is told now.
    fn made(&self, kind: Made, options: &str, place: (u64, ObjectAt)) -> Result<Remote, PluginError> {
        let mut made = self.remote(kind, None, options, place);
        made.recipe.bytes = match save(&made, kind) {
            Ok(saved) => Some(saved),
            Err(error) if carried(&error).is_some() => return Err(error),
            Err(_) => None,
        };
        Ok(made)
    }
}

impl Remote {
    fn call<T>(
        &self,
        call: Call,
        ask: impl Fn(ObjectAt, &mut Packer<'_>) -> Result<Request, TooLarge>,
        take: impl FnMut(Reply, &Lane) -> Result<T, Broken>,
    ) -> Result<T, PluginError> {
        undivided(&self.bundle, call, Some(self), ask, take)
    }
}

/// A call that has one part.
fn undivided<T>(
    bundle: &HeldBundle,
    call: Call,
    object: Option<&Remote>,
    ask: impl Fn(ObjectAt, &mut Packer<'_>) -> Result<Request, TooLarge>,
    mut take: impl FnMut(Reply, &Lane) -> Result<T, Broken>,
) -> Result<T, PluginError> {
    let ask = |_: usize, object, packer: &mut Packer<'_>| ask(object, packer);
    let mut take = |_: usize, reply, lane: &Lane| take(reply, lane);
    bundle.call(Job { call, object, parts: UNDIVIDED, ask: &ask, take: &mut take })
}

/// The entries of a column, or one where all are the same.
fn one_or_each(column: &[u32]) -> Vec<u32> {
    let Some(first) = column.first() else { return Vec::new() };
    // Piece by piece, since a loop that may end at any entry looks at one at a time.
    let is_first = |piece: &[u32]| piece.iter().fold(true, |so_far, entry| so_far & (entry == first));
    if column.chunks(1024).all(is_first) { vec![*first] } else { column.to_vec() }
}

fn save(object: &Remote, kind: Made) -> Result<Vec<u8>, PluginError> {
    let ask = |object, _: &mut Packer<'_>| {
        Ok(match kind {
            Made::Explainer => Request::SaveExplainer { object },
            Made::Calibrator | Made::Learner => Request::SaveCalibrator { object },
        })
    };
    object.call(Call::Save, ask, bytes)
}

fn object(reply: Reply, lane: &Lane) -> Result<(u64, ObjectAt), Broken> {
    match reply {
        Reply::Object(object) => Ok((lane.process.generation, object)),
        _ => Err(Broken::Reply),
    }
}

fn bytes(reply: Reply, lane: &Lane) -> Result<Vec<u8>, Broken> {
    match reply {
        Reply::Bytes(span) => lane.copied(span),
        _ => Err(Broken::Reply),
    }
}

fn state(lane: &Lane, span: Span) -> Result<Vec<u8>, Broken> {
    lane.copied(span)
}

impl LearnerPlugin for Proxy {
    type Learner = Remote;

    fn open(&self, model: &[u8], options: &str) -> Result<Remote, PluginError> {
        let ask = |to: &mut Packer<'_>| {
            Ok(Request::Open { plugin: self.plugin, model: to.put(model)?, options: to.text(options)? })
        };
        let place = self.call(Call::Open, ask, object)?;
        Ok(self.remote(Made::Learner, Some(model.to_vec()), options, place))
    }
}

impl Learner for Remote {
    fn info(&self) -> LearnerInfo {
        let ask = |object, _: &mut Packer<'_>| Ok(Request::Info { object });
        thrown(self.call(Call::Info, ask, |reply, _| match reply {
            Reply::Info(info) => Ok(*info),
            _ => Err(Broken::Reply),
        }))
    }

    fn predict(&self, x: Matrix<'_>, scores: &mut [f64]) -> Result<(), PluginError> {
        self.predict_edited(Rows::dense(x), scores)
    }

    fn predict_edited(&self, rows: Rows<'_>, scores: &mut [f64]) -> Result<(), PluginError> {
        let mut out = Plan::default();
        let (place, end) = (out.numbers(scores.len()), out.end());
        let ask = |object, to: &mut Packer<'_>| {
            to.can_be_answered(end)?;
            Ok(Request::Predict { object, rows: RowsAt::put(rows, to)?, scores: place })
        };
        self.call(Call::Predict, ask, |reply, lane| match reply {
            Reply::Done => lane.copy_into(place, scores),
            _ => Err(Broken::Reply),
        })
    }
}

impl IntervalPlugin for Proxy {
    type Calibrator = Remote;

    fn fit(&self, calibration: Calibration<'_>, asked: Asked<'_>, options: &str) -> Result<Fit<Remote>, PluginError> {
        let ask = |to: &mut Packer<'_>| {
            Ok(Request::Fit {
                plugin: self.plugin,
                calibration: CalibrationAt::put(calibration, to)?,
                asked: AskedAt::put(asked, to)?,
                options: to.text(options)?,
            })
        };
        let fit = self.call(Call::Fit, ask, |reply, lane| match reply {
            Reply::AskScores { edits, state: span } => {
                Ok(Fit::Ask { edits: edits.copied(lane)?, state: state(lane, span)? })
            }
            reply => object(reply, lane).map(Fit::Done),
        })?;
        Ok(match fit {
            Fit::Ask { edits, state } => Fit::Ask { edits, state },
            Fit::Done(place) => Fit::Done(self.made(Made::Calibrator, options, place)?),
        })
    }

    fn restore(&self, saved: &[u8], options: &str) -> Result<Remote, PluginError> {
        let ask = |to: &mut Packer<'_>| {
            let (saved, options) = (to.put(saved)?, to.text(options)?);
            Ok(Request::RestoreCalibrator { plugin: self.plugin, saved, options })
        };
        let place = self.call(Call::Restore, ask, object)?;
        Ok(self.remote(Made::Calibrator, Some(saved.to_vec()), options, place))
    }
}

impl Calibrator for Remote {
    fn answer(
        &self,
        rows: Rows<'_>,
        scores: Matrix<'_>,
        questions: Questions<'_>,
        answers: AnswersMut<'_>,
    ) -> Result<(), PluginError> {
        let parts = Part::all(rows, scores, questions, &answers, self.bundle.shared_bytes());
        let of_parts: Vec<_> = parts.iter().map(|part| part.questions.clone()).collect();
        // As they are before the first answer: a call whose worker died may be made once more.
        let class = one_or_each(&answers.class);
        // Read while the call is packed, and written when its reply is there.
        let answers = RefCell::new(answers);
        let ask = |part: usize, object, to: &mut Packer<'_>| {
            let part = &parts[part];
            let class = part.of_each(&class, questions.len());
            Ok(Request::Answer {
                object,
                rows: RowsAt::put_part(rows, part, to)?,
                scores: MatrixAt::put_part(scores, part, to)?,
                questions: QuestionsAt::put_part(questions, part, to)?,
                answers: part.with_answers(&mut answers.borrow_mut(), |room| AnswersMutAt::put(room, class, to))?,
            })
        };
        let mut take = |part: usize, reply, lane: &Lane| match reply {
            Reply::Done => parts[part].with_answers(&mut answers.borrow_mut(), |room| {
                AnswerPlaces::of(room).copy(
                    room,
                    |span, numbers| lane.copy_into(span, numbers),
                    |span, indices| lane.copy_into(span, indices),
                )
            }),
            _ => Err(Broken::Reply),
        };
        self.bundle.call(Job { call: Call::Answer, object: Some(self), parts: &of_parts, ask: &ask, take: &mut take })
    }

    fn save(&self) -> Result<Vec<u8>, PluginError> {
        save(self, Made::Calibrator)
    }
}

impl ExplanationPlugin for Proxy {
    type Explainer = Remote;

    fn prepare(
        &self,
        calibration: Calibration<'_>,
        calibrated: Answers<'_>,
        options: &str,
    ) -> Result<Remote, PluginError> {
        let ask = |to: &mut Packer<'_>| {
            Ok(Request::Prepare {
                plugin: self.plugin,
                calibration: CalibrationAt::put(calibration, to)?,
                calibrated: AnswersAt::put(calibrated, to)?,
                options: to.text(options)?,
            })
        };
        let place = self.call(Call::Prepare, ask, object)?;
        self.made(Made::Explainer, options, place)
    }

    fn restore(&self, saved: &[u8], options: &str) -> Result<Remote, PluginError> {
        let ask = |to: &mut Packer<'_>| {
            let (saved, options) = (to.put(saved)?, to.text(options)?);
            Ok(Request::RestoreExplainer { plugin: self.plugin, saved, options })
        };
        let place = self.call(Call::Restore, ask, object)?;
        Ok(self.remote(Made::Explainer, Some(saved.to_vec()), options, place))
    }
}

impl Explainer for Remote {
    fn step(&self, batch: Batch<'_>) -> Result<Next, PluginError> {
        let ask = |object, to: &mut Packer<'_>| Ok(Request::Step { object, batch: BatchAt::put(batch, to)? });
        self.call(Call::Step, ask, |reply, lane| {
            Ok(match reply {
                Reply::Ask { edits, questions, state: span } => Next::Ask {
                    edits: edits.copied(lane)?,
                    questions: questions.copied(lane)?,
                    state: state(lane, span)?,
                },
                Reply::Rules(rules) => Next::Done(rules.copied(lane)?),
                _ => return Err(Broken::Reply),
            })
        })
    }

    fn save(&self) -> Result<Vec<u8>, PluginError> {
        save(self, Made::Explainer)
    }
}

impl PlotBuilder for Proxy {
    fn build(&self, explanations: &str, intent: &str) -> Result<String, PluginError> {
        let ask = |to: &mut Packer<'_>| {
            let (explanations, intent) = (to.text(explanations)?, to.text(intent)?);
            Ok(Request::Build { plugin: self.plugin, explanations, intent })
        };
        let text = self.call(Call::Build, ask, bytes)?;
        String::from_utf8(text)
            .map_err(|error| PluginError::corrupt(format!("the description of the plot is not UTF-8: {error}")))
    }
}

impl PlotRenderer for Proxy {
    fn render(&self, spec: &str, format: &str, options: &str) -> Result<Vec<u8>, PluginError> {
        let ask = |to: &mut Packer<'_>| {
            let (spec, format, options) = (to.text(spec)?, to.text(format)?, to.text(options)?);
            Ok(Request::Render { plugin: self.plugin, spec, format, options })
        };
        self.call(Call::Render, ask, bytes)
    }
}
