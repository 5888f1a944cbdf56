//! What the system's loader would do with an ELF file before `register` could be called: find libraries, bind versions, run
//! constructors. It never asks the loader.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::elf::{Elf, Stack, Wanted};
use super::loader::{Found, Libraries};
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
    let (found, missing) = follow(path, elf, libraries);
    let mut findings = Vec::new();
    for (name, by) in &missing {
        let by = by.as_ref().map(|by| format!(" by {}", by.display())).unwrap_or_default();
        let cause =
            format!("`{}` is needed{by} and is not there; looked in {}", name.escape_debug(), libraries.searched());
        let remedy = "install the package that has it, or link it statically";
        findings.push(Finding::fault(Code::Needed, format_args!("{place}: NEEDED"), cause, remedy));
    }
    if missing.is_empty() {
        let cause = match found.as_slice() {
            [] => "none".to_owned(),
            all => format!("all of {} found", all.len()),
        };
        findings.push(Finding::fine(Code::Needed, place, cause));
    }
    findings.extend(versions(place, elf, &found));
    findings
}

/// The libraries of one name each, and the names that lead nowhere with who needs them (none: the bundle itself).
fn follow(path: &Path, elf: &Elf, libraries: &mut Libraries) -> (Vec<(String, Found)>, Vec<(String, Option<PathBuf>)>) {
    let (mut found, mut missing) = (Vec::<(String, Found)>::new(), Vec::new());
    let mut met = BTreeSet::new();
    let mut waiting: Vec<(String, Option<PathBuf>, Vec<PathBuf>)> =
        elf.needed.iter().map(|name| (name.clone(), None, first(path, elf))).collect();
    // In the loader's order: breadth first.
    let mut at = 0;
    while at < waiting.len().min(LIBRARIES_MAX) {
        let (name, by, dirs) = waiting[at].clone();
        at += 1;
        if !met.insert(name.clone()) {
            continue;
        }
        match libraries.find(&name, elf.machine, &dirs) {
            None => missing.push((name, by)),
            Some(library) => {
                let dirs = first(&library.path, &library.elf);
                let needed =
                    library.elf.needed.iter().map(|name| (name.clone(), Some(library.path.clone()), dirs.clone()));
                waiting.extend(needed);
                found.push((name, library));
            }
        }
    }
    (found, missing)
}

/// Where is looked before the system's own places: the library's search paths, and beside it.
fn first(path: &Path, elf: &Elf) -> Vec<PathBuf> {
    let origin = path.parent().unwrap_or(Path::new("."));
    let named = elf.search_paths.iter().flat_map(|(_, paths)| paths.split(':'));
    let named = named.filter(|dir| !dir.is_empty()).map(|dir| {
        let origin = origin.display().to_string();
        PathBuf::from(dir.replace("${ORIGIN}", &origin).replace("$ORIGIN", &origin))
    });
    named.chain([origin.to_owned()]).collect()
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
