//! What an ELF file asks of the loader and of other libraries, read where the loader reads it. It never refuses a file, and
//! never says what a fact means: what cannot be read is left out.

mod image;
mod symbols;
mod versions;

use std::collections::BTreeSet;

use object::elf::{self, DynamicTag};
use object::pod::slice_from_bytes;
use object::read::elf::{Dyn, ElfFile, FileHeader, ProgramHeader};
use object::{Endianness, FileKind};

use self::image::Image;
pub(super) use self::versions::Wanted;

/// The most dynamic entries that are read.
const ENTRIES_MAX: usize = 65_536;

/// What decides whether the loader takes one library for another: the class, the order of bytes and the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Machine {
    is_64: bool,
    is_little_endian: bool,
    machine: u16,
}

/// Whether the stack may run code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stack {
    /// It may not.
    Plain,
    /// It must, the file says.
    Executable,
    /// The file does not say, and the architecture's default is that it must.
    Unsaid,
}

/// The facts.
#[derive(Clone, Debug)]
pub(super) struct Elf {
    pub(super) machine: Machine,
    /// `DT_NEEDED`, in the order of the file.
    pub(super) needed: Vec<String>,
    /// `RPATH` or `RUNPATH`, and its value.
    pub(super) search_paths: Vec<(&'static str, String)>,
    pub(super) wanted: Vec<Wanted>,
    pub(super) defined: BTreeSet<String>,
    pub(super) has_text_relocations: bool,
    pub(super) is_static_tls: bool,
    /// The size of its thread-local storage, in bytes.
    pub(super) tls_bytes: u64,
    pub(super) stack: Stack,
    /// The functions of `.init_array`.
    pub(super) n_constructors: u64,
    /// Whether there is `.init`, which every toolchain adds.
    pub(super) has_init: bool,
    /// Whether the header by which layouts are compared is exported.
    pub(super) exports_header: bool,
    /// One symbol for some of the wanted versions, by the version's number.
    symbols: Vec<(u16, String)>,
}

impl Elf {
    /// The facts; none if the bytes are no ELF file.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        match FileKind::parse(bytes).ok()? {
            FileKind::Elf32 => Some(read(&ElfFile::<elf::FileHeader32<Endianness>>::parse(bytes).ok()?)),
            FileKind::Elf64 => Some(read(&ElfFile::<elf::FileHeader64<Endianness>>::parse(bytes).ok()?)),
            _ => None,
        }
    }

    /// A symbol that is wanted in this version, as an example.
    pub(super) fn symbol_of(&self, wanted: &Wanted) -> Option<&str> {
        self.symbols.iter().find(|(index, _)| *index == wanted.index).map(|(_, name)| name.as_str())
    }
}

fn read<H: FileHeader<Endian = Endianness>>(file: &ElfFile<'_, H>) -> Elf {
    let (header, endian) = (file.elf_header(), file.endian());
    let image = Image::of(file);
    let entries = dynamic(file, &image);
    let value = |tag: DynamicTag| entries.iter().find(|entry| entry.0 == tag).map(|entry| entry.1);
    let texts = value(elf::DT_STRTAB).unwrap_or_default();
    let strings = |tag: DynamicTag| {
        let offsets = entries.iter().filter(move |entry| entry.0 == tag).map(|entry| entry.1);
        offsets.filter_map(|offset| image.text(texts.checked_add(offset)?)).collect::<Vec<String>>()
    };
    let flags = value(elf::DT_FLAGS).unwrap_or_default();
    let has_flag = |flag: elf::DynamicFlags| flags & flag.0 != 0;
    let paths = |name: &'static str, tag| strings(tag).into_iter().map(move |path| (name, path));
    let wanted = value(elf::DT_VERNEED).map(|table| versions::wanted(&image, endian, table, texts)).unwrap_or_default();
    let address_bytes = if header.is_type_64() { 8 } else { 4 };
    let machine = Machine {
        is_64: header.is_type_64(),
        is_little_endian: header.is_little_endian(),
        machine: header.e_machine(endian).0,
    };
    Elf {
        machine,
        needed: strings(elf::DT_NEEDED),
        search_paths: paths("RPATH", elf::DT_RPATH).chain(paths("RUNPATH", elf::DT_RUNPATH)).collect(),
        defined: value(elf::DT_VERDEF).map(|table| versions::defined(&image, endian, table, texts)).unwrap_or_default(),
        has_text_relocations: value(elf::DT_TEXTREL).is_some() || has_flag(elf::DF_TEXTREL),
        is_static_tls: has_flag(elf::DF_STATIC_TLS),
        tls_bytes: segment(file, elf::PT_TLS).map(|header| header.p_memsz(endian).into()).unwrap_or_default(),
        stack: stack(file, machine),
        n_constructors: value(elf::DT_INIT_ARRAYSZ).unwrap_or_default() / address_bytes,
        has_init: value(elf::DT_INIT).is_some(),
        exports_header: symbols::exports_header(file),
        symbols: symbols::of_versions(file, &wanted),
        wanted,
    }
}

/// The tags and values up to the null entry, where the loader finds them.
fn dynamic<H: FileHeader<Endian = Endianness>>(file: &ElfFile<'_, H>, image: &Image<'_>) -> Vec<(DynamicTag, u64)> {
    let endian = file.endian();
    let address = segment(file, elf::PT_DYNAMIC).map(|header| header.p_vaddr(endian).into());
    let bytes = address.and_then(|address: u64| image.at(address)).unwrap_or_default();
    let n_entries = (bytes.len() / size_of::<H::Dyn>()).min(ENTRIES_MAX);
    let Ok((entries, _)) = slice_from_bytes::<H::Dyn>(bytes, n_entries) else { return Vec::new() };
    let entries = entries.iter().map(|entry| (entry.tag(endian), entry.val(endian)));
    entries.take_while(|entry| entry.0 != elf::DT_NULL).collect()
}

fn segment<'a, H: FileHeader<Endian = Endianness>>(
    file: &ElfFile<'a, H>,
    kind: elf::ProgramType,
) -> Option<&'a H::ProgramHeader> {
    file.elf_program_headers().iter().find(|header| header.p_type(file.endian()) == kind)
}

fn stack<H: FileHeader<Endian = Endianness>>(file: &ElfFile<'_, H>, machine: Machine) -> Stack {
    let endian = file.endian();
    // What the system takes a file for that says nothing; the later architectures have plain stacks.
    let is_old = [elf::EM_X86_64, elf::EM_386, elf::EM_ARM].iter().any(|old| old.0 == machine.machine);
    match segment(file, elf::PT_GNU_STACK) {
        Some(header) if header.p_flags(endian).0 & elf::PF_X.0 != 0 => Stack::Executable,
        None if is_old => Stack::Unsaid,
        _ => Stack::Plain,
    }
}
