//! Where hostile bundles are let in: scratch places with a state of their own, short deadlines and little memory. It never
//! says what a bundle must come to.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use ce_host::bundle::Digest;
use ce_host::config::{Environment, Placement, Slot, TelemetryLevel};
use ce_host::{ExplainError, Explainer, ExplainerBuilder, Explanations, Host, HostBuilder};
use ce_tests::{Scratch, bundle_path, ce_program};

use crate::case::{explanations_file, small};

/// Scratch places, and the bundles in them by their digests.
pub(crate) struct Places {
    pub(crate) scratch: Scratch,
    digests: Vec<Digest>,
}

/// The places of these bundles, all trusted, with further lines under `[isolation]`.
pub(crate) fn places(bundles: &[PathBuf], isolation: &str) -> Places {
    let scratch = Scratch::new();
    let memory = if isolation.contains("memory_mib") { "" } else { "memory_mib = 512\n" };
    let text = format!("[isolation]\n{memory}{isolation}\n");
    std::fs::write(scratch.config(), text).unwrap();
    let mut places = Places { scratch, digests: Vec::new() };
    std::fs::write(places.trace(), "untouched\n").unwrap();
    bundles.iter().for_each(|bundle| places.add(bundle));
    places
}

/// The places of the hostile bundle, and of a good one beside it.
pub(crate) fn of_hostile(isolation: &str) -> Places {
    places(&[bundle_path("hostile"), bundle_path("second")], isolation)
}

impl Places {
    /// Drops one more bundle into the plugins directory, to be trusted by its digest.
    pub(crate) fn add(&mut self, bundle: &Path) {
        let to = self.scratch.plugins_dir().join(bundle.file_name().unwrap());
        std::fs::copy(bundle, to).unwrap();
        self.digests.push(Digest::of(&std::fs::read(bundle).unwrap()));
    }

    /// The bundles, as `CE_TRUST_PLUGIN` has them.
    pub(crate) fn trusted(&self) -> String {
        self.digests.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
    }

    /// A file that belongs to the user.
    pub(crate) fn trace(&self) -> PathBuf {
        self.scratch.path("trace")
    }

    /// Where this user's hosts keep what they know of bundles.
    pub(crate) fn state(&self) -> PathBuf {
        self.scratch.path("state")
    }

    /// A host whose bundles run there.
    pub(crate) fn host(&self, placement: Placement) -> HostBuilder {
        let environment = Environment::from_vars([("XDG_STATE_HOME", self.state())]).unwrap();
        let builder = self.scratch.host().environment(environment).worker(ce_program()).isolation("default", placement);
        let builder = builder.telemetry(TelemetryLevel::Summary);
        self.digests.iter().fold(builder, |builder, digest| builder.trust_digest(*digest))
    }
}

/// The small problem, one call at a time.
pub(crate) fn explainer(host: &Host) -> ExplainerBuilder {
    host.explainer(small::model(), small::calibration()).threads(1).chunk_rows(small::N_INSTANCES)
}

pub(crate) fn explain(explainer: &Explainer) -> Result<Vec<u8>, ExplainError> {
    let instances = small::instances();
    explainer.explain_factual(small::x(&instances)).map(|explanations| numbers(&explanations))
}

/// The explanations file without the number of the run, which tells plugins apart.
pub(crate) fn numbers(explanations: &Explanations) -> Vec<u8> {
    let mut file: serde_json::Value = serde_json::from_slice(&explanations_file(explanations)).unwrap();
    file.as_object_mut().unwrap().remove("run_id").unwrap();
    file.to_string().into_bytes()
}

/// What the built-in plugins make of the small problem.
pub(crate) fn by_built_in() -> Vec<u8> {
    static FILE: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let host = Scratch::new().host().build().unwrap();
        explain(&explainer(&host).build().unwrap()).unwrap()
    });
    FILE.clone()
}

/// What the good bundle's calibrator makes of the small problem, on that host.
pub(crate) fn by_second(host: &Host) -> Vec<u8> {
    let builder = explainer(host).interval_plugin("second.interval.plain");
    let explainer = builder.choose(Slot::ExplanationFactual, "core.explanation.factual").build().unwrap();
    explain(&explainer).unwrap()
}

/// What it must make of it.
pub(crate) fn by_second_alone() -> Vec<u8> {
    static FILE: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let places = places(&[bundle_path("second")], "");
        by_second(&places.host(Placement::InProcess).build().unwrap())
    });
    FILE.clone()
}
