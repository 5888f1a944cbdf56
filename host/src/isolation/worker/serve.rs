//! The worker's end of a lane: reads calls out of shared memory, makes them, and writes what they end with.

use std::os::fd::OwnedFd;
use std::sync::Arc;

use ce_plugin_api::PluginError;
use ce_plugin_api::kind::{
    ExplanationHandle, Fit, IntervalHandle, LearnerPluginHandle, Next, PlotBuilderHandle, PlotRendererHandle,
};

use super::objects::{Object, Objects};
use crate::isolation::arena::Mapping;
use crate::isolation::channel::Channel;
use crate::isolation::sandbox::raw;
use crate::isolation::state::ThreadState;
use crate::isolation::turn::{Elsewhere, Turn};
use crate::isolation::wire::{
    Broken, EditsAt, Failure, Head, ObjectAt, Outcome, Packed, Packer, Places, QuestionsBufAt, RETURNED_BYTES_MAX,
    Reply, Request, RulesAt, TooLarge,
};

/// A lane, as the worker holds it.
#[derive(Debug)]
pub(super) struct Lane {
    socket: Channel,
    input: Mapping,
    output: Mapping,
    objects: Arc<Objects>,
}

impl Lane {
    /// Takes a lane's socket, input and output.
    pub(super) fn new(files: [OwnedFd; 3], objects: Arc<Objects>) -> std::io::Result<Self> {
        use std::os::fd::AsFd;
        let [socket, input, output] = files;
        let (input, output) = (Mapping::of_input(input.as_fd())?, Mapping::of_output(output.as_fd())?);
        Ok(Self { socket: Channel::from(socket), input, output, objects })
    }

    /// Serves calls until the host closes its end. What cannot be sent ends the process: the bundle has closed the socket.
    pub(super) fn serve(mut self) {
        let mut packet = [0; Turn::BYTES + 1];
        let mut host = Elsewhere::default();
        while let Ok(n_bytes) = self.socket.take(&mut packet, host.is_elsewhere()) {
            let Some(turn) = packet.get(..n_bytes).and_then(Turn::from_bytes) else { return };
            host = Elsewhere::of(&turn);
            let (input, output) = (self.input.bytes(turn.room), self.output.bytes_mut(turn.room));
            let reply = make(&self.objects, turn.head, Packed(input), output);
            if self.socket.send(&Turn::now(reply, turn.room).to_bytes()).is_err() {
                raw::leave(1);
            }
        }
    }
}

/// Makes the call that lies in `input`, writes what it ends with into `output`, and says where.
pub(crate) fn make(objects: &Objects, head: Head, input: Packed<'_>, output: &mut [u8]) -> Head {
    let made = input.description(head.description).map_err(Trouble::from).and_then(|request| {
        let state = ThreadState::save();
        let made = call(objects, request, input, output);
        state.restore();
        made
    });
    let (outcome, used): (Outcome, usize) = match made {
        Ok((reply, used)) => (Ok(reply), used),
        Err(trouble) => (Err(trouble.into()), 0),
    };
    let written = Packer::behind(output, used).finish(&outcome);
    let description = written.or_else(|_| Packer::new(output).finish(&Outcome::Err(Failure::TooLarge)));
    // The last one takes three bytes.
    Head { description: description.unwrap_or_default(), ..head }
}

/// Why a call has no reply.
#[derive(Debug)]
enum Trouble {
    Plugin(PluginError),
    Broken(Broken),
    TooLarge,
}

fn call(objects: &Objects, request: Request, input: Packed<'_>, room: &mut [u8]) -> Result<(Reply, usize), Trouble> {
    let made = |object| Ok((Reply::Object(objects.keep(object)), 0));
    match request {
        Request::Open { plugin, model, options } => {
            let learner =
                objects.plugin::<LearnerPluginHandle>(plugin)?.open(input.get(model)?, input.text(options)?)?;
            made(Object::Learner(learner))
        }
        Request::Info { object } => match &*objects.get(object)? {
            Object::Learner(learner) => Ok((Reply::Info(Box::new(learner.info()?)), 0)),
            _ => Err(other_kind()),
        },
        Request::Predict { object, rows, scores } => match &*objects.get(object)? {
            Object::Learner(learner) => {
                let mut places = Places::new(room);
                let scores = places.numbers(scores)?;
                let used = places.end();
                learner.predict(rows.view(input)?, scores)?;
                Ok((Reply::Done, used))
            }
            _ => Err(other_kind()),
        },
        Request::Fit { plugin, calibration, asked, options } => {
            let plugin = objects.plugin::<IntervalHandle>(plugin)?;
            let options = input.text(options)?;
            let fit = calibration
                .with(input, |calibration| asked.with(input, |asked| plugin.fit(calibration, asked, options)))???;
            match fit {
                Fit::Done(calibrator) => made(Object::Calibrator(calibrator)),
                Fit::Ask { edits, state } => written(room, |to| {
                    Ok(Reply::AskScores { edits: EditsAt::put(&edits, to)?, state: to.put(&state)? })
                }),
            }
        }
        Request::RestoreCalibrator { plugin, saved, options } => {
            let plugin = objects.plugin::<IntervalHandle>(plugin)?;
            made(Object::Calibrator(plugin.restore(input.get(saved)?, input.text(options)?)?))
        }
        Request::Answer { object, rows, scores, questions, answers } => match &*objects.get(object)? {
            Object::Calibrator(calibrator) => {
                let (rows, scores) = (rows.view(input)?, scores.view(input)?);
                let (answered, used) = questions.with(input, |questions| {
                    answers.with(input, room, |answers| calibrator.answer(rows, scores, questions, answers))
                })??;
                answered?;
                Ok((Reply::Done, used))
            }
            _ => Err(other_kind()),
        },
        Request::Prepare { plugin, calibration, calibrated, options } => {
            let plugin = objects.plugin::<ExplanationHandle>(plugin)?;
            let options = input.text(options)?;
            let explainer = calibration.with(input, |calibration| {
                calibrated.with(input, |calibrated| plugin.prepare(calibration, calibrated, options))
            })???;
            made(Object::Explainer(explainer))
        }
        Request::RestoreExplainer { plugin, saved, options } => {
            let plugin = objects.plugin::<ExplanationHandle>(plugin)?;
            made(Object::Explainer(plugin.restore(input.get(saved)?, input.text(options)?)?))
        }
        Request::Step { object, batch } => match &*objects.get(object)? {
            Object::Explainer(explainer) => match batch.with(input, |batch| explainer.step(batch))?? {
                Next::Ask { edits, questions, state } => written(room, |to| {
                    let (edits, questions) = (EditsAt::put(&edits, to)?, QuestionsBufAt::put(&questions, to)?);
                    Ok(Reply::Ask { edits, questions, state: to.put(&state)? })
                }),
                Next::Done(rules) => written(room, |to| RulesAt::put(&rules, to).map(Reply::Rules)),
            },
            _ => Err(other_kind()),
        },
        Request::SaveCalibrator { object } | Request::SaveExplainer { object } => {
            let saved = save(objects, object)?;
            written(room, |to| to.put(&saved).map(Reply::Bytes))
        }
        Request::Build { plugin, explanations, intent } => {
            let plugin = objects.plugin::<PlotBuilderHandle>(plugin)?;
            let spec = plugin.build(input.text(explanations)?, input.text(intent)?)?;
            written(room, |to| to.text(&spec).map(Reply::Bytes))
        }
        Request::Render { plugin, spec, format, options } => {
            let plugin = objects.plugin::<PlotRendererHandle>(plugin)?;
            let picture = plugin.render(input.text(spec)?, input.text(format)?, input.text(options)?)?;
            written(room, |to| to.put(&picture).map(Reply::Bytes))
        }
        Request::Drop { object } => {
            objects.drop(object);
            Ok((Reply::Done, 0))
        }
    }
}

fn save(objects: &Objects, object: ObjectAt) -> Result<Vec<u8>, Trouble> {
    match &*objects.get(object)? {
        Object::Calibrator(calibrator) => Ok(calibrator.save()?),
        Object::Explainer(explainer) => Ok(explainer.save()?),
        Object::Learner(_) => Err(other_kind()),
    }
}

fn written(
    room: &mut [u8],
    write: impl FnOnce(&mut Packer<'_>) -> Result<Reply, TooLarge>,
) -> Result<(Reply, usize), Trouble> {
    let n_bytes = room.len().min(RETURNED_BYTES_MAX);
    let mut packer = Packer::new(&mut room[..n_bytes]);
    let reply = write(&mut packer)?;
    let used = packer.used();
    Ok((reply, used))
}

fn other_kind() -> Trouble {
    Trouble::Broken(Broken::Contradiction("the object is of another kind"))
}

impl From<PluginError> for Trouble {
    fn from(error: PluginError) -> Self {
        Self::Plugin(error)
    }
}

impl From<Broken> for Trouble {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken)
    }
}

impl From<TooLarge> for Trouble {
    fn from(_: TooLarge) -> Self {
        Self::TooLarge
    }
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Plugin(error) => error.into(),
            Trouble::Broken(broken) => Self::Broken(broken.to_string()),
            Trouble::TooLarge => Self::TooLarge,
        }
    }
}
