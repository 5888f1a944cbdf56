//! Telemetry files: strict JSON that fulfils the schema that `ce telemetry schema` prints, so tightly that no key can be
//! left out and no value can have another type.

use std::fs;

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::support::{Inputs, Ran, User, example, first_lines};

fn schema(user: &User) -> Value {
    serde_json::from_str(&user.run(["telemetry", "schema"]).ok().out).unwrap()
}

fn snapshot(user: &User) -> Value {
    serde_json::from_str(&fs::read_to_string(user.path("t.json")).unwrap()).unwrap()
}

/// Explains the first rows only: every instance looks alike, and every value is mutated.
fn explain_few(user: &User, more: &[&str]) -> Ran {
    let data = user.write("few.csv", &first_lines(&example("test.csv"), 4));
    let arguments = Inputs { data, ..Inputs::default() }.arguments("explain");
    let more = ["--mode", "factual", "--telemetry", "t.json"].iter().chain(more);
    user.run(arguments.iter().map(String::as_str).chain(more.copied()))
}

/// A model and data with a categorical feature.
fn categorical(user: &User) -> Inputs {
    let model = json!({
        "format": "ce-model/1", "task": "classification", "classes": ["no", "yes"],
        "feature_names": ["age", "island"], "categories": {"island": ["Biscoe", "Dream", "Torgersen"]},
        "model": {"type": "logistic", "coef": [0.1, 0.5], "intercept": -4.5},
    });
    let islands = ["Biscoe", "Dream"];
    let rows = (0..40).map(|row| {
        format!("{},{},{}\n", 20 + row, islands[row % 2], if row % 3 == 0 || row > 30 { "yes" } else { "no" })
    });
    Inputs {
        model: user.write("model.json", &model.to_string()),
        calibration: user.write("cal.csv", &format!("age,island,y\n{}", rows.collect::<String>())),
        data: user.write("new.csv", "island,age\nDream,31\n"),
        target: "y",
    }
}

#[test]
fn a_summary_says_what_was_chosen_with_what_and_from_what() {
    let user = User::new();
    let more = ["--batch-id", "monday", "--seed", "7", "--output", "f.json"];
    let ran = user.ask("explain", &[&["--mode", "factual", "--telemetry", "t.json"], &more[..]].concat()).ok();
    assert!(ran.err.contains("wrote telemetry: t.json\n"), "{}", ran.err);
    let told = snapshot(&user);
    for (key, value) in [
        ("level", "summary"),
        ("status", "ok"),
        ("mode", "factual"),
        ("batch_id", "monday"),
        ("interval_source", "core.interval.legacy"),
        ("proba_source", "core.interval.legacy"),
        ("explanation_source", "core.explanation.factual"),
    ] {
        assert_eq!(told[key], value, "{key}");
    }
    assert_eq!(told["seed"], 7);
    assert_eq!(told["plot_source"], Value::Null, "nothing was drawn");
    assert_eq!(told["instances"], json!([]));
    for (input, name, rows) in [
        ("model", "model.json", json!(null)),
        ("calibration", "calibration.csv", json!(200)),
        ("data", "test.csv", json!(100)),
    ] {
        let digest = ce_host::bundle::Digest::of(&fs::read(example(name)).unwrap()).to_string();
        let told = &told["inputs"][input];
        assert_eq!((&told["digest_of"], &told["rows"]), (&json!("file"), &rows), "{input}");
        assert_eq!(format!("sha256:{}", bare(&told["sha256"])), digest, "{input}");
    }
    let output = ce_host::bundle::Digest::of(&fs::read(user.path("f.json")).unwrap()).to_string();
    assert_eq!(format!("sha256:{}", bare(&told["output_sha256"])), output);
}

fn bare(digest: &Value) -> String {
    digest.as_str().unwrap().trim_start_matches("sha256:").to_owned()
}

#[test]
fn what_was_drawn_is_told() {
    let user = User::new();
    explain_few(&user, &["--plot", "plots", "--plot-style", "plot_spec.default.factual"]).ok();
    let told = snapshot(&user);
    assert_eq!(told["plot_source"], "plot_spec.default.factual");
    assert_eq!(told["plot_fallbacks"][0], "plot_spec.default.factual");
}

#[test]
fn a_file_for_telemetry_is_a_wish_for_it_and_does_not_lower_what_was_configured() {
    let level = |user: User, more: &[&str]| {
        explain_few(&user, more).ok();
        snapshot(&user)["level"].clone()
    };
    assert_eq!(level(User::new(), &[]), "summary");
    assert_eq!(level(User::new().var("CE_TELEMETRY", "off"), &[]), "summary");
    assert_eq!(level(User::new().var("CE_TELEMETRY", "full"), &[]), "full");
    assert_eq!(level(User::new().config("[telemetry]\nlevel = 'full'\n"), &[]), "full");
    assert_eq!(level(User::new().var("CE_TELEMETRY", "full"), &["--telemetry-level", "summary"]), "summary");
    assert_eq!(level(User::new(), &["--telemetry-level", "full"]), "full");
}

#[test]
fn telemetry_that_is_written_nowhere_is_told() {
    let user = User::new().var("CE_TELEMETRY", "summary");
    let ran = user.ask("explain", &["--mode", "factual", "--output", "f.json"]).ok();
    let expected =
        "note: telemetry is asked for (summary, by CE_TELEMETRY), but written nowhere: name a file with --telemetry\n";
    assert!(ran.err.contains(expected), "{}", ran.err);
    assert_eq!(user.files(), ["f.json"]);
    let level_alone = user.ask("explain", &["--mode", "factual", "--telemetry-level", "full"]);
    assert_eq!(level_alone.status, 2, "a level without a file");
}

#[test]
fn a_run_that_failed_is_told_and_leaves_nothing_else() {
    let user = User::new();
    let inputs = categorical(&user);
    let more = ["--mode", "factual", "--telemetry", "t.json", "--output", "f.json", "--plot", "plots"];
    let arguments = inputs.arguments("explain");
    let absent = ["--interval-plugin", "third.interval.absent"];
    let ran = user.run(arguments.iter().map(String::as_str).chain(more).chain(absent));
    ran.fails(1, "route.unknown", &["third.interval.absent"]);
    assert_eq!(user.files(), ["cal.csv", "model.json", "new.csv", "t.json"]);
    let told = snapshot(&user);
    assert_eq!(told["status"], "failed");
    assert_eq!(told["error"]["code"], "route.unknown");
    assert_eq!(told["output_sha256"], Value::Null);
    assert_tight(&schema(&user), &told);
}

#[test]
fn a_summary_fulfils_the_schema_and_no_mutation_of_it_does() {
    // A fallback that is taken leaves a skip behind.
    let user = User::new().var("CE_INTERVAL_PLUGIN", "a.b").var("CE_INTERVAL_PLUGIN_FALLBACKS", "core.interval.legacy");
    explain_few(&user, &[]).ok();
    let told = snapshot(&user);
    assert_eq!(told["selection"][1]["skipped"][0]["identifier"], "a.b");
    assert_eq!(told["selection"][1]["fallback_used"], true);
    assert_tight(&schema(&user), &told);
}

#[test]
fn a_full_snapshot_fulfils_the_schema_and_no_mutation_of_it_does() {
    let user = User::new();
    explain_few(&user, &["--telemetry-level", "full", "--plot", "plots"]).ok();
    let told = snapshot(&user);
    assert_eq!(told["instances"].as_array().unwrap().len(), 3);
    assert_tight(&schema(&user), &told);
}

#[test]
fn encoded_columns_are_told_and_fulfil_the_schema() {
    let user = User::new();
    let more = ["--telemetry", "t.json", "--telemetry-level", "full"];
    for (command, mode) in [("explain", &["--mode", "factual"][..]), ("predict", &[])] {
        let arguments = categorical(&user).arguments(command);
        user.run(arguments.iter().map(String::as_str).chain(more).chain(mode.iter().copied())).ok();
        let told = snapshot(&user);
        assert_eq!(told["preprocessor"]["auto_encode"], true);
        assert_eq!(told["preprocessor"]["mapping_snapshot"][0]["feature"], "island");
        assert_tight(&schema(&user), &told);
    }
}

#[test]
fn no_object_of_the_schema_takes_further_keys() {
    fn check(schema: &Value, place: &str, n_objects: &mut usize) {
        match schema {
            Value::Object(map) => {
                if map.contains_key("properties") || map.get("type") == Some(&json!("object")) {
                    assert_eq!(map.get("additionalProperties"), Some(&json!(false)), "{place}");
                    *n_objects += 1;
                }
                map.iter().for_each(|(key, value)| check(value, &format!("{place}/{key}"), n_objects));
            }
            Value::Array(list) => list.iter().for_each(|value| check(value, place, n_objects)),
            _ => {}
        }
    }
    let mut n_objects = 0;
    check(&schema(&User::new()), "", &mut n_objects);
    assert!(n_objects > 10, "{n_objects}");
}

/// The snapshot fulfils the schema; without any one key of any object, with a key more, or with a value of another type
/// anywhere, it does not.
#[track_caller]
fn assert_tight(schema: &Value, snapshot: &Value) {
    let validator = jsonschema::draft202012::new(schema).unwrap();
    if let Err(error) = validator.validate(snapshot) {
        panic!("{}: {error}", error.instance_path());
    }
    let mut mutated = snapshot.clone();
    let n_mutations = mutate(&validator, &mut mutated, "");
    assert!(n_mutations > 300, "only {n_mutations}");
    assert_eq!(mutated, *snapshot, "the walk puts everything back");
}

/// Mutates the value at `place`, then everything in it, and counts.
fn mutate(validator: &Validator, whole: &mut Value, place: &str) -> usize {
    let original = whole.pointer(place).unwrap().clone();
    let mut n_mutations = 0;
    let mut try_out = |mutant: Value, what: &str| {
        *whole.pointer_mut(place).unwrap() = mutant;
        assert!(!validator.is_valid(whole), "valid though {what} at `{place}`, which was {original}");
        n_mutations += 1;
    };
    for wrong in other_types(&original, place) {
        try_out(wrong.clone(), &format!("{wrong} stands"));
    }
    let mut children = Vec::new();
    match &original {
        Value::Object(map) => {
            for key in map.keys() {
                let mut mutant = map.clone();
                mutant.remove(key);
                try_out(Value::Object(mutant), &format!("`{key}` is missing"));
                children.push(key.replace('~', "~0").replace('/', "~1"));
            }
            let mut mutant = map.clone();
            mutant.insert("unexpected".to_owned(), Value::Null);
            try_out(Value::Object(mutant), "there is a further key");
        }
        Value::Array(list) => children.extend((0..list.len()).map(|idx| idx.to_string())),
        _ => {}
    }
    *whole.pointer_mut(place).unwrap() = original;
    for child in children {
        n_mutations += mutate(validator, whole, &format!("{place}/{child}"));
    }
    n_mutations
}

/// Values that may not stand there. What may be null may also be a text or a number; an option's value may be either.
fn other_types(original: &Value, place: &str) -> Vec<Value> {
    let never = [json!({"unexpected": 1}), json!([["mistyped"]])];
    let is_option = place.starts_with("/options/") && place.ends_with("/value");
    let scalars = match original {
        _ if is_option => vec![Value::Null],
        Value::Null => vec![json!(true)],
        Value::Bool(_) => vec![json!(1.5), json!("mistyped"), Value::Null],
        Value::Number(_) => vec![json!(true), json!("mistyped")],
        Value::String(_) => vec![json!(true), json!(1.5)],
        Value::Array(_) | Value::Object(_) => vec![json!(true), json!(1.5), json!("mistyped")],
    };
    never.into_iter().chain(scalars).collect()
}
