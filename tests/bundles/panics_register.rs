//! Panics in `register`, after it registered what it announced.

mod plain;
mod score;

use ce_plugin_api::{PluginError, Registrar};

ce_plugin_api::export_bundle!("panics_register.json", register);

fn register(registrar: &mut Registrar<'_>) -> Result<(), PluginError> {
    registrar.interval("test.interval.panics-register", plain::Plain);
    panic!("asked to panic in register")
}
