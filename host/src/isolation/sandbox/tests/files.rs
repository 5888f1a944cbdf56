//! Claims about files: none can be opened; with the grant they can be read, and no more. Libraries come as sealed memory.

use std::os::fd::AsFd;

use super::{DONE, NETWORK, NOTHING, READ_FILES, ended, errno, refused, refuses_files, said, start};
use crate::bundle::load::image::Image;
use crate::isolation::actor::{Part, end_of};

const FILE: &str = "/proc/self/status";

#[test]
fn no_file_can_be_opened() {
    if refuses_files() {
        for how in [NOTHING, NETWORK] {
            assert_eq!(said(how, "open", "/etc/passwd"), errno(libc::EACCES));
            assert_eq!(said(how, "open", FILE), errno(libc::EACCES));
            assert_eq!(said(how, "list", "/"), errno(libc::EACCES));
        }
    }
}

#[test]
fn a_file_that_is_opened_for_writing_is_named() {
    for how in [NOTHING, READ_FILES, NETWORK] {
        assert_eq!(refused(how, "open for writing", "/dev/null"), "openat");
    }
}

#[test]
fn files_that_were_granted_can_be_read() {
    assert_eq!(said(READ_FILES, "read", FILE), DONE);
    assert_eq!(said(READ_FILES, "list", "/proc/self"), DONE);
    assert_eq!(said(READ_FILES, "metadata", FILE), DONE);
}

#[test]
fn the_grant_has_no_door_to_other_processes() {
    if refuses_files() {
        let host = std::process::id();
        for secret in ["environ", "mem", "maps"] {
            let end = ended(READ_FILES, "read", &format!("/proc/{host}/{secret}"));
            assert!(
                [errno(libc::EACCES), errno(libc::EPERM)].contains(&end.output.clone().try_into().unwrap()),
                "{end:?}"
            );
        }
    }
}

#[test]
fn the_grant_frees_no_call_that_hides_its_flags() {
    let calls = format!("{},{} -100 0 {}", libc::SYS_openat2, libc::SYS_openat, libc::O_PATH);
    assert_eq!(said(READ_FILES, "calls", &calls), [format!("{} {}", libc::ENOSYS, libc::EPERM)]);
    let making = format!("{} -100 0 {}", libc::SYS_openat, libc::O_CREAT);
    assert_eq!(refused(READ_FILES, "calls", &making), "openat");
    for number in [libc::SYS_unlinkat, libc::SYS_ftruncate, libc::SYS_renameat2] {
        refused(READ_FILES, "calls", &number.to_string());
    }
}

/// A library of the system that is not the actor's own any more: a copy of one that every program here maps.
fn library() -> Vec<u8> {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let of_system = |line: &&str| line.contains("/libgcc_s.so") || line.contains("/libc.so");
    let path = maps.lines().find(of_system).and_then(|line| line.find('/').map(|at| line[at..].to_owned()));
    std::fs::read(path.expect("a program of Rust maps a library of the system")).unwrap()
}

#[test]
fn sealed_memory_can_be_mapped_as_a_library() {
    let process = start(NOTHING, "load", "");
    let image = Image::of(&library(), "ce-test").unwrap();
    process.control.send_files(b"library", &[image.as_fd()]).unwrap();
    assert_eq!(end_of(&process).output, DONE);
}

#[test]
fn libraries_of_the_system_compute_once_they_are_mapped() {
    let n_there = |name: &str| Part { needed: vec![name.to_owned()], ..Part::new("computed by libraries", "") };
    for (name, computes) in [
        ("libm.so.6", "cos 1"),
        ("libstdc++.so.6", "concurrency true"),
        // Four threads of OpenMP, which computes with any number.
        ("libgomp.so.1", "OpenMP 4"),
    ] {
        // Not every system has every library: without being held an actor tells.
        let free = n_there(name).play();
        if free.output == [computes] {
            assert_eq!(n_there(name).held(NOTHING).play().output, [computes]);
        } else {
            assert!(name != "libm.so.6" || cfg!(not(target_env = "gnu")), "{free:?}");
        }
    }
}
