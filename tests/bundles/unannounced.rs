//! Registers one plugin more than it announces.

mod plain;
mod score;

use ce_plugin_api::{PluginError, Registrar};

ce_plugin_api::export_bundle!("unannounced.json", register);

fn register(registrar: &mut Registrar<'_>) -> Result<(), PluginError> {
    registrar.interval("test.interval.announced", plain::Plain);
    registrar.interval("test.interval.smuggled", plain::Plain);
    Ok(())
}
