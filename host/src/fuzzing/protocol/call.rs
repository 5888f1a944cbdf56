//! A call as a worker reads it, down to the plugin, and back to the host. It never crosses a process.

use ce_plugin_api::kind::{
    CalibratorHandle, ExplainerHandle, ExplanationHandle, IntervalHandle, LearnerHandle, LearnerPluginHandle,
    PlotBuilderHandle, PlotRendererHandle,
};

use super::echo::Echo;
use super::memory::apart;
use super::{Memory, reply};
use crate::bundle::registry::Plugin;
use crate::isolation::wire::{Failure, Head, Packed};
use crate::isolation::worker::objects::{Object, Objects};
use crate::isolation::worker::serve;

/// What a reply may take here.
const ROOM_BYTES: usize = 1 << 16;

/// Reads a call with a plugin of every kind behind it, and what it ends with.
pub(super) fn read(message: &[u8]) {
    let Some((head, memory)) = apart(message) else { return };
    let (reply, room) = made(head, &memory);
    assert_eq!(reply.sequence, head.sequence);
    let outcome = reply::outcome(reply, &room).expect("a host understands what its own worker writes");
    match outcome {
        Ok(reply) => reply::copied(reply, &room).expect("what a worker wrote can be copied"),
        Err(Failure::Plugin { message, .. }) => panic!("a plugin that only looks has failed: {message}"),
        Err(Failure::TooLarge | Failure::Broken(_)) => {}
    }
}

/// Makes a call. Returns the reply's head and the memory that it lies in.
pub(in crate::fuzzing) fn made(head: Head, memory: &Memory) -> (Head, Memory) {
    let mut room = Memory::zeroed(ROOM_BYTES);
    let reply = serve::make(&objects(), head, Packed(memory.bytes()), room.bytes_mut());
    (reply, room)
}

/// Plugins 0 to 4, one of every kind, and objects 1 to 3, one of every kind.
fn objects() -> Objects {
    let objects = Objects::new(vec![
        Plugin::Learner(LearnerPluginHandle::new(Echo)),
        Plugin::Interval(IntervalHandle::new(Echo)),
        Plugin::Explanation(ExplanationHandle::new(Echo)),
        Plugin::PlotBuilder(PlotBuilderHandle::new(Echo)),
        Plugin::PlotRenderer(PlotRendererHandle::new(Echo)),
    ]);
    objects.keep(Object::Learner(LearnerHandle::new(Echo)));
    objects.keep(Object::Calibrator(CalibratorHandle::new(Echo)));
    objects.keep(Object::Explainer(ExplainerHandle::new(Echo)));
    objects
}
