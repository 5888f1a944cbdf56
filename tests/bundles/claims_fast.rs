//! Claims an identifier of the FAST bundle under another bundle's name.

mod plain;
mod score;

use ce_plugin_api::{PluginError, Registrar};

ce_plugin_api::export_bundle!("claims_fast.json", register);

fn register(registrar: &mut Registrar<'_>) -> Result<(), PluginError> {
    registrar.interval("core.interval.fast", plain::Plain);
    Ok(())
}
