//! The facts of an ELF file, from the program headers: what the loader goes by. Section headers, which it ignores and
//! which can say anything, only lead to the manifest and to the symbol table.

use ce_plugin_api::section::ELF_SECTION;
use object::Endianness;
use object::elf;
use object::pod::slice_from_bytes;
use object::read::elf::{Dyn, ElfFile, FileHeader, ProgramHeader, SectionHeader, Sym};

use super::system::is_elf_system;
use super::{ENTRIES_MAX, ENTRY_POINT, Format, PlatformFacts, Read, c_string, common};

/// The sizes of a page that systems use: what lies on one page is mapped together.
const PAGE_MIN: u64 = 4096;
const PAGE_MAX: u64 = 65536;

type Bytes<'a> = &'a [u8];

pub(super) fn read<'a, Elf: FileHeader<Endian = Endianness>>(file: &ElfFile<'a, Elf>) -> Result<Read<'a>, String> {
    let header = file.elf_header();
    let os = match header.e_ident().os_abi {
        elf::ELFOSABI_NONE | elf::ELFOSABI_GNU => "linux",
        elf::ELFOSABI_FREEBSD => "freebsd",
        elf::ELFOSABI_NETBSD => "netbsd",
        elf::ELFOSABI_OPENBSD => "openbsd",
        elf::ELFOSABI_SOLARIS => "solaris",
        _ => "unknown",
    };
    let mut facts = common(file, Format::Elf, os);
    if header.e_type(file.endian()) == elf::ET_DYN {
        let is_program = read_dynamic(file, &mut facts)?;
        facts.is_shared_library = !is_program;
        facts.exports_register = exports_register(file);
    }
    Ok(Read { facts, sections: sections(file) })
}

/// A part of the file that the loader maps.
struct Load {
    address: u64,
    size: u64,
    offset: u64,
    file_size: u64,
    align: u64,
}

impl Load {
    fn end(&self) -> Option<u64> {
        self.address.checked_add(self.size)
    }
}

/// The file as the loader would map it. Files that different loaders would map in different ways are refused.
struct Image<'a> {
    bytes: Bytes<'a>,
    loads: Vec<Load>,
}

impl<'a> Image<'a> {
    fn new<Elf: FileHeader<Endian = Endianness>>(file: &ElfFile<'a, Elf>) -> Result<Self, String> {
        let endian = file.endian();
        if file.elf_header().e_phnum(endian) == elf::PN_XNUM {
            return Err("more program headers than a loader reads".to_owned());
        }
        let loads: Vec<Load> = file
            .elf_program_headers()
            .iter()
            .filter(|header| header.p_type(endian) == elf::PT_LOAD)
            .map(|header| Load {
                address: header.p_vaddr(endian).into(),
                size: header.p_memsz(endian).into(),
                offset: header.p_offset(endian).into(),
                file_size: header.p_filesz(endian).into(),
                align: header.p_align(endian).into(),
            })
            .collect();
        let page = page(&loads);
        let mut end = 0;
        for load in &loads {
            // The loader maps whole pages, the later segment over the earlier: where two share one, the bytes that were
            // read here would not be the bytes that are mapped.
            if load.address / page * page < end {
                return Err("segments that overlap or are out of order".to_owned());
            }
            if load.address % page != load.offset % page || load.file_size > load.size {
                return Err("a segment that cannot be mapped".to_owned());
            }
            let pages = load.end().and_then(|end| end.checked_next_multiple_of(page));
            end = pages.ok_or("a segment beyond the end of memory")?;
        }
        Ok(Self { bytes: file.data(), loads })
    }

    /// The bytes from this address to the end of the part of its segment that comes from the file.
    fn at(&self, address: u64) -> Result<Bytes<'a>, String> {
        let outside = || format!("the address {address:#x}, which no segment maps from the file");
        let inside = |load: &&Load| address.checked_sub(load.address).is_some_and(|start| start < load.file_size);
        let load = self.loads.iter().find(inside).ok_or_else(outside)?;
        let start = load.offset.checked_add(address - load.address).ok_or_else(outside)?;
        let end = load.offset.checked_add(load.file_size).ok_or_else(outside)?;
        let (start, end) = (usize::try_from(start), usize::try_from(end));
        let range = start.ok().zip(end.ok()).ok_or_else(outside)?;
        self.bytes.get(range.0..range.1).ok_or_else(|| "a segment beyond the end of the file".to_owned())
    }
}

/// The largest page of a system that would map these segments: glibc refuses a file with a segment that is aligned to
/// less than a page. (Libraries that patchelf went over mix alignments of 4 KiB and 2 MiB.)
fn page(loads: &[Load]) -> u64 {
    let least = loads.iter().map(|load| if load.align.is_power_of_two() { load.align } else { PAGE_MIN }).min();
    least.unwrap_or(PAGE_MIN).clamp(PAGE_MIN, PAGE_MAX)
}

/// Reads what the loader would map besides the file. Returns whether the file is a program.
fn read_dynamic<Elf: FileHeader<Endian = Endianness>>(
    file: &ElfFile<'_, Elf>,
    facts: &mut PlatformFacts,
) -> Result<bool, String> {
    let image = Image::new(file)?;
    let entries = dynamic_entries(file, &image)?;
    let only = |tag: elf::DynamicTag| {
        let mut found = entries.iter().filter(|entry| entry.0 == tag).map(|entry| entry.1);
        match (found.next(), found.next()) {
            (_, Some(_)) => Err(format!("two dynamic entries with the tag {:#x}", tag.0)),
            (found, None) => Ok(found),
        }
    };
    let texts = only(elf::DT_STRTAB)?;
    let text = |offset: u64| {
        let table = texts.ok_or("a dynamic segment without a string table")?;
        let address = table.checked_add(offset).ok_or("a name beyond the end of memory")?;
        c_string(image.at(address)?)
    };
    for (tag, value) in &entries {
        match *tag {
            elf::DT_NEEDED => {
                let name = text(*value)?;
                facts.need(name, is_elf_system(name))?;
            }
            // These map other libraries too, and change what their symbols mean: never a matter of course.
            elf::DT_FILTER | elf::DT_AUXILIARY => facts.need_otherwise(text(*value)?)?,
            elf::DT_AUDIT | elf::DT_DEPAUDIT => {
                text(*value)?.split(|byte| *byte == b':').try_for_each(|name| facts.need_otherwise(name))?;
            }
            elf::DT_RPATH | elf::DT_RUNPATH => facts.search(text(*value)?)?,
            _ => {}
        }
    }
    facts.soname = only(elf::DT_SONAME)?.map(text).transpose()?.map(|name| String::from_utf8_lossy(name).into_owned());
    Ok(only(elf::DT_FLAGS_1)?.is_some_and(|flags| flags & elf::DF_1_PIE.0 != 0))
}

/// The tags and values up to the null entry, from where the loader finds them.
fn dynamic_entries<Elf: FileHeader<Endian = Endianness>>(
    file: &ElfFile<'_, Elf>,
    image: &Image<'_>,
) -> Result<Vec<(elf::DynamicTag, u64)>, String> {
    let endian = file.endian();
    let mut segments = file.elf_program_headers().iter().filter(|header| header.p_type(endian) == elf::PT_DYNAMIC);
    let address = match (segments.next(), segments.next()) {
        (None, _) => return Err("no dynamic segment".to_owned()),
        (Some(_), Some(_)) => return Err("two dynamic segments".to_owned()),
        (Some(segment), None) => segment.p_vaddr(endian).into(),
    };
    // The loader goes by the address and the null entry, not by the segment's offset and size.
    let bytes = image.at(address)?;
    let n_entries = bytes.len() / size_of::<Elf::Dyn>();
    let (entries, _) =
        slice_from_bytes::<Elf::Dyn>(bytes, n_entries).map_err(|()| "an unreadable dynamic segment".to_owned())?;
    let end = entries.iter().position(|entry| entry.tag(endian) == elf::DT_NULL);
    let end = end.ok_or("a dynamic segment without an end")?;
    if end > ENTRIES_MAX {
        return Err(format!("{end} dynamic entries"));
    }
    Ok(entries[..end].iter().map(|entry| (entry.tag(endian), entry.val(endian))).collect())
}

/// Whether the dynamic symbols define `register`. Only a forecast: the loader asks for it again.
fn exports_register<Elf: FileHeader<Endian = Endianness>>(file: &ElfFile<'_, Elf>) -> bool {
    let (endian, bytes) = (file.endian(), file.data());
    let table = file.elf_section_table();
    let Some(symbols) = table.iter().find(|section| section.sh_type(endian) == elf::SHT_DYNSYM) else { return false };
    let Ok(names) = table.section(symbols.link(endian)).and_then(|section| section.data(endian, bytes)) else {
        return false;
    };
    let Ok(data) = symbols.data(endian, bytes) else { return false };
    let Ok((symbols, _)) = slice_from_bytes::<Elf::Sym>(data, data.len() / size_of::<Elf::Sym>()) else { return false };
    symbols.iter().any(|symbol| {
        // Compared in place: the names of a hostile file could be long and many.
        let is_named = starts_with_at(names, symbol.st_name(endian), ENTRY_POINT);
        let is_visible = matches!(symbol.st_visibility(), elf::STV_DEFAULT | elf::STV_PROTECTED);
        let is_global = symbol.st_bind() == elf::STB_GLOBAL || symbol.st_bind() == elf::STB_WEAK;
        is_named && is_visible && is_global && !symbol.is_undefined(endian)
    })
}

/// The sections that are named like the manifest's.
fn sections<'a, Elf: FileHeader<Endian = Endianness>>(file: &ElfFile<'a, Elf>) -> Vec<Option<Bytes<'a>>> {
    let (endian, bytes) = (file.endian(), file.data());
    let table = file.elf_section_table();
    let names = file
        .elf_header()
        .section_strings_index(endian, bytes)
        .and_then(|index| table.section(index))
        .and_then(|section| section.data(endian, bytes))
        .unwrap_or_default();
    let name = [ELF_SECTION.as_bytes(), b"\0"].concat();
    let is_named = |section: &&Elf::SectionHeader| starts_with_at(names, section.sh_name(endian), &name);
    // Two are as wrong as a thousand: the rest is not kept.
    table.iter().filter(is_named).take(2).map(|section| section.data(endian, bytes).ok()).collect()
}

fn starts_with_at(table: &[u8], offset: u32, text: &[u8]) -> bool {
    usize::try_from(offset).ok().and_then(|offset| table.get(offset..)).is_some_and(|found| found.starts_with(text))
}
