//! The facts of a Mach-O file, from its load commands. It never looks into a universal binary.

use ce_plugin_api::section::{MACH_O_SECTION, MACH_O_SEGMENT};
use object::macho::{self, LC_VERSION_MIN_MACOSX};
use object::read::macho::{LoadCommandVariant, MachHeader, MachOFile, Nlist};
use object::{Endianness, Object, ObjectSection};

use super::system::is_mach_o_system;
use super::{ENTRIES_MAX, ENTRY_POINT, Format, PlatformFacts, Read, common};

pub(super) fn read<'a, Mach: MachHeader<Endian = Endianness>>(file: &MachOFile<'a, Mach>) -> Result<Read<'a>, String> {
    let mut facts = common(file, Format::MachO, "unknown");
    let kind = file.macho_header().filetype(file.endian());
    facts.is_shared_library = matches!(kind, macho::MH_DYLIB | macho::MH_BUNDLE);
    let os = read_commands(file, &mut facts)?;
    facts.platform.os = os.to_owned();
    facts.exports_register = exports_register(file);
    Ok(Read { facts, sections: sections(file) })
}

/// Reads what the loader would map besides the file. Returns the operating system.
fn read_commands<Mach: MachHeader<Endian = Endianness>>(
    file: &MachOFile<'_, Mach>,
    facts: &mut PlatformFacts,
) -> Result<&'static str, String> {
    let endian = file.endian();
    let failed = |error: object::read::Error| error.to_string();
    let n_commands = file.macho_header().ncmds(endian);
    if n_commands as usize > ENTRIES_MAX {
        return Err(format!("{n_commands} load commands"));
    }
    let mut os = None;
    let mut commands = file.macho_load_commands().map_err(failed)?;
    while let Some(command) = commands.next().map_err(failed)? {
        match command.variant().map_err(failed)? {
            LoadCommandVariant::Dylib(dylib) => {
                let name = command.string(endian, dylib.dylib.name).map_err(failed)?;
                facts.need(limited(name)?, is_mach_o_system(name))?;
            }
            LoadCommandVariant::Rpath(rpath) => {
                facts.search(limited(command.string(endian, rpath.path).map_err(failed)?)?)?;
            }
            LoadCommandVariant::BuildVersion(version, _) => match version.platform.get(endian) {
                macho::PLATFORM_MACOS => os = Some("macos"),
                macho::PLATFORM_IOS => os = os.or(Some("ios")),
                _ => os = os.or(Some("unknown")),
            },
            LoadCommandVariant::VersionMin(_) => {
                os = os.or(Some(if command.cmd() == LC_VERSION_MIN_MACOSX { "macos" } else { "unknown" }));
            }
            _ => {}
        }
    }
    // Files from before these commands are for macOS.
    Ok(os.unwrap_or("macos"))
}

fn limited(name: &[u8]) -> Result<&[u8], String> {
    let has_room = name.len() < super::NAME_BYTES_MAX;
    if has_room { Ok(name) } else { Err(format!("a name of {} bytes", name.len())) }
}

/// Whether the symbol table exports `_register`. Only a forecast: the loader asks for it again.
fn exports_register<Mach: MachHeader<Endian = Endianness>>(file: &MachOFile<'_, Mach>) -> bool {
    let endian = file.endian();
    let Ok(mut commands) = file.macho_load_commands() else { return false };
    let table =
        std::iter::from_fn(|| commands.next().ok().flatten()).find_map(|command| command.symtab().ok().flatten());
    let Some(table) = table else { return false };
    let (start, size) = (table.stroff.get(endian) as usize, table.strsize.get(endian) as usize);
    let names = start.checked_add(size).and_then(|end| file.data().get(start..end)).unwrap_or_default();
    file.macho_symbol_table().iter().any(|symbol| {
        let name = names.get(symbol.n_strx(endian) as usize..).and_then(|name| name.strip_prefix(b"_"));
        let is_named = name.is_some_and(|name| name.starts_with(ENTRY_POINT));
        is_named && symbol.n_type().is_ext() && !symbol.is_stab() && !symbol.is_undefined()
    })
}

/// The sections that are named like the manifest's.
fn sections<'a, Mach: MachHeader<Endian = Endianness>>(file: &MachOFile<'a, Mach>) -> Vec<Option<&'a [u8]>> {
    let is_named = |section: &object::read::macho::MachOSection<'a, '_, Mach>| {
        section.segment_name_bytes().ok().flatten() == Some(MACH_O_SEGMENT.as_bytes())
            && section.name_bytes().is_ok_and(|name| name == MACH_O_SECTION.as_bytes())
    };
    file.sections().filter(is_named).take(2).map(|section| section.data().ok()).collect()
}
