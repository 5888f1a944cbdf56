//! The dynamic symbols of an ELF file, as far as they are asked for by name or version. It never keeps them all.

use object::pod::slice_from_bytes;
use object::read::elf::{ElfFile, FileHeader, SectionHeader, Sym};
use object::{Endianness, elf};

use super::versions::Wanted;

/// The header that `export_bundle!` exports beside `register`.
const HEADER: &[u8] = b"_1as_0lib_1header_0root_bmodule_bloader\0";

/// The longest symbol that is told as an example, in bytes.
const NAME_BYTES_MAX: usize = 200;

/// Whether the header is exported.
pub(super) fn exports_header<H: FileHeader<Endian = Endianness>>(file: &ElfFile<'_, H>) -> bool {
    let endian = file.endian();
    let Some((symbols, names)) = table(file) else { return false };
    let is_header = |symbol: &H::Sym| {
        // Compared in place: the names of a hostile file could be long and many.
        let name = usize::try_from(symbol.st_name(endian)).ok().and_then(|at| names.get(at..));
        name.is_some_and(|name| name.starts_with(HEADER)) && !symbol.is_undefined(endian)
    };
    symbols.iter().any(is_header)
}

/// One symbol for each of the wanted versions, where the file says so.
pub(super) fn of_versions<H: FileHeader<Endian = Endianness>>(
    file: &ElfFile<'_, H>,
    wanted: &[Wanted],
) -> Vec<(u16, String)> {
    let (endian, bytes) = (file.endian(), file.data());
    let Some((symbols, names)) = table(file) else { return Vec::new() };
    let mut sections = file.elf_section_table().iter();
    let versions = sections.find(|section| section.sh_type(endian) == elf::SHT_GNU_VERSYM);
    let Some(versions) = versions.and_then(|section| section.data(endian, bytes).ok()) else { return Vec::new() };
    let mut found: Vec<(u16, String)> = Vec::new();
    for (symbol, version) in symbols.iter().zip(versions.chunks_exact(2)) {
        let version = [version[0], version[1]];
        let version =
            if file.endian() == Endianness::Little { u16::from_le_bytes(version) } else { u16::from_be_bytes(version) };
        if found.len() == wanted.len() {
            break;
        }
        let is_new = !found.iter().any(|(known, _)| *known == version);
        if is_new && symbol.is_undefined(endian) && wanted.iter().any(|wanted| wanted.index == version) {
            let name = usize::try_from(symbol.st_name(endian)).ok().and_then(|at| names.get(at..)).unwrap_or_default();
            let name = &name[..name.len().min(NAME_BYTES_MAX)];
            let end = name.iter().position(|byte| *byte == 0).unwrap_or(name.len());
            found.push((version, String::from_utf8_lossy(&name[..end]).into_owned()));
        }
    }
    found
}

/// The dynamic symbols and the text of their names.
fn table<'a, H: FileHeader<Endian = Endianness>>(file: &ElfFile<'a, H>) -> Option<(&'a [H::Sym], &'a [u8])> {
    let (endian, bytes) = (file.endian(), file.data());
    let table = file.elf_section_table();
    let section = table.iter().find(|section| section.sh_type(endian) == elf::SHT_DYNSYM)?;
    let names = table.section(section.link(endian)).ok()?.data(endian, bytes).ok()?;
    let data = section.data(endian, bytes).ok()?;
    let (symbols, _) = slice_from_bytes::<H::Sym>(data, data.len() / size_of::<H::Sym>()).ok()?;
    Some((symbols, names))
}
