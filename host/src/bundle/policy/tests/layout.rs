//! A `ce.toml` belongs to its user: comments and layout survive every edit.

use super::*;

fn add(text: &str, entries: &[&str]) -> String {
    let entries: Vec<String> = entries.iter().map(|entry| (*entry).to_owned()).collect();
    let edited = list::add(text, "trusted", &entries, Path::new("ce.toml")).unwrap();
    crate::config::check_text(&edited, Path::new("ce.toml")).unwrap();
    edited
}

fn remove(text: &str, entry: &str) -> String {
    let edited = list::remove(text, "trusted", entry, Path::new("ce.toml")).unwrap();
    crate::config::check_text(&edited, Path::new("ce.toml")).unwrap();
    edited
}

#[test]
fn entries_are_added_in_the_layout_that_is_there() {
    for (before, after) in [
        ("", "[plugins]\ntrusted = [\"x.n\"]\n"),
        (
            "# mine\n[plots]\nstyle = 'a' # nice\n",
            "# mine\n[plots]\nstyle = 'a' # nice\n\n[plugins]\ntrusted = [\"x.n\"]\n",
        ),
        ("[plugins]\ndirs = ['d'] # there\n", "[plugins]\ndirs = ['d'] # there\ntrusted = [\"x.n\"]\n"),
        ("[plugins]\ntrusted = [] # none\n", "[plugins]\ntrusted = [\"x.n\"] # none\n"),
        ("[plugins]\ntrusted = ['x.a'] # one\n", "[plugins]\ntrusted = ['x.a', \"x.n\"] # one\n"),
        ("plugins.trusted = ['x.a']\n", "plugins.trusted = ['x.a', \"x.n\"]\n"),
        ("plugins = { trusted = ['x.a'] }\n", "plugins = { trusted = ['x.a', \"x.n\"] }\n"),
        ("plugins = { dirs = ['d'] }\n", "plugins = { dirs = ['d'] , trusted = [\"x.n\"] }\n"),
        (
            "[plugins]\ntrusted = [\n  # first\n  'x.a', # why a\n  'x.b', # why b\n]\n# end\n",
            "[plugins]\ntrusted = [\n  # first\n  'x.a', # why a\n  'x.b', # why b\n  \"x.n\",\n]\n# end\n",
        ),
        (
            "[plugins]\ntrusted = [\n  'x.a',\n  'x.b' # why b\n]\n",
            "[plugins]\ntrusted = [\n  'x.a',\n  'x.b', # why b\n  \"x.n\",\n]\n",
        ),
        (
            "[plugins]\ntrusted = [\n  'x.a',\n  # later\n]\n",
            "[plugins]\ntrusted = [\n  'x.a',\n  # later\n  \"x.n\",\n]\n",
        ),
    ] {
        assert_eq!(add(before, &["x.n"]), after);
        assert_eq!(add(before, &[]), before);
    }
    let two = add("[plugins]\ntrusted = [\n    'x.a',\n]\n", &["x.n", "x.m"]);
    assert_eq!(two, "[plugins]\ntrusted = [\n    'x.a',\n    \"x.n\",\n    \"x.m\",\n]\n");
}

#[test]
fn an_entry_goes_with_its_own_comments_and_no_others() {
    let before =
        "[plugins]\ntrusted = [\n  # first\n  'x.a', # why a\n  # second\n  'x.b', # why b\n  'x.c', # why c\n]\n";
    for (entry, after) in [
        ("x.a", "[plugins]\ntrusted = [\n  # second\n  'x.b', # why b\n  'x.c', # why c\n]\n"),
        ("x.b", "[plugins]\ntrusted = [\n  # first\n  'x.a', # why a\n  'x.c', # why c\n]\n"),
        ("x.c", "[plugins]\ntrusted = [\n  # first\n  'x.a', # why a\n  # second\n  'x.b', # why b\n]\n"),
    ] {
        assert_eq!(remove(before, entry), after);
    }
    assert_eq!(remove("[plugins]\ntrusted = ['x.a', 'x.b'] # c\n", "x.a"), "[plugins]\ntrusted = ['x.b'] # c\n");
    assert_eq!(remove("[plugins]\ntrusted = ['x.a', 'x.b'] # c\n", "x.b"), "[plugins]\ntrusted = ['x.a'] # c\n");
    assert_eq!(remove("[plugins]\ntrusted = ['x.a', 'x.b', 'x.a']\n", "x.a"), "[plugins]\ntrusted = ['x.b']\n");
    assert_eq!(remove("[plugins]\ntrusted = [\n  'x.a',\n]\n", "x.a"), "[plugins]\ntrusted = [\n]\n");
}

#[test]
fn adding_and_removing_leaves_the_text_as_it_was() {
    for text in [
        "[plugins]\ntrusted = ['x.a'] # one\n",
        "[plugins]\ntrusted = [\n  'x.a', # why\n]\n",
        "# mine\n[plugins] # s\ntrusted = [\n  'x.a',\n  'x.b',\n] # e\n[plots]\nstyle = 'a'\n",
    ] {
        assert_eq!(remove(&add(text, &["x.n"]), "x.n"), text);
    }
}
