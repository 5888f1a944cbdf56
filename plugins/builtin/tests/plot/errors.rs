//! Bad input is an error with a code and a place, and never the end of the program.

use ce_builtin::plot::{PlotError, builder, legacy, renderer};
use roxmltree::Document;
use serde_json::{Value, json};

use crate::support::*;

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
    assert_eq!(code(changed("/mode", json!("counterfactual"))), Some("plot_unsupported_mode"));
    assert_eq!(code(changed("/task", json!("ranking"))), Some("plot_invalid_field"));
    assert_eq!(code(changed("/threshold", json!(3))), Some("plot_invalid_field"), "a classification has no threshold");
    assert_eq!(code(changed("/explanations/0/prediction/class", json!("unheard of"))), Some("plot_invalid_field"));
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
fn a_report_that_contradicts_its_task_is_refused_with_the_place() -> Outcome {
    let refused = |report: &Value| -> Result<String, &'static str> {
        let error = builder::build(&report.to_string(), ALL).err().ok_or("no error")?;
        let same = legacy::builder::build(&report.to_string(), ALL).err();
        assert_eq!(same.as_ref(), Some(&error), "the styles differ");
        Ok(error.to_string())
    };
    let own = json!({"predict": 1.0, "low": 0.5, "high": 2.0, "class": null});
    let mut report = regression(vec![], own.clone());
    report["percentiles"] = json!([95, 5]);
    assert_eq!(
        refused(&report)?,
        "explanations, `percentiles`: expected two percentiles, 0 to 100 and ascending, found [95.0, 5.0]; only one side \
         may be open: \"-inf\" on the left or \"inf\" on the right"
    );
    report["percentiles"] = Value::Null;
    report["threshold"] = json!([3, 1]);
    assert!(refused(&report)?.starts_with("explanations, `threshold`: expected [a, b] with a < b, found [3.0, 1.0]"));
    let mut many = classification(vec![]);
    many["classes"] = json!(["a", "b", "c"]);
    many["explanations"][0]["prediction"]["class"] = Value::Null;
    assert!(
        refused(&many)?.starts_with("explanations, `explanations[0].prediction.class`: expected a class, found null")
    );
    let mut alternatives = as_alternatives(classification(vec![alternative("a", 0.5, 0.4, 0.6)]));
    alternatives["explanations"][0]["rules"][0]["low"] = json!("low");
    assert!(refused(&alternatives)?.starts_with("explanations, `explanations[0].rules[0]`: "));
    alternatives["explanations"][0]["rules"] = Value::Null;
    assert!(refused(&alternatives)?.starts_with("explanations, `explanations[0].rules`: expected an array"));
    Ok(())
}

#[test]
fn the_legacy_renderer_refuses_what_it_cannot_draw() -> Outcome {
    let spec = builder::build(&classification(vec![rule("a", 0.1, 0.0, 0.2)]).to_string(), ALL)?;
    let refused =
        |spec: &str, format, options| legacy::renderer::render(spec, format, options).err().map(|error| error.code());
    assert_eq!(refused(&spec, "svg", "{}"), None);
    assert_eq!(refused(&spec, "png", ""), Some("plot_unsupported_format"));
    assert_eq!(refused(&spec, "svg", r#"{"plot_width_px": 300}"#), Some("plot_invalid_option"));
    assert_eq!(refused(&spec, "svg", "[]"), Some("plot_invalid_option"));
    assert_eq!(refused(&spec, "svg", "{"), Some("plot_invalid_option"));
    assert_eq!(refused("[]", "svg", ""), Some("plot_malformed_json"));
    Ok(())
}

#[test]
fn no_damaged_input_brings_the_plot_down() -> Outcome {
    let odd =
        [json!(null), json!(-1e308), json!(5e-324), json!(1e308), json!("inf"), json!([]), json!({}), json!("\u{0}\n")];
    let own = json!({"predict": 1.0, "low": 0.5, "high": 2.0});
    let reports = [
        regression(vec![rule("a", 0.1, -f64::INFINITY, 0.2)], own.clone()),
        as_alternatives(regression(vec![alternative("a", 1.5, 0.7, f64::INFINITY)], own)),
        as_alternatives(classification(vec![alternative("a", 0.3, 0.2, 0.4)])),
        thresholded(vec![rule("a", 0.1, 0.0, 0.2)], json!([1, 2]), "1 < y_hat <= 2"),
    ];
    let draw_both = |spec: &str, must: bool| -> Outcome {
        for svg in [renderer::render(spec, "svg", ""), legacy::renderer::render(spec, "svg", "")] {
            match svg {
                Ok(svg) => drop(Document::parse(&String::from_utf8(svg)?)?),
                Err(error) => assert!(!must, "{error}"),
            }
        }
        Ok(())
    };
    for report in reports {
        for pointer in pointers(&report) {
            for value in &odd {
                let damaged = with(&report, &pointer, value).to_string();
                for spec in [builder::build(&damaged, ALL), legacy::builder::build(&damaged, ALL)].into_iter().flatten()
                {
                    draw_both(&spec, true)?;
                }
            }
        }
        let spec: Value = serde_json::from_str(&legacy::builder::build(&report.to_string(), ALL)?)?;
        for pointer in pointers(&spec) {
            for value in &odd {
                draw_both(&with(&spec, &pointer, value).to_string(), false)?;
            }
        }
    }
    Ok(())
}
