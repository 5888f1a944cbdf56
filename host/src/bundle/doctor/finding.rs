//! What was found: good or bad, where, why, and what to do. It never looks anything up.

use std::fmt;

use serde::{Serialize, Serializer};

/// How bad it is. A later one is worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// As it should be.
    Fine,
    /// It can be used, and somebody should know this.
    Warning,
    /// It cannot be used.
    Fault,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at. The code is the same whatever the outcome.
    pub code: Code,
    /// The outcome.
    pub severity: Severity,
    /// The file, the part of it, or the setting.
    pub place: String,
    /// What was found there.
    pub cause: String,
    /// What to do about it; none where all is well.
    pub remedy: Option<String>,
    /// The code of the refusal or error that a run would meet, such as `trust.platform`, where there is one.
    pub reason: Option<&'static str>,
}

impl Finding {
    /// All is well there.
    pub(crate) fn fine(code: Code, place: impl fmt::Display, cause: impl fmt::Display) -> Self {
        let (place, cause) = (place.to_string(), cause.to_string());
        Self { code, severity: Severity::Fine, place, cause, remedy: None, reason: None }
    }

    /// It can be used all the same.
    pub(crate) fn warning(
        code: Code,
        place: impl fmt::Display,
        cause: impl fmt::Display,
        remedy: impl fmt::Display,
    ) -> Self {
        let remedy = Some(remedy.to_string());
        Self { severity: Severity::Warning, remedy, ..Self::fine(code, place, cause) }
    }

    /// It cannot be used.
    pub(crate) fn fault(
        code: Code,
        place: impl fmt::Display,
        cause: impl fmt::Display,
        remedy: impl fmt::Display,
    ) -> Self {
        Self { severity: Severity::Fault, ..Self::warning(code, place, cause, remedy) }
    }

    /// The same finding, with the code that a run would tell.
    pub(crate) fn told_as(self, reason: &'static str) -> Self {
        Self { reason: Some(reason), ..self }
    }
}

/// Codes and their texts, each once.
macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal,)+) => {
        /// What was looked at.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Code {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The code, which does not change.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }
        }
    };
}

codes! {
    /// The file can be read.
    File = "doctor.file",
    /// It is a shared library that can be understood.
    Library = "doctor.library",
    /// It is for this architecture and system.
    Platform = "doctor.platform",
    /// It is for this C library.
    Libc = "doctor.libc",
    /// It carries a manifest that can be understood.
    Manifest = "doctor.manifest",
    /// It was compiled against a boundary that this host speaks.
    PluginApi = "doctor.plugin_api",
    /// It exports `register`.
    Register = "doctor.register",
    /// It exports the header by which layouts are compared.
    Header = "doctor.header",
    /// The libraries that it needs are there.
    Needed = "doctor.needed_library",
    /// It maps no library but those of the system.
    SideLibrary = "doctor.side_library",
    /// Those libraries are new enough.
    SymbolVersion = "doctor.symbol_version",
    /// It does not say where the system looks for libraries.
    SearchPath = "doctor.search_path",
    /// Its code is mapped as it is.
    TextRelocations = "doctor.text_relocations",
    /// It leaves stacks without the right to run.
    ExecutableStack = "doctor.executable_stack",
    /// What runs while it is mapped.
    Constructors = "doctor.constructors",
    /// It wants no room in the static block of thread-local storage.
    StaticTls = "doctor.static_tls",
    /// Nobody else may write to it.
    Writable = "doctor.writable",
    /// What the judge decides.
    Trust = "doctor.trust",
    /// It is not held back.
    Quarantine = "doctor.quarantine",
    /// The user's `ce.toml`.
    Config = "doctor.config",
    /// The project's `ce.toml`.
    Project = "doctor.project_config",
    /// `ce.lock`.
    Lock = "doctor.lock",
    /// A plugins directory.
    PluginsDir = "doctor.plugins_dir",
    /// The state directory.
    StateDir = "doctor.state_dir",
    /// The cache directory.
    CacheDir = "doctor.cache_dir",
    /// The program that workers are made of.
    Worker = "doctor.worker",
    /// What can hold a worker.
    Sandbox = "doctor.sandbox",
    /// Entries of settings match something.
    Idle = "doctor.idle",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Fine => "fine",
            Self::Warning => "warning",
            Self::Fault => "fault",
        })
    }
}
