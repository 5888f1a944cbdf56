//! A user with an empty home and nothing in the environment, who runs `ce`.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A user. Their home, and all that is in it, goes with them.
pub(crate) struct User {
    dir: TempDir,
    variables: Vec<(String, String)>,
}

/// What a run of `ce` came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl User {
    /// A user who works in an empty directory below their home.
    pub(crate) fn new() -> Self {
        let user = Self { dir: tempfile::tempdir().unwrap(), variables: Vec::new() };
        fs::create_dir(user.path("")).unwrap();
        user
    }

    /// The same user with one more variable in the environment.
    pub(crate) fn var(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A path below the working directory.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join("work").join(name)
    }

    /// Writes a file below the working directory.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// Writes the user's own `ce.toml`.
    pub(crate) fn config(self, text: &str) -> Self {
        let path = self.dir.path().join(".config/ce/ce.toml");
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    /// The names in the working directory, sorted.
    pub(crate) fn files(&self) -> Vec<String> {
        let names = fs::read_dir(self.path("")).unwrap();
        let mut names: Vec<String> =
            names.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// A command that knows the user and nothing else.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(crate::program());
        command.args(arguments).current_dir(self.path("")).env_clear().stdin(Stdio::null());
        command.env("HOME", self.dir.path()).envs(self.variables.iter().cloned());
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        command
    }

    /// Runs `ce`.
    pub(crate) fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Ran {
        let output = self.command(arguments).output().unwrap();
        Ran {
            status: output.status.code().expect("ce ends by itself"),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs `ce COMMAND` on the breast-cancer data, with further arguments.
    pub(crate) fn ask(&self, command: &str, more: &[&str]) -> Ran {
        let inputs = Inputs::default();
        self.run(inputs.arguments(command).iter().map(String::as_str).chain(more.iter().copied()))
    }
}

impl Ran {
    /// Asserts that it worked.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.status, 0, "{self:#?}");
        self
    }

    /// Asserts that it failed, and that stderr says so with this code and these words; stdout must be empty.
    #[track_caller]
    pub(crate) fn fails(self, status: i32, code: &str, words: &[&str]) -> Self {
        assert_eq!(self.status, status, "{self:#?}");
        assert!(self.err.contains(&format!("error[{code}]: ")), "expected {code}: {self:#?}");
        for word in words {
            assert!(self.err.contains(word), "expected `{word}`: {self:#?}");
        }
        assert!(self.out.is_empty(), "{self:#?}");
        assert!(!self.err.contains("thread 'main'"), "{self:#?}");
        self
    }
}

/// The files that a request reads; the breast-cancer data unless said otherwise.
pub(crate) struct Inputs {
    pub(crate) model: PathBuf,
    pub(crate) calibration: PathBuf,
    pub(crate) data: PathBuf,
    pub(crate) target: &'static str,
}

impl Default for Inputs {
    fn default() -> Self {
        Self {
            model: example("model.json"),
            calibration: example("calibration.csv"),
            data: example("test.csv"),
            target: "diagnosis",
        }
    }
}

impl Inputs {
    /// `COMMAND --model … --calibration … --target … --data …`
    pub(crate) fn arguments(&self, command: &str) -> Vec<String> {
        let text = |path: &Path| path.to_str().unwrap().to_owned();
        let flags = [
            ("--model", text(&self.model)),
            ("--calibration", text(&self.calibration)),
            ("--target", self.target.to_owned()),
            ("--data", text(&self.data)),
        ];
        let flags = flags.into_iter().flat_map(|(flag, value)| [flag.to_owned(), value]);
        std::iter::once(command.to_owned()).chain(flags).collect()
    }
}

/// A file of the breast-cancer data.
pub(crate) fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/data/breast_cancer").join(name)
}

/// The first lines of a file.
pub(crate) fn first_lines(path: &Path, n_lines: usize) -> String {
    let text = fs::read_to_string(path).unwrap();
    text.lines().take(n_lines).map(|line| format!("{line}\n")).collect()
}
