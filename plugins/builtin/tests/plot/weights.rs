//! The bars of factual and fast explanations in the default style.

use std::collections::BTreeSet;

use ce_builtin::plot::{builder, legacy, renderer};
use roxmltree::{Document, Node};
use serde_json::{Value, json};

use crate::support::*;

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
fn names_are_text_whatever_they_hold() -> Outcome {
    let name = "<script>&amp;\"it's\" größer ≥ 年齢 🦀 \u{202e}x\u{0}\u{7}]]> > 1";
    let mut explanations = classification(vec![rule(name, 0.1, 0.0, 0.2)]);
    explanations["classes"] = json!(["a<b", "b&c"]);
    explanations["explanations"][0]["prediction"]["class"] = json!("b&c");
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
fn a_conjunction_of_facts_takes_no_side_and_has_its_own_words() -> Outcome {
    const WORDS: &str = "conjunction: the mean over rows that fulfil it, less the prediction";
    let single = [rule("up", 0.2, 0.1, 0.3), rule("down", -0.2, -0.3, -0.1)];
    let mut joint = rule("a > 1.00 & \nb <= 2.00", 0.25, 0.15, 0.3);
    joint["is_conjunctive"] = json!(true);
    let rules = [&single[..], &[joint]].concat();
    let svg = draw(&classification(rules.clone()), ALL)?;
    assert_shows(&svg, &rules)?;
    let picture = Document::parse(&svg)?;
    let fills = colours(&picture, "bar");
    let [joint, first, second] = fills[..] else { return Err("a bar for each of the rules".into()) };
    assert!(joint != first && joint != second && first != second, "{fills:?}");
    assert!(svg.contains(WORDS));
    assert!(!draw(&classification(single.to_vec()), ALL)?.contains(WORDS), "only what is there is explained");
    // The package's style has no legend, and colours by sign.
    let svg = draw_legacy(&classification(rules), ALL)?;
    let picture = Document::parse(&svg)?;
    let fills: BTreeSet<&str> = colours(&picture, "band").into_iter().collect();
    assert_eq!(fills.len(), 2, "{fills:?}");
    Ok(())
}

/// The colours of the rules, from top to bottom.
fn colours<'a>(picture: &'a Document<'_>, class: &'static str) -> Vec<&'a str> {
    let shapes = with_class(picture.root(), "rule").filter_map(|rule| with_class(rule, class).next());
    shapes.filter_map(|shape| shape.attribute("fill")).collect()
}

#[test]
fn either_renderer_draws_a_weight_that_takes_no_side() -> Outcome {
    let mut joint = rule("both", 0.25, 0.15, 0.3);
    joint["is_conjunctive"] = json!(true);
    let report = classification(vec![rule("up", 0.2, 0.1, 0.3), joint]).to_string();
    let spec = builder::build(&report, ALL)?;
    for svg in [renderer::render(&spec, "svg", "{}")?, legacy::renderer::render(&spec, "svg", "{}")?] {
        let svg = String::from_utf8(svg)?;
        let picture = Document::parse(&svg)?;
        let fills: BTreeSet<&str> = colours(&picture, "bar").into_iter().collect();
        assert_eq!(fills.len(), 2, "{fills:?}");
    }
    Ok(())
}

#[test]
fn what_left_no_rule_is_said_where_none_is_there_and_only_there() -> Outcome {
    let intent = r#"{"index": 5, "max_rules": null, "n_rules": 7, "empty_text": "the filter keeps none"}"#;
    for draw in [draw, draw_legacy] {
        for report in [classification(vec![]), as_alternatives(classification(vec![]))] {
            let svg = draw(&report, intent)?;
            let picture = Document::parse(&svg)?;
            let empty = with_class(picture.root(), "empty").next().ok_or("nothing is said")?;
            assert_eq!(text_of(empty), "the filter keeps none");
            assert!(!svg.contains("Shown: "));
        }
        assert!(!draw(&classification(vec![rule("a", 0.1, 0.0, 0.2)]), intent)?.contains("the filter keeps none"));
        let same = as_alternatives(classification(vec![alternative("same", 0.9, 0.8, 0.95)]));
        assert!(!draw(&same, intent)?.contains("the filter keeps none"), "there is a rule, and it changes nothing");
    }
    Ok(())
}

#[test]
fn rules_that_were_left_out_of_the_report_are_counted() -> Outcome {
    let intent = r#"{"index": 5, "max_rules": null, "n_rules": 30}"#;
    let some: Vec<Value> = thirty().into_iter().take(4).collect();
    let mut report = classification(some.clone());
    report["refinements"] = json!([{"filter": [], "ranking": "feature_weight", "top": 4, "include_potential": true}]);
    assert!(draw(&report, intent)?.contains("Shown: 4 of 30 rules, those that come first in the order asked for."));
    assert!(!draw(&report, ALL)?.contains("Shown: "), "nobody says how many there were");
    let all = classification(thirty());
    assert!(!draw(&all, intent)?.contains("Shown: "), "nothing is left out");
    report["refinements"] = json!([
        {"filter": ["super"], "ranking": null, "top": null, "include_potential": true},
        {"filter": [], "ranking": null, "top": null, "include_potential": false},
    ]);
    let told = "Shown: 4 of 30 rules, those that the filter keeps: super; no potential ones.";
    assert!(draw(&report, intent)?.contains(told));
    assert!(draw_legacy(&report, intent)?.contains(told));
    Ok(())
}

#[test]
fn a_rejected_prediction_says_why() -> Outcome {
    let mut explanations = classification(thirty());
    let level = |reason: Value| json!([{"confidence": 0.95, "rejected": true, "reason": reason, "set": []}]);
    explanations["explanations"][0]["reject"] = json!({"levels": level(json!("novelty"))});
    assert!(draw(&explanations, ALL)?.contains("Rejected at 0.95: novelty."));
    assert!(draw_legacy(&explanations, ALL)?.contains("Rejected at 0.95: novelty."));
    explanations["explanations"][0]["reject"] = json!({"levels": level(Value::Null)});
    assert!(!draw(&explanations, ALL)?.contains("Rejected"));
    Ok(())
}

#[test]
fn an_order_that_was_asked_for_is_kept() -> Outcome {
    let mut explanations = classification(thirty());
    explanations["refinements"] = json!([{"filter": [], "ranking": "uncertainty", "top": null}]);
    let svg = draw(&explanations, r#"{"index": 5}"#)?;
    let picture = Document::parse(&svg)?;
    let texts: Vec<Option<&str>> = with_class(picture.root(), "rule").map(|row| row.attribute("data-rule")).collect();
    let first: Vec<Value> = thirty().into_iter().take(10).map(|rule| rule["rule"].clone()).collect();
    assert_eq!(texts, first.iter().map(Value::as_str).collect::<Vec<_>>());
    assert!(svg.contains("Shown: the 10 rules that come first in the order asked for, out of 30."));
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
