//! What stands above the rules: classes, events and values, in the default style.

use roxmltree::Document;
use serde_json::json;

use crate::support::*;

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
        assert_eq!(reading.attribute("data-label"), Some("Calibrated median"));
        assert!(svg.contains("90 % interval, percentiles 5 to 95"));
    }
    Ok(())
}

#[test]
fn a_one_sided_interval_runs_to_the_edge_and_is_named() -> Outcome {
    let cases = [
        (json!(["-inf", 90]), json!("-inf"), json!(231.0), "below percentile 90", "left", "open below"),
        (json!([10, "inf"]), json!(88.0), json!("inf"), "above percentile 10", "right", "open above"),
    ];
    for (percentiles, low, high, words, side, said) in cases {
        let mut report = regression(vec![], json!({"predict": 152.3, "low": low, "high": high, "class": null}));
        report["percentiles"] = percentiles;
        for svg in [draw(&report, ALL)?, draw_legacy(&report, ALL)?] {
            let picture = Document::parse(&svg)?;
            let at = axis(&picture, "header")?;
            let reading = with_class(picture.root(), "reading").next().ok_or("no reading")?;
            let bounds = [number(reading, "data-low")?, number(reading, "data-high")?];
            assert_interval(reading, &at, [152.3, bounds[0], bounds[1]])?;
            let arrow = with_class(reading, "beyond").next().ok_or("no arrow")?;
            assert_eq!(arrow.attribute("data-side"), Some(side));
            assert!(svg.contains(words) && svg.contains(said), "{words}");
            assert!(!svg.contains("stands in"));
        }
    }
    Ok(())
}

#[test]
fn a_number_in_place_of_an_open_end_is_called_a_stand_in() -> Outcome {
    let mut report = regression(vec![], json!({"predict": 152.3, "low": 25.0, "high": 231.0, "class": null}));
    report["percentiles"] = json!(["-inf", 90]);
    let svg = draw(&report, ALL)?;
    assert!(svg.contains("below percentile 90; the other end has no percentile and only stands in"));
    Ok(())
}

#[test]
fn an_event_stands_above_its_negation() -> Outcome {
    let cases = [
        (json!(137.0), "y_hat <= 137", "y_hat > 137"),
        (json!([95.0, 197.0]), "95 < y_hat <= 197", "y_hat <= 95 || y_hat > 197"),
    ];
    for (threshold, event, negation) in cases {
        let report = thresholded(vec![], threshold, event);
        for (svg, [holds, fails]) in [
            (draw(&report, ALL)?, [format!("Probability of {event}"), format!("Probability of {negation}")]),
            (draw_legacy(&report, ALL)?, [format!("P({event})"), format!("P({negation})")]),
        ] {
            let picture = Document::parse(&svg)?;
            let at = axis(&picture, "header")?;
            let readings: Vec<_> = with_class(picture.root(), "reading").collect();
            let labels: Vec<_> = readings.iter().filter_map(|reading| reading.attribute("data-label")).collect();
            assert_eq!(labels, [holds, fails]);
            assert_interval(readings[0], &at, [0.7, 0.6, 0.8])?;
            assert_interval(readings[1], &at, [1.0 - 0.7, 1.0 - 0.8, 1.0 - 0.6])?;
            let group = with_class(picture.root(), "axis").next().ok_or("no axis")?;
            let width = number(group, "data-right")? - number(group, "data-left")?;
            assert!((at(1.0) - at(0.0) - width).abs() <= TOLERANCE_PX, "the axis is not 0 to 1");
        }
    }
    Ok(())
}

#[test]
fn the_class_that_is_explained_stands_above_the_other_or_all_others() -> Outcome {
    let mut report = classification(vec![]);
    let labels = |report: &serde_json::Value, style: Style| -> Result<Vec<String>, Box<dyn std::error::Error>> {
        let svg = style(report, ALL)?;
        let picture = Document::parse(&svg)?;
        let labels = with_class(picture.root(), "reading").filter_map(|reading| reading.attribute("data-label"));
        Ok(labels.map(str::to_owned).collect())
    };
    report["explanations"][0]["prediction"]["class"] = json!("malignant");
    assert_eq!(labels(&report, draw)?, ["Probability of malignant", "Probability of benign"]);
    assert_eq!(labels(&report, draw_legacy)?, ["P(y=malignant)", "P(y=benign)"]);
    report["classes"] = json!(["malignant", "benign", "unclear"]);
    assert_eq!(labels(&report, draw)?, ["Probability of malignant", "Probability of any other class"]);
    assert_eq!(labels(&report, draw_legacy)?, ["P(y=malignant)", "P(y!=malignant)"]);
    Ok(())
}
