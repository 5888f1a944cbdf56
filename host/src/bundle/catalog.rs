//! What can be routed to, and why the rest cannot: the registry with everything that did not get into it.

use std::sync::Arc;

use ce_plugin_api::manifest::{Kind, Manifest, PlotStyle, PluginInfo};

use super::inspect::InspectError;
use super::load::{self, LoadError, Loaded};
use super::registry::{Entry, Registry, StyleEntry};
use super::source::{Source, SourceOrigin};
use super::survey::Surveyed;
use super::trust::{Idle, Judge, Verdict};
use crate::config::nearest;
use crate::explain::Skip;
use crate::isolation::fault::WorkerFault;
use crate::quarantine;

/// The plugins of a host.
#[derive(Clone, Debug)]
pub struct Catalog {
    registry: Registry,
    judge: Judge,
    refused: Arc<Vec<Surveyed>>,
    failed: Vec<Arc<LoadError>>,
    failed_identifiers: Vec<(String, usize)>,
    unreadable: Arc<Vec<InspectError>>,
    idle: Arc<Vec<Idle>>,
    suspects: Arc<Vec<quarantine::Entry>>,
}

impl Catalog {
    /// The built-in plugins, then what was loaded.
    #[must_use]
    pub fn new(
        judge: Judge,
        built_in: Manifest,
        loaded: Vec<Result<Loaded, (Vec<String>, LoadError)>>,
        refused: Vec<Surveyed>,
        unreadable: Vec<InspectError>,
    ) -> Self {
        let mut catalog = Self {
            registry: Registry::default(),
            judge,
            refused: Arc::new(refused),
            failed: Vec::new(),
            failed_identifiers: Vec::new(),
            unreadable: Arc::new(unreadable),
            idle: Arc::default(),
            suspects: Arc::default(),
        };
        let source = Source::linked(&built_in, SourceOrigin::BuiltIn);
        let built_in = load::linked(built_in, source, ce_builtin::register);
        catalog.add(built_in.expect("the built-in plugins register what they announce: a test of this crate does it"));
        for outcome in loaded {
            match outcome {
                Ok(loaded) => catalog.add(loaded),
                Err((identifiers, error)) => {
                    let place = catalog.failed.len();
                    catalog.failed_identifiers.extend(identifiers.into_iter().map(|identifier| (identifier, place)));
                    catalog.failed.push(Arc::new(error));
                }
            }
        }
        catalog
    }

    /// Adds a bundle.
    pub fn add(&mut self, mut loaded: Loaded) {
        for style in &loaded.manifest.plot_styles {
            self.registry.add_style(StyleEntry {
                style: style.clone(),
                source: Arc::clone(&loaded.source),
                routable: loaded.is_routable(&style.identifier),
            });
        }
        for (info, plugin) in std::mem::take(&mut loaded.plugins) {
            let routable = loaded.is_routable(&info.identifier);
            let entry = Entry::new(info, Arc::clone(&loaded.source), routable, plugin);
            self.registry.add(entry.with_log(loaded.log.clone()));
        }
    }

    /// The same catalog with entries of trust and deny lists that match nothing.
    #[must_use]
    pub(super) fn with_idle(self, idle: Vec<Idle>) -> Self {
        Self { idle: Arc::new(idle), ..self }
    }

    /// The same catalog with bundles within whose calls a host died.
    #[must_use]
    pub(super) fn with_suspects(self, suspects: Vec<quarantine::Entry>) -> Self {
        Self { suspects: Arc::new(suspects), ..self }
    }

    /// Bundles within whose calls a host of this user was found to have died, when this host began.
    #[must_use]
    pub fn suspects(&self) -> &[quarantine::Entry] {
        &self.suspects
    }

    /// Entries of trust and deny lists that match nothing here, most likely for a slip of the pen.
    #[must_use]
    pub fn idle(&self) -> &[Idle] {
        &self.idle
    }

    /// What is known of an identifier's plugins, whether they were loaded or refused.
    pub fn infos(&self, identifier: &str) -> impl Iterator<Item = &PluginInfo> {
        self.every_info().filter(move |info| info.identifier == identifier)
    }

    /// Every plugin that was announced, whether its bundle was loaded or refused.
    fn every_info(&self) -> impl Iterator<Item = &PluginInfo> {
        let loaded = self.registry.entries().map(|entry| &entry.info);
        loaded.chain(self.refused_manifests().flat_map(|manifest| &manifest.plugins))
    }

    fn refused_manifests(&self) -> impl Iterator<Item = &Manifest> {
        self.refused.iter().filter_map(|file| file.manifest.as_ref())
    }

    /// Everything that was loaded.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Who decided what may be loaded.
    #[must_use]
    pub fn judge(&self) -> &Judge {
        &self.judge
    }

    /// Files that were refused.
    #[must_use]
    pub fn refused(&self) -> &[Surveyed] {
        &self.refused
    }

    /// Bundles that were trusted and could not be loaded.
    #[must_use]
    pub fn failed(&self) -> &[Arc<LoadError>] {
        &self.failed
    }

    /// Files that could not be read or are no libraries.
    #[must_use]
    pub fn unreadable(&self) -> &[InspectError] {
        &self.unreadable
    }

    /// A plugin that may be routed to.
    ///
    /// # Errors
    /// Why it may not.
    pub fn usable(&self, kind: Kind, identifier: &str) -> Result<&Arc<Entry>, Skip> {
        if let Some(skip) = self.denied(identifier) {
            return Err(skip);
        }
        match self.registry.entry(kind, identifier) {
            Some(entry) if entry.routable => Ok(entry),
            Some(_) => Err(unlisted(identifier)),
            None => Err(self.absent(Some(kind), identifier)),
        }
    }

    /// A plot style that may be routed to.
    ///
    /// # Errors
    /// Why it may not.
    pub fn usable_style(&self, identifier: &str) -> Result<&PlotStyle, Skip> {
        if let Some(skip) = self.denied(identifier) {
            return Err(skip);
        }
        match self.registry.style(identifier) {
            Some(entry) if entry.routable => Ok(&entry.style),
            Some(_) => Err(unlisted(identifier)),
            None => Err(self.absent(None, identifier)),
        }
    }

    /// Why nothing of that identifier can be used, whatever its kind; `None` if something can.
    #[must_use]
    pub fn missing(&self, identifier: &str) -> Option<Skip> {
        let of_any_kind = Kind::ALL
            .iter()
            .find_map(|&kind| self.registry.entry(kind, identifier).map(|_| self.usable(kind, identifier).err()));
        of_any_kind.unwrap_or_else(|| self.usable_style(identifier).err())
    }

    /// Known identifiers of a kind (of plot styles for none), of refused bundles too, that look like one that is not known.
    #[must_use]
    pub fn nearest(&self, kind: Option<Kind>, identifier: &str) -> Vec<String> {
        let known: Vec<&str> = match kind {
            Some(kind) => {
                self.every_info().filter(|info| info.kind == kind).map(|info| info.identifier.as_str()).collect()
            }
            None => {
                let loaded = self.registry.styles().map(|entry| &entry.style);
                let refused = self.refused_manifests().flat_map(|manifest| &manifest.plot_styles);
                loaded.chain(refused).map(|style| style.identifier.as_str()).collect()
            }
        };
        if known.contains(&identifier) || OF_FAST.contains(&identifier) {
            return Vec::new();
        }
        nearest(identifier, known).map(ToOwned::to_owned).into_iter().collect()
    }

    /// The identifier of any kind of plugin that looks like one that is not known.
    #[must_use]
    pub fn nearest_plugin(&self, identifier: &str) -> Option<String> {
        Kind::ALL.iter().find_map(|&kind| self.nearest(Some(kind), identifier).into_iter().next())
    }

    fn denied(&self, identifier: &str) -> Option<Skip> {
        self.judge.denial_of(identifier).map(|denial| Skip {
            identifier: identifier.to_owned(),
            code: "trust.denied",
            reason: format!("`{}` is denied by {}", denial.value, denial.origin),
            remedy: Some(format!("to allow it, remove `{}` from {}", denial.value, denial.origin)),
            worker: None,
        })
    }

    /// Why an identifier is not registered: its bundle was refused, failed, or there is none.
    fn absent(&self, kind: Option<Kind>, identifier: &str) -> Skip {
        let identifier = identifier.to_owned();
        for file in self.refused.iter() {
            if let (true, Verdict::Refused(refused)) = (file.claim.claims(&identifier), &file.verdict) {
                let remedy = refused.remedy_for(&identifier);
                let reason = format!("its bundle {} is refused: {}", file.claim.path.display(), refused.reason);
                return Skip { identifier, code: refused.code(), reason, remedy: Some(remedy), worker: None };
            }
        }
        if let Some((_, place)) = self.failed_identifiers.iter().find(|(failed, _)| *failed == identifier) {
            let error = &self.failed[*place];
            let worker = error.cause.worker_end().map(|how| Box::new(WorkerFault::clone(how)));
            return Skip { identifier, code: error.code(), reason: error.to_string(), remedy: None, worker };
        }
        if self.registry.holds(&identifier) {
            let wanted = kind.map_or("plot style", Kind::as_str);
            let reason = format!("there is something of that name, but no {wanted}");
            return Skip {
                identifier,
                code: "route.wrong_kind",
                reason,
                remedy: Some("ce list all".to_owned()),
                worker: None,
            };
        }
        let remedy = Some(match OF_FAST.contains(&identifier.as_str()) {
            true => format!("build the FAST bundle, then ce install it and ce trust {identifier}: see docs/TRUST.md"),
            false => "ce list all shows what there is; ce install BUNDLE adds a bundle".to_owned(),
        });
        Skip { identifier, code: "route.unknown", reason: self.nothing_of_that_name(), remedy, worker: None }
    }

    /// That nothing of a name is there, as far as could be seen: a file that could not be looked at may have it.
    fn nothing_of_that_name(&self) -> String {
        let mut text = "nothing of that name is installed".to_owned();
        for error in self.unreadable.iter().take(3) {
            text.push_str(&format!("; but a file could not be looked at: [{}] {error}", error.code()));
        }
        text
    }
}

/// What the FAST bundle of this project brings, which is built apart: known by name though it is not there.
const OF_FAST: [&str; 2] = ["core.explanation.fast", "core.interval.fast"];

fn unlisted(identifier: &str) -> Skip {
    Skip {
        identifier: identifier.to_owned(),
        code: "trust.unlisted",
        reason: "its bundle is trusted for another identifier, this one is not listed".to_owned(),
        remedy: Some(format!("ce trust {identifier}")),
        worker: None,
    }
}
