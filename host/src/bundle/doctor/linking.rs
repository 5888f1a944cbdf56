//! What the system's loader would do with an ELF file before `register` could be called: find libraries, bind versions, run
//! constructors. It never asks the loader.

use std::collections::{BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use super::elf::{Elf, Stack, Wanted};
use super::loader::{Found, Libraries, Places};
use super::{Code, Finding};

/// The most libraries that are followed from one bundle.
const LIBRARIES_MAX: usize = 256;

/// Constructors that compiler and standard library put into every Rust `cdylib`: `frame_dummy`, and the one of std that
/// takes the arguments of the program.
const USUAL_CONSTRUCTORS: u64 = 2;

/// What the file says of itself.
pub(super) fn own(place: &str, elf: &Elf) -> Vec<Finding> {
    let mut findings = vec![if elf.exports_header {
        Finding::fine(Code::Header, place, "the header that layouts are compared by is exported")
    } else {
        let remedy = "call `export_bundle!` of a released `ce-plugin-api`, and do not hide its symbols";
        Finding::fault(Code::Header, place, "no header to compare layouts by among the exported symbols", remedy)
            .told_as("load.no_symbol")
    }];
    for (kind, path) in &elf.search_paths {
        let cause = format!("{kind} is `{}`: the system would look for libraries there first", path.escape_debug());
        let remedy = "link it without `-rpath` (a file that is built: `patchelf --remove-rpath`)";
        findings.push(
            Finding::fault(Code::SearchPath, format_args!("{place}: {kind}"), cause, remedy).told_as("trust.runpath"),
        );
    }
    if elf.search_paths.is_empty() {
        findings.push(Finding::fine(Code::SearchPath, place, "neither RPATH nor RUNPATH"));
    }
    findings.push(text_relocations(place, elf));
    findings.push(stack(place, elf));
    findings.push(constructors(place, elf));
    findings.push(static_tls(place, elf));
    findings
}

fn text_relocations(place: &str, elf: &Elf) -> Finding {
    if !elf.has_text_relocations {
        return Finding::fine(Code::TextRelocations, place, "none (TEXTREL)");
    }
    let cause = "TEXTREL: the loader has to write into its code, which is then no longer the code that was judged, and which \
                 hardened systems refuse";
    let remedy = "compile all of it with -fPIC, assembler and static libraries too; the linker names them with -z text";
    Finding::warning(Code::TextRelocations, place, cause, remedy)
}

fn stack(place: &str, elf: &Elf) -> Finding {
    let place = format!("{place}: PT_GNU_STACK");
    let cause = match elf.stack {
        Stack::Plain => return Finding::fine(Code::ExecutableStack, place, "stacks run no code"),
        Stack::Executable => {
            "it asks for executable stacks: in a worker that is refused, from glibc 2.41 on everywhere, and \
                              before it weakens every thread of the process"
        }
        Stack::Unsaid => {
            "it does not say that stacks need no right to run, and is taken for one that does: in a worker that \
                          is refused, from glibc 2.41 on everywhere"
        }
    };
    let remedy =
        "link it with -z noexecstack; if it is assembler, end each file with `.section .note.GNU-stack,\"\",@progbits`";
    Finding::fault(Code::ExecutableStack, place, cause, remedy)
}

fn constructors(place: &str, elf: &Elf) -> Finding {
    let n_constructors = elf.n_constructors;
    let place = format!("{place}: .init_array");
    let init = if elf.has_init { ", and the usual .init" } else { "" };
    if n_constructors <= USUAL_CONSTRUCTORS {
        let cause = format!("{n_constructors}{init}, no more than every Rust library has");
        return Finding::fine(Code::Constructors, place, cause);
    }
    let cause = format!(
        "{n_constructors} constructors{init}, {} more than a Rust library has of itself: they run inside of dlopen, before \
         `register` is called",
        n_constructors - USUAL_CONSTRUCTORS
    );
    let remedy = "move the work into `register` or `fit` if it is yours; C++ libraries that are linked in have some for their \
                  globals";
    Finding::warning(Code::Constructors, place, cause, remedy)
}

fn static_tls(place: &str, elf: &Elf) -> Finding {
    let n_bytes = elf.tls_bytes;
    if !elf.is_static_tls {
        return Finding::fine(
            Code::StaticTls,
            place,
            format_args!("not wanted ({n_bytes} bytes of thread-local storage)"),
        );
    }
    let cause = format!(
        "STATIC_TLS: its {n_bytes} bytes of thread-local storage must fit into what the process kept free when it started; \
         mapping it fails where other libraries came first"
    );
    let remedy = "compile it without -ftls-model=initial-exec, static libraries too";
    Finding::warning(Code::StaticTls, place, cause, remedy)
}

/// Whether the libraries that it needs, and those that these need, are there with the versions that are wanted.
pub(super) fn needed(place: &str, path: &Path, elf: &Elf, libraries: &mut Libraries) -> Vec<Finding> {
    let Followed { found, missing, n_left_out } = follow(path, elf, libraries);
    let mut findings = Vec::new();
    for (name, by) in &missing {
        let by = by.as_ref().map(|by| format!(" by {}", by.display())).unwrap_or_default();
        let cause =
            format!("`{}` is needed{by} and is not there; looked in {}", name.escape_debug(), libraries.searched());
        let remedy = "install the package that has it, or link it statically";
        findings.push(Finding::fault(Code::Needed, format_args!("{place}: NEEDED"), cause, remedy));
    }
    if n_left_out > 0 {
        let cause =
            format!("{n_left_out} libraries were not looked for: more than {LIBRARIES_MAX} would be mapped with it");
        findings.push(Finding::warning(Code::Needed, place, cause, "link what it needs statically"));
    } else if missing.is_empty() {
        let cause = match found.as_slice() {
            [] => "none".to_owned(),
            all => format!("all of {} found", all.len()),
        };
        findings.push(Finding::fine(Code::Needed, place, cause));
    }
    findings.extend(versions(place, elf, &found));
    findings
}

/// Where the needed names lead.
#[derive(Default)]
struct Followed {
    /// The libraries, of each name one.
    found: Vec<(String, Found)>,
    /// The names that lead nowhere, with who needs them; none for the bundle itself.
    missing: Vec<(String, Option<PathBuf>)>,
    /// Names that were not looked for, since there are too many.
    n_left_out: usize,
}

fn follow(path: &Path, elf: &Elf, libraries: &mut Libraries) -> Followed {
    let mut followed = Followed::default();
    let mut met = BTreeSet::new();
    // In the loader's order: breadth first.
    let mut waiting: VecDeque<(String, Option<PathBuf>, Places)> = VecDeque::new();
    let mut need = |elf: &Elf, path: &Path, by: Option<&Path>, waiting: &mut VecDeque<_>| {
        for name in &elf.needed {
            if met.insert(name.clone()) {
                waiting.push_back((name.clone(), by.map(Path::to_owned), places(path, elf)));
            }
        }
    };
    need(elf, path, None, &mut waiting);
    while let Some((name, by, places)) = waiting.pop_front() {
        if followed.found.len() == LIBRARIES_MAX {
            followed.n_left_out = waiting.len() + 1;
            break;
        }
        match libraries.find(&name, elf.machine, &places) {
            None => followed.missing.push((name, by)),
            Some(library) => {
                need(&library.elf, &library.path, Some(&library.path), &mut waiting);
                followed.found.push((name, library));
            }
        }
    }
    followed
}

/// Where is looked for what a library needs, besides the system's own places.
fn places(path: &Path, elf: &Elf) -> Places {
    let beside = path.parent().unwrap_or(Path::new("."));
    // The loader passes over RPATH where there is RUNPATH.
    let has_runpath = elf.search_paths.iter().any(|(kind, _)| *kind == "RUNPATH");
    let counts = |kind: &str| kind == "RUNPATH" || !has_runpath;
    let named = elf.search_paths.iter().filter(|(kind, _)| counts(kind)).flat_map(|(_, paths)| paths.split(':'));
    let named = named.filter(|dir| !dir.is_empty()).map(|dir| {
        let origin = beside.display().to_string();
        PathBuf::from(dir.replace("${ORIGIN}", &origin).replace("$ORIGIN", &origin))
    });
    Places { before: named.collect(), after: beside.to_owned() }
}

fn versions(place: &str, elf: &Elf, found: &[(String, Found)]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut n_fitting = 0;
    for wanted in &elf.wanted {
        let library = found.iter().find(|(name, _)| *name == wanted.library).map(|(_, library)| library);
        let Some(library) = library else { continue };
        // The loader does not look for versions in a library that has none.
        if library.elf.defined.is_empty() || library.elf.defined.contains(&wanted.version) {
            n_fitting += 1;
        } else {
            findings.push(too_old(place, elf, wanted, library));
        }
    }
    if findings.is_empty() && n_fitting > 0 {
        let newest = newest("GLIBC_", elf.wanted.iter().map(|wanted| wanted.version.as_str()));
        let newest = newest.map(|newest| format!(", of glibc {newest} or earlier")).unwrap_or_default();
        findings.push(Finding::fine(Code::SymbolVersion, place, format_args!("all of {n_fitting} are there{newest}")));
    }
    findings
}

fn too_old(place: &str, elf: &Elf, wanted: &Wanted, library: &Found) -> Finding {
    let version = wanted.version.escape_debug();
    let example = elf.symbol_of(wanted).map(|name| format!(" (for `{}`)", name.escape_debug())).unwrap_or_default();
    let family = wanted.version.split_once('_').map(|(family, _)| format!("{family}_")).unwrap_or_default();
    let has = newest(&family, library.elf.defined.iter().map(String::as_str));
    let has = has.map(|has| format!(", it has {} up to {has}", family.escape_debug())).unwrap_or_default();
    let cause = format!("`{version}`{example} is wanted of {}{has}", library.path.display());
    let remedy = "build it on a system as old as this one or older, or use a newer system";
    let place = format!("{place}: {}", wanted.library.escape_debug());
    if wanted.is_weak {
        // The loader lets it pass, and it is missing when it is called.
        return Finding::warning(Code::SymbolVersion, place, cause, remedy);
    }
    Finding::fault(Code::SymbolVersion, place, cause, remedy)
}

/// The highest of the versions with this prefix.
fn newest<'a>(prefix: &str, versions: impl Iterator<Item = &'a str>) -> Option<String> {
    let numbers = |text: &str| text.split('.').map(|part| part.parse::<u32>().ok()).collect::<Option<Vec<u32>>>();
    let all =
        versions.filter_map(|version| version.strip_prefix(prefix)).filter_map(|text| Some((numbers(text)?, text)));
    all.max().map(|(_, text)| text.to_owned())
}
