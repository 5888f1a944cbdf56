//! The boundary of a later day and of a day that must not come, made out of today's by writing over passages of its source.

use std::path::PathBuf;
use std::sync::OnceLock;

use ce_tests::{build, example_of, target_dir, workspace_root};

use crate::text::Tree;

/// What was built out of the changed copies.
pub(crate) struct Later {
    /// The host of a later day.
    pub(crate) host: PathBuf,
    /// A bundle of a later day.
    pub(crate) newer: PathBuf,
    /// The same without the plugin of the new kind.
    pub(crate) newer_without_kind: PathBuf,
    /// A bundle of today's version whose boundary has a struct with one more field.
    pub(crate) changed: PathBuf,
}

/// Builds them once per test process.
pub(crate) fn built() -> &'static Later {
    static BUILT: OnceLock<Later> = OnceLock::new();
    BUILT.get_or_init(|| {
        later();
        changed();
        Later {
            host: example_of("growth_admit", "bin"),
            newer: example_of("growth_newer", "cdylib"),
            newer_without_kind: example_of("growth_newer_without_kind", "cdylib"),
            changed: example_of("growth_changed", "cdylib"),
        }
    })
}

/// 1.2.0: a method is appended to a trait that bundles implement and one to the registrar, which is a new kind.
fn later() {
    let mut tree = workspace("later", &["plugin-api", "core", "plugins/builtin", "host"]);
    // What is built here is called a few times: to optimise it would take longer than it saves.
    let profile = |package: &str| format!("\n[profile.dev.package.{package}]\nopt-level = 0\ndebug = false\n");
    let text = format!("{}{}", tree.text("Cargo.toml"), ["ce-core", "ce-builtin", "ce-host"].map(profile).concat());
    tree.add("Cargo.toml", text);
    tree.replace("later/plugin-api/Cargo.toml", "version = \"1.1.0\"", "version = \"1.2.0\"");
    append_a_method(&mut tree);
    add_a_kind_to_the_boundary(&mut tree);
    take_the_kind_in_the_host(&mut tree);

    for name in ["newer.rs", "newer.json"] {
        tree.copy(&workspace_root().join("tests/growth").join(name), &format!("later/growth/{name}"));
    }
    for name in ["construct.rs", "score.rs"] {
        tree.copy(&workspace_root().join("tests/bundles").join(name), &format!("later/growth/{name}"));
    }
    without_the_kind(&mut tree);
    tree.copy(&workspace_root().join("tests/programs/admit.rs"), "later/growth/admit.rs");
    call_what_is_new(&mut tree);
    let examples = [("growth_newer", "newer.rs", "cdylib"), ("growth_newer_without_kind", "without_kind.rs", "cdylib")];
    let manifest = package("growth-later", &examples) + &example("growth_admit", "admit.rs", "bin");
    tree.add("later/growth/Cargo.toml", manifest + "\n[dependencies.ce-host]\nworkspace = true\n");
    tree.add("later/growth/src/lib.rs", "//! Nothing: the examples are what is built.\n".to_owned());
    let root = target_dir().join("growth/later");
    tree.write(&root);
    build(&root, &["-p", "growth-later", "--examples"]);
}

fn append_a_method(tree: &mut Tree) {
    let file = "later/plugin-api/src/kind/interval.rs";
    tree.replace(
        file,
        "std_types::{ROption, RResult, RSlice, RStr, RVec}",
        "std_types::{ROption, RResult, RSlice, RStr, RString, RVec}",
    );
    tree.append(
        file,
        "Err(PluginError::unsupported(\"this calibrator cannot be saved\"))\n    }\n",
        "
    /// What the calibrator says of itself.
    ///
    /// # Errors
    /// If it cannot.
    fn describe(&self) -> Result<String, PluginError> {
        Ok(\"the author's default\".to_owned())
    }
",
    );
    tree.append(
        file,
        "    #[sabi(last_prefix_field)]\n    fn save(&self) -> Outcome<RVec<u8>>;\n",
        "    /// What the calibrator says of itself.
    fn describe(&self) -> Outcome<RString> {
        RResult::ROk(RString::from(\"appended later, with this default body\"))
    }
",
    );
    tree.append(
        file,
        "RResult::from(guard(|| self.0.save().map(RVec::from)))\n    }\n",
        "
    fn describe(&self) -> Outcome<RString> {
        RResult::from(guard(|| self.0.describe().map(RString::from)))
    }
",
    );
    tree.append(
        file,
        "self.object.save().into_result().map(RVec::into_vec)\n    }\n",
        "
    /// What the calibrator says of itself.
    ///
    /// # Errors
    /// If the plugin fails.
    pub fn describe(&self) -> Result<String, PluginError> {
        self.object.describe().into_result().map(RString::into_string)
    }
",
    );
}

/// The new kind is a copy of the plot renderer under another name: a file of its own, an appended method, a name.
fn add_a_kind_to_the_boundary(tree: &mut Tree) {
    let probe = tree.text("later/plugin-api/src/kind/plot_renderer.rs").replace("PlotRenderer", "Probe");
    tree.add("later/plugin-api/src/kind/probe.rs", probe);
    let kinds = "later/plugin-api/src/kind/mod.rs";
    tree.append(kinds, "mod plot_renderer;\n", "mod probe;\n");
    tree.append(
        kinds,
        "pub use plot_renderer::{PlotRenderer, PlotRendererAbi, PlotRendererAbi_TO, PlotRendererHandle};\n",
        "pub use probe::{Probe, ProbeAbi, ProbeAbi_TO, ProbeHandle};\n",
    );
    let registrar = "later/plugin-api/src/registrar.rs";
    tree.replace(
        registrar,
        "PlotBuilder, PlotBuilderHandle, PlotRenderer",
        "PlotBuilder, PlotBuilderHandle, Probe, ProbeHandle, PlotRenderer",
    );
    tree.append(
        registrar,
        "    #[sabi(last_prefix_field)]\n    fn plot_renderer(&mut self, identifier: RString, plugin: PlotRendererHandle);\n",
        "    /// Takes a probe.
    fn probe(&mut self, identifier: RString, plugin: ProbeHandle) {
        drop((identifier, plugin));
    }
",
    );
    tree.append(
        registrar,
        "self.handle.plot_renderer(identifier.into(), PlotRendererHandle::new(plugin));\n    }\n",
        "
    /// Registers a probe.
    pub fn probe(&mut self, identifier: &str, plugin: impl Probe) {
        self.handle.probe(identifier.into(), ProbeHandle::new(plugin));
    }
",
    );
    tree.append(
        "later/plugin-api/src/manifest/mod.rs",
        "PlotRenderer = \"plot-renderer\",\n",
        "        /// Probes.\n        Probe = \"probe\",\n",
    );
    tree.append(
        "later/plugin-api/src/manifest/plugin.rs",
        "Kind::PlotRenderer => vec![\"plot:renderer\".to_owned()],\n",
        "        Kind::Probe => vec![\"probe\".to_owned()],\n",
    );
}

/// Registration and registry take the new kind; discovery, trust and loading are as they were.
fn take_the_kind_in_the_host(tree: &mut Tree) {
    let registration = "later/host/src/bundle/registration.rs";
    tree.replace(
        registration,
        "PlotBuilderHandle, PlotRendererHandle,\n",
        "PlotBuilderHandle, PlotRendererHandle, ProbeHandle,\n",
    );
    tree.append(
        registration,
        "self.take(&identifier, Plugin::PlotRenderer(plugin));\n    }\n",
        "
    fn probe(&mut self, identifier: RString, plugin: ProbeHandle) {
        self.take(&identifier, Plugin::Probe(plugin));
    }
",
    );
    let registry = "later/host/src/bundle/registry.rs";
    tree.replace(
        registry,
        "PlotBuilderHandle, PlotRendererHandle,\n",
        "PlotBuilderHandle, PlotRendererHandle, ProbeHandle,\n",
    );
    tree.append(registry, "    PlotRenderer(PlotRendererHandle),\n", "    /// Probes.\n    Probe(ProbeHandle),\n");
    tree.append(
        registry,
        "Self::PlotRenderer(_) => Kind::PlotRenderer,\n",
        "            Self::Probe(_) => Kind::Probe,\n",
    );
    tree.replace(
        registry,
        "    PlotRenderer(PlotRendererHandle)\n",
        "    PlotRenderer(PlotRendererHandle),\n    Probe(ProbeHandle)\n",
    );
    let watched = "later/host/src/isolation/watched.rs";
    // What stands between the host and a bundle hands the new method on.
    tree.append(
        watched,
        "self.call(Call::Save, CalibratorHandle::save)\n    }\n",
        "
    fn describe(&self) -> Result<String, PluginError> {
        self.call(Call::Info, CalibratorHandle::describe)
    }
",
    );
    // Nobody watches the calls of the new kind.
    tree.append(
        watched,
        "Plugin::PlotRenderer(handle) => Plugin::PlotRenderer(PlotRendererHandle::new(Watched::new(handle, watch))),\n",
        "        Plugin::Probe(handle) => Plugin::Probe(handle),\n",
    );
}

/// The newer bundle once more, without the new kind: its manifest is one that an old host can read.
fn without_the_kind(tree: &mut Tree) {
    let text = tree.text("later/growth/newer.rs").to_owned();
    tree.add("later/growth/without_kind.rs", text);
    let file = "later/growth/without_kind.rs";
    tree.replace(file, "    registrar.probe(\"newer.probe.echo\", Newer);\n", "");
    tree.replace(file, "newer.json", "without_kind.json");
    let manifest = tree.text("later/growth/newer.json").to_owned();
    tree.add("later/growth/without_kind.json", manifest);
    tree.replace(
        "later/growth/without_kind.json",
        ",\n    { \"kind\": \"probe\", \"identifier\": \"newer.probe.echo\", \"version\": \"0.1.0\", \"capabilities\": [\"probe\"] }",
        "",
    );
}

fn call_what_is_new(tree: &mut Tree) {
    let file = "later/growth/admit.rs";
    tree.append(
        file,
        "map_or(Value::Null, |calibrator| json!(answer(calibrator)));\n",
        "        outcome[\"described\"] = json!(calibrator.map(|calibrator| calibrator.describe().expect(\"a description\")));\n",
    );
    tree.replace(
        file,
        "    outcome\n}\n",
        "    if let Some((_, identifier)) = registered.registered.iter().find(|(kind, _)| *kind == Kind::Probe) {
        let probe = host.catalog().registry().handle::<ce_host::plugin_api::kind::ProbeHandle>(identifier);
        let probed = probe.map(|probe| probe.render(\"this\", \"text\", \"\").expect(\"an answer\"));
        outcome[\"probed\"] = json!(probed.map(|bytes| String::from_utf8(bytes).expect(\"a text\")));
    }
    outcome
}
",
    );
}

/// Still 1.1.0, and the promise is broken: a frozen struct has one more field.
fn changed() {
    let mut tree = workspace("changed", &["plugin-api"]);
    let matrix = "changed/plugin-api/src/data/matrix.rs";
    tree.append(
        matrix,
        "    /// Number of columns.\n    pub n_cols: usize,\n",
        "    /// Values from row to row.\n    pub stride: usize,\n",
    );
    tree.append(
        matrix,
        "            n_rows,
            n_cols,
",
        "            stride: n_cols,
",
    );
    tree.replace(matrix, "RSlice::EMPTY, n_rows: 0, n_cols }", "RSlice::EMPTY, n_rows: 0, n_cols, stride: n_cols }");
    tree.replace(
        "changed/plugin-api/src/kind/learner.rs",
        "n_rows: len, n_cols }",
        "n_rows: len, n_cols, stride: n_cols }",
    );
    for name in ["shifted.rs", "shifted.json", "score.rs"] {
        tree.copy(&workspace_root().join("tests/bundles").join(name), &format!("changed/growth/{name}"));
    }
    tree.add("changed/growth/Cargo.toml", package("growth-changed", &[("growth_changed", "shifted.rs", "cdylib")]));
    tree.add("changed/growth/src/lib.rs", "//! Nothing: the example is what is built.\n".to_owned());
    let root = target_dir().join("growth/changed");
    tree.write(&root);
    build(&root, &["-p", "growth-changed", "--examples"]);
}

/// A copy of the workspace with these members under `below`. A path of its own, seen from the workspace's root, keeps cargo
/// from taking what it builds for what the real workspace has built.
fn workspace(below: &str, members: &[&str]) -> Tree {
    let mut tree = Tree::default();
    for name in ["Cargo.toml", "Cargo.lock"] {
        tree.copy(&workspace_root().join(name), name);
    }
    let text = tree.text("Cargo.toml").to_owned();
    let line = text.lines().find(|line| line.starts_with("members = ")).unwrap();
    let listed: Vec<String> = members.iter().chain(&["growth"]).map(|member| format!("\"{below}/{member}\"")).collect();
    tree.replace("Cargo.toml", line, &format!("members = [{}]", listed.join(", ")));
    for member in members {
        tree.copy(&workspace_root().join(member), &format!("{below}/{member}"));
        let old = format!("{{ path = \"{member}\",");
        tree.replace("Cargo.toml", &old, &format!("{{ path = \"{below}/{member}\","));
    }
    tree
}

fn package(name: &str, examples: &[(&str, &str, &str)]) -> String {
    let examples: String = examples.iter().map(|(name, path, crate_type)| example(name, path, crate_type)).collect();
    format!(
        "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition.workspace = true\nautoexamples = false\n\n\
         [dependencies]\nce-plugin-api.workspace = true\nserde_json.workspace = true\n{examples}"
    )
}

fn example(name: &str, path: &str, crate_type: &str) -> String {
    format!("\n[[example]]\nname = \"{name}\"\npath = \"{path}\"\ncrate-type = [\"{crate_type}\"]\n")
}
