//! `docs/GALLERY.md` is true: every command in it is run as it stands there, and prints what stands below it; every picture
//! is what `--plot` draws.
//!
//! After a change that is meant, `BLESS_GALLERY=1 cargo test -p ce-tests --test cli gallery` writes the page anew.

use std::fs;
use std::path::{Path, PathBuf};

use ce_tests::{fast_bundle, workspace_root};

use crate::support::User;
use crate::text;

/// A command of the page, with what stands below it.
#[derive(Debug)]
struct Shown {
    /// The arguments of `ce`.
    arguments: Vec<String>,
    /// What it is said to print, as a range of the page.
    output: std::ops::Range<usize>,
    /// The picture below it, if there is one.
    picture: Option<PathBuf>,
}

/// The commands of the page, in order.
fn read(page: &str) -> Vec<Shown> {
    const BEGIN: &str = "```console\n$ ce ";
    const END: &str = "\n```\n";
    let mut shown = Vec::new();
    let mut at = 0;
    while let Some(begin) = page[at..].find(BEGIN) {
        let begin = at + begin + BEGIN.len();
        let end = begin + page[begin..].find(END).expect("a block ends");
        // The command goes on as long as its lines end in a backslash; what it prints follows.
        let mut command_end = begin;
        for line in page[begin..=end].split_inclusive('\n') {
            command_end += line.len();
            if !line.ends_with("\\\n") {
                break;
            }
        }
        let command = page[begin..command_end].replace("\\\n", " ");
        at = end + END.len();
        let next = page[at..].find(BEGIN).map_or(page.len(), |next| at + next);
        let picture = page[at..next].split_once("](images/").and_then(|(_, rest)| rest.split_once(')'));
        shown.push(Shown {
            arguments: command.split_whitespace().map(str::to_owned).collect(),
            output: command_end..end + 1,
            picture: picture.map(|(name, _)| workspace_root().join("docs/images").join(name)),
        });
    }
    shown
}

/// A user who installed and trusted the FAST bundle.
fn user() -> User {
    let user = User::new();
    user.run(["install", text(&fast_bundle())]).ok();
    user.run(["trust", "core.interval.fast"]).ok();
    user
}

/// Runs a command as if at the root of the project, and returns what it prints and draws.
fn run(user: &User, shown: &Shown) -> (String, Option<String>) {
    let root = workspace_root();
    let placed = |argument: &String| match argument.strip_prefix("examples/") {
        Some(_) => text(&root.join(argument)).to_owned(),
        None => argument.clone(),
    };
    let mut arguments: Vec<String> = shown.arguments.iter().map(placed).collect();
    if shown.picture.is_some() {
        arguments.extend(["--plot".to_owned(), "plots".to_owned()]);
    }
    let _ = fs::remove_dir_all(user.path("plots"));
    let ran = user.run(&arguments).ok();
    let picture = shown.picture.as_ref().map(|_| {
        let mut files = fs::read_dir(user.path("plots")).unwrap();
        let only = files.next().unwrap().unwrap().path();
        assert!(files.next().is_none(), "a command with a picture explains one row: {arguments:?}");
        fs::read_to_string(only).unwrap()
    });
    (ran.out, picture)
}

#[test]
fn every_command_prints_and_draws_what_the_page_shows() {
    let path = Path::new(&workspace_root()).join("docs/GALLERY.md");
    let page = fs::read_to_string(&path).unwrap();
    let is_blessing = std::env::var_os("BLESS_GALLERY").is_some();
    let user = user();
    let all = read(&page);
    let data_sets = ["breast_cancer", "wine", "diabetes", "penguins"];
    for data_set in data_sets {
        let model = format!("examples/data/{data_set}/model.json");
        assert!(all.iter().any(|shown| shown.arguments.contains(&model)), "the page shows {data_set}");
    }
    let mut blessed = String::new();
    let mut copied = 0;
    let mut n_pictures = 0;
    for shown in &all {
        let (output, picture) = run(&user, shown);
        blessed.push_str(&page[copied..shown.output.start]);
        blessed.push_str(&output);
        copied = shown.output.end;
        if let (Some(path), Some(picture)) = (&shown.picture, picture) {
            n_pictures += 1;
            match is_blessing {
                true => fs::write(path, picture).unwrap(),
                false => assert_eq!(fs::read_to_string(path).unwrap(), picture, "{}", path.display()),
            }
        }
        if !is_blessing {
            assert_eq!(output, page[shown.output.clone()], "ce {}", shown.arguments.join(" "));
        }
    }
    blessed.push_str(&page[copied..]);
    if is_blessing {
        fs::write(&path, blessed).unwrap();
    }
    assert!(all.len() >= 8 && n_pictures >= 6, "{} commands, {n_pictures} pictures", all.len());
}
