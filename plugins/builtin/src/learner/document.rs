//! The JSON of `ce-model/1`, key by key. It checks the types of values and nothing else.
//!
//! Keys that are not listed are ignored: minor versions of the format only add.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, de};

/// What must be known before anything else is read: the rest may look different in another version or type.
#[derive(Deserialize)]
#[serde(expecting = "an object with `format`")]
pub(super) struct Header {
    pub(super) format: Option<serde_json::Value>,
}

/// The type of the model, once the version is known.
#[derive(Deserialize)]
#[serde(expecting = "an object with `model`")]
pub(super) struct ModelHeader {
    pub(super) model: ModelType,
}

#[derive(Deserialize)]
#[serde(expecting = "a model: an object with `type`")]
pub(super) struct ModelType {
    pub(super) r#type: String,
}

/// The whole, with the object of one type of model.
#[derive(Deserialize)]
#[serde(expecting = "a portable model")]
pub(super) struct Document<M> {
    pub(super) task: String,
    pub(super) classes: Option<Vec<Label>>,
    pub(super) feature_names: Option<Vec<String>>,
    pub(super) categories: Option<BTreeMap<String, Vec<Label>>>,
    pub(super) input: Option<String>,
    pub(super) decimals: Option<i64>,
    pub(super) model: M,
}

#[derive(Deserialize)]
#[serde(expecting = "a linear model")]
pub(super) struct LinearObject {
    pub(super) coef: Numbers,
    pub(super) intercept: Number,
}

#[derive(Deserialize)]
#[serde(expecting = "a logistic model")]
pub(super) struct LogisticObject {
    pub(super) coef: Numbers,
    pub(super) intercept: Number,
}

#[derive(Deserialize)]
#[serde(expecting = "a softmax model")]
pub(super) struct SoftmaxObject {
    pub(super) coef: Vec<Numbers>,
    pub(super) intercept: Numbers,
}

#[derive(Deserialize)]
#[serde(expecting = "a forest")]
pub(super) struct ForestObject {
    pub(super) task: Option<String>,
    pub(super) n_outputs: usize,
    pub(super) trees: Vec<TreeObject>,
}

#[derive(Deserialize)]
#[serde(expecting = "a boosting model")]
pub(super) struct BoostingObject {
    pub(super) link: String,
    pub(super) init: Numbers,
    pub(super) learning_rate: Number,
    pub(super) trees: Vec<Vec<TreeObject>>,
}

#[derive(Deserialize)]
#[serde(expecting = "a tree")]
pub(super) struct TreeObject {
    pub(super) feature: Vec<i64>,
    pub(super) threshold: Numbers,
    pub(super) left: Vec<i64>,
    pub(super) right: Vec<i64>,
    pub(super) value: Vec<Numbers>,
}

/// A float64, or how JSON spells what is not finite: `"inf"`, `"-inf"`, null. Whether that may stand here is for later,
/// when its place has a name.
#[derive(Clone, Copy)]
pub(super) struct Number(pub(super) f64);

/// Many of them.
pub(super) struct Numbers(pub(super) Vec<f64>);

/// A class label or category as text. Numbers and booleans read as JSON writes them.
pub(super) struct Label(pub(super) String);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberVisitor)
    }
}

impl<'de> Deserialize<'de> for Numbers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(NumbersVisitor)
    }
}

impl<'de> Deserialize<'de> for Label {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LabelVisitor)
    }
}

struct NumberVisitor;

impl Visitor<'_> for NumberVisitor {
    type Value = Number;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a number")
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Number, E> {
        Ok(Number(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Number, E> {
        Ok(Number(value as f64))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Number, E> {
        Ok(Number(value as f64))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Number, E> {
        match value {
            "inf" => Ok(Number(f64::INFINITY)),
            "-inf" => Ok(Number(f64::NEG_INFINITY)),
            _ => Err(E::invalid_value(de::Unexpected::Str(value), &self)),
        }
    }

    fn visit_unit<E: de::Error>(self) -> Result<Number, E> {
        Ok(Number(f64::NAN))
    }
}

struct NumbersVisitor;

impl<'de> Visitor<'de> for NumbersVisitor {
    type Value = Numbers;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("an array of numbers")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Numbers, A::Error> {
        let mut numbers = Vec::new();
        while let Some(Number(value)) = seq.next_element()? {
            numbers.push(value);
        }
        Ok(Numbers(numbers))
    }
}

struct LabelVisitor;

impl Visitor<'_> for LabelVisitor {
    type Value = Label;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("text, a number or a boolean")
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Label, E> {
        Ok(Label(value.to_owned()))
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Label, E> {
        Ok(Label(value.to_string()))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Label, E> {
        Ok(Label(value.to_string()))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Label, E> {
        Ok(Label(value.to_string()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Label, E> {
        // `{:?}` keeps the `.0` that tells 1.0 from 1, as JSON does.
        Ok(Label(format!("{value:?}")))
    }
}
