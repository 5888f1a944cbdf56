//! What a library's bytes say about where it runs and what else it would map. It never decides whether that is allowed.

mod elf;
mod mach_o;
mod pe;
#[cfg(test)]
pub(crate) mod samples;
mod system;

use std::fmt;
use std::str::FromStr;

use ce_plugin_api::section;
use object::{Architecture, FileKind, Object, SubArchitecture};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The most libraries that a library may need. It is a limit against files that are made to exhaust the reader.
const NEEDED_MAX: usize = 1024;

/// The most dynamic entries, load commands or exports that are looked at: likewise.
const ENTRIES_MAX: usize = 65_536;

/// The longest name or path that is read from a library, in bytes.
const NAME_BYTES_MAX: usize = 4096;

/// The symbol that the host calls.
const ENTRY_POINT: &[u8] = b"register\0";

/// The format of a library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Format {
    /// Linux and most other Unix systems.
    Elf,
    /// macOS.
    MachO,
    /// Windows.
    Pe,
}

impl Format {
    /// The name of the section that holds the manifest.
    #[must_use]
    pub fn manifest_section(self) -> &'static str {
        match self {
            Self::Elf => section::ELF_SECTION,
            Self::MachO => section::MACH_O_SECTION,
            Self::Pe => section::PE_SECTION,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Elf => "ELF",
            Self::MachO => "Mach-O",
            Self::Pe => "PE",
        })
    }
}

/// The order of the bytes of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Endianness {
    /// The lowest byte first.
    Little,
    /// The highest byte first.
    Big,
}

/// An architecture and an operating system, written as `x86_64-linux`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Platform {
    arch: String,
    os: String,
}

/// A text that names no platform.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a platform such as `x86_64-linux`, found `{found}`: write architecture, `-`, operating system")]
pub struct PlatformNameError {
    /// The start of the text, escaped.
    found: String,
}

impl PlatformNameError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "platform.syntax"
    }
}

impl Platform {
    /// The platform that this host was compiled for.
    #[must_use]
    pub fn current() -> Self {
        let endianness = if cfg!(target_endian = "little") { Endianness::Little } else { Endianness::Big };
        let arch = match (std::env::consts::ARCH, cfg!(target_pointer_width = "32")) {
            ("x86_64", true) => "x86_64_x32",
            (arch, _) => arch,
        };
        Self::new(arch, endianness, std::env::consts::OS)
    }

    /// The architecture, such as `x86_64`, in Rust's names; with `le` or `be` where it is not the usual order of bytes.
    #[must_use]
    pub fn arch(&self) -> &str {
        &self.arch
    }

    /// The operating system, such as `linux`, in Rust's names; `unknown` where the file does not say.
    #[must_use]
    pub fn os(&self) -> &str {
        &self.os
    }

    fn new(arch: &str, endianness: Endianness, os: &str) -> Self {
        let is_usually_big = ["powerpc", "mips", "s390", "sparc", "m68k"].iter().any(|family| arch.starts_with(family));
        let order = match endianness {
            Endianness::Little if is_usually_big => "le",
            Endianness::Big if !is_usually_big => "be",
            _ => "",
        };
        Self { arch: format!("{arch}{order}"), os: os.to_owned() }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}-{}", self.arch, self.os))
    }
}

impl FromStr for Platform {
    type Err = PlatformNameError;

    fn from_str(text: &str) -> Result<Self, PlatformNameError> {
        let is_name = |part: &str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        };
        match text.split_once('-') {
            Some((arch, os)) if text.len() <= 64 && is_name(arch) && is_name(os) => {
                Ok(Self { arch: arch.to_owned(), os: os.to_owned() })
            }
            _ => Err(PlatformNameError { found: text.chars().take(80).flat_map(char::escape_debug).collect() }),
        }
    }
}

impl Serialize for Platform {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Platform {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// What the bytes of a library say about where it runs and what it would map besides itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlatformFacts {
    /// The format.
    pub format: Format,
    /// Where it runs.
    pub platform: Platform,
    /// The size of an address: 32 or 64.
    pub bits: u8,
    /// The order of the bytes of a number.
    pub endianness: Endianness,
    /// Whether it is a shared library: not a program, an object file or a core dump.
    pub is_shared_library: bool,
    /// Whether it exports the symbol `register`.
    pub exports_register: bool,
    /// Libraries of the system's C and C++ runtime that would be mapped with it, in the order of the file.
    pub needed_system: Vec<String>,
    /// Every other library that would be mapped with it, in the order of the file: bytes that are judged with it or not at
    /// all.
    pub needed_foreign: Vec<String>,
    /// Of those, what is needed otherwise than as a plain `DT_NEEDED`: filters and auditors, which are never pinned.
    pub needed_otherwise: Vec<String>,
    /// The name that it calls itself (`DT_SONAME`), if it does.
    pub soname: Option<String>,
    /// Where the file asks the loader to look for those first (`RPATH`, `RUNPATH`, `LC_RPATH`).
    pub search_paths: Vec<String>,
}

/// Why there are no facts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlatformError {
    /// The bytes are no library.
    #[error("expected a shared library (ELF, Mach-O or PE), found {found}: put only bundles here")]
    NotALibrary {
        /// What they are.
        found: &'static str,
    },
    /// The bytes are several libraries in one.
    #[error("expected a library for one architecture, found a universal binary: take it apart with `lipo -thin`")]
    Universal,
    /// The bytes start like a library, but cannot be read as one, or only in more than one way.
    #[error("expected a well-formed {format} file, found {reason}: the file is damaged; copy or build it again")]
    Malformed {
        /// The format that they start like.
        format: Format,
        /// What is wrong.
        reason: String,
    },
}

impl PlatformError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotALibrary { .. } => "inspect.not_a_library",
            Self::Universal => "inspect.universal",
            Self::Malformed { .. } => "inspect.malformed",
        }
    }
}

/// The facts, and every section that is named like the manifest's.
#[derive(Debug)]
pub(super) struct Read<'a> {
    pub(super) facts: PlatformFacts,
    /// What lies in the sections of that name: the section's bytes, or nothing where they lie outside the file.
    pub(super) sections: Vec<Option<&'a [u8]>>,
}

/// Reads the facts from the bytes of a whole file.
pub(super) fn read(bytes: &[u8]) -> Result<Read<'_>, PlatformError> {
    let format = match FileKind::parse(bytes) {
        Ok(FileKind::Elf32 | FileKind::Elf64) => Format::Elf,
        Ok(FileKind::MachO32 | FileKind::MachO64) => Format::MachO,
        Ok(FileKind::Pe32 | FileKind::Pe64) => Format::Pe,
        Ok(FileKind::MachOFat32 | FileKind::MachOFat64) => return Err(PlatformError::Universal),
        Ok(FileKind::Archive) => return Err(PlatformError::NotALibrary { found: "a static archive" }),
        Ok(_) => return Err(PlatformError::NotALibrary { found: "a binary of another kind" }),
        Err(_) if bytes.is_empty() => return Err(PlatformError::NotALibrary { found: "an empty file" }),
        Err(_) => return Err(PlatformError::NotALibrary { found: "other bytes" }),
    };
    let malformed = |reason: String| PlatformError::Malformed { format, reason };
    let read = match object::File::parse(bytes).map_err(|error| malformed(error.to_string()))? {
        object::File::Elf32(file) => elf::read(&file),
        object::File::Elf64(file) => elf::read(&file),
        object::File::MachO32(file) => mach_o::read(&file),
        object::File::MachO64(file) => mach_o::read(&file),
        object::File::Pe32(file) => pe::read(&file),
        object::File::Pe64(file) => pe::read(&file),
        _ => Err("a file of another kind than its first bytes say".to_owned()),
    };
    read.map_err(malformed)
}

/// The facts that every format has, with nothing needed yet.
fn common<'data>(file: &impl Object<'data>, format: Format, os: &str) -> PlatformFacts {
    let endianness = if file.is_little_endian() { Endianness::Little } else { Endianness::Big };
    PlatformFacts {
        format,
        platform: Platform::new(arch(file.architecture(), file.sub_architecture()), endianness, os),
        bits: if file.is_64() { 64 } else { 32 },
        endianness,
        is_shared_library: false,
        exports_register: false,
        needed_system: Vec::new(),
        needed_foreign: Vec::new(),
        needed_otherwise: Vec::new(),
        soname: None,
        search_paths: Vec::new(),
    }
}

/// An architecture in Rust's names, so that it can be compared with [`std::env::consts::ARCH`].
fn arch(architecture: Architecture, sub_architecture: Option<SubArchitecture>) -> &'static str {
    match (architecture, sub_architecture) {
        (_, Some(SubArchitecture::Arm64E)) => "arm64e",
        (_, Some(SubArchitecture::Arm64EC)) => "arm64ec",
        (Architecture::X86_64, _) => "x86_64",
        (Architecture::X86_64_X32, _) => "x86_64_x32",
        (Architecture::I386, _) => "x86",
        (Architecture::Aarch64, _) => "aarch64",
        (Architecture::Arm, _) => "arm",
        (Architecture::Riscv64, _) => "riscv64",
        (Architecture::Riscv32, _) => "riscv32",
        (Architecture::PowerPc64, _) => "powerpc64",
        (Architecture::PowerPc, _) => "powerpc",
        (Architecture::S390x, _) => "s390x",
        (Architecture::LoongArch64, _) => "loongarch64",
        (Architecture::LoongArch32, _) => "loongarch32",
        (Architecture::Mips64, _) => "mips64",
        (Architecture::Mips, _) => "mips",
        (Architecture::Sparc64, _) => "sparc64",
        _ => "unknown",
    }
}

impl PlatformFacts {
    /// Notes a library that would be mapped. A name that stands twice is mapped once.
    fn need(&mut self, name: &[u8], is_system: bool) -> Result<(), String> {
        let list = if is_system { &mut self.needed_system } else { &mut self.needed_foreign };
        note(list, name, "needed libraries")
    }

    /// Notes a library that would be mapped, or even take the place of another, in a way that nobody can pin.
    fn need_otherwise(&mut self, name: &[u8]) -> Result<(), String> {
        self.need(name, false)?;
        note(&mut self.needed_otherwise, name, "filters and auditors")
    }

    fn search(&mut self, path: &[u8]) -> Result<(), String> {
        note(&mut self.search_paths, path, "search paths")
    }
}

fn note(list: &mut Vec<String>, name: &[u8], what: &str) -> Result<(), String> {
    let name = String::from_utf8_lossy(name).into_owned();
    if list.len() >= NEEDED_MAX {
        return Err(format!("more than {NEEDED_MAX} {what}"));
    }
    if !list.contains(&name) {
        list.push(name);
    }
    Ok(())
}

/// The text at the start of `bytes`, up to its zero. Never scans far: a file could hold millions of texts without one.
fn c_string(bytes: &[u8]) -> Result<&[u8], String> {
    let window = &bytes[..bytes.len().min(NAME_BYTES_MAX)];
    let end = window.iter().position(|byte| *byte == 0);
    end.map(|end| &window[..end]).ok_or_else(|| format!("a name without an end within {NAME_BYTES_MAX} bytes"))
}

#[cfg(test)]
#[path = "platform_tests.rs"]
mod tests;
