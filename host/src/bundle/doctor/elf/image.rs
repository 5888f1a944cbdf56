//! Where an address of an ELF file lies in its bytes. It never refuses a file for being odd: that is `platform`'s.

use object::Endianness;
use object::elf;
use object::pod::{Pod, from_bytes};
use object::read::elf::{ElfFile, FileHeader, ProgramHeader};

/// The longest name that is read, in bytes.
const NAME_BYTES_MAX: usize = 4096;

/// The segments that are mapped from the file.
#[derive(Debug)]
pub(super) struct Image<'a> {
    bytes: &'a [u8],
    /// Address, offset and size in the file.
    loads: Vec<(u64, u64, u64)>,
}

impl<'a> Image<'a> {
    pub(super) fn of<Elf: FileHeader<Endian = Endianness>>(file: &ElfFile<'a, Elf>) -> Self {
        let endian = file.endian();
        let loads = file.elf_program_headers().iter().filter(|header| header.p_type(endian) == elf::PT_LOAD);
        let place = |header: &Elf::ProgramHeader| {
            (header.p_vaddr(endian).into(), header.p_offset(endian).into(), header.p_filesz(endian).into())
        };
        Self { bytes: file.data(), loads: loads.map(place).collect() }
    }

    /// The bytes from this address to the end of its segment, as far as the file has them.
    pub(super) fn at(&self, address: u64) -> Option<&'a [u8]> {
        self.loads.iter().find_map(|(start, offset, size)| {
            let within = address.checked_sub(*start).filter(|within| within < size)?;
            let from = usize::try_from(offset.checked_add(within)?).ok()?;
            let to = usize::try_from(offset.checked_add(*size)?).ok()?.min(self.bytes.len());
            self.bytes.get(from..to)
        })
    }

    /// The value at this address.
    pub(super) fn value<T: Pod>(&self, address: u64) -> Option<&'a T> {
        from_bytes(self.at(address)?).ok().map(|(value, _)| value)
    }

    /// The text at this address, up to its zero.
    pub(super) fn text(&self, address: u64) -> Option<String> {
        let bytes = self.at(address)?;
        let window = &bytes[..bytes.len().min(NAME_BYTES_MAX)];
        let end = window.iter().position(|byte| *byte == 0)?;
        Some(String::from_utf8_lossy(&window[..end]).into_owned())
    }
}
