//! FAST calibrated explanations as a bundle (Löfström et al., arXiv 2410.21129): a calibrator per feature answers for the
//! unchanged instance, so that no perturbed row meets the model once the calibrators are fitted.

mod explanation;
mod interval;

use ce_plugin_api::{PluginError, Registrar};

ce_plugin_api::export_bundle!("../bundle.json", register);

fn register(registrar: &mut Registrar<'_>) -> Result<(), PluginError> {
    registrar.interval("core.interval.fast", interval::Fast);
    registrar.explanation("core.explanation.fast", explanation::Fast);
    Ok(())
}

/// What the mathematics refused, as it crosses the boundary.
fn refused(error: ce_core::Error) -> PluginError {
    PluginError::invalid_input(error.to_string())
}

/// Saved bytes that cannot be read.
fn corrupt(error: postcard::Error) -> PluginError {
    PluginError::corrupt(error.to_string())
}

/// The columns in which all values are equal: they carry nothing, and get no rule.
fn constant_columns(x: ce_plugin_api::data::Matrix<'_>) -> Vec<bool> {
    (0..x.n_cols)
        .map(|column| {
            let mut values = x.as_slice().iter().skip(column).step_by(x.n_cols);
            values.next().is_none_or(|first| values.all(|value| value == first))
        })
        .collect()
}
