//! A host of the places that its arguments name (`look CE_TOML PLUGINS_DIR`), in a process of its own, so that a library's
//! constructor is seen by the file it writes. It surveys, then loads, and writes what came of it to standard output. Two
//! more arguments are files, of which the first takes the place of the second between the survey and the loading.
#![allow(clippy::print_stdout)]

use std::collections::BTreeMap;

use ce_host::Host;
use ce_host::bundle::trust::Verdict;
use ce_host::config::Placement;
use serde_json::json;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(config), Some(dir)) = (arguments.next(), arguments.next()) else {
        return Err("expected a ce.toml and a plugins directory".into());
    };
    let builder =
        Host::builder().config(config).plugins_dir(&dir).working_dir(dir).isolation("default", Placement::InProcess);
    let (_, survey) = builder.survey()?;
    let verdicts: BTreeMap<String, &str> = survey
        .files()
        .iter()
        .map(|file| {
            let name = file.claim.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let code = match &file.verdict {
                Verdict::Trusted(_) => "trusted",
                Verdict::Refused(refused) => refused.code(),
                Verdict::Duplicate(_) => "duplicate",
            };
            (name, code)
        })
        .collect();
    let unreadable: Vec<&str> = survey.unreadable().iter().map(|error| error.code()).collect();
    let failed: Vec<&str> = match (arguments.next(), arguments.next()) {
        (Some(from), Some(to)) => {
            std::fs::rename(from, to)?;
            survey.load().failed().iter().map(|error| error.code()).collect()
        }
        _ => builder.build()?.catalog().failed().iter().map(|error| error.code()).collect(),
    };
    println!("{}", json!({ "verdicts": verdicts, "unreadable": unreadable, "failed": failed }));
    Ok(())
}
