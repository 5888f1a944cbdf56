//! Registers twice what it announces once.

mod plain;
mod score;

use ce_plugin_api::{PluginError, Registrar};

ce_plugin_api::export_bundle!("twice.json", register);

fn register(registrar: &mut Registrar<'_>) -> Result<(), PluginError> {
    registrar.interval("test.interval.twice", plain::Plain);
    registrar.interval("test.interval.twice", plain::Plain);
    Ok(())
}
