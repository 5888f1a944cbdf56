//! Alternatives in both styles: every rule a line with its interval, in order, before the instance's own prediction.

use roxmltree::{Document, Node};
use serde_json::{Value, json};

use crate::support::*;

const BOTH: [Style; 2] = [draw, draw_legacy];

fn binary(rules: Vec<Value>) -> Value {
    as_alternatives(classification(rules))
}

fn value(rules: Vec<Value>, prediction: Value) -> Value {
    as_alternatives(regression(rules, prediction))
}

#[test]
fn alternatives_stand_where_they_predict_most_ensured_first() -> Outcome {
    let rules = [("a", [0.3, 0.2, 0.4]), ("b", [0.95, 0.9, 1.0]), ("c", [0.45, 0.3, 0.7]), ("d", [0.92, 0.6, 0.95])];
    let given = || rules.iter().map(|(name, [p, l, h])| alternative(name, *p, *l, *h)).collect::<Vec<_>>();
    // The base is 0.9 [0.8, 0.95]; ensured is (1 - width + p) / 2: a 0.55, b 0.925, c 0.525, d 0.785.
    let order = [rules[1], rules[3], rules[0], rules[2]];
    let event = thresholded(given(), json!(120.0), "y_hat <= 120");
    let mut many = binary(given());
    many["classes"] = json!(["malignant", "benign", "unclear"]);
    for draw in BOTH {
        assert_alternatives(&draw(&binary(given()), ALL)?, [0.9, 0.8, 0.95], &order)?;
        assert_alternatives(&draw(&many, ALL)?, [0.9, 0.8, 0.95], &order)?;
        assert_alternatives(&draw(&as_alternatives(event.clone()), ALL)?, [0.7, 0.6, 0.8], &order)?;
    }
    Ok(())
}

#[test]
fn below_one_half_the_other_class_is_what_is_ensured() -> Outcome {
    let rules = [("a", [0.3, 0.2, 0.4]), ("b", [0.95, 0.9, 1.0]), ("c", [0.05, 0.0, 0.1])];
    let mut report = binary(rules.iter().map(|(name, [p, l, h])| alternative(name, *p, *l, *h)).collect());
    report["explanations"][0]["prediction"] = json!({"predict": 0.4, "low": 0.3, "high": 0.6, "class": "benign"});
    for draw in BOTH {
        assert_alternatives(&draw(&report, ALL)?, [0.4, 0.3, 0.6], &[rules[2], rules[0], rules[1]])?;
    }
    Ok(())
}

#[test]
fn a_regressions_alternatives_share_one_axis_and_open_ends_run_to_its_edge() -> Outcome {
    let inf = f64::INFINITY;
    let finite = [("a", [160.0, 90.0, 220.0]), ("b", [140.0, 80.0, 205.0])];
    let below = [("a", [150.0, -inf, 190.0]), ("b", [140.0, -inf, 230.0])];
    let above = [("a", [150.0, 90.0, inf])];
    let both = [("a", [150.0, -inf, inf])];
    // Between rules that are infinitely wide nothing is left to rank by: then the later one stands higher.
    let turned = [below[1], below[0]];
    let cases: [(&[_], &[_], [f64; 3]); 4] = [
        (&finite, &finite, [152.0, 88.0, 231.0]),
        (&below, &turned, [152.0, -inf, 231.0]),
        (&above, &above, [152.0, 88.0, inf]),
        (&both, &both, [152.0, -inf, inf]),
    ];
    for (given, order, base) in cases {
        let rules: Vec<Value> = given.iter().map(|(name, [p, l, h])| alternative(name, *p, *l, *h)).collect();
        let own = json!({"predict": base[0], "low": encoded(base[1]), "high": encoded(base[2]), "class": null});
        for draw in BOTH {
            let svg = draw(&value(rules.clone(), own.clone()), ALL)?;
            assert_alternatives(&svg, base, order)?;
            let said = match (base[1].is_infinite(), base[2].is_infinite()) {
                (true, true) => "from −∞ to ∞, open on both sides",
                (true, false) => "from −∞ to 231, open below",
                (false, true) => "from 88.0 to ∞, open above",
                (false, false) => "from 88.0 to 231 (",
            };
            assert!(svg.contains(said), "{said}");
        }
    }
    Ok(())
}

#[test]
fn what_predicts_the_same_is_hidden_and_counted() -> Outcome {
    let rules = vec![
        alternative("same", 0.9, 0.8, 0.95),
        alternative("almost", 0.9 + 8e-6, 0.8 - 8e-6, 0.95),
        alternative("another interval", 0.9, 0.8, 0.951),
        alternative("another point", 0.9001, 0.8, 0.95),
    ];
    let spec: Value =
        serde_json::from_str(&ce_builtin::plot::builder::build(&binary(rules.clone()).to_string(), ALL)?)?;
    assert_eq!(spec["body"]["n_like_base"], 2);
    for draw in BOTH {
        let svg = draw(&binary(rules.clone()), ALL)?;
        let picture = Document::parse(&svg)?;
        let mut names: Vec<_> =
            with_class(picture.root(), "rule").filter_map(|row| row.attribute("data-rule")).collect();
        names.sort_unstable();
        assert_eq!(names, ["another interval", "another point"]);
        let note = with_class(picture.root(), "note").next().ok_or("no note")?;
        assert_eq!(
            text_of(note),
            "Not shown: 2 rules whose prediction and interval are this instance's, or differ by less than a part in 100,000."
        );

        let svg = draw(&binary(rules[..1].to_vec()), ALL)?;
        let picture = Document::parse(&svg)?;
        assert_eq!(with_class(picture.root(), "empty").count(), 1);
        assert!(svg.contains("Not shown: 1 rule whose prediction"));
    }
    Ok(())
}

#[test]
fn the_limit_counts_what_can_be_shown() -> Outcome {
    let mut rules = vec![alternative("same", 0.9, 0.8, 0.95)];
    rules.extend((0..30).map(|i| alternative(&format!("rule {i}"), 0.3 + f64::from(i) / 100.0, 0.2, 0.8)));
    for draw in BOTH {
        let svg =
            draw(&binary(rules.clone()), r#"{"index": 5, "style": "plot_spec.default.alternative", "max_rules": 4}"#)?;
        let picture = Document::parse(&svg)?;
        let names: Vec<_> = with_class(picture.root(), "rule").filter_map(|row| row.attribute("data-rule")).collect();
        assert_eq!(names, ["rule 29", "rule 28", "rule 27", "rule 26"]);
        assert!(svg.contains("Shown: the 4 rules of highest rank (metric ensured, weight 0.5), out of 30."));
        let all = draw(&binary(rules.clone()), ALL)?;
        assert_eq!(with_class(Document::parse(&all)?.root(), "rule").count(), 30);
    }
    Ok(())
}

#[test]
fn colours_tell_the_sides_of_one_half_and_of_the_instances_value() -> Outcome {
    let colours = |svg: &str| -> Result<Vec<(String, String)>, Box<dyn std::error::Error>> {
        let picture = Document::parse(svg)?;
        let colour = |row: Node<'_, '_>| {
            with_class(row, "band").next().and_then(|band| band.attribute("fill").map(str::to_owned))
        };
        let named = with_class(picture.root(), "rule")
            .filter_map(|row| Some((row.attribute("data-rule")?.to_owned(), colour(row)?)));
        let mut named: Vec<_> = named.collect();
        named.sort();
        Ok(named)
    };
    let rules = vec![alternative("for", 0.5, 0.5, 0.6), alternative("against", 0.45, 0.4, 0.49)];
    for draw in BOTH {
        let shown = colours(&draw(&binary(rules.clone()), ALL)?)?;
        assert_ne!(shown[0].1, shown[1].1, "{shown:?}");
    }
    let rules = vec![alternative("higher", 160.0, 100.0, 220.0), alternative("lower", 140.0, 80.0, 200.0)];
    let shown = colours(&draw(&value(rules, json!({"predict": 150.0, "low": 90.0, "high": 210.0})), ALL)?)?;
    assert_ne!(shown[0].1, shown[1].1, "{shown:?}");
    Ok(())
}

#[test]
fn a_probability_has_a_line_at_one_half_and_a_value_has_none() -> Outcome {
    let svg = draw(&binary(vec![alternative("a", 0.3, 0.2, 0.4)]), ALL)?;
    let picture = Document::parse(&svg)?;
    let at = axis(&picture, "body")?;
    let pivot = with_class(picture.root(), "pivot").next().ok_or("no pivot")?;
    assert!((number(pivot, "x1")? - at(0.5)).abs() <= TOLERANCE_PX);
    let own = json!({"predict": 150.0, "low": 90.0, "high": 210.0, "class": null});
    let svg = draw(&value(vec![alternative("a", 160.0, 100.0, 220.0)], own), ALL)?;
    assert_eq!(with_class(Document::parse(&svg)?.root(), "pivot").count(), 0);
    Ok(())
}

#[test]
fn an_alternative_that_is_no_number_is_a_row_without_a_mark() -> Outcome {
    let mut unknown = alternative("unknown", 0.0, 0.0, 0.0);
    unknown["predict"] = Value::Null;
    for draw in BOTH {
        let svg = draw(&binary(vec![unknown.clone()]), ALL)?;
        let picture = Document::parse(&svg)?;
        let row = with_class(picture.root(), "rule").next().ok_or("no row")?;
        assert_eq!(with_class(row, "mark").count(), 0);
        assert!(svg.contains("n/a"));
    }
    Ok(())
}
