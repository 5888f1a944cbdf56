//! `ce config`: what counts, and who says so. It never changes anything, and looks at no bundle.

use std::path::Path;

use ce_plugin_api::error::printable;
use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::{Value, json};

use super::DOCUMENT_VERSION;
use super::failure::Failure;
use super::flags::HostFlags;
use super::io::{Io, shown};
use super::table::Table;
use crate::config::{Deadline, IsolationSettings, Origin, PluginSettings, Settings, Slot, Sourced};

/// Show the settings that count, each with who gave it (as `show`), or where the user's ce.toml lies (`path`)
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    command: Option<ConfigCommand>,

    #[command(flatten)]
    show: ShowArgs,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Show the settings that count, each with who gave it
    Show(ShowArgs),

    /// Print the path of the user's ce.toml, the one file that grants, whether it is there or not
    Path(HostFlags),
}

#[derive(Debug, Args)]
struct ShowArgs {
    /// Print a JSON document
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    host: HostFlags,
}

/// The document of `ce config --json`.
#[derive(Serialize)]
struct Document {
    /// The version of this document.
    schema_version: &'static str,
    /// The version of the host.
    host_version: &'static str,
    /// The user's `ce.toml`, the one file that grants; null without a home directory.
    user_file: Option<UserFile>,
    /// The project's `ce.toml` that was read; null if there is none.
    project_file: Option<String>,
    /// What counts, in a fixed order.
    settings: Vec<Setting>,
}

/// The user's `ce.toml`.
#[derive(Serialize)]
struct UserFile {
    path: String,
    /// Who named it: `call`, `env:CE_CONFIG` or `default`.
    named_by: String,
    exists: bool,
}

/// A setting that counts.
#[derive(Serialize)]
struct Setting {
    /// As it is called in `ce.toml`.
    key: String,
    /// A text, a number or a list; of options whatever was given.
    value: Value,
    /// Who gave it: `call`, `env:…`, `config:…`, `project:…` or `default`.
    named_by: String,
}

pub(crate) fn run(args: &ConfigArgs, io: &mut Io<'_>) -> Result<(), Failure> {
    match &args.command {
        Some(ConfigCommand::Path(host)) => path(host, io),
        Some(ConfigCommand::Show(args)) => show(args, io),
        None => show(&args.show, io),
    }
}

fn path(host: &HostFlags, io: &mut Io<'_>) -> Result<(), Failure> {
    let places = host.places()?;
    let file = places.config_file()?;
    io.print(format_args!("{}\n", shown(&file.value)))?;
    if !file.value.exists() {
        io.say(match &file.origin {
            Origin::Default => {
                "note: there is no such file yet; `ce trust` makes it, or write it yourself: see docs/FORMATS.md"
                    .to_owned()
            }
            named_by => format!(
                "note: there is no such file yet, and other commands refuse to run while {named_by} names it: create it"
            ),
        });
    }
    Ok(())
}

fn show(args: &ShowArgs, io: &mut Io<'_>) -> Result<(), Failure> {
    let settings = args.host.builder().settings()?;
    let document = Document {
        schema_version: DOCUMENT_VERSION,
        host_version: env!("CARGO_PKG_VERSION"),
        user_file: settings.places().config_file().ok().map(UserFile::of),
        project_file: settings.project_file().map(|path| path.display().to_string()),
        settings: all(&settings),
    };
    if args.json { io.print_json(&document) } else { print(&settings, &document, io) }
}

fn print(settings: &Settings, document: &Document, io: &mut Io<'_>) -> Result<(), Failure> {
    let mut files = Table::default();
    let user = document.user_file.as_ref().map_or_else(
        || "none: no home directory is known".to_owned(),
        |file| format!("{}{}", text(&file.path), if file.exists { "" } else { " (not there)" }),
    );
    files.row(["your ce.toml", &user]);
    files.row(["project's ce.toml", &settings.project_file().map_or_else(|| "none".to_owned(), shown)]);
    io.print(format_args!("{files}\n"))?;
    let mut table = Table::default();
    table.row(["KEY", "VALUE", "FROM"]);
    for setting in &document.settings {
        table.row([text(&setting.key), text(&plain(&setting.value)), text(&setting.named_by)]);
    }
    io.print(format_args!("{table}"))
}

impl UserFile {
    fn of(file: &Sourced<std::path::PathBuf>) -> Self {
        let (path, exists) = (file.value.display().to_string(), file.value.exists());
        Self { path, named_by: file.origin.token().into_owned(), exists }
    }
}

/// Everything that somebody asked for, and what holds bundles whether asked for or not.
fn all(settings: &Settings) -> Vec<Setting> {
    let mut all = All(Vec::new());
    for slot in Slot::ALL {
        let choice = settings.choice(slot);
        if let Some(requested) = &choice.requested {
            all.add(slot.to_string(), &requested.value, &requested.origin);
        }
        if let Some(fallbacks) = &choice.fallbacks {
            let key = format!("{}.{}", slot.section(), slot.fallbacks_key());
            all.add(key, &fallbacks.value, &fallbacks.origin);
        }
    }
    all.plugins(settings.plugins());
    for identifier in settings.identifiers_with_options() {
        for (option, given) in settings.options(identifier).into_iter().flatten() {
            all.add(format!("options.\"{identifier}\".{option}"), &given.value, &given.origin);
        }
    }
    match settings.telemetry() {
        Some(level) => all.add("telemetry.level", level.value, &level.origin),
        None => all.add("telemetry.level", "off", &Origin::Default),
    }
    all.isolation(settings.isolation());
    all.0
}

struct All(Vec<Setting>);

impl All {
    fn add(&mut self, key: impl Into<String>, value: impl Serialize, origin: &Origin) {
        self.0.push(Setting { key: key.into(), value: json!(value), named_by: origin.token().into_owned() });
    }

    fn path(&mut self, key: &str, path: &Path, origin: &Origin) {
        self.add(key, path.display().to_string(), origin);
    }

    /// Lists that several sources add to: an entry each.
    fn plugins(&mut self, plugins: &PluginSettings) {
        for dir in &plugins.dirs {
            self.path("plugins.dirs", &dir.value, &dir.origin);
        }
        let listed = plugins.trusted.iter().chain(&plugins.trusted_now).map(|entry| ("plugins.trusted", entry));
        let denied = plugins.denied.iter().map(|entry| ("plugins.denied", entry));
        for (key, entry) in listed.chain(denied) {
            self.add(key, &entry.value, &entry.origin);
        }
    }

    fn isolation(&mut self, isolation: &IsolationSettings) {
        self.add("isolation.default", isolation.default.value, &isolation.default.origin);
        for (name, placement) in isolation.named() {
            self.add(format!("isolation.\"{name}\""), placement.value, &placement.origin);
        }
        if let Some(worker) = &isolation.worker {
            self.path("isolation.worker", &worker.value, &worker.origin);
        }
        self.add("isolation.min_sandbox", isolation.min_sandbox.value.name(), &isolation.min_sandbox.origin);
        self.add("isolation.memory_mib", isolation.memory_mib.value, &isolation.memory_mib.origin);
        if let Some(seconds) = &isolation.cpu_seconds {
            self.add("isolation.cpu_seconds", seconds.value, &seconds.origin);
        }
        for deadline in Deadline::ALL {
            let limit = isolation.deadline(deadline);
            let key = format!("isolation.deadlines.{}", deadline.as_str());
            match limit.value.subsec_nanos() {
                0 => self.add(key, limit.value.as_secs(), &limit.origin),
                _ => self.add(key, limit.value.as_secs_f64(), &limit.origin),
            }
        }
        for (bundle, granted) in &isolation.permissions {
            self.add(format!("isolation.permissions.\"{bundle}\""), &granted.value, &granted.origin);
        }
    }
}

/// A value as people read it: texts without quotes, lists with commas.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(entries) if entries.is_empty() => "none".to_owned(),
        Value::Array(entries) => entries.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// What somebody wrote, on one line.
fn text(text: &str) -> String {
    printable(text.as_bytes(), usize::MAX)
}
