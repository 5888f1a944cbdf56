//! The explanations file. Numbers that are not finite are texts, and nothing is left out but identifiers that nobody gave.

use std::io;

use ce_plugin_api::data::Operator;
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

use super::super::reject::Rejections;
use super::{Explanation, Explanations, Rule, RuleCondition, SCHEMA_VERSION, Uncertain};
use crate::telemetry::Number;

impl Explanations {
    /// Writes the explanations file.
    ///
    /// # Errors
    /// What writing to `out` fails with.
    pub fn write_json(&self, mut out: impl io::Write) -> io::Result<()> {
        serde_json::to_writer(&mut out, &File { all: self, instances: 0..self.len() })?;
        out.write_all(b"\n")
    }

    /// The explanations file of one instance alone, as plot builders are handed it.
    #[must_use]
    pub fn json_of(&self, instance: usize) -> String {
        let instances = instance.min(self.len())..(instance + 1).min(self.len());
        serde_json::to_string(&File { all: self, instances }).unwrap_or_default()
    }
}

/// The name of an operator in files.
fn operator_name(operator: Operator) -> &'static str {
    match operator {
        Operator::Any => "any",
        Operator::AtMost => "<=",
        Operator::Above => ">",
        Operator::Within => "within",
        Operator::Equal => "=",
        Operator::Below => "<",
    }
}

/// The explanations file, for some of the instances.
struct File<'a> {
    all: &'a Explanations,
    instances: std::ops::Range<usize>,
}

impl Serialize for File<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let all = self.all;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("schema_version", SCHEMA_VERSION)?;
        map.serialize_entry("run_id", &all.about.run_id)?;
        map.serialize_entry("mode", &all.mode)?;
        map.serialize_entry("task", &all.about.schema.task)?;
        map.serialize_entry("classes", &all.about.schema.classes)?;
        let percentiles = all.percentiles().map(|percentiles| [percentiles.low(), percentiles.high()].map(Number));
        map.serialize_entry("percentiles", &percentiles)?;
        // Of one instance its own event is that of the file.
        let threshold = if self.instances.len() == 1 {
            all.about.quantity.threshold_of(self.instances.start)
        } else {
            all.threshold()
        };
        map.serialize_entry("threshold", &threshold)?;
        map.serialize_entry("refinements", &all.refinements)?;
        map.serialize_entry("reject", &all.about.rejections.as_ref().map(Rejections::file))?;
        map.serialize_entry("explanations", &Listed { all, instances: self.instances.clone() })?;
        map.end()
    }
}

struct Listed<'a> {
    all: &'a Explanations,
    instances: std::ops::Range<usize>,
}

impl Serialize for Listed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.instances.len()))?;
        for instance in self.instances.clone() {
            list.serialize_element(&Explanation { all: self.all, instance })?;
        }
        list.end()
    }
}

impl Serialize for Explanation<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("index", &self.number())?;
        if let Some(id) = self.id() {
            map.serialize_entry("id", id)?;
        }
        if let Some(threshold) = self.all.about.own_threshold(self.instance) {
            map.serialize_entry("threshold", &threshold)?;
        }
        map.serialize_entry("prediction", &Prediction { of: self.prediction(), class: self.class() })?;
        if let Some(rejections) = &self.all.about.rejections {
            let class = self.all.base.class[self.instance];
            map.serialize_entry("reject", &rejections.file_of(self.instance, &self.all.about, class))?;
        }
        map.serialize_entry("rules", &self.rules().collect::<Vec<_>>())?;
        map.end()
    }
}

struct Prediction<'a> {
    of: Uncertain,
    class: Option<&'a str>,
}

impl Serialize for Prediction<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("predict", &Number(self.of.value))?;
        map.serialize_entry("low", &Number(self.of.low))?;
        map.serialize_entry("high", &Number(self.of.high))?;
        map.serialize_entry("class", &self.class)?;
        map.end()
    }
}

impl Serialize for Rule<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(13))?;
        let conditions: Vec<RuleCondition<'_>> = self.conditions().collect();
        match conditions.as_slice() {
            [only] => {
                map.serialize_entry("feature", &only.feature())?;
                map.serialize_entry("feature_name", only.feature_name())?;
            }
            several => {
                map.serialize_entry("feature", &several.iter().map(RuleCondition::feature).collect::<Vec<_>>())?;
                map.serialize_entry("feature_name", &several.iter().map(|c| c.feature_name()).collect::<Vec<_>>())?;
            }
        }
        map.serialize_entry("rule", &self.text())?;
        map.serialize_entry("value", &self.value_text())?;
        map.serialize_entry("conditions", &conditions)?;
        let (weight, prediction) = (self.weight(), self.prediction());
        map.serialize_entry("weight", &Number(weight.value))?;
        map.serialize_entry("weight_low", &Number(weight.low))?;
        map.serialize_entry("weight_high", &Number(weight.high))?;
        map.serialize_entry("predict", &Number(prediction.value))?;
        map.serialize_entry("low", &Number(prediction.low))?;
        map.serialize_entry("high", &Number(prediction.high))?;
        map.serialize_entry("is_conjunctive", &self.is_conjunctive())?;
        map.end()
    }
}

impl Serialize for RuleCondition<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("feature", &self.feature())?;
        map.serialize_entry("operator", operator_name(self.operator()))?;
        map.serialize_entry("low", &Number(self.low()))?;
        map.serialize_entry("high", &Number(self.high()))?;
        map.end()
    }
}
