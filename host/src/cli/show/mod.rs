//! `ce show`: everything known about one plugin or plot style. Nothing is mapped.

mod document;
mod text;

use clap::Args;

use super::failure::Failure;
use super::flags::{CacheFlags, HostFlags};
use super::inventory::{self, Group, Item};
use super::io::Io;
use crate::bundle::Survey;
use crate::config::nearest;

/// Show all about one plugin or plot style, also why it is refused; nothing is run
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// The identifier
    #[arg(value_name = "ID")]
    identifier: String,

    /// Which of several that go by the identifier
    #[arg(long, default_value = "all", hide_default_value = true)]
    kind: Group,

    /// Print a JSON document
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    host: HostFlags,

    #[command(flatten)]
    cache: CacheFlags,
}

pub(crate) fn run(args: &ShowArgs, io: &mut Io<'_>) -> Result<(), Failure> {
    let (settings, survey) = args.cache.listing(&args.host)?;
    let all = inventory::of(&survey);
    let found: Vec<&Item<'_>> = all
        .iter()
        .filter(|item| item.what.identifier() == args.identifier && args.kind.contains(item.what.group()))
        .collect();
    let Some(first) = found.first() else {
        return Err(unknown(args, &all, &survey));
    };
    // Several bundles may claim the identifier, and all of them are shown; but a kind must be named.
    if let Some(other) = found.iter().find(|item| item.what.group() != first.what.group()) {
        let kinds = format!("{} and {}", first.what.kind(), other.what.kind());
        let message = format!("`{}` is of the kinds {kinds}: name one with --kind", args.identifier);
        return Err(Failure::not_asked("show.ambiguous", message));
    }
    if args.json {
        return io.print_json(&document::of(&args.identifier, &found, survey.isolation()));
    }
    let config = settings.places().config_file().ok();
    text::print(&found, survey.isolation(), config.map(|file| file.value.as_path()), io)
}

fn unknown(args: &ShowArgs, all: &[Item<'_>], survey: &Survey) -> Failure {
    let identifier = args.identifier.as_str();
    if let Some(other) = all.iter().find(|item| item.what.identifier() == identifier) {
        let message = format!("`{identifier}` is of another kind, {}: leave out --kind", other.what.kind());
        return Failure::no("show.wrong_kind", message);
    }
    let manifests = survey.files().iter().filter_map(|file| file.manifest.as_ref()).chain([survey.built_in()]);
    if let Some(bundle) = manifests.into_iter().find(|manifest| manifest.bundle.name == identifier) {
        let names: Vec<&str> = bundle.plugins.iter().map(|info| info.identifier.as_str()).collect();
        let message = format!("`{identifier}` is a bundle: show one of its plugins: {}", names.join(", "));
        return Failure::no("show.bundle", message);
    }
    let known = all.iter().filter(|item| args.kind.contains(item.what.group())).map(|item| item.what.identifier());
    let meant = nearest(identifier, known).map(|name| format!(", did you mean `{name}`?")).unwrap_or_default();
    Failure::no("show.unknown", format!("nothing found is `{identifier}`{meant}: `ce list` shows what was found"))
}
