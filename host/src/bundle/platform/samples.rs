//! Small libraries, written byte by byte, so that every lie can be told in a test on every system.

use ce_plugin_api::section;

pub(crate) const MANIFEST: &str = r#"{ "schema_version": "1.0.0",
    "bundle": { "name": "sample", "version": "0.1.0", "provider": "test", "license": "MIT" },
    "plugins": [{ "kind": "plot-renderer", "identifier": "sample.plot.text", "version": "0.1.0",
                  "capabilities": ["plot:renderer"] }] }"#;

/// The record of [`MANIFEST`], against version 1.0.0 of the boundary.
pub(crate) fn record() -> Vec<u8> {
    const RECORD: [u8; section::encoded_len("1.0.0", MANIFEST)] = section::encode("1.0.0", MANIFEST);
    RECORD.to_vec()
}

pub(crate) const DT_NEEDED: u64 = 1;
pub(crate) const DT_STRTAB: u64 = 5;

/// Where the one segment of [`Elf`] is mapped: elsewhere than where it lies in the file.
pub(crate) const ADDRESS: u64 = 0x10000;

/// The offsets of the program headers in [`Elf`]: the segment to map, and the dynamic one.
pub(crate) const LOAD_HEADER: usize = 64;
pub(crate) const DYNAMIC_HEADER: usize = 64 + 56;

/// A shared library for x86_64 Linux.
pub(crate) struct Elf {
    /// Dynamic entries whose value is a text.
    pub(crate) texts: Vec<(u64, &'static str)>,
    /// Dynamic entries whose value is a number.
    pub(crate) numbers: Vec<(u64, u64)>,
    /// The contents of the sections named `.ce_bundle`.
    pub(crate) records: Vec<Vec<u8>>,
    /// The dynamic symbol that is defined.
    pub(crate) symbol: &'static str,
}

impl Default for Elf {
    fn default() -> Self {
        Self { texts: vec![(DT_NEEDED, "libc.so.6")], numbers: Vec::new(), records: vec![record()], symbol: "register" }
    }
}

impl Elf {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut names = b"\0".to_vec();
        let mut entries = self.numbers.clone();
        for (tag, text) in &self.texts {
            entries.push((*tag, names.len() as u64));
            names.extend_from_slice(text.as_bytes());
            names.push(0);
        }
        let symbol_name = names.len() as u32;
        names.extend_from_slice(self.symbol.as_bytes());
        names.push(0);
        let dynamic = DYNAMIC_HEADER + 56;
        let names_at = dynamic + 16 * (entries.len() + 2);
        entries.push((DT_STRTAB, ADDRESS + names_at as u64));
        entries.push((0, 0));

        let mut out = vec![0; dynamic];
        entries.iter().for_each(|(tag, value)| out.extend([tag.to_le_bytes(), value.to_le_bytes()].concat()));
        out.extend(&names);
        let symbols_at = out.len();
        out.extend([0; 24]);
        out.extend(symbol_name.to_le_bytes());
        out.extend([0x12, 0, 1, 0]); // a global function, visible, in section 1
        out.extend([0; 16]);
        // Name, type, offset, size, link.
        let mut sections =
            vec![(0, 0, 0, 0, 0), (1, 3, names_at, names.len(), 0), (9, 11, symbols_at, out.len() - symbols_at, 1)];
        for record in &self.records {
            sections.push((17, 1, out.len(), record.len(), 0));
            out.extend(record);
        }
        let section_names = b"\0.dynstr\0.dynsym\0.ce_bundle\0.shstrtab\0";
        sections.push((28, 3, out.len(), section_names.len(), 0));
        out.extend(section_names);
        let sections_at = out.len();
        for (name, kind, offset, size, link) in &sections {
            let [name, kind, link] = [*name as u32, *kind, *link].map(u32::to_le_bytes);
            let [offset, size] = [*offset as u64, *size as u64].map(u64::to_le_bytes);
            out.extend([&name[..], &kind, &[0; 16], &offset, &size, &link, &[0; 20]].concat());
        }
        let n_bytes = out.len() as u64;
        put(&mut out, 0, b"\x7fELF\x02\x01\x01");
        put(&mut out, 16, &[3, 0, 62, 0, 1]);
        put(&mut out, 32, &64_u64.to_le_bytes());
        put(&mut out, 40, &(sections_at as u64).to_le_bytes());
        put(&mut out, 52, &[64, 0, 56, 0, 2, 0, 64, 0, sections.len() as u8, 0, sections.len() as u8 - 1, 0]);
        put_program_header(&mut out, LOAD_HEADER, [1, 0, ADDRESS, n_bytes, n_bytes, 4096]);
        put_program_header(&mut out, DYNAMIC_HEADER, [2, dynamic as u64, ADDRESS + dynamic as u64, 16, 16, 8]);
        out
    }
}

/// Type, offset, address, size in the file, size in memory, alignment.
pub(crate) fn put_program_header(out: &mut [u8], at: usize, header: [u64; 6]) {
    let [kind, offset, address, file_size, size, align] = header;
    put(out, at, &(kind as u32).to_le_bytes());
    for (index, value) in [offset, address, address, file_size, size, align].into_iter().enumerate() {
        put(out, at + 8 + 8 * index, &value.to_le_bytes());
    }
}

pub(crate) fn put(out: &mut [u8], at: usize, bytes: &[u8]) {
    out[at..at + bytes.len()].copy_from_slice(bytes);
}

/// A library for aarch64 macOS that needs `needed`, looks in `search` and exports `_register`.
pub(crate) fn mach_o(needed: &[&str], search: &str) -> Vec<u8> {
    let u32s = |values: &[u32]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    let padded = |text: &str, len: usize| [text.as_bytes(), &vec![0; len - text.len()]].concat();
    let record = record();
    let (symbols, names) = (28_usize.next_multiple_of(8), b"\0_register\0");
    // The data comes first in a row after commands of a length that is known: offsets are filled in below.
    let build = |data_at: u32| {
        let mut commands = vec![u32s(&[0x32, 24, 1, 0, 0, 0])];
        for name in needed {
            let len = (name.len() + 1).next_multiple_of(8);
            commands.push([u32s(&[0xc, 24 + len as u32, 24, 0, 0, 0]), padded(name, len)].concat());
        }
        let len = (search.len() + 1).next_multiple_of(4) + 4;
        let len = (12 + len).next_multiple_of(8) - 12;
        commands.push([u32s(&[0x8000_001c, 12 + len as u32, 12]), padded(search, len)].concat());
        let size = record.len() as u32;
        let segment = [u32s(&[0x19, 72 + 80]), padded("__DATA", 16), vec![0; 32], u32s(&[3, 3, 1, 0])].concat();
        let section =
            [padded("__ce_bundle", 16), padded("__DATA", 16), vec![0; 8], u32s(&[size, 0, data_at]), vec![0; 28]];
        commands.push([segment, section.concat()].concat());
        let symbols_at = data_at + size;
        commands.push(u32s(&[2, 24, symbols_at, 1, symbols_at + symbols as u32, names.len() as u32]));
        commands
    };
    let len = 32 + build(0).concat().len();
    let commands = build(len as u32);
    let header = u32s(&[0xfeed_facf, 0x0100_000c, 0, 6, commands.len() as u32, len as u32 - 32, 0, 0]);
    let mut symbol = u32s(&[1]);
    symbol.extend([0x0f, 1, 0, 0]); // defined in section 1, external
    symbol.resize(symbols, 0);
    [header, commands.concat(), record, symbol, names.to_vec()].concat()
}

/// A library for x86_64 Windows that imports `imported`, late `delayed`, and forwards an export to `forwarded`.
pub(crate) fn pe(imported: &str, delayed: &str, forwarded: &str) -> Vec<u8> {
    const HEADERS: usize = 0x200;
    const DATA: u32 = 0x1000;
    let record = record();
    // Offsets within the data section, whose address is DATA: tables first, then the texts.
    let (imports, delays, exports, mut texts) = (0, 40, 104, Vec::<u8>::new());
    let tables_len = exports + 40 + 8 + 4 + 4;
    let mut text = |value: &str| {
        let at = DATA + (tables_len + texts.len()) as u32;
        texts.extend(value.as_bytes());
        texts.push(0);
        at
    };
    let (imported, delayed) = (text(imported), text(delayed));
    let (name, forwarded) = (text("register"), text(forwarded));
    let mut data = vec![0; tables_len];
    put(&mut data, imports + 12, &imported.to_le_bytes());
    put(&mut data, delays, &1_u32.to_le_bytes());
    put(&mut data, delays + 4, &delayed.to_le_bytes());
    let tables = DATA + exports as u32 + 40;
    let directory: [u32; 6] = [1, 2, 1, tables, tables + 8, tables + 12];
    directory.iter().enumerate().for_each(|(n, value)| put(&mut data, exports + 16 + 4 * n, &value.to_le_bytes()));
    put(&mut data, exports + 40, &0x10_u32.to_le_bytes());
    put(&mut data, exports + 44, &forwarded.to_le_bytes());
    put(&mut data, exports + 48, &name.to_le_bytes());
    data.extend(texts);

    let mut out = vec![0; HEADERS];
    put(&mut out, 0, b"MZ");
    put(&mut out, 0x3c, &0x40_u32.to_le_bytes());
    put(&mut out, 0x40, b"PE\0\0");
    put(&mut out, 0x44, &[0x64, 0x86, 2, 0]);
    put(&mut out, 0x54, &[0xf0, 0, 0x22, 0x20]);
    let optional = 0x58;
    put(&mut out, optional, &[0x0b, 0x02]);
    put(&mut out, optional + 32, &0x1000_u32.to_le_bytes());
    put(&mut out, optional + 36, &0x200_u32.to_le_bytes());
    put(&mut out, optional + 108, &16_u32.to_le_bytes());
    let exports_len = (data.len() - exports) as u32;
    for (index, at, len) in [(0, exports, exports_len), (1, imports, 40), (13, delays, 64)] {
        put(&mut out, optional + 112 + 8 * index, &(DATA + at as u32).to_le_bytes());
        put(&mut out, optional + 116 + 8 * index, &len.to_le_bytes());
    }
    let sections = [(b".rdata\0\0", DATA, &data), (b".cebndl\0", 0x8000, &record)];
    for (n, (name, address, contents)) in sections.into_iter().enumerate() {
        let (at, len, offset) = (optional + 0xf0 + 40 * n, contents.len() as u32, out.len() as u32);
        put(&mut out, at, name);
        put(&mut out, at + 8, &[len, address, len, offset].map(u32::to_le_bytes).concat());
        out.extend(contents);
    }
    out
}
