//! What is read from libraries, honest and lying ones.

use super::samples::{
    ADDRESS, DT_NEEDED, DT_STRTAB, DYNAMIC_HEADER, Elf, LOAD_HEADER, mach_o, pe, put, put_program_header,
};
use super::*;

fn facts(bytes: &[u8]) -> PlatformFacts {
    read(bytes).unwrap().facts
}

fn refused(bytes: &[u8]) -> String {
    match read(bytes) {
        Err(PlatformError::Malformed { reason, .. }) => reason,
        other => panic!("expected a malformed file, found {other:?}"),
    }
}

#[test]
fn an_elf_library_says_where_it_runs() {
    let facts = facts(&Elf::default().bytes());
    assert_eq!((facts.format, facts.bits, facts.endianness), (Format::Elf, 64, Endianness::Little));
    assert_eq!(facts.platform.to_string(), "x86_64-linux");
    assert!(facts.is_shared_library && facts.exports_register);
    assert_eq!((facts.needed_system, facts.needed_foreign), (vec!["libc.so.6".to_owned()], Vec::new()));
}

#[test]
fn everything_that_would_be_mapped_with_it_is_listed() {
    let texts = vec![
        (DT_NEEDED, "libonnxruntime.so.1"),
        (DT_NEEDED, "/lib/libc.so.6"),
        (DT_NEEDED, "libm.so.6"),
        (DT_NEEDED, "libm.so.6"),
        (0x7fff_ffff, "libfilter.so"),
        (0x7fff_fffd, "libc.so.6"),
        (0x6fff_fefc, "libaudit.so:libaudit2.so"),
        (0x6fff_fefb, "libdepaudit.so"),
        (15, "/old/path"),
        (29, "$ORIGIN/../lib"),
    ];
    let facts = facts(&Elf { texts, ..Elf::default() }.bytes());
    assert_eq!(facts.needed_system, ["libm.so.6"]);
    assert_eq!(
        facts.needed_foreign,
        [
            "libonnxruntime.so.1",
            "/lib/libc.so.6",
            "libfilter.so",
            "libc.so.6",
            "libaudit.so",
            "libaudit2.so",
            "libdepaudit.so"
        ]
    );
    assert_eq!(facts.search_paths, ["/old/path", "$ORIGIN/../lib"]);
}

#[test]
fn a_program_is_no_library_even_where_it_looks_like_one() {
    let pie = Elf { numbers: vec![(0x6fff_fffb, 0x0800_0000)], ..Elf::default() }.bytes();
    assert!(!facts(&pie).is_shared_library);
    let mut object = Elf::default().bytes();
    object[16] = 1;
    assert!(!facts(&object).is_shared_library);
}

#[test]
fn another_symbol_is_no_register() {
    for symbol in ["registered", "regis", "_register", ""] {
        assert!(!facts(&Elf { symbol, ..Elf::default() }.bytes()).exports_register, "{symbol}");
    }
}

#[test]
fn section_headers_cannot_hide_what_the_loader_maps() {
    let mut bytes = Elf { texts: vec![(DT_NEEDED, "libevil.so")], ..Elf::default() }.bytes();
    // No section headers at all.
    put(&mut bytes, 40, &[0; 8]);
    put(&mut bytes, 60, &[0; 4]);
    let read = read(&bytes).unwrap();
    assert_eq!(read.facts.needed_foreign, ["libevil.so"]);
    assert!(read.sections.is_empty() && !read.facts.exports_register);
}

#[test]
fn the_dynamic_segment_is_found_by_its_address_and_not_by_its_offset() {
    let mut bytes = Elf { texts: vec![(DT_NEEDED, "libevil.so")], ..Elf::default() }.bytes();
    let honest = bytes[DYNAMIC_HEADER + 8..DYNAMIC_HEADER + 16].to_vec();
    put(&mut bytes, DYNAMIC_HEADER + 8, &[0; 8]);
    assert_ne!(honest, [0; 8]);
    assert_eq!(facts(&bytes).needed_foreign, ["libevil.so"]);
}

#[test]
fn what_loaders_would_read_in_two_ways_is_refused() {
    let twice = Elf { numbers: vec![(DT_STRTAB, ADDRESS)], ..Elf::default() };
    assert!(refused(&twice.bytes()).contains("two dynamic entries"));

    let mut two_dynamic = Elf::default().bytes();
    put(&mut two_dynamic, LOAD_HEADER, &[2]);
    assert!(refused(&two_dynamic).contains("no segment maps") || refused(&two_dynamic).contains("two dynamic"));

    let mut none = Elf::default().bytes();
    put(&mut none, DYNAMIC_HEADER, &[4]);
    assert_eq!(refused(&none), "no dynamic segment");

    let bytes = Elf::default().bytes();
    let n_bytes = bytes.len() as u64;
    for (header, reason) in [
        ([1, 1, ADDRESS, n_bytes - 1, n_bytes, 4096], "cannot be mapped"),
        ([1, 0, ADDRESS, n_bytes, n_bytes - 1, 4096], "cannot be mapped"),
        ([1, 0, ADDRESS + 4096, n_bytes, n_bytes, 2 << 20], "cannot be mapped"),
        ([1, 0, ADDRESS, n_bytes, u64::MAX, 4096], "beyond the end of memory"),
        ([1, 0, ADDRESS, u64::MAX - ADDRESS, u64::MAX - ADDRESS - 8192, 4096], "cannot be mapped"),
        ([1, 0, ADDRESS, n_bytes * 2, n_bytes * 2, 4096], "beyond the end of the file"),
        ([1, 0, ADDRESS + 4096, n_bytes, n_bytes, 4096], "which no segment maps"),
    ] {
        let mut lying = bytes.clone();
        put_program_header(&mut lying, LOAD_HEADER, header);
        assert!(refused(&lying).contains(reason), "{reason}: {}", refused(&lying));
    }
}

#[test]
fn segments_that_share_a_page_are_refused() {
    // Three headers: the second segment maps other bytes over the page of the first.
    let mut bytes = Elf::default().bytes();
    let n_bytes = bytes.len() as u64;
    let headers_at = bytes.len();
    bytes.extend([0; 168]);
    let dynamic = bytes[DYNAMIC_HEADER..DYNAMIC_HEADER + 56].to_vec();
    put_program_header(&mut bytes, headers_at, [1, 0, ADDRESS, n_bytes, n_bytes, 4096]);
    put_program_header(&mut bytes, headers_at + 56, [1, 0, ADDRESS, 64, 64, 4096]);
    put(&mut bytes, headers_at + 112, &dynamic);
    put(&mut bytes, 32, &(headers_at as u64).to_le_bytes());
    bytes[56] = 3;
    assert_eq!(refused(&bytes), "segments that overlap or are out of order");
    put_program_header(&mut bytes, headers_at + 56, [1, 0, ADDRESS + 0x8000, 64, 64, 4096]);
    assert!(facts(&bytes).is_shared_library);
    // As patchelf leaves them: only a system with small pages takes this file, and there they do not overlap.
    put_program_header(&mut bytes, headers_at, [1, 0, ADDRESS, n_bytes, n_bytes, 2 << 20]);
    assert!(facts(&bytes).is_shared_library);
    // A system with large pages takes this one, and there they do.
    put_program_header(&mut bytes, headers_at + 56, [1, 0x8000, ADDRESS + 0x8000, 0, 64, 2 << 20]);
    assert_eq!(refused(&bytes), "segments that overlap or are out of order");
}

#[test]
fn limits_hold_against_files_that_are_made_to_exhaust_the_reader() {
    let names: Vec<&'static str> = (0..=NEEDED_MAX).map(|n| &*format!("lib{n}.so").leak()).collect();
    let texts = names.into_iter().map(|name| (DT_NEEDED, name)).collect();
    assert!(refused(&Elf { texts, ..Elf::default() }.bytes()).contains("more than 1024"));
    let numbers = vec![(0x6000_0000, 0); ENTRIES_MAX + 1];
    assert!(refused(&Elf { numbers, ..Elf::default() }.bytes()).contains("dynamic entries"));
    let long: &'static str = "x".repeat(NAME_BYTES_MAX).leak();
    assert!(refused(&Elf { texts: vec![(DT_NEEDED, long)], ..Elf::default() }.bytes()).contains("without an end"));
}

#[test]
fn a_mach_o_library_is_read_from_its_load_commands() {
    let bytes = mach_o(&["/usr/lib/libSystem.B.dylib", "@rpath/libevil.dylib"], "@loader_path");
    let read = read(&bytes).unwrap();
    assert_eq!(read.facts.platform.to_string(), "aarch64-macos");
    assert!(read.facts.is_shared_library && read.facts.exports_register);
    assert_eq!(read.facts.needed_system, ["/usr/lib/libSystem.B.dylib"]);
    assert_eq!(read.facts.needed_foreign, ["@rpath/libevil.dylib"]);
    assert_eq!(read.facts.search_paths, ["@loader_path"]);
    assert_eq!(read.sections, [Some(&samples::record()[..])]);
}

#[test]
fn a_pe_library_is_read_from_imports_late_imports_and_forwards() {
    let bytes = pe("KERNEL32.dll", "late.dll", "other.symbol");
    let read = read(&bytes).unwrap();
    assert_eq!(read.facts.platform.to_string(), "x86_64-windows");
    assert!(read.facts.is_shared_library && read.facts.exports_register);
    assert_eq!(read.facts.needed_system, ["KERNEL32.dll"]);
    assert_eq!(read.facts.needed_foreign, ["late.dll", "other"]);
    assert_eq!(read.sections, [Some(&samples::record()[..])]);
}

#[test]
fn what_is_no_library_is_named() {
    let code = |bytes: &[u8]| read(bytes).map(|_| ()).map_err(|error| error.code());
    assert_eq!(code(b""), Err("inspect.not_a_library"));
    assert_eq!(code(b"#!/bin/sh\necho not a library, but long enough to be looked at\n"), Err("inspect.not_a_library"));
    assert_eq!(code(b"!<arch>\n  a static archive of some length        "), Err("inspect.not_a_library"));
    assert_eq!(code(b"\xca\xfe\xba\xbe\0\0\0\x02a universal binary, cut off"), Err("inspect.universal"));
    assert_eq!(code(&Elf::default().bytes()[..40]), Err("inspect.malformed"));
}

#[test]
fn the_platform_is_a_text_in_files() {
    let platform: Platform = "x86_64-linux".parse().unwrap();
    assert_eq!((platform.arch(), platform.os()), ("x86_64", "linux"));
    assert_eq!(serde_json::to_string(&platform).unwrap(), "\"x86_64-linux\"");
    assert_eq!(serde_json::from_str::<Platform>("\"x86_64-linux\"").unwrap(), platform);
    for bad in ["", "linux", "-linux", "x86_64-", "X86-linux", "a-b-c", "x86_64-linux\n"] {
        assert!(bad.parse::<Platform>().is_err(), "{bad}");
    }
    let current = Platform::current();
    assert_eq!(current.to_string().parse(), Ok(current));
}

#[test]
fn an_unusual_order_of_bytes_is_part_of_the_architecture() {
    let arch = |arch, endianness| Platform::new(arch, endianness, "linux").arch().to_owned();
    assert_eq!(arch("aarch64", Endianness::Little), "aarch64");
    assert_eq!(arch("aarch64", Endianness::Big), "aarch64be");
    assert_eq!(arch("powerpc64", Endianness::Little), "powerpc64le");
    assert_eq!(arch("s390x", Endianness::Big), "s390x");
}
