//! Returns an error from `register`, of its own code and with text that would write to a terminal.

use ce_plugin_api::{PluginError, Registrar};

ce_plugin_api::export_bundle!("refuses_register.json", register);

fn register(_registrar: &mut Registrar<'_>) -> Result<(), PluginError> {
    Err(PluginError { code: 1234, instance: PluginError::WHOLE_CALL, message: "no \u{1b}[31mlicence".into() })
}
