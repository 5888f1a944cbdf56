//! Factual and fast explanations in the look of the Python package.

use ce_builtin::plot::{builder, legacy, renderer};
use roxmltree::{Document, Node};
use serde_json::{Value, json};

use crate::support::*;

const RED: Option<&str> = Some("#ff0000");
const BLUE: Option<&str> = Some("#0000ff");

fn row<'a, 'i>(picture: &'a Document<'i>, name: &str) -> Result<Node<'a, 'i>, String> {
    let row = with_class(picture.root(), "rule").find(|row| row.attribute("data-rule") == Some(name));
    row.ok_or_else(|| format!("{name} is missing"))
}

/// A report of these rules, and which bars are solid up to where.
fn assert_weights(report: &Value, rules: &[(&str, [f64; 3], Option<f64>)]) -> Outcome {
    let svg = draw_legacy(report, ALL)?;
    let picture = Document::parse(&svg)?;
    assert_ticks_are_sound(&picture);
    assert_inside(&picture)?;
    assert_eq!(with_class(picture.root(), "rule").count(), rules.len());
    let at = axis(&picture, "body")?;
    for (name, numbers, solid) in rules {
        let row = row(&picture, name)?;
        let shown = ["data-weight", "data-weight-low", "data-weight-high"].map(|key| number(row, key));
        let [weight, low, high] = shown;
        assert_eq!([weight?, low?, high?], *numbers);
        assert_interval(row, &at, *numbers)?;
        match solid {
            Some(end) => assert_reaches(row, "bar", at(0.0), at(*end))?,
            None => assert_eq!(with_class(row, "bar").count(), 0),
        }
    }
    Ok(())
}

fn given(rules: &[(&str, [f64; 3], Option<f64>)]) -> Vec<Value> {
    rules.iter().map(|(name, [weight, low, high], _)| rule(name, *weight, *low, *high)).collect()
}

#[test]
fn weights_are_solid_up_to_their_near_bound_and_light_over_their_interval() -> Outcome {
    let inf = f64::INFINITY;
    let rules = [
        ("raises", [0.3, 0.2, 0.35], Some(0.2)),
        ("lowers", [-0.2, -0.3, -0.1], Some(-0.1)),
        ("uncertain", [0.05, -0.1, 0.2], None),
        ("open above", [0.25, 0.1, inf], Some(0.1)),
        ("open below", [-0.25, -inf, -0.1], Some(-0.1)),
        ("open on both sides", [0.1, -inf, inf], None),
    ];
    let mut fast = classification(given(&rules));
    fast["mode"] = json!("fast");
    let own = json!({"predict": 150.0, "low": "-inf", "high": 210.0, "class": null});
    assert_weights(&classification(given(&rules)), &rules)?;
    assert_weights(&fast, &rules)?;
    assert_weights(&thresholded(given(&rules), json!(120.0), "y_hat <= 120"), &rules)?;
    assert_weights(&regression(given(&rules), own), &rules)
}

#[test]
fn red_speaks_for_a_probability_and_blue_for_a_higher_value() -> Outcome {
    let rules = vec![rule("raises", 0.3, 0.2, 0.35), rule("lowers", -0.2, -0.3, -0.1)];
    let own = json!({"predict": 150.0, "low": 90.0, "high": 210.0, "class": null});
    let colour = |svg: &str, name: &str| -> Result<Option<String>, Box<dyn std::error::Error>> {
        let picture = Document::parse(svg)?;
        let bar = with_class(row(&picture, name)?, "bar").next().ok_or("no bar")?;
        Ok(bar.attribute("fill").map(str::to_owned))
    };
    let svg = draw_legacy(&classification(rules.clone()), ALL)?;
    assert_eq!((colour(&svg, "raises")?.as_deref(), colour(&svg, "lowers")?.as_deref()), (RED, BLUE));
    let svg = draw_legacy(&regression(rules, own), ALL)?;
    assert_eq!((colour(&svg, "raises")?.as_deref(), colour(&svg, "lowers")?.as_deref()), (BLUE, RED));

    let svg = draw_legacy(&classification(vec![rule("both", 0.05, -0.1, 0.2)]), ALL)?;
    let picture = Document::parse(&svg)?;
    let bands: Vec<_> = with_class(row(&picture, "both")?, "band").map(|band| band.attribute("fill")).collect();
    assert_eq!(bands, [BLUE, RED]);
    Ok(())
}

#[test]
fn two_bars_stand_above_a_probability_before_the_spread_of_its_weights() -> Outcome {
    let svg = draw_legacy(&classification(vec![rule("a", 0.3, 0.2, 0.35)]), ALL)?;
    let picture = Document::parse(&svg)?;
    let at = axis(&picture, "header")?;
    let readings: Vec<_> = with_class(picture.root(), "reading").collect();
    assert_eq!(readings.len(), 2);
    // The solid part ends at the lower bound.
    assert_reaches(readings[0], "bar", at(0.0), at(0.8))?;
    assert_interval(readings[0], &at, [0.9, 0.8, 0.95])?;
    assert_reaches(readings[1], "bar", at(0.0), at(1.0 - 0.95))?;
    let at = axis(&picture, "body")?;
    assert_reaches(picture.root(), "spread", at(0.8 - 0.9), at(0.95 - 0.9))?;

    let own = json!({"predict": 150.0, "low": 90.0, "high": 210.0, "class": null});
    let svg = draw_legacy(&regression(vec![rule("a", 3.0, 2.0, 4.0)], own), ALL)?;
    let picture = Document::parse(&svg)?;
    let readings: Vec<_> = with_class(picture.root(), "reading").collect();
    assert_eq!(readings.len(), 1);
    assert_interval(readings[0], axis(&picture, "header")?, [150.0, 90.0, 210.0])?;
    assert_eq!(with_class(picture.root(), "spread").count(), 0);
    assert!(svg.contains("Prediction interval with 90 % confidence"));
    Ok(())
}

#[test]
fn every_rule_is_drawn_and_a_long_name_keeps_both_ends() -> Outcome {
    let svg = draw_legacy(&classification(thirty()), ALL)?;
    let picture = Document::parse(&svg)?;
    assert_inside(&picture)?;
    let left = number(with_class(picture.root(), "frame").next().ok_or("no frame")?, "x")?;
    let rows: Vec<_> = with_class(picture.root(), "rule").collect();
    assert_eq!(rows.len(), 30);
    for row in rows {
        let shown = with_class(row, "rule-text").next().ok_or("no text")?;
        assert!(number(shown, "x")? < left, "a name reaches into the box");
        let text = text_of(shown);
        assert!(text.starts_with("0.05 < the") && text.contains('…') && text.ends_with("<= 0.09"), "{text}");
        assert!(row.attribute("data-rule").is_some_and(|whole| svg_text(&svg).contains(whole)));
    }
    Ok(())
}

/// The description, in which every rule stands in full.
fn svg_text(svg: &str) -> String {
    let picture = Document::parse(svg).ok();
    let desc =
        picture.as_ref().and_then(|picture| picture.descendants().find(|node| node.has_tag_name("desc")).map(text_of));
    desc.unwrap_or_default()
}

#[test]
fn either_renderer_draws_what_either_builder_writes() -> Outcome {
    let weights = classification(vec![rule("a", 0.3, 0.2, 0.35)]).to_string();
    let alternatives = as_alternatives(classification(vec![alternative("a", 0.3, 0.2, 0.35)])).to_string();
    for report in [weights, alternatives] {
        for spec in [builder::build(&report, ALL)?, legacy::builder::build(&report, ALL)?] {
            for svg in [renderer::render(&spec, "svg", "")?, legacy::renderer::render(&spec, "svg", "")?] {
                let svg = String::from_utf8(svg)?;
                assert_eq!(with_class(Document::parse(&svg)?.root(), "rule").count(), 1);
            }
        }
    }
    Ok(())
}

#[test]
fn equal_input_gives_equal_bytes_and_names_are_text() -> Outcome {
    let name = "<script>&amp;\"it's\" ≥ \u{202e}x\u{0}]]> > 1";
    let report = classification(vec![rule(name, 0.1, 0.0, 0.2)]);
    let svg = draw_legacy(&report, ALL)?;
    assert_eq!(svg, draw_legacy(&report, ALL)?);
    let picture = Document::parse(&svg)?;
    assert_eq!(picture.descendants().filter(|node| node.has_tag_name("script")).count(), 0);
    assert!(row(&picture, "<script>&amp;\"it's\" ≥ x]]> > 1").is_ok());
    let title = picture.root_element().children().find(|node| node.has_tag_name("title")).map(text_of);
    assert_eq!(title.as_deref(), Some("Factual explanation of instance 5"));
    Ok(())
}
