//! The configuration as a whole: which source wins, what is refused, and where an error points.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use tempfile::TempDir;

use super::*;

/// A user with a home directory, and a repository below it to work in.
struct World {
    root: TempDir,
    vars: Vec<(OsString, OsString)>,
    call: Call,
}

impl World {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let world = Self { vars: vec![("HOME".into(), root.path().join("home").into())], root, call: Call::default() };
        fs::create_dir_all(world.user_file().parent().unwrap()).unwrap();
        fs::create_dir_all(world.working_dir().join("deep/down")).unwrap();
        fs::create_dir(world.working_dir().join(".git")).unwrap();
        world
    }

    fn home(&self) -> PathBuf {
        self.root.path().join("home")
    }

    fn user_file(&self) -> PathBuf {
        self.home().join(".config/ce/ce.toml")
    }

    fn working_dir(&self) -> PathBuf {
        self.root.path().canonicalize().unwrap().join("home/repository")
    }

    fn project_file(&self) -> PathBuf {
        self.working_dir().join("ce.toml")
    }

    fn user(self, text: &str) -> Self {
        fs::write(self.user_file(), text).unwrap();
        self
    }

    fn project(self, text: &str) -> Self {
        fs::write(self.project_file(), text).unwrap();
        self
    }

    fn var(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.vars.push((name.into(), value.into()));
        self
    }

    fn call(mut self, change: impl FnOnce(&mut Call)) -> Self {
        change(&mut self.call);
        self
    }

    fn resolve(&self) -> Result<Settings, ConfigError> {
        let environment = Environment::from_vars(self.vars.clone())?;
        Settings::resolve(&self.call, &environment, &self.working_dir().join("deep/down"))
    }

    fn settings(&self) -> Settings {
        self.resolve().unwrap()
    }

    fn error(&self) -> ConfigError {
        self.resolve().expect_err("this configuration should have been refused")
    }
}

fn requested(world: &World, slot: Slot) -> Option<(String, String)> {
    world.settings().choice(slot).requested.map(|found| (found.value, found.origin.token().into_owned()))
}

#[test]
fn the_call_beats_the_environment_which_beats_the_project_which_beats_the_user() {
    let world = World::new();
    assert_eq!(requested(&world, Slot::Interval), None);

    let world = world.user("[intervals]\ndefault = 'a.user'\n");
    let config = format!("config:{}", world.user_file().display());
    assert_eq!(requested(&world, Slot::Interval), Some(("a.user".into(), config)));

    let world = world.project("[intervals]\ndefault = 'a.project'\n");
    let project = format!("project:{}", world.project_file().display());
    assert_eq!(requested(&world, Slot::Interval), Some(("a.project".into(), project)));

    let world = world.var("CE_INTERVAL_PLUGIN", "a.environment");
    let expected = Some(("a.environment".into(), "env:CE_INTERVAL_PLUGIN".into()));
    assert_eq!(requested(&world, Slot::Interval), expected);

    let world = world.call(|call| drop(call.choices.insert(Slot::Interval, "a.call".into())));
    assert_eq!(requested(&world, Slot::Interval), Some(("a.call".into(), "call".into())));
}

#[test]
fn every_slot_is_read_from_the_environment_and_from_ce_toml() {
    for slot in Slot::ALL {
        let toml = format!("[{}]\n{} = 'x.y'\n{} = ['f.1', 'f.2']\n", slot.section(), slot.key(), slot.fallbacks_key());
        let choice = World::new().user(&toml).settings().choice(slot);
        assert_eq!(choice.requested.unwrap().value, "x.y", "{slot}");
        assert_eq!(choice.fallbacks.unwrap().value, ["f.1", "f.2"], "{slot}");

        let world = World::new().user(&toml).var(slot.variable(), "e.y").var(slot.fallbacks_variable(), "e.1 , e.2");
        let choice = world.settings().choice(slot);
        assert_eq!(choice.requested.unwrap(), Sourced::new("e.y".into(), Origin::Environment(slot.variable())));
        let expected = vec!["e.1".to_owned(), "e.2".to_owned()];
        assert_eq!(choice.fallbacks.unwrap(), Sourced::new(expected, Origin::Environment(slot.fallbacks_variable())));
    }
}

#[test]
fn mode_fast_has_an_interval_slot_of_its_own() {
    let world = World::new().var("CE_INTERVAL_PLUGIN", "a.b").user("[intervals]\ndefault = 'c.d'\n");
    assert_eq!(requested(&world, Slot::IntervalFast), None);
}

#[test]
fn an_unknown_variable_is_an_error_with_the_nearest_name() {
    let error = World::new().var("CE_INTERVAL_PLUGN", "x").error();
    assert_eq!(error.code(), "config.unknown_variable");
    assert!(error.to_string().contains("did you mean `CE_INTERVAL_PLUGIN`?"), "{error}");
    // Even an empty one: whoever set it believed that it does something.
    assert_eq!(World::new().var("CE_NOTHING", "").error().code(), "config.unknown_variable");
    World::new().var("CERTAINLY", "x").var("MY_CE_X", "x").settings();
}

#[test]
fn an_empty_variable_counts_as_unset() {
    let names = Slot::ALL.into_iter().flat_map(|slot| [slot.variable(), slot.fallbacks_variable()]);
    let others = ["CE_TRUST_PLUGIN", "CE_DENY_PLUGIN", "CE_PLUGINS_DIR", "CE_CONFIG", "CE_TELEMETRY"];
    let plain = World::new().user("[plots]\nstyle = 'legacy'\n");
    let expected = plain.settings();
    let world = names.chain(others).fold(plain, |world, name| world.var(name, ""));
    assert_eq!(world.settings(), expected);
}

#[test]
fn what_a_variable_cannot_say_is_an_error() {
    for (name, value, code) in [
        ("CE_TELEMETRY", "verbose", "config.telemetry_level"),
        ("CE_TELEMETRY", "OFF", "config.telemetry_level"),
        ("CE_PLOT_STYLE", "a b", "config.invalid_name"),
        ("CE_PLOT_STYLE", "а.b", "config.invalid_name"),
        ("CE_PLOT_STYLE", "a,b", "config.invalid_name"),
        ("CE_PLOT_STYLE_FALLBACKS", "a,,b", "config.empty_entry"),
        ("CE_TRUST_PLUGIN", "a.b,", "config.empty_entry"),
        ("CE_DENY_PLUGIN", " ", "config.empty_entry"),
    ] {
        let error = World::new().var(name, value).error();
        assert_eq!(error.code(), code, "{name}={value}: {error}");
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn a_text_variable_must_be_utf8_and_a_path_need_not() {
    use std::os::unix::ffi::OsStringExt;
    let broken = OsString::from_vec(b"/a\xff".to_vec());
    assert_eq!(World::new().var("CE_PLOT_STYLE", broken.clone()).error().code(), "config.not_utf8");
    let dirs = World::new().var("CE_PLUGINS_DIR", broken.clone()).settings().plugins().dirs.clone();
    assert_eq!(dirs[0].value, PathBuf::from(broken));
    let name = OsString::from_vec(b"CE_\xff".to_vec());
    assert_eq!(Environment::from_vars([(name, "x")]).unwrap_err().code(), "config.not_utf8");
}

#[test]
fn errors_in_ce_toml_point_at_line_and_column() {
    for (text, code, place, says) in [
        ("[plots]\nstyle = \n", "config.syntax", ":2:9", ""),
        ("[plots]\nstyle = 'a'\nstyle = 'b'\n", "config.syntax", ":3:1", "duplicate"),
        ("[plot]\n", "config.unknown_section", ":1:2", "did you mean `plots`?"),
        ("level = 'full'\n", "config.unknown_section", ":1:1", ""),
        ("[intervals]\ndefualt = 'a'\n", "config.unknown_key", ":2:1", "did you mean `default`?"),
        (
            "# ä\n[plots]\nstyle = ['ä', 3]\n",
            "config.wrong_type",
            ":3:9",
            "`plots.style` wants a string, found an array",
        ),
        ("plots = 3\n", "config.wrong_type", ":1:9", "wants a table, found an integer"),
        ("[plots]\nstyle_fallbacks = ['ä', 3]\n", "config.wrong_type", ":2:25", "found an integer in it"),
        ("[plots]\nstyle = 'ä b'\n", "config.invalid_name", ":2:9", "found `ä b`"),
        ("[plugins]\ntrusted = ['a.b@sha256:0']\n", "config.invalid_name", ":2:12", "pinned in ce.lock"),
        ("[plugins]\ndenied = ['sha256:0', 'a.b', '*']\n", "config.invalid_name", ":2:30", "found `*`"),
        ("[plugins]\nallow_writable = 'yes'\n", "config.wrong_type", ":2:18", "true or false"),
        ("[plugins]\ndirs = ['']\n", "config.invalid_name", ":2:9", ""),
        ("[plugins]\ntrust = ['a.b']\n", "config.unknown_key", ":2:1", "did you mean `trusted`?"),
        ("[telemetry]\nlevel = 'loud'\n", "config.telemetry_level", ":2:9", "found `loud`"),
        ("[telemetry]\nlevels = 'off'\n", "config.unknown_key", ":2:1", "did you mean `level`?"),
        ("[options.'a.b']\nk = nan\n", "config.wrong_type", ":2:5", "wants a finite number"),
        ("[options.'a.b']\nk = 1979-05-27\n", "config.wrong_type", ":2:5", "found a date or time"),
        ("[options]\nk = 3\n", "config.wrong_type", ":2:5", "wants a table"),
    ] {
        let world = World::new().user(text);
        let error = world.error();
        assert_eq!(error.code(), code, "{text}: {error}");
        assert!(error.to_string().contains(&format!("{}{place}: ", world.user_file().display())), "{error}");
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[test]
fn a_named_ce_toml_must_exist_and_the_usual_one_need_not() {
    World::new().settings();
    let error = World::new().var("CE_CONFIG", "/nowhere/ce.toml").error();
    assert_eq!(error.code(), "config.file_missing");
    assert!(error.to_string().starts_with("CE_CONFIG names /nowhere/ce.toml"), "{error}");
    let error = World::new().call(|call| call.config = Some("absent.toml".into())).error();
    assert_eq!(error.code(), "config.file_missing");
    assert!(error.to_string().starts_with("--config names "), "{error}");
}

#[test]
fn an_oversized_ce_toml_is_not_read() {
    let world = World::new().user(&"#".repeat(usize::try_from(file::BYTES_MAX).unwrap() + 1));
    assert_eq!(world.error().code(), "config.too_large");
}

#[test]
fn config_flag_beats_ce_config_which_beats_the_usual_place() {
    let world = World::new().user("[plots]\nstyle = 'usual'\n");
    let [by_variable, by_flag] = ["variable", "flag"].map(|name| {
        let path = world.home().join(format!("{name}.toml"));
        fs::write(&path, format!("[plots]\nstyle = '{name}'\n")).unwrap();
        path
    });
    assert_eq!(requested(&world, Slot::PlotStyle).unwrap().0, "usual");
    let world = world.var("CE_CONFIG", &by_variable);
    assert_eq!(requested(&world, Slot::PlotStyle).unwrap().0, "variable");
    let world = world.call(|call| call.config = Some(by_flag.clone()));
    assert_eq!(requested(&world, Slot::PlotStyle).unwrap().0, "flag");
    assert_eq!(world.settings().places().lock_file().unwrap(), by_flag.with_file_name("ce.lock"));
}

#[test]
fn xdg_directories_count_when_they_are_absolute() {
    let world = World::new().var("XDG_CONFIG_HOME", "/xdg/c").var("XDG_DATA_HOME", "/xdg/d");
    let places = world.var("XDG_STATE_HOME", "relative").settings().places().clone();
    assert_eq!(places.config_file().unwrap(), &Sourced::new("/xdg/c/ce/ce.toml".into(), Origin::Default));
    assert_eq!(places.plugins_dir().unwrap(), Path::new("/xdg/d/ce/plugins"));
    assert!(places.state_dir().unwrap().ends_with("home/.local/state/ce"));
    assert!(places.cache_dir().unwrap().ends_with("home/.cache/ce"));
}

#[test]
fn without_a_home_nothing_is_read_and_asking_for_a_place_is_an_error() {
    let environment = Environment::from_vars([("PATH", "/bin")]).unwrap();
    let settings = Settings::resolve(&Call::default(), &environment, World::new().root.path()).unwrap();
    assert_eq!(settings.places().config_file().unwrap_err().code(), "config.no_home");
    assert_eq!(settings.places().lock_file().unwrap_err().code(), "config.no_home");
    assert!(settings.plugins().dirs.is_empty());
}

#[test]
fn files_that_others_can_write_to_are_taken_only_if_the_user_says_so() {
    assert!(!World::new().settings().plugins().allow_writable);
    assert!(!World::new().user("[plugins]\nallow_writable = false\n").settings().plugins().allow_writable);
    assert!(World::new().user("[plugins]\nallow_writable = true\n").settings().plugins().allow_writable);
}

#[test]
fn plugins_directories_are_searched_in_order_and_the_default_only_alone() {
    let world = World::new();
    let default = world.home().join(".local/share/ce/plugins");
    assert_eq!(world.settings().plugins().dirs, [Sourced::new(default, Origin::Default)]);

    let list = std::env::join_paths(["/env/one", "two"]).unwrap();
    let world = world.user("[plugins]\ndirs = ['near', '/far']\n").var("CE_PLUGINS_DIR", list);
    let world = world.call(|call| call.plugins_dirs = vec!["called".into()]);
    let here = world.working_dir().join("deep/down");
    let near = world.user_file().with_file_name("near");
    let dirs: Vec<_> = world.settings().plugins().dirs.iter().map(|dir| dir.value.clone()).collect();
    assert_eq!(dirs, [here.join("called"), "/env/one".into(), here.join("two"), near, "/far".into()]);
    assert_eq!(world.var("CE_PLUGINS_DIR", ":/a").error().code(), "config.empty_entry");
}

#[test]
fn options_of_the_call_are_laid_over_those_of_the_user_one_by_one() {
    let world = World::new().user("[options.'a.b']\nk = 0x10\nname = 'n'\nlist = [1, 2.5, true]\nin.ner = 1\n");
    let world = world.call(|call| {
        call.options.insert("a.b".into(), BTreeMap::from([("k".into(), json!(7))]));
    });
    let settings = world.settings();
    let options = settings.options("a.b").unwrap();
    assert_eq!(options["k"], Sourced::new(json!(7), Origin::Call));
    assert_eq!(options["name"], Sourced::new(json!("n"), Origin::UserConfig { path: world.user_file() }));
    assert_eq!(options["list"].value, json!([1, 2.5, true]));
    assert_eq!(options["in"].value, json!({"ner": 1}));
    assert_eq!(settings.identifiers_with_options().collect::<Vec<_>>(), ["a.b"]);
}

#[test]
fn the_call_can_name_only_what_can_be_a_name() {
    let world = World::new().call(|call| drop(call.choices.insert(Slot::PlotStyle, "a b".into())));
    assert_eq!(world.error().code(), "config.invalid_name");
}

mod isolation;
mod project;
