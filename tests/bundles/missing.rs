//! Registers nothing of what it announces.

use ce_plugin_api::{PluginError, Registrar};

ce_plugin_api::export_bundle!("missing.json", register);

fn register(_registrar: &mut Registrar<'_>) -> Result<(), PluginError> {
    Ok(())
}
