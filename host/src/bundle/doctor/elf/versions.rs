//! Which versions of symbols an ELF file wants of others, and which it has itself. It never says whether they fit.

use std::collections::BTreeSet;

use object::Endianness;
use object::elf;

use super::image::Image;

/// The most entries of one table: a limit against files that are made to exhaust the reader.
const ENTRIES_MAX: usize = 16_384;

/// A version that another library has to define.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::bundle::doctor) struct Wanted {
    /// The library, as `DT_NEEDED` names it.
    pub(in crate::bundle::doctor) library: String,
    /// The version, such as `GLIBC_2.38`.
    pub(in crate::bundle::doctor) version: String,
    /// Whether the loader lets it pass where it is missing.
    pub(in crate::bundle::doctor) is_weak: bool,
    /// Its number in the table of symbols' versions.
    pub(super) index: u16,
}

/// What stands in the table of wanted versions at this address; names are offsets from `texts`.
pub(super) fn wanted(image: &Image<'_>, endian: Endianness, table: u64, texts: u64) -> Vec<Wanted> {
    let mut wanted = Vec::new();
    let text = |offset: u32| image.text(texts.checked_add(offset.into())?);
    let mut address = Some(table);
    let mut n_entries = 0;
    while let Some(at) = address {
        let Some(entry) = image.value::<elf::Verneed<Endianness>>(at) else { break };
        let library = text(entry.vn_file.get(endian));
        let mut aux = at.checked_add(entry.vn_aux.get(endian).into());
        for _ in 0..entry.vn_cnt.get(endian) {
            n_entries += 1;
            let Some(at) = aux.filter(|_| n_entries <= ENTRIES_MAX) else { break };
            let Some(entry) = image.value::<elf::Vernaux<Endianness>>(at) else { break };
            if let (Some(library), Some(version)) = (&library, text(entry.vna_name.get(endian))) {
                let is_weak = entry.vna_flags.get(endian).0 & elf::VER_FLG_WEAK.0 != 0;
                let index = entry.vna_other.get(endian).0;
                wanted.push(Wanted { library: library.clone(), version, is_weak, index });
            }
            aux = next(at, entry.vna_next.get(endian));
        }
        n_entries += 1;
        address = next(at, entry.vn_next.get(endian)).filter(|_| n_entries <= ENTRIES_MAX);
    }
    wanted
}

/// The names in the table of defined versions at this address.
pub(super) fn defined(image: &Image<'_>, endian: Endianness, table: u64, texts: u64) -> BTreeSet<String> {
    let mut defined = BTreeSet::new();
    let mut address = Some(table);
    let mut n_entries = 0;
    while let Some(at) = address {
        let Some(entry) = image.value::<elf::Verdef<Endianness>>(at) else { break };
        // The first name is the version's own; the others are those that it builds on, which have entries themselves.
        let aux = at.checked_add(entry.vd_aux.get(endian).into());
        let name = aux.and_then(|at| image.value::<elf::Verdaux<Endianness>>(at)).map(|aux| aux.vda_name.get(endian));
        let name = name.and_then(|offset| image.text(texts.checked_add(offset.into())?));
        let is_base = entry.vd_flags.get(endian).0 & elf::VER_FLG_BASE.0 != 0;
        defined.extend(name.filter(|_| !is_base));
        n_entries += 1;
        address = next(at, entry.vd_next.get(endian)).filter(|_| n_entries <= ENTRIES_MAX);
    }
    defined
}

/// Tables only lead forward, so that reading one ends.
fn next(at: u64, distance: u32) -> Option<u64> {
    at.checked_add(distance.into()).filter(|_| distance > 0)
}
