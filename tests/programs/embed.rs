//! A program that embeds the host (`embed CE_TOML PLUGINS_DIR`) and needs no `ce` beside it: it is its own worker. It tells
//! where the FAST calibrator runs.
#![allow(clippy::print_stdout)]

use ce_host::Host;
use ce_host::plugin_api::manifest::Kind;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    ce_host::worker_main();
    let mut arguments = std::env::args_os().skip(1);
    let (Some(config), Some(dir)) = (arguments.next(), arguments.next()) else {
        return Err("expected a ce.toml and a plugins directory".into());
    };
    let host = Host::builder().config(config).plugins_dir(&dir).working_dir(dir).build()?;
    if let Some(error) = host.catalog().failed().first() {
        return Err(error.to_string().into());
    }
    let entry = host.catalog().registry().entry(Kind::Interval, "core.interval.fast").ok_or("it is not loaded")?;
    let sandbox = entry.source.sandbox.as_ref().map_or("none", |sandbox| sandbox.level.name());
    println!("core.interval.fast: {}, sandbox {sandbox}", entry.source.isolation.placement);
    Ok(())
}
