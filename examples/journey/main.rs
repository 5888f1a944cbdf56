//! The documented journey, from source to explanation: builds everything, installs and trusts the FAST bundle in a scratch
//! home, and explains the breast-cancer data with it, then one row of each of the other data sets. `cargo journey` runs it, and shows the environment and each command.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Instances whose rules are printed; the files hold all.
const SHOWN: usize = 2;

/// The other data sets, each in its own way: target, and what is asked.
const OTHERS: [(&str, &str, &[&str]); 3] = [
    ("wine", "cultivar", &["--mode", "alternative", "--rows", "0"]),
    ("diabetes", "progression", &["--mode", "factual", "--rows", "3", "--threshold", "150"]),
    ("penguins", "species", &["--mode", "fast", "--rows", "59", "--bins", "year", "--id-column", "id"]),
];

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("this package lies in the workspace")?;
    let built = build(root)?;
    let journey = Journey::begin(root, &built)?;

    journey.show_environment();
    journey.ce(&["install", &journey.bundle])?;
    journey.ce(&["trust", "core.interval.fast"])?;
    journey.ce(&["list", "all"])?;
    journey.ce(&["show", "core.interval.fast", "--kind", "intervals"])?;

    let explanations = journey.scratch.join("explanations.json").display().to_string();
    let telemetry = journey.scratch.join("telemetry.json").display().to_string();
    let plots = journey.scratch.join("plots").display().to_string();
    let data = |name: &str| format!("examples/data/breast_cancer/{name}");
    let (model, calibration, test) = (data("model.json"), data("calibration.csv"), data("test.csv"));
    let inputs =
        ["explain", "--model", &model, "--calibration", &calibration, "--target", "diagnosis", "--data", &test];
    let rules = journey.ce_quietly(&[&inputs[..], &["--mode", "factual"]].concat())?;
    let shown = rules.split_inclusive("\n\n").take(SHOWN).collect::<String>();
    println!("{shown}… and so on for {} instances\n", rules.matches("instance ").count());
    let outputs = ["--output", &explanations, "--telemetry", &telemetry, "--batch-id", "journey-1", "--plot", &plots];
    journey.ce(&[&inputs[..], &["--mode", "factual"], &outputs[..]].concat())?;

    let recorded: serde_json::Value = serde_json::from_slice(&std::fs::read(root.join(&telemetry))?)?;
    println!("from {telemetry}:");
    for key in ["batch_id", "status", "mode", "interval_source", "explanation_source", "plot_source", "plot_fallbacks"]
    {
        println!("  {key} = {}", recorded[key]);
    }
    if recorded["interval_source"] != "core.interval.fast" {
        return Err("the telemetry does not name core.interval.fast".into());
    }
    println!("the first plot: {}\n", Path::new(&plots).join("explanation-0.svg").display());
    OTHERS.into_iter().try_for_each(|(name, target, asked)| journey.explain(name, target, asked))
}

/// The programs and libraries that the journey needs.
struct Built {
    ce: PathBuf,
    bundle: PathBuf,
}

/// Builds the host and the FAST bundle beside this program, with its profile.
fn build(root: &Path) -> Result<Built, Box<dyn Error>> {
    let here = std::env::current_exe()?;
    let dir = here.parent().ok_or("a program lies in a directory")?;
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root).args(["build", "--quiet", "--package", "ce-host", "--package", "ce-fast"]);
    if dir.file_name().is_some_and(|name| name == "release") {
        cargo.arg("--release");
    }
    if let Some(target) = dir.parent() {
        cargo.arg("--target-dir").arg(target);
    }
    eprintln!("building the host and the FAST bundle, which takes some minutes the first time");
    run(&mut cargo)?;
    let file = |prefix: &str, name: &str, suffix: &str| dir.join(format!("{prefix}{name}{suffix}"));
    Ok(Built {
        ce: file("", "ce", std::env::consts::EXE_SUFFIX),
        bundle: file(std::env::consts::DLL_PREFIX, "ce_fast", std::env::consts::DLL_SUFFIX),
    })
}

/// Where the journey takes place: a scratch directory that stands for the user's home.
struct Journey<'a> {
    root: &'a Path,
    ce: &'a Path,
    bundle: String,
    scratch: PathBuf,
    home: PathBuf,
}

impl<'a> Journey<'a> {
    fn begin(root: &'a Path, built: &'a Built) -> Result<Self, Box<dyn Error>> {
        let home = built.ce.parent().ok_or("a program lies in a directory")?.join("journey-home");
        if home.exists() {
            std::fs::remove_dir_all(&home)?;
        }
        std::fs::create_dir_all(&home)?;
        // Shown and typed from the root of the project, where the commands run.
        let short = |path: &Path| path.strip_prefix(root).unwrap_or(path).to_owned();
        let bundle = short(&built.bundle).display().to_string();
        Ok(Self { root, ce: &built.ce, bundle, scratch: short(&home), home })
    }

    /// What the commands find in their environment, besides what the caller's has. None of the caller's `CE_*` is kept.
    fn environment(&self) -> [(&'static str, PathBuf); 7] {
        [
            ("HOME", self.home.clone()),
            ("XDG_CONFIG_HOME", self.home.join("config")),
            ("XDG_DATA_HOME", self.home.join("data")),
            ("XDG_STATE_HOME", self.home.join("state")),
            ("XDG_CACHE_HOME", self.home.join("cache")),
            ("CE_INTERVAL_PLUGIN", "core.interval.fast".into()),
            ("CE_PLOT_STYLE", "plot_spec.default.factual".into()),
        ]
    }

    /// Shows the environment as it would be typed at the root of the project.
    fn show_environment(&self) {
        let ce = self.ce.strip_prefix(self.root).unwrap_or(self.ce);
        println!("# `ce` is {}; it runs in a scratch home, without other CE_* variables, and with:", ce.display());
        for (name, value) in self.environment() {
            match value.strip_prefix(self.root) {
                Ok(inside) => println!("export {name}=\"$PWD/{}\"", inside.display()),
                Err(_) => println!("export {name}=\"{}\"", value.display()),
            }
        }
        println!();
    }

    /// Explains some rows of another data set.
    fn explain(&self, name: &str, target: &str, asked: &[&str]) -> Result<(), Box<dyn Error>> {
        let file = |file: &str| format!("examples/data/{name}/{file}");
        let (model, calibration, test) = (file("model.json"), file("calibration.csv"), file("test.csv"));
        let inputs = ["explain", "--model", &model, "--calibration", &calibration, "--target", target, "--data", &test];
        self.ce(&[&inputs[..], asked].concat())
    }

    /// Shows a command and runs it.
    fn ce(&self, arguments: &[&str]) -> Result<(), Box<dyn Error>> {
        println!("$ ce {}", arguments.join(" "));
        run(&mut self.command(arguments))?;
        println!();
        Ok(())
    }

    /// Shows a command, runs it and returns what it prints.
    fn ce_quietly(&self, arguments: &[&str]) -> Result<String, Box<dyn Error>> {
        println!("$ ce {}", arguments.join(" "));
        let output = self.command(arguments).stderr(Stdio::inherit()).output()?;
        if !output.status.success() {
            return Err(format!("ce {} ended with {}", arguments[0], output.status).into());
        }
        Ok(String::from_utf8(output.stdout)?)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.ce);
        command.current_dir(self.root).args(arguments);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("CE_") {
                command.env_remove(name);
            }
        }
        command.envs(self.environment());
        command
    }
}

fn run(command: &mut Command) -> Result<(), Box<dyn Error>> {
    let status = command.status()?;
    if status.success() { Ok(()) } else { Err(format!("{command:?} ended with {status}").into()) }
}
