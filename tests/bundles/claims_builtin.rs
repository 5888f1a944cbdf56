//! Claims an identifier that is built into the host.

mod plain;
mod score;

use ce_plugin_api::{PluginError, Registrar};

ce_plugin_api::export_bundle!("claims_builtin.json", register);

fn register(registrar: &mut Registrar<'_>) -> Result<(), PluginError> {
    registrar.interval("core.interval.legacy", plain::Plain);
    Ok(())
}
