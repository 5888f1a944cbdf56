//! An object that a plugin made in a worker: which one, and how to have it again in another worker.

use std::sync::{Arc, Mutex, PoisonError};

use super::fault::{WorkerFault, WorkerReason};
use super::held::{Attempt, HeldBundle};
use super::lane::Lane;
use super::wire::{ObjectAt, Packer, PluginAt, Reply, Request, TooLarge};
use crate::explain::fault::Call;

/// The object.
#[derive(Debug)]
pub(crate) struct Remote {
    pub(crate) bundle: Arc<HeldBundle>,
    pub(super) recipe: Recipe,
    /// The worker that it lives in, and its number there.
    place: Mutex<(u64, ObjectAt)>,
}

/// How an object is had again.
#[derive(Debug)]
pub(crate) struct Recipe {
    pub(crate) kind: Made,
    pub(crate) plugin: PluginAt,
    /// The model, or what the object saved of itself; none if it cannot be saved.
    pub(crate) bytes: Option<Vec<u8>>,
    /// JSON: what it was made with.
    pub(crate) options: String,
}

/// What a plugin made.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Made {
    Learner,
    Calibrator,
    Explainer,
}

impl Remote {
    pub(crate) fn new(bundle: Arc<HeldBundle>, recipe: Recipe, place: (u64, ObjectAt)) -> Self {
        Self { bundle, recipe, place: Mutex::new(place) }
    }

    /// The object's number in the worker of `lane`, where it is restored if it lived in one before.
    pub(super) fn on(&self, bundle: &HeldBundle, lane: &mut Lane) -> Result<ObjectAt, Attempt> {
        let mut place = self.place.lock().unwrap_or_else(PoisonError::into_inner);
        let generation = lane.process.generation;
        if place.0 != generation {
            if self.recipe.bytes.is_none() {
                return Err(lost("it cannot be saved, and so not be restored in another worker"));
            }
            let reply = bundle.exchange(lane, Call::Restore, |packer| self.recipe.request(packer));
            let object = match reply {
                Ok(Reply::Object(object)) => object,
                Ok(_) => return Err(lost("the worker restored something else")),
                Err(Attempt::Failed(error)) => return Err(lost(&error.text())),
                Err(ended) => return Err(ended),
            };
            *place = (generation, object);
        }
        Ok(place.1)
    }
}

impl Recipe {
    fn request(&self, to: &mut Packer<'_>) -> Result<Request, TooLarge> {
        let plugin = self.plugin;
        let bytes = to.put(self.bytes.as_deref().unwrap_or_default())?;
        let options = to.text(&self.options)?;
        Ok(match self.kind {
            Made::Learner => Request::Open { plugin, model: bytes, options },
            Made::Calibrator => Request::RestoreCalibrator { plugin, saved: bytes, options },
            Made::Explainer => Request::RestoreExplainer { plugin, saved: bytes, options },
        })
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        let (generation, object) = *self.place.get_mut().unwrap_or_else(PoisonError::into_inner);
        self.bundle.drop_object(generation, object);
    }
}

fn lost(why: &str) -> Attempt {
    Attempt::Ended { how: Arc::new(WorkerFault::new(WorkerReason::Lost, why)), bystander: false }
}
