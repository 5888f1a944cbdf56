//! What went into a batch, as telemetry has it: encodings, digests and options. It never holds a row of the data.

use ce_plugin_api::manifest::PluginInfo;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{CATEGORIES_MAX, hex};
use crate::bundle::Digest;
use crate::explain::options::Given;
use crate::explain::{Explainer, Instances, digests};
use crate::telemetry::snapshot::{DigestOf, Input, Inputs, Mapping, OptionValue, Preprocessor, Setting};

/// How texts became numbers.
pub(super) fn preprocessor(explainer: &Explainer) -> Preprocessor {
    let schema = &explainer.schema;
    let mapping = |(column, categories): (&usize, &Vec<String>)| {
        let mut hash = Sha256::new();
        for category in categories {
            hash.update(category.as_bytes());
            hash.update(b"\n");
        }
        let shown = if categories.len() > CATEGORIES_MAX { Vec::new() } else { categories.clone() };
        Mapping {
            feature: schema.feature_names[*column].clone(),
            n_categories: categories.len(),
            categories: shown,
            sha256: hex(Digest::from(hash)),
        }
    };
    let encodes = explainer.problem.set.has_encoded();
    Preprocessor {
        auto_encode: encodes,
        transformer_id: encodes.then(|| "ce.categories".to_owned()),
        mapping_snapshot: schema.categories.iter().map(mapping).collect(),
    }
}

/// What went in, by digests.
pub(super) fn inputs(explainer: &Explainer, instances: &Instances<'_>) -> Inputs {
    let fixed = &explainer.digests;
    let of = |file: Option<Digest>, numbers: &dyn Fn() -> Digest, rows| {
        let digest_of = if file.is_some() { DigestOf::File } else { DigestOf::Numbers };
        Input { sha256: Some(hex(file.unwrap_or_else(numbers))), digest_of, rows: Some(rows as u64) }
    };
    let digest_of = if fixed.model.is_some() { DigestOf::File } else { DigestOf::Nothing };
    Inputs {
        model: Input { sha256: fixed.model.map(hex), digest_of, rows: None },
        calibration: of(fixed.calibration_file, &|| fixed.calibration, explainer.problem.set.n_rows()),
        difficulty: explainer.problem.difficulty.as_ref().map(|difficulty| {
            let digest = difficulty.model().digest().copied();
            let digest_of = if digest.is_some() { DigestOf::File } else { DigestOf::Nothing };
            Input { sha256: digest.map(hex), digest_of, rows: None }
        }),
        data: of(instances.file, &|| digests::of_matrix(instances.x), instances.x.n_rows),
    }
}

/// Every option that a plugin was handed.
pub(super) fn options(explainer: &Explainer, info: &PluginInfo) -> Vec<OptionValue> {
    let given = explainer.options().given(info).unwrap_or_default();
    let one = |(option, given): (String, Given)| OptionValue {
        identifier: info.identifier.clone(),
        option,
        value: setting(&given.value),
        given_by: given.origin.token().into_owned(),
    };
    given.into_iter().map(one).collect()
}

fn setting(value: &Value) -> Setting {
    match value {
        Value::Bool(value) => Setting::Boolean(*value),
        Value::Number(number) => {
            number.as_i64().map_or_else(|| Setting::Number(number.as_f64().unwrap_or(f64::NAN)), Setting::Integer)
        }
        Value::String(text) => Setting::Text(text.clone()),
        Value::Array(values) => Setting::Numbers(values.iter().filter_map(Value::as_f64).collect()),
        Value::Null | Value::Object(_) => Setting::Text(value.to_string()),
    }
}
