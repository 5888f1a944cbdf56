//! A good bundle whose constructor writes a file: what maps it can be told by the file, before anything is called.

mod construct;
mod plain;
mod score;

use ce_plugin_api::{PluginError, Registrar};

ce_plugin_api::export_bundle!("constructor.json", register);

fn register(registrar: &mut Registrar<'_>) -> Result<(), PluginError> {
    registrar.interval("test.interval.constructor", plain::Plain);
    Ok(())
}
