//! What options may be announced, and which values they take.

use serde_json::json;

use super::super::problem::Report;
use super::*;

fn announce(options: &Value) -> Result<BTreeMap<String, OptionSpec>, Vec<(&'static str, String)>> {
    let plugin = json!({ "options": options });
    let report = Report::default();
    let specs = Fields::open(&plugin, "p".to_owned(), &report).and_then(|mut fields| read(&mut fields));
    match report.finish() {
        Ok(_) => Ok(specs.expect("what could not be read is reported")),
        Err(problems) => Err(problems.into_iter().map(|p| (p.code, p.place)).collect()),
    }
}

fn one(spec: Value) -> OptionSpec {
    announce(&json!({ "x": spec })).unwrap().remove("x").unwrap()
}

#[test]
fn a_default_must_fit_type_bounds_and_choices() {
    for (good, bad) in [
        (json!({ "type": "number", "default": 1 }), json!({ "type": "number", "default": "1" })),
        (json!({ "type": "integer", "default": 1 }), json!({ "type": "integer", "default": 1.5 })),
        (json!({ "type": "boolean", "default": true }), json!({ "type": "boolean", "default": 1 })),
        (json!({ "type": "string", "default": "a" }), json!({ "type": "string", "default": 1 })),
        (json!({ "type": "integers", "default": [1] }), json!({ "type": "integers", "default": [1.5] })),
        (json!({ "type": "numbers", "default": [1.5] }), json!({ "type": "numbers", "default": 1.5 })),
        (
            json!({ "type": "number", "default": 1, "minimum": 1 }),
            json!({ "type": "number", "default": 1, "minimum": 2 }),
        ),
        (
            json!({ "type": "string", "default": "a", "choices": ["a", "b"] }),
            json!({ "type": "string", "default": "c", "choices": ["a", "b"] }),
        ),
    ] {
        assert!(announce(&json!({ "x": good })).is_ok(), "{good}");
        let problems = announce(&json!({ "x": bad })).unwrap_err();
        assert_eq!(problems, [("manifest.option", "p.options.x.default".to_owned())], "{bad}");
    }
}

#[test]
fn an_option_may_have_no_default() {
    assert_eq!(one(json!({ "type": "number" })).default, Value::Null);
}

#[test]
fn bounds_belong_to_numbers_and_choices_to_texts() {
    let place = |key: &str| vec![("manifest.option", format!("p.options.x.{key}"))];
    assert_eq!(announce(&json!({ "x": { "type": "string", "minimum": 1 } })), Err(place("minimum")));
    assert_eq!(announce(&json!({ "x": { "type": "number", "choices": ["1"] } })), Err(place("choices")));
    assert_eq!(announce(&json!({ "x": { "type": "number", "minimum": 2, "maximum": 1 } })), Err(place("maximum")));
}

#[test]
fn names_are_lower_case_and_not_reserved() {
    for name in ["seed", "threads", "K", "a-b", "a.b", "", &"x".repeat(65)] {
        let mut options = Map::new();
        options.insert(name.to_owned(), json!({ "type": "number" }));
        assert_eq!(announce(&Value::Object(options)).unwrap_err()[0].0, "manifest.option", "{name}");
    }
    assert!(announce(&json!({ "k_2": { "type": "number" } })).is_ok());
}

#[test]
fn bounds_hold_for_every_element_of_a_list() {
    let spec = one(json!({ "type": "numbers", "minimum": 0, "maximum": 100 }));
    assert_eq!(spec.check(&json!([5, 95.5])), Ok(()));
    assert_eq!(spec.check(&json!([])), Ok(()));
    let message = spec.check(&json!([5, 101])).unwrap_err();
    assert_eq!(message, "expected a list of numbers, each from 0 to 100, found the number 101 in the list");
    let integers = one(json!({ "type": "integers" }));
    assert_eq!(
        integers.check(&json!([1, 2.5])).unwrap_err().split(", found ").last(),
        Some("the number 2.5 in the list")
    );
}

#[test]
fn an_unknown_option_is_answered_with_the_nearest_name() {
    let specs = announce(&json!({ "n_neighbors": { "type": "integer" }, "width": { "type": "number" } })).unwrap();
    let given = json!({ "n_neighbours": 3, "width": "wide", "seed": 1, "colour": 1 });
    let problems = check_options(&specs, given.as_object().unwrap()).unwrap_err();
    let codes: Vec<_> = problems.iter().map(|p| (p.code, p.place.as_str())).collect();
    assert_eq!(
        codes,
        [
            ("options.unknown", "colour"),
            ("options.unknown", "n_neighbours"),
            ("options.reserved", "seed"),
            ("options.value", "width"),
        ]
    );
    assert!(problems.as_slice()[1].message.ends_with("did you mean `n_neighbors`?"), "{problems}");
    assert!(check_options(&specs, json!({ "width": 2 }).as_object().unwrap()).is_ok());
    assert!(check_options(&specs, &Map::new()).is_ok());
    let none = check_options(&BTreeMap::new(), given.as_object().unwrap()).unwrap_err();
    assert!(none.as_slice()[0].message.contains("takes none"));
}
