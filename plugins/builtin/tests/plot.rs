//! The pictures say what the explanations say: every bar is measured again, with the axis that the picture declares.

use ce_builtin::plot::{PlotError, builder, renderer};
use roxmltree::{Document, Node};
use serde_json::{Value, json};

type Outcome = Result<(), Box<dyn std::error::Error>>;

const TOLERANCE_PX: f64 = 0.5;
const ALL: &str = r#"{"index": 5, "max_rules": null}"#;

fn rule(text: &str, weight: f64, low: f64, high: f64) -> Value {
    json!({
        "feature": 0, "feature_name": text, "rule": text, "value": "0.08", "conditions": [],
        "weight": encoded(weight), "weight_low": encoded(low), "weight_high": encoded(high),
        "predict": 0.5, "low": 0.4, "high": 0.6, "is_conjunctive": false
    })
}

fn encoded(number: f64) -> Value {
    match number {
        f64::INFINITY => json!("inf"),
        f64::NEG_INFINITY => json!("-inf"),
        finite => json!(finite),
    }
}

fn classification(rules: Vec<Value>) -> Value {
    json!({
        "schema_version": "1.0.0", "run_id": "r", "mode": "factual", "task": "classification",
        "classes": ["malignant", "benign"], "percentiles": null, "threshold": null,
        "explanations": [{
            "index": 5, "prediction": {"predict": 0.9, "low": 0.8, "high": 0.95, "class": "benign"}, "rules": rules
        }]
    })
}

fn regression(rules: Vec<Value>, prediction: Value) -> Value {
    json!({
        "schema_version": "1.0.0", "run_id": "r", "mode": "factual", "task": "regression", "classes": null,
        "percentiles": [5, 95], "threshold": null,
        "explanations": [{ "index": 5, "prediction": prediction, "rules": rules }]
    })
}

fn draw(explanations: &Value, intent: &str) -> Result<String, Box<dyn std::error::Error>> {
    let spec = builder::build(&explanations.to_string(), intent)?;
    Ok(String::from_utf8(renderer::render(&spec, "svg", "{}")?)?)
}

fn number(node: Node<'_, '_>, name: &str) -> Result<f64, Box<dyn std::error::Error>> {
    let text = node.attribute(name).ok_or_else(|| format!("{name} is missing"))?;
    Ok(text.parse()?)
}

fn with_class<'a, 'i>(node: Node<'a, 'i>, class: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.descendants().filter(move |node| node.attribute("class") == Some(class))
}

fn text_of(node: Node<'_, '_>) -> String {
    node.descendants().filter(Node::is_text).filter_map(|text| text.text()).collect()
}

/// The pixel at which the axis that a picture declares puts a value.
fn axis<'a>(picture: &'a Document<'_>, name: &str) -> Result<impl Fn(f64) -> f64 + 'a, Box<dyn std::error::Error>> {
    let group = with_class(picture.root(), "axis").find(|axis| axis.attribute("data-axis") == Some(name));
    let group = group.ok_or("no axis")?;
    let of = |attribute| number(group, attribute);
    let (x0, v0, scale) = (of("data-x0")?, of("data-v0")?, of("data-scale")?);
    let (left, right) = (of("data-left")?, of("data-right")?);
    Ok(move |value: f64| (x0 + (value - v0) * scale).clamp(left, right))
}

fn assert_reaches(group: Node<'_, '_>, class: &'static str, from: f64, to: f64) -> Outcome {
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
fn assert_shows(svg: &str, rules: &[Value]) -> Outcome {
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

fn assert_ticks_are_sound(picture: &Document<'_>) {
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

fn thirty() -> Vec<Value> {
    let make = |i: i32| {
        let weight = 0.4 * 0.85f64.powi(i) * if i % 3 == 0 { -1.0 } else { 1.0 };
        let text =
            format!("0.05 < the worst fractal dimension that was measured in any of the cells, number {i} <= 0.09");
        rule(&text, weight, weight - 0.03, weight + 0.02)
    };
    (0..30).map(make).collect()
}

#[test]
fn bars_end_where_the_numbers_say() -> Outcome {
    let inf = f64::INFINITY;
    let cases = [
        vec![rule("a", 1e-9, -2e-9, 3e-9), rule("b", -4e-9, -5e-9, -1e-9)],
        vec![rule("a", 1e-305, -1e-310, 3e-305)],
        vec![rule("a", -0.3, -0.4, -0.1), rule("b", -0.2, -0.25, -0.15), rule("c", -0.01, -0.02, -0.001)],
        vec![
            rule("a", 3.0, -inf, 9.0),
            rule("b", -2.0, -5.0, inf),
            rule("c", 1.0, -inf, inf),
            rule("d", -inf, -inf, -inf),
        ],
        vec![rule("a", inf, inf, inf)],
        thirty(),
        vec![rule("one", 0.2, 0.1, 0.25)],
        vec![rule("zero", 0.0, 0.0, 0.0)],
        vec![rule("a bound outside of its weight", 0.2, -0.3, 0.1), rule("swapped", -0.1, 0.3, -0.2)],
        vec![rule("huge", 1e299, -1e299, 1e299)],
        vec![],
    ];
    for rules in cases {
        let svg = draw(&classification(rules.clone()), ALL)?;
        assert_shows(&svg, &rules)?;
        let svg = draw(&regression(rules.clone(), json!({"predict": 152.3, "low": "-inf", "high": 231.0})), ALL)?;
        assert_shows(&svg, &rules)?;
    }
    Ok(())
}

#[test]
fn the_prediction_stands_above_with_its_complement() -> Outcome {
    let svg = draw(&classification(vec![]), ALL)?;
    let picture = Document::parse(&svg)?;
    let at = axis(&picture, "header")?;
    let readings: Vec<Node<'_, '_>> = with_class(picture.root(), "reading").collect();
    let names: Vec<_> = readings.iter().filter_map(|reading| reading.attribute("data-label")).collect();
    assert_eq!(names, ["Probability of benign", "Probability of malignant"]);
    assert_reaches(readings[0], "bar", at(0.0), at(0.9))?;
    assert_reaches(readings[0], "band", at(0.8), at(0.95))?;
    assert_reaches(readings[1], "bar", at(0.0), at(0.1))?;
    assert_reaches(readings[1], "band", at(0.05), at(0.2))?;
    Ok(())
}

#[test]
fn a_regression_shows_its_value_and_interval_on_an_axis_of_its_own() -> Outcome {
    for (predict, low, high) in [(152.3, 88.1, 231.7), (-7e-12, -8e-12, -6e-12), (1e12, 1e12, 1e12), (0.0, 0.0, 0.0)] {
        let svg = draw(&regression(vec![], json!({"predict": predict, "low": low, "high": high, "class": null})), ALL)?;
        let picture = Document::parse(&svg)?;
        assert_ticks_are_sound(&picture);
        let at = axis(&picture, "header")?;
        let reading = with_class(picture.root(), "reading").next().ok_or("no reading")?;
        assert_reaches(reading, "band", at(low), at(high))?;
        assert_eq!(with_class(reading, "bar").count(), 0);
        let mark = with_class(reading, "mark").next().ok_or("no mark")?;
        assert!((number(mark, "x1")? - at(predict)).abs() <= TOLERANCE_PX);
        assert!(svg.contains("90 % interval (percentiles 5 to 95)"));
    }
    Ok(())
}

#[test]
fn a_threshold_and_many_classes_have_a_complement_too() -> Outcome {
    let mut thresholded =
        regression(vec![], json!({"predict": 0.7, "low": 0.6, "high": 0.8, "class": "y_hat <= 120.00"}));
    thresholded["threshold"] = json!(120.0);
    let svg = draw(&thresholded, ALL)?;
    assert!(svg.contains("Probability of y_hat &lt;= 120.00") && svg.contains("Probability of the opposite"));
    let mut many = classification(vec![]);
    many["classes"] = json!(["malignant", "benign", "unclear"]);
    let svg = draw(&many, ALL)?;
    assert!(svg.contains("Probability of benign") && svg.contains("Probability of any other class"));
    Ok(())
}

#[test]
fn names_are_text_whatever_they_hold() -> Outcome {
    let name = "<script>&amp;\"it's\" größer ≥ 年齢 🦀 \u{202e}x\u{0}\u{7}]]> > 1";
    let mut explanations = classification(vec![rule(name, 0.1, 0.0, 0.2)]);
    explanations["classes"] = json!(["a<b", "b&c"]);
    explanations["explanations"][0]["rules"][0]["value"] = json!("<&>\u{1b}");
    let svg = draw(&explanations, &json!({"index": 5, "title": "A & B <c>\u{8}"}).to_string())?;
    let cleaned = "<script>&amp;\"it's\" größer ≥ 年齢 🦀 x]]> > 1";
    assert_shows(&svg, &[rule(cleaned, 0.1, 0.0, 0.2)])?;
    let picture = Document::parse(&svg)?;
    assert_eq!(picture.descendants().filter(|node| node.has_tag_name("script")).count(), 0);
    assert_eq!(picture.root_element().attribute("aria-label"), Some("A & B <c>"));
    Ok(())
}

#[test]
fn a_picture_without_rules_says_so() -> Outcome {
    let svg = draw(&classification(vec![]), ALL)?;
    let picture = Document::parse(&svg)?;
    let empty = with_class(picture.root(), "empty").next().ok_or("nothing is said")?;
    assert_eq!(text_of(empty), "no rule changes this prediction");
    Ok(())
}

#[test]
fn a_weight_that_is_no_number_is_a_row_without_a_bar() -> Outcome {
    let mut unknown = rule("unknown", 0.0, 0.0, 0.0);
    unknown["weight"] = Value::Null;
    let svg = draw(&classification(vec![rule("known", 0.1, 0.0, 0.2), unknown]), ALL)?;
    let picture = Document::parse(&svg)?;
    let rows: Vec<Node<'_, '_>> = with_class(picture.root(), "rule").collect();
    assert_eq!(rows[1].attribute("data-rule"), Some("unknown"));
    assert_eq!(with_class(rows[1], "bar").count(), 0);
    assert!(text_of(rows[1]).contains("n/a"));
    Ok(())
}

#[test]
fn conjunctions_stand_on_a_line_per_condition() -> Outcome {
    let mut joint = rule("a > 1.00 & \nb <= 2.00", 0.1, 0.0, 0.2);
    joint["value"] = json!(["3.0", 1.5]);
    let svg = draw(&classification(vec![joint.clone()]), ALL)?;
    let picture = Document::parse(&svg)?;
    let value = with_class(picture.root(), "value-text").next().ok_or("no value")?;
    assert_eq!(value.children().filter(Node::is_element).map(text_of).count(), 2);
    assert_shows(&svg, &[joint])
}

#[test]
fn the_largest_weights_are_shown_and_the_rest_is_counted() -> Outcome {
    let svg = draw(&classification(thirty()), r#"{"index": 5, "style": "plot_spec.default.factual"}"#)?;
    let picture = Document::parse(&svg)?;
    let weights: Vec<f64> = with_class(picture.root(), "rule").flat_map(|row| number(row, "data-weight")).collect();
    assert_eq!(weights.len(), 10);
    assert!(weights.is_sorted_by(|a, b| a.abs() >= b.abs()));
    assert!(svg.contains("Shown: the 10 rules of largest absolute weight, out of 30."));
    Ok(())
}

#[test]
fn rows_do_not_overlap_and_nothing_leaves_the_picture() -> Outcome {
    let svg = draw(&classification(thirty()), ALL)?;
    let picture = Document::parse(&svg)?;
    let (width, height) = (number(picture.root_element(), "width")?, number(picture.root_element(), "height")?);
    let mut bottom = 0.0;
    for row in with_class(picture.root(), "rule") {
        let band = with_class(row, "band").next().ok_or("no band")?;
        assert!(number(band, "y")? >= bottom);
        bottom = number(band, "y")? + number(band, "height")?;
    }
    for text in picture.descendants().filter(|node| node.has_tag_name("text") || node.has_tag_name("tspan")) {
        assert!((0.0..=width).contains(&number(text, "x")?) && (0.0..=height).contains(&number(text, "y")?));
    }
    Ok(())
}

#[test]
fn equal_input_gives_equal_bytes_and_a_reader_ignores_what_it_does_not_know() -> Outcome {
    let mut explanations = classification(thirty());
    let svg = draw(&explanations, ALL)?;
    assert_eq!(svg, draw(&explanations, ALL)?);
    explanations["schema_version"] = json!("1.9.0");
    explanations["novelty"] = json!({"any": [1]});
    explanations["explanations"][0]["rules"][0]["novelty"] = json!(7);
    assert_eq!(svg, draw(&explanations, r#"{"index": 5, "max_rules": null, "novelty": 1}"#)?);
    Ok(())
}

#[test]
fn malformed_input_is_an_error_with_a_code_and_a_place() -> Outcome {
    let good = classification(vec![rule("a", 0.1, 0.0, 0.2)]);
    let code = |outcome: Result<String, PlotError>| outcome.err().map(|error| error.code());
    let changed = |pointer: &str, value: Value| {
        let mut changed = good.clone();
        if let Some(field) = changed.pointer_mut(pointer) {
            *field = value;
        }
        builder::build(&changed.to_string(), ALL)
    };
    assert_eq!(code(builder::build("{", ALL)), Some("plot_malformed_json"));
    assert_eq!(code(changed("/schema_version", json!("2.0.0"))), Some("plot_unsupported_version"));
    assert_eq!(code(changed("/mode", json!("alternative"))), Some("plot_unsupported_mode"));
    assert_eq!(code(changed("/task", json!("ranking"))), Some("plot_invalid_field"));
    assert_eq!(code(changed("/explanations", json!(3))), Some("plot_invalid_field"));
    assert_eq!(code(changed("/explanations/0/rules", Value::Null)), Some("plot_invalid_field"));
    assert_eq!(code(changed("/explanations/0/prediction", Value::Null)), Some("plot_invalid_field"));
    assert_eq!(code(builder::build(&good.to_string(), r#"{"index": 6}"#)), Some("plot_no_such_explanation"));
    let message = changed("/explanations/0/rules/0/weight", json!("much")).err().map(|error| error.to_string());
    assert!(message.ok_or("no error")?.starts_with("explanations, `explanations[0].rules[0]`: invalid value"));

    let spec = builder::build(&good.to_string(), ALL)?;
    let refused = |spec: &str, format, options| renderer::render(spec, format, options).err().map(|error| error.code());
    assert_eq!(refused(&spec, "svg", ""), None);
    assert_eq!(refused(&spec, "png", ""), Some("plot_unsupported_format"));
    assert_eq!(refused(&spec, "svg", r#"{"colour": 1}"#), Some("plot_invalid_option"));
    assert_eq!(refused(&spec, "svg", r#"{"plot_width_px": 1e9}"#), Some("plot_invalid_option"));
    assert_eq!(refused("[]", "svg", ""), Some("plot_malformed_json"));
    let mut spec: Value = serde_json::from_str(&spec)?;
    for (pointer, value) in
        [("/body/kind", json!("dots")), ("/body/axis/low", json!(0.1)), ("/header/axis/high", json!(-1))]
    {
        let mut broken = spec.clone();
        *broken.pointer_mut(pointer).ok_or("no such field")? = value;
        assert_eq!(refused(&broken.to_string(), "svg", ""), Some("plot_invalid_field"), "{pointer}");
    }
    spec["schema_version"] = json!("0.9.0");
    assert_eq!(refused(&spec.to_string(), "svg", ""), Some("plot_unsupported_version"));
    Ok(())
}

#[test]
fn no_damaged_input_brings_the_plot_down() -> Outcome {
    let odd =
        [json!(null), json!(-1e308), json!(5e-324), json!(1e308), json!("inf"), json!([]), json!({}), json!("\u{0}\n")];
    let explanations =
        regression(vec![rule("a", 0.1, -f64::INFINITY, 0.2)], json!({"predict": 1.0, "low": 0.5, "high": 2.0}));
    let spec: Value = serde_json::from_str(&builder::build(&explanations.to_string(), ALL)?)?;
    for pointer in pointers(&explanations) {
        for value in &odd {
            let damaged = with(&explanations, &pointer, value);
            if let Ok(spec) = builder::build(&damaged.to_string(), ALL) {
                let svg = String::from_utf8(renderer::render(&spec, "svg", "")?)?;
                Document::parse(&svg)?;
            }
        }
    }
    for pointer in pointers(&spec) {
        for value in &odd {
            if let Ok(svg) = renderer::render(&with(&spec, &pointer, value).to_string(), "svg", "") {
                Document::parse(&String::from_utf8(svg)?)?;
            }
        }
    }
    Ok(())
}

/// The places of all values inside a value.
fn pointers(value: &Value) -> Vec<String> {
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

fn with(value: &Value, pointer: &str, replacement: &Value) -> Value {
    let mut changed = value.clone();
    if let Some(place) = changed.pointer_mut(pointer) {
        *place = replacement.clone();
    }
    changed
}
