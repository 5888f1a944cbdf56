//! `ce list`: what there is, and what was decided about it. Nothing is mapped.

mod document;
mod text;

use clap::Args;

use super::failure::Failure;
use super::flags::{CacheFlags, HostFlags};
use super::inventory::{self, Group, What};
use super::io::Io;
use crate::bundle::trust::{Refused, Verdict};
use crate::bundle::{Survey, Surveyed};

/// List plugins and plot styles: built in, trusted or refused; nothing is run
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// What to list
    #[arg(default_value = "all", hide_default_value = true)]
    group: Group,

    /// Leave out what cannot be used
    #[arg(long)]
    trusted_only: bool,

    /// Print a JSON document
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    host: HostFlags,

    #[command(flatten)]
    cache: CacheFlags,
}

pub(crate) fn run(args: &ListArgs, io: &mut Io<'_>) -> Result<(), Failure> {
    let (_, survey) = args.cache.listing(&args.host)?;
    let mut items = inventory::of(&survey);
    items.retain(|item| args.group.contains(item.what.group()) && (!args.trusted_only || item.standing.is_usable()));
    let refused = if args.trusted_only { Vec::new() } else { refused(args.group, &survey) };
    if args.json {
        return io.print_json(&document::of(&survey, &items, &refused, !args.trusted_only));
    }
    text::print(&survey, &items, &refused, !args.trusted_only, io)
}

/// The refused files that announce something of the group; those that announce nothing belong to all groups only.
fn refused(group: Group, survey: &Survey) -> Vec<&Refused> {
    let concerns = |file: &&Surveyed| {
        let announces = |manifest: &ce_plugin_api::manifest::Manifest| {
            let mut plugins = manifest.plugins.iter().map(What::Plugin);
            plugins.any(|what| group.contains(what.group()))
                || (group == Group::Plots && !manifest.plot_styles.is_empty())
        };
        group == Group::All || file.manifest.as_ref().is_some_and(announces)
    };
    let files = survey.files().iter().filter(concerns);
    files
        .filter_map(|file| match &file.verdict {
            Verdict::Refused(refused) => Some(refused.as_ref()),
            _ => None,
        })
        .collect()
}
