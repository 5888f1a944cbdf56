//! Reports to draw, and pictures measured again with the axis that they declare. It holds no test.

use ce_builtin::plot::{builder, legacy, renderer};
use roxmltree::{Document, Node};
use serde_json::{Value, json};

pub(crate) type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Draws a report with an intent.
pub(crate) type Style = fn(&Value, &str) -> Result<String, Box<dyn std::error::Error>>;

pub(crate) const TOLERANCE_PX: f64 = 0.5;
pub(crate) const ALL: &str = r#"{"index": 5, "max_rules": null}"#;

pub(crate) fn rule(text: &str, weight: f64, low: f64, high: f64) -> Value {
    json!({
        "feature": 0, "feature_name": text, "rule": text, "value": "0.08", "conditions": [],
        "weight": encoded(weight), "weight_low": encoded(low), "weight_high": encoded(high),
        "predict": 0.5, "low": 0.4, "high": 0.6, "is_conjunctive": false
    })
}

pub(crate) fn encoded(number: f64) -> Value {
    match number {
        f64::INFINITY => json!("inf"),
        f64::NEG_INFINITY => json!("-inf"),
        finite => json!(finite),
    }
}

pub(crate) fn classification(rules: Vec<Value>) -> Value {
    json!({
        "schema_version": "1.0.0", "run_id": "r", "mode": "factual", "task": "classification",
        "classes": ["malignant", "benign"], "percentiles": null, "threshold": null,
        "explanations": [{
            "index": 5, "prediction": {"predict": 0.9, "low": 0.8, "high": 0.95, "class": "benign"}, "rules": rules
        }]
    })
}

pub(crate) fn regression(rules: Vec<Value>, prediction: Value) -> Value {
    json!({
        "schema_version": "1.0.0", "run_id": "r", "mode": "factual", "task": "regression", "classes": null,
        "percentiles": [5, 95], "threshold": null,
        "explanations": [{ "index": 5, "prediction": prediction, "rules": rules }]
    })
}

pub(crate) fn draw(explanations: &Value, intent: &str) -> Result<String, Box<dyn std::error::Error>> {
    let spec = builder::build(&explanations.to_string(), intent)?;
    Ok(String::from_utf8(renderer::render(&spec, "svg", "{}")?)?)
}

/// The same in the style `legacy`.
pub(crate) fn draw_legacy(explanations: &Value, intent: &str) -> Result<String, Box<dyn std::error::Error>> {
    let spec = legacy::builder::build(&explanations.to_string(), intent)?;
    Ok(String::from_utf8(legacy::renderer::render(&spec, "svg", "{}")?)?)
}

/// An alternative rule.
pub(crate) fn alternative(text: &str, predict: f64, low: f64, high: f64) -> Value {
    json!({
        "feature": 0, "feature_name": text, "rule": text, "value": "0.08", "conditions": [],
        "weight": 0.0, "weight_low": 0.0, "weight_high": 0.0,
        "predict": encoded(predict), "low": encoded(low), "high": encoded(high), "is_conjunctive": false
    })
}

/// The report as one of alternatives.
pub(crate) fn as_alternatives(mut report: Value) -> Value {
    report["mode"] = json!("alternative");
    report
}

/// A regression that was asked for an event.
pub(crate) fn thresholded(rules: Vec<Value>, threshold: Value, event: &str) -> Value {
    let mut report = regression(rules, json!({"predict": 0.7, "low": 0.6, "high": 0.8, "class": event}));
    report["threshold"] = threshold;
    report["percentiles"] = Value::Null;
    report
}

pub(crate) fn number(node: Node<'_, '_>, name: &str) -> Result<f64, Box<dyn std::error::Error>> {
    let text = node.attribute(name).ok_or_else(|| format!("{name} is missing"))?;
    Ok(text.parse()?)
}

pub(crate) fn with_class<'a, 'i>(node: Node<'a, 'i>, class: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.descendants().filter(move |node| node.attribute("class") == Some(class))
}

pub(crate) fn text_of(node: Node<'_, '_>) -> String {
    node.descendants().filter(Node::is_text).filter_map(|text| text.text()).collect()
}

/// The pixel at which the axis that a picture declares puts a value.
pub(crate) fn axis<'a>(
    picture: &'a Document<'_>,
    name: &str,
) -> Result<impl Fn(f64) -> f64 + 'a, Box<dyn std::error::Error>> {
    let group = with_class(picture.root(), "axis").find(|axis| axis.attribute("data-axis") == Some(name));
    let group = group.ok_or("no axis")?;
    let of = |attribute| number(group, attribute);
    let (x0, v0, scale) = (of("data-x0")?, of("data-v0")?, of("data-scale")?);
    let (left, right) = (of("data-left")?, of("data-right")?);
    Ok(move |value: f64| (x0 + (value - v0) * scale).clamp(left, right))
}

pub(crate) fn assert_reaches(group: Node<'_, '_>, class: &'static str, from: f64, to: f64) -> Outcome {
    let rect = with_class(group, class).next().ok_or("no such bar")?;
    let (x, width) = (number(rect, "x")?, number(rect, "width")?);
    assert!((x - from.min(to)).abs() <= TOLERANCE_PX, "{class} starts at {x}, expected {}", from.min(to));
    assert!(
        (x + width - from.max(to)).abs() <= TOLERANCE_PX,
        "{class} ends at {}, expected {}",
        x + width,
        from.max(to)
    );
    Ok(())
}

/// Measures every bar of a picture and compares its texts and numbers with the rules, in any order.
pub(crate) fn assert_shows(svg: &str, rules: &[Value]) -> Outcome {
    let picture = Document::parse(svg)?;
    assert_ticks_are_sound(&picture);
    if rules.is_empty() {
        return Ok(());
    }
    let at = axis(&picture, "body")?;
    let rows: Vec<Node<'_, '_>> = with_class(picture.root(), "rule").collect();
    assert_eq!(rows.len(), rules.len());
    for rule in rules {
        let text = rule["rule"].as_str().ok_or("no text")?;
        let row = rows.iter().find(|row| row.attribute("data-rule") == Some(text)).ok_or("a rule is missing")?;
        let shown = with_class(*row, "rule-text").next().ok_or("no text")?;
        assert_eq!(text_of(shown), text);
        let [weight, low, high] = ["data-weight", "data-weight-low", "data-weight-high"].map(|key| number(*row, key));
        let (weight, low, high) = (weight?, low?, high?);
        assert_eq!(
            [&rule["weight"], &rule["weight_low"], &rule["weight_high"]],
            [&encoded(weight), &encoded(low), &encoded(high)]
        );
        assert_reaches(*row, "bar", at(0.0), at(weight))?;
        assert_reaches(*row, "band", at(low), at(high))?;
        let n_arrows = with_class(*row, "beyond").count();
        let infinite_sides =
            [f64::INFINITY, f64::NEG_INFINITY].into_iter().filter(|inf| [weight, low, high].contains(inf));
        assert_eq!(n_arrows, infinite_sides.count(), "{text}");
    }
    Ok(())
}

/// Where the bands of a group start and where they end: one band, or several that touch.
pub(crate) fn band_of(group: Node<'_, '_>) -> Result<(f64, f64), Box<dyn std::error::Error>> {
    let mut reach = (f64::INFINITY, f64::NEG_INFINITY);
    let mut n_bands = 0;
    for band in with_class(group, "band") {
        let (x, width) = (number(band, "x")?, number(band, "width")?);
        assert!(n_bands == 0 || (x - reach.1).abs() <= TOLERANCE_PX, "a gap between two bands");
        reach = (reach.0.min(x), reach.1.max(x + width));
        n_bands += 1;
    }
    if n_bands == 0 { Err("no band".into()) } else { Ok(reach) }
}

/// Measures interval, estimate and arrows of one group, with the numbers that it says it shows.
pub(crate) fn assert_interval(group: Node<'_, '_>, at: impl Fn(f64) -> f64, numbers: [f64; 3]) -> Outcome {
    let [predict, low, high] = numbers;
    let (from, to) = band_of(group)?;
    assert!((from - at(low)).abs() <= TOLERANCE_PX, "the band starts at {from}, expected {}", at(low));
    assert!((to - at(high)).abs() <= TOLERANCE_PX, "the band ends at {to}, expected {}", at(high));
    let mark = with_class(group, "mark").next().ok_or("no mark")?;
    assert!((number(mark, "x1")? - at(predict)).abs() <= TOLERANCE_PX);
    let sides: Vec<_> = with_class(group, "beyond").filter_map(|arrow| arrow.attribute("data-side")).collect();
    let open = [(low.is_infinite(), "left"), (high.is_infinite(), "right")];
    assert_eq!(sides, open.into_iter().filter(|(is_open, _)| *is_open).map(|(_, side)| side).collect::<Vec<_>>());
    Ok(())
}

/// Measures every alternative of a picture, in the order expected, and the instance's own prediction behind them.
pub(crate) fn assert_alternatives(svg: &str, base: [f64; 3], expected: &[(&str, [f64; 3])]) -> Outcome {
    let picture = Document::parse(svg)?;
    assert_ticks_are_sound(&picture);
    assert_inside(&picture)?;
    let at = axis(&picture, "body")?;
    let rows: Vec<Node<'_, '_>> = with_class(picture.root(), "rule").collect();
    let names: Vec<_> = rows.iter().filter_map(|row| row.attribute("data-rule")).collect();
    assert_eq!(names, expected.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    for (row, (_, numbers)) in rows.iter().zip(expected) {
        let shown = [number(*row, "data-predict")?, number(*row, "data-low")?, number(*row, "data-high")?];
        assert_eq!(shown, *numbers);
        assert_interval(*row, &at, *numbers)?;
        assert_eq!(with_class(*row, "bar").count(), 0);
        let value = with_class(*row, "value-text").next().ok_or("no value")?;
        assert_eq!(text_of(value), "0.08");
    }
    let behind = with_class(picture.root(), "base").next().ok_or("no base")?;
    assert_interval(behind, &at, base)?;
    let band = with_class(behind, "band").next().ok_or("no band")?;
    let (top, bottom) = (number(band, "y")?, number(band, "y")? + number(band, "height")?);
    for row in rows {
        let y = number(with_class(row, "mark").next().ok_or("no mark")?, "y1")?;
        assert!((top..=bottom).contains(&y), "the base does not stand behind every row");
    }
    Ok(())
}

/// No text starts outside of the picture, and the texts of two rules do not share a height.
pub(crate) fn assert_inside(picture: &Document<'_>) -> Outcome {
    let (width, height) = (number(picture.root_element(), "width")?, number(picture.root_element(), "height")?);
    let texts = |node: Node<'_, '_>, visit: &mut dyn FnMut(f64, f64)| -> Outcome {
        for text in node.descendants().filter(|node| node.has_tag_name("text") || node.has_tag_name("tspan")) {
            visit(number(text, "x")?, number(text, "y")?);
        }
        Ok(())
    };
    texts(picture.root(), &mut |x, y| assert!((0.0..=width).contains(&x) && (0.0..=height).contains(&y)))?;
    let mut bottom = f64::NEG_INFINITY;
    for row in with_class(picture.root(), "rule") {
        let (mut first, mut last) = (f64::INFINITY, f64::NEG_INFINITY);
        texts(row, &mut |_, y| (first, last) = (first.min(y), last.max(y)))?;
        assert!(first > bottom + 10.0, "a row starts at {first}, the one above ends at {bottom}");
        bottom = last;
    }
    Ok(())
}

pub(crate) fn assert_ticks_are_sound(picture: &Document<'_>) {
    for axis in with_class(picture.root(), "axis") {
        let mut labels: Vec<String> = with_class(axis, "tick").map(text_of).collect();
        assert!(!labels.is_empty());
        for label in &labels {
            assert!(!label.trim().is_empty());
            let digits = label.trim_start_matches(['-', '−']);
            let is_zero = digits.chars().all(|c| c == '0' || c == '.');
            assert!(!is_zero || digits == label, "a negative zero: {label}");
        }
        let n_labels = labels.len();
        labels.sort();
        labels.dedup();
        assert_eq!(labels.len(), n_labels, "two labels are alike: {labels:?}");
    }
}

pub(crate) fn thirty() -> Vec<Value> {
    let make = |i: i32| {
        let weight = 0.4 * 0.85f64.powi(i) * if i % 3 == 0 { -1.0 } else { 1.0 };
        let text =
            format!("0.05 < the worst fractal dimension that was measured in any of the cells, number {i} <= 0.09");
        rule(&text, weight, weight - 0.03, weight + 0.02)
    };
    (0..30).map(make).collect()
}

/// The places of all values inside a value.
pub(crate) fn pointers(value: &Value) -> Vec<String> {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(key, child)| (key.clone(), child)).collect(),
        Value::Array(entries) => entries.iter().enumerate().map(|(at, child)| (at.to_string(), child)).collect(),
        _ => Vec::new(),
    };
    let below = |(key, child): (String, &Value)| {
        let deeper: Vec<String> = pointers(child).into_iter().map(|rest| format!("/{key}{rest}")).collect();
        [vec![format!("/{key}")], deeper].concat()
    };
    children.into_iter().flat_map(below).collect()
}

pub(crate) fn with(value: &Value, pointer: &str, replacement: &Value) -> Value {
    let mut changed = value.clone();
    if let Some(place) = changed.pointer_mut(pointer) {
        *place = replacement.clone();
    }
    changed
}
