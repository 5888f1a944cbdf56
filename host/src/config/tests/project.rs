//! A project's `ce.toml` comes with a folder that a stranger may have written.

use super::*;

#[test]
fn a_project_cannot_grant_substitute_or_set_options() {
    for (text, key) in [
        ("[plugins]\ntrusted = ['a.b']\n", "plugins.trusted"),
        ("[plugins]\ntrusted = []\n", "plugins.trusted"),
        ("plugins.trusted = ['a.b']\n", "plugins.trusted"),
        ("plugins = { trusted = ['a.b'] }\n", "plugins.trusted"),
        ("[plugins]\n'trusted' = ['a.b']\n", "plugins.trusted"),
        ("[plugins]\n\"\\u0074rusted\" = ['a.b']\n", "plugins.trusted"),
        ("[plugins]\ndirs = ['bundles']\n", "plugins.dirs"),
        ("[plugins]\nallow_writable = false\n", "plugins.allow_writable"),
        ("[explanations]\nfactual_fallbacks = ['a.b']\n", "explanations.factual_fallbacks"),
        ("[explanations]\nalternative_fallbacks = ['a.b']\n", "explanations.alternative_fallbacks"),
        ("[explanations]\nfast_fallbacks = ['a.b']\n", "explanations.fast_fallbacks"),
        ("[intervals]\ndefault_fallbacks = ['a.b']\n", "intervals.default_fallbacks"),
        ("[intervals]\nfast_fallbacks = []\n", "intervals.fast_fallbacks"),
        ("[plots]\nstyle_fallbacks = ['a.b']\n", "plots.style_fallbacks"),
        ("[plots]\nrenderer_fallbacks = ['a.b']\n", "plots.renderer_fallbacks"),
        ("[options.'a.b']\nk = 3\n", "options.\"a.b\""),
    ] {
        let world = World::new().project(text);
        let error = world.error();
        assert_eq!(error.code(), "config.project_forbidden", "{text}: {error}");
        assert!(error.to_string().contains(&format!("`{key}`")), "{error}");
        assert!(error.to_string().contains(&format!("{}:", world.project_file().display())), "{error}");
        World::new().user(text).settings();
    }
}

#[test]
fn the_topmost_forbidden_key_is_named() {
    let world = World::new().project("[plots]\nstyle_fallbacks = ['a']\n[plugins]\ntrusted = ['a.b']\n");
    assert!(world.error().to_string().contains("ce.toml:2:1: `plots.style_fallbacks`"), "{}", world.error());
}

#[test]
fn a_project_may_raise_telemetry_and_not_lower_it() {
    let level = |user: &str, project: &str| {
        let section =
            |level: &str| if level.is_empty() { String::new() } else { format!("telemetry.level = '{level}'\n") };
        World::new().user(&section(user)).project(&section(project))
    };
    let found =
        |world: World| world.settings().telemetry().map(|level| (level.value, level.origin.token().into_owned()));
    use TelemetryLevel::{Full, Off, Summary};
    for (user, project, expected, from) in [
        ("summary", "", Summary, "config:"),
        ("", "full", Full, "project:"),
        ("summary", "full", Full, "project:"),
        ("summary", "summary", Summary, "config:"),
        ("", "off", Off, "project:"),
    ] {
        let (level, origin) = found(level(user, project)).unwrap();
        assert_eq!(level, expected, "{user} {project}");
        assert!(origin.starts_with(from), "{user} {project}: {origin}");
    }
    assert_eq!(found(level("", "")), None);
    for (user, project) in [("full", "summary"), ("full", "off"), ("summary", "off")] {
        assert_eq!(level(user, project).error().code(), "config.project_telemetry", "{user} {project}");
    }
    let world = level("summary", "full").var("CE_TELEMETRY", "off");
    assert_eq!(found(world), Some((Off, "env:CE_TELEMETRY".into())));
}

#[test]
fn denials_of_all_sources_add_up() {
    let world = World::new().user("plugins.denied = ['a.user']\n").project("plugins.denied = ['a.project']\n");
    let denied = world.var("CE_DENY_PLUGIN", "a.one, sha256:ab").settings().plugins().denied.clone();
    let names: Vec<_> = denied.iter().map(|entry| entry.value.as_str()).collect();
    assert_eq!(names, ["a.one", "sha256:ab", "a.project", "a.user"]);
}

#[test]
fn the_search_ends_at_the_repository_and_at_home() {
    let outside = "[plots]\nstyle = 'outside'\n";
    let world = World::new();
    fs::write(world.home().join("ce.toml"), outside).unwrap();
    assert_eq!(world.settings().project_file(), None, "the repository's root ends the search");

    fs::remove_dir(world.working_dir().join(".git")).unwrap();
    let found = world.settings().project_file().map(Path::to_owned);
    assert_eq!(found, Some(world.home().canonicalize().unwrap().join("ce.toml")), "home itself is searched");

    fs::remove_file(world.home().join("ce.toml")).unwrap();
    fs::write(world.root.path().join("ce.toml"), outside).unwrap();
    assert_eq!(world.settings().project_file(), None, "nothing above home is read");
}

#[test]
fn the_nearest_project_file_is_the_only_one() {
    let world = World::new().project("[plots]\nstyle = 'root'\nrenderer = 'a.b'\n");
    fs::write(world.working_dir().join("deep/ce.toml"), "[plots]\nstyle = 'deep'\n").unwrap();
    assert_eq!(requested(&world, Slot::PlotStyle).unwrap().0, "deep");
    assert_eq!(requested(&world, Slot::PlotRenderer), None);
}

#[test]
fn the_users_own_file_found_upward_is_the_users() {
    let world = World::new().project("[plugins]\ntrusted = ['a.b']\n");
    let file = world.project_file();
    let world = world.call(|call| call.config = Some(file));
    let settings = world.settings();
    assert_eq!(settings.project_file(), None);
    assert_eq!(settings.plugins().trusted[0].value, "a.b");
}

#[test]
fn the_users_usual_file_is_no_projects_even_if_another_was_named() {
    let world = World::new().user("[plugins]\ntrusted = ['a.b']\n");
    let other = world.home().join("other.toml");
    fs::write(&other, "[plots]\nstyle = 'a'\n").unwrap();
    let call = Call { config: Some(other), ..Call::default() };
    let environment = Environment::from_vars(world.vars.clone()).unwrap();
    let settings = Settings::resolve(&call, &environment, world.user_file().parent().unwrap()).unwrap();
    assert!(settings.plugins().trusted.is_empty() && settings.project_file().is_none());
}

#[cfg(unix)]
#[test]
fn a_link_to_the_users_own_file_is_the_users() {
    let world = World::new().user("[plugins]\ntrusted = ['a.b']\n");
    std::os::unix::fs::symlink(world.user_file(), world.project_file()).unwrap();
    assert_eq!(world.settings().plugins().trusted.len(), 1);
}

#[cfg(unix)]
#[test]
fn a_project_file_that_everybody_can_write_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new().project("[plots]\nstyle = 'a'\n");
    fs::set_permissions(world.project_file(), fs::Permissions::from_mode(0o646)).unwrap();
    let error = world.error();
    assert_eq!(error.code(), "config.project_world_writable");
    assert!(error.to_string().contains("chmod o-w"), "{error}");
    fs::set_permissions(world.project_file(), fs::Permissions::from_mode(0o664)).unwrap();
    world.settings();
}

#[cfg(unix)]
#[test]
fn a_project_file_belongs_to_the_user_or_to_root() {
    use super::super::project::access::{Denied, decide};
    assert!(decide(&[1000, 1000], 0o100_644, 1000).is_ok());
    assert!(decide(&[0, 1000], 0o100_644, 1000).is_ok());
    assert!(matches!(decide(&[1000, 1001], 0o100_644, 1000), Err(Denied::Owner { owner: 1001, user: 1000 })));
    assert!(matches!(decide(&[1001, 1000], 0o100_644, 1000), Err(Denied::Owner { owner: 1001, .. })), "the link's");
    assert!(matches!(decide(&[1000, 1000], 0o100_644, 0), Err(Denied::Owner { .. })), "root reads no user's");
    assert!(matches!(decide(&[0, 0], 0o100_666, 1000), Err(Denied::Writable)));
}

#[cfg(unix)]
#[test]
fn a_project_file_that_is_no_file_is_refused() {
    let world = World::new();
    fs::create_dir(world.project_file()).unwrap();
    assert_eq!(world.error().code(), "config.unreadable");
    fs::remove_dir(world.project_file()).unwrap();
    std::os::unix::fs::symlink("/nowhere", world.project_file()).unwrap();
    assert_eq!(world.error().code(), "config.unreadable");
}

#[cfg(unix)]
#[test]
fn the_users_file_that_everybody_can_write_is_refused_since_it_grants() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new().user("[plugins]\ntrusted = ['a.b']\n");
    fs::set_permissions(world.user_file(), fs::Permissions::from_mode(0o646)).unwrap();
    let error = world.error();
    assert_eq!(error.code(), "config.world_writable");
    assert!(error.to_string().contains("chmod o-w"), "{error}");
    fs::set_permissions(world.user_file(), fs::Permissions::from_mode(0o664)).unwrap();
    world.settings();
}
