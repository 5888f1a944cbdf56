//! The facts of a PE file: imports, delayed imports and forwarded exports, for each of them maps another library.

use ce_plugin_api::section::PE_SECTION;
use object::LittleEndian as LE;
use object::pe;
use object::read::pe::{ImageNtHeaders, PeFile};

use super::system::is_pe_system;
use super::{ENTRIES_MAX, ENTRY_POINT, Format, NEEDED_MAX, PlatformFacts, Read, c_string, common};

pub(super) fn read<'a, Pe: ImageNtHeaders>(file: &PeFile<'a, Pe>) -> Result<Read<'a>, String> {
    let mut facts = common(file, Format::Pe, "windows");
    let flags = file.nt_headers().file_header().characteristics.get(LE);
    facts.is_shared_library = flags.contains(pe::IMAGE_FILE_DLL);
    read_imports(file, &mut facts)?;
    read_exports(file, &mut facts)?;
    Ok(Read { facts, sections: sections(file) })
}

/// The text at a virtual address.
fn text<'a, Pe: ImageNtHeaders>(file: &PeFile<'a, Pe>, address: u32) -> Result<&'a [u8], String> {
    let bytes = file.section_table().pe_data_at(file.data(), address);
    c_string(bytes.ok_or_else(|| format!("the address {address:#x}, which lies in no section"))?)
}

fn read_imports<Pe: ImageNtHeaders>(file: &PeFile<'_, Pe>, facts: &mut PlatformFacts) -> Result<(), String> {
    let (directories, sections) = (file.data_directories(), file.section_table());
    let failed = |error: object::read::Error| error.to_string();
    let mut n_needed = 0;
    let mut need = |address: u32| {
        n_needed += 1;
        if n_needed > NEEDED_MAX {
            return Err(format!("more than {NEEDED_MAX} imported libraries"));
        }
        let name = text(file, address)?;
        facts.need(name, is_pe_system(name))
    };
    let is_there =
        |index: usize| directories.get(index).is_some_and(|directory| directory.virtual_address.get(LE) != 0);
    if is_there(pe::IMAGE_DIRECTORY_ENTRY_IMPORT)
        && let Some(table) = directories.import_table(file.data(), &sections).map_err(failed)?
    {
        let mut descriptors = table.descriptors().map_err(failed)?;
        while let Some(descriptor) = descriptors.next().map_err(failed)? {
            need(descriptor.name.get(LE))?;
        }
    }
    if is_there(pe::IMAGE_DIRECTORY_ENTRY_DELAY_IMPORT)
        && let Some(table) = directories.delay_load_import_table(file.data(), &sections).map_err(failed)?
    {
        let mut descriptors = table.descriptors().map_err(failed)?;
        while let Some(descriptor) = descriptors.next().map_err(failed)? {
            need(descriptor.dll_name_rva.get(LE))?;
        }
    }
    Ok(())
}

fn read_exports<Pe: ImageNtHeaders>(file: &PeFile<'_, Pe>, facts: &mut PlatformFacts) -> Result<(), String> {
    let (directories, sections) = (file.data_directories(), file.section_table());
    let Some(directory) = directories.get(pe::IMAGE_DIRECTORY_ENTRY_EXPORT) else { return Ok(()) };
    if directory.virtual_address.get(LE) == 0 {
        return Ok(());
    }
    let failed = |error: object::read::Error| error.to_string();
    let Some(table) = directories.export_table(file.data(), &sections).map_err(failed)? else { return Ok(()) };
    // Compared in place: the names of a hostile file could be long and many.
    let is_entry_point = |pointer: u32| {
        let name = sections.pe_data_at(file.data(), pointer);
        name.is_some_and(|name| name.starts_with(ENTRY_POINT))
    };
    if table.name_pointers().len().max(table.addresses().len()) > ENTRIES_MAX {
        return Err(format!("more than {ENTRIES_MAX} exports"));
    }
    facts.exports_register = table.name_pointers().iter().any(|pointer| is_entry_point(pointer.get(LE)));
    for address in table.addresses() {
        let address = address.get(LE);
        // An export that is forwarded to `OTHER.symbol` maps OTHER.dll when it is asked for.
        if table.is_forward(address) {
            let forward = text(file, address)?;
            let dot = forward.iter().rposition(|byte| *byte == b'.').unwrap_or(forward.len());
            facts.need(&forward[..dot], is_pe_system(&forward[..dot]))?;
        }
    }
    Ok(())
}

/// The sections that are named like the manifest's.
fn sections<'a, Pe: ImageNtHeaders>(file: &PeFile<'a, Pe>) -> Vec<Option<&'a [u8]>> {
    let table = file.section_table();
    let is_named = |section: &&pe::ImageSectionHeader| {
        let name = section.name.as_slice();
        let end = name.iter().position(|byte| *byte == 0).unwrap_or(name.len());
        name[..end] == *PE_SECTION.as_bytes()
    };
    table.iter().filter(is_named).take(2).map(|section| section.pe_data(file.data()).ok()).collect()
}
