//! `--dry-run`: what would be chosen and why, for people. It fits nothing, asks no plugin for a number of the data, and writes
//! no file.

use std::fmt::Write as _;

use super::failure::Failure;
use super::io::Io;
use super::request::Asked;
use crate::bundle::Source;
use crate::explain::{Explainer, Route};

/// Prints what a run would do, then a paragraph per slot.
///
/// * `notes` — what else is asked, in words
pub(crate) fn tell(
    what: &str,
    explainer: &Explainer,
    asked: &Asked,
    routes: &[Route],
    notes: &[(&str, Option<String>)],
    io: &mut Io<'_>,
) -> Result<(), Failure> {
    let info = explainer.model().info();
    let (n_features, n_calibration) = (info.n_features, counted(asked.n_calibration_rows));
    io.print(format_args!(
        "would {what}: {} with {n_features} features, calibrated by {n_calibration}\nasked of each row: {}\n",
        info.task,
        asked.quantity.words(info.task)
    ))?;
    for (what, words) in notes {
        if let Some(words) = words {
            io.print(format_args!("{what}: {words}\n"))?;
        }
    }
    for route in routes {
        let library = explainer.library(route.slot, &route.usable[0]);
        io.print(format_args!("\n{}", paragraph(route, library)))?;
    }
    io.print(format_args!("\nnothing was fitted and nothing was written\n"))
}

/// `1 row`, `2 rows`.
pub(crate) fn counted(n_rows: usize) -> String {
    format!("{n_rows} row{}", if n_rows == 1 { "" } else { "s" })
}

/// The choice, what was asked for by whom, the whole chain, what was passed over, and where a library runs.
fn paragraph(route: &Route, library: Option<&Source>) -> String {
    let (asked, chosen) = (&route.requested, &route.usable[0]);
    let mut text = format!("{}: {chosen}\n  asked for: {}, by {}\n", route.slot, asked.value, asked.origin);
    let chain = route.chain.join(", then ");
    // Writing to a string cannot fail.
    let _ = writeln!(text, "  chain: {chain}");
    if let Some(library) = library {
        let held = library.sandbox.as_ref().map(|sandbox| format!(", held to `{}`", sandbox.level));
        let _ = writeln!(text, "  runs: {}{}", library.isolation, held.unwrap_or_default());
    }
    for skip in &route.skipped {
        let _ = write!(text, "  passed over: {}: {} [{}]", skip.identifier, skip.reason, skip.code);
        let remedy = skip.remedy.as_ref().map_or_else(String::new, |remedy| format!("; remedy: {remedy}"));
        let _ = writeln!(text, "{remedy}");
    }
    text
}

#[cfg(test)]
mod tests {
    use ce_plugin_api::manifest::Manifest;

    use super::*;
    use crate::bundle::{Sandbox, SourceOrigin};
    use crate::config::{Level, Origin, Slot, Sourced};
    use crate::explain::Skip;

    #[test]
    fn a_slot_is_told_with_who_asked_the_chain_and_what_was_passed_over() {
        let route = Route {
            slot: Slot::Interval,
            requested: Sourced::new("a.b".to_owned(), Origin::Environment("CE_INTERVAL_PLUGIN")),
            chain: vec!["a.b".to_owned(), "c.d".to_owned()],
            usable: vec!["c.d".to_owned()],
            skipped: vec![Skip {
                identifier: "a.b".to_owned(),
                code: "route.unknown",
                reason: "nothing of that name is installed".to_owned(),
                remedy: Some("ce list".to_owned()),
                worker: None,
            }],
        };
        assert_eq!(
            paragraph(&route, None),
            "intervals.default: c.d\n  asked for: a.b, by CE_INTERVAL_PLUGIN\n  chain: a.b, then c.d\n  \
             passed over: a.b: nothing of that name is installed [route.unknown]; remedy: ce list\n"
        );
    }

    #[test]
    fn a_library_is_told_with_the_place_where_it_runs() {
        let route = Route {
            slot: Slot::Interval,
            requested: Sourced::new("a.b".to_owned(), Origin::Default),
            chain: vec!["a.b".to_owned()],
            usable: vec!["a.b".to_owned()],
            skipped: Vec::new(),
        };
        let manifest = Manifest::parse(ce_builtin::MANIFEST, ce_plugin_api::VERSION).unwrap().0;
        let here = Source::linked(&manifest, SourceOrigin::Linked);
        assert!(paragraph(&route, Some(&here)).ends_with("\n  runs: in-process, since it is compiled in\n"));
        let sandbox = Sandbox { level: Level::Partial, missing: Vec::new() };
        let held = Source { sandbox: Some(sandbox), ..here };
        assert!(paragraph(&route, Some(&held)).ends_with(", held to `partial`\n"));
    }
}
