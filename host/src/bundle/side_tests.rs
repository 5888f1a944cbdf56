//! What lies beside a bundle: found by name and in the order of mapping, or told why it is of no use.

use std::collections::BTreeMap;

use super::super::platform::samples::{DT_NEEDED, Elf};
use super::*;

const DT_SONAME: u64 = 14;
const DT_FILTER: u64 = 0x7fff_ffff;
const DT_RUNPATH: u64 = 29;

fn library(soname: &'static str, needed: &[&'static str]) -> Vec<u8> {
    let mut texts: Vec<_> = needed.iter().map(|name| (DT_NEEDED, *name)).collect();
    texts.extend([(DT_NEEDED, "libc.so.6"), (DT_SONAME, soname)]);
    Elf { texts, records: Vec::new(), ..Elf::default() }.bytes()
}

/// What a library finds beside it, among these.
fn found(bundle: &Elf, beside: &[(&str, Vec<u8>)]) -> Vec<(String, Option<SideFault>)> {
    let files: BTreeMap<&str, &Vec<u8>> = beside.iter().map(|(name, bytes)| (*name, bytes)).collect();
    let copy = |path: &Path| {
        let missing = || InspectError::Open { path: path.to_owned(), source: std::io::ErrorKind::NotFound.into() };
        let name = path.file_name().and_then(|name| name.to_str()).ok_or_else(missing)?;
        let bytes = (*files.get(name).ok_or_else(missing)?).clone();
        Ok(Copied { image: Some(Arc::new(Image::of(&bytes, "ce-test").unwrap())), bytes })
    };
    let bytes = bundle.bytes();
    let facts = platform::read(&bytes).unwrap().facts;
    let found = super::beside(Path::new("/dir"), &facts, &copy);
    assert!(found.iter().all(|side| side.path() == Path::new("/dir").join(side.name())));
    assert!(found.iter().all(|side| side.kept().is_some() == side.fault().is_none()));
    found.into_iter().map(|side| (side.name, side.fault)).collect()
}

fn needing(names: &[&'static str]) -> Elf {
    Elf { texts: names.iter().map(|name| (DT_NEEDED, *name)).collect(), ..Elf::default() }
}

#[test]
fn each_library_comes_after_those_that_it_needs_and_once() {
    let beside = [
        ("liba.so", library("liba.so", &["libb.so.1", "libc.so"])),
        ("libb.so.1", library("libb.so.1", &["libd.so"])),
        ("libd.so", library("libd.so", &[])),
    ];
    let names: Vec<_> = found(&needing(&["libm.so.6", "libb.so.1", "liba.so"]), &beside);
    // musl's `libc.so` is of the system by its name.
    assert_eq!(names, ["libd.so", "libb.so.1", "liba.so"].map(|name| (name.to_owned(), None)));
    assert_eq!(found(&needing(&["libm.so.6"]), &beside), []);
}

#[test]
fn what_could_not_be_pinned_is_told_with_its_reason() {
    let fault = |bundle: &Elf, beside: &[(&str, Vec<u8>)]| found(bundle, beside).pop().and_then(|(_, fault)| fault);
    let one = needing(&["liba.so"]);
    assert_eq!(fault(&one, &[]), Some(SideFault::Missing));
    let unnamed = Elf { records: Vec::new(), ..Elf::default() }.bytes();
    assert_eq!(fault(&one, &[("liba.so", unnamed)]), Some(SideFault::Soname(None)));
    let other = library("libother.so", &[]);
    assert_eq!(fault(&one, &[("liba.so", other)]), Some(SideFault::Soname(Some("libother.so".to_owned()))));
    let mut foreign = library("liba.so", &[]);
    foreign[18] = 183;
    assert_eq!(fault(&one, &[("liba.so", foreign)]), Some(SideFault::Platform("aarch64-linux".parse().unwrap())));
    let text = fault(&one, &[("liba.so", b"INPUT(libb.so)".to_vec())]);
    assert!(matches!(text, Some(SideFault::Unreadable(why)) if why.contains("expected a shared library")));
    let filter = Elf { texts: vec![(DT_FILTER, "liba.so")], ..Elf::default() };
    assert_eq!(fault(&filter, &[("liba.so", library("liba.so", &[]))]), Some(SideFault::Otherwise));
    for path in ["/lib/liba.so", "../liba.so", "$ORIGIN/liba.so", ".liba.so", ""] {
        assert_eq!(fault(&needing(&[path]), &[]), Some(SideFault::Name), "{path}");
    }
}

#[test]
fn libraries_that_need_one_another_have_no_order() {
    let beside = [("liba.so", library("liba.so", &["libb.so"])), ("libb.so", library("libb.so", &["liba.so"]))];
    let found = found(&needing(&["liba.so"]), &beside);
    assert!(found.iter().any(|(_, fault)| *fault == Some(SideFault::Cycle)), "{found:?}");
}

#[test]
fn a_bundle_has_a_limit_of_libraries() {
    let names: Vec<&'static str> = (0..=SIDE_FILES_MAX + 5).map(|n| &*format!("lib{n}.so").leak()).collect();
    let beside: Vec<_> = names.iter().map(|name| (*name, library(name, &[]))).collect();
    let found = found(&needing(&names), &beside);
    assert!(found.len() <= SIDE_FILES_MAX + 1);
    assert_eq!(found.last().unwrap().1, Some(SideFault::TooMany));
}

#[test]
fn where_a_library_searches_does_not_matter_here() {
    let texts = vec![(DT_NEEDED, "liba.so"), (DT_RUNPATH, "/elsewhere")];
    let bundle = Elf { texts, ..Elf::default() };
    assert_eq!(found(&bundle, &[("liba.so", library("liba.so", &[]))]), [("liba.so".to_owned(), None)]);
}
