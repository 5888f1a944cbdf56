//! The hostile bundle with other bytes in some places: other bundles, without another build. It never runs one.

use std::path::PathBuf;

use ce_tests::{Scratch, bundle_path};

/// What is written over.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Patch {
    /// What its constructor does.
    Constructor(&'static str),
    /// The name of a field in the layout of a matrix.
    Field,
    /// What abi_stable's header begins with.
    Header,
    /// The machine that it says it is for: ARM, 64 bits.
    Machine,
}

/// A library with these patches, in the scratch directory.
pub(crate) fn patched(scratch: &Scratch, patches: &[Patch]) -> PathBuf {
    let mut bytes = std::fs::read(bundle_path("hostile")).unwrap();
    for patch in patches {
        match patch {
            Patch::Constructor(how) => {
                let to = format!("hostile-constructor:{how:.<44}");
                assert_eq!(to.len(), 64);
                replace(&mut bytes, b"hostile-constructor:well.", to.as_bytes());
            }
            Patch::Field => replace(&mut bytes, b"data;n_rows;n_cols;", b"data;m_rows;n_cols;"),
            Patch::Header => replace(&mut bytes, b"abi stable library for Rust", b"ABI stable library for Rust"),
            Patch::Machine => bytes[18..20].copy_from_slice(&183_u16.to_le_bytes()),
        }
    }
    let path = scratch.path("libpatched.so");
    std::fs::write(&path, bytes).unwrap();
    path
}

/// Writes `to` over every place where `from` begins.
fn replace(bytes: &mut [u8], from: &[u8], to: &[u8]) {
    let places: Vec<usize> = (0..bytes.len() - to.len()).filter(|&at| bytes[at..].starts_with(from)).collect();
    assert!(!places.is_empty(), "{} does not stand in the library", String::from_utf8_lossy(from));
    places.into_iter().for_each(|at| bytes[at..at + to.len()].copy_from_slice(to));
}
