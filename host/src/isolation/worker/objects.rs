//! What lives in a worker: the bundle's plugins, and the objects that they made. Every lane shares them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use ce_plugin_api::kind::{CalibratorHandle, ExplainerHandle, LearnerHandle};

use crate::bundle::registry::{Handle, Plugin};
use crate::isolation::wire::{Broken, ObjectAt, PluginAt};

/// What a plugin made.
#[derive(Debug)]
pub(crate) enum Object {
    Learner(LearnerHandle),
    Calibrator(CalibratorHandle),
    Explainer(ExplainerHandle),
}

/// Plugins and objects.
#[derive(Debug)]
pub(crate) struct Objects {
    plugins: Vec<Plugin>,
    made: RwLock<HashMap<ObjectAt, Arc<Object>>>,
    n_made: AtomicU64,
}

impl Objects {
    pub(crate) fn new(plugins: Vec<Plugin>) -> Self {
        Self { plugins, made: RwLock::default(), n_made: AtomicU64::new(0) }
    }

    pub(crate) fn plugin<H: Handle>(&self, place: PluginAt) -> Result<&H, Broken> {
        let plugin = self.plugins.get(place as usize).and_then(H::of);
        plugin.ok_or(Broken::Contradiction("there is no such plugin"))
    }

    pub(crate) fn keep(&self, object: Object) -> ObjectAt {
        let number = self.n_made.fetch_add(1, Ordering::Relaxed) + 1;
        self.made.write().unwrap_or_else(PoisonError::into_inner).insert(number, Arc::new(object));
        number
    }

    pub(crate) fn get(&self, number: ObjectAt) -> Result<Arc<Object>, Broken> {
        let object = self.made.read().unwrap_or_else(PoisonError::into_inner).get(&number).cloned();
        object.ok_or(Broken::Contradiction("there is no such object"))
    }

    /// Drops an object. Its destructor runs here, outside of the lock.
    pub(crate) fn drop(&self, number: ObjectAt) {
        let object = self.made.write().unwrap_or_else(PoisonError::into_inner).remove(&number);
        drop(object);
    }
}
