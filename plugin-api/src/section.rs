//! The record that `export_bundle!` embeds in a bundle, and how it is read back from bytes. It never looks into the
//! manifest.
//!
//! Format 1, little endian, without alignment:
//!
//! | bytes | what |
//! |---|---|
//! | 8 | the magic `CEBUNDLE` |
//! | 4 | the format, 1 |
//! | 4 | length of the version of this crate, in bytes |
//! | 8 | length of the manifest, in bytes |
//! | … | the version of this crate, UTF-8 |
//! | … | the manifest, UTF-8 |
//! | … | zeros, if the object format pads its sections |

use crate::manifest::{MANIFEST_BYTES_MAX, NAME_CHARS_MAX};

/// The name of the section in an ELF file.
pub const ELF_SECTION: &str = ".ce_bundle";

/// The segment of the section in a Mach-O file.
pub const MACH_O_SEGMENT: &str = "__DATA";

/// The name of the section, within [`MACH_O_SEGMENT`], in a Mach-O file.
pub const MACH_O_SECTION: &str = "__ce_bundle";

/// The name of the section in a PE file, which has room for eight bytes.
pub const PE_SECTION: &str = ".cebndl";

/// The first bytes of a record.
pub const MAGIC: [u8; 8] = *b"CEBUNDLE";

/// The format that [`encode`] writes and [`read`] understands.
pub const FORMAT: u32 = 1;

const HEADER_LEN: usize = 24;

/// What a bundle has embedded: two texts, of which nothing is known but that they are UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Section<'a> {
    /// The version of this crate that the bundle was compiled against.
    pub plugin_api: &'a str,
    /// The manifest, as its author wrote it.
    pub manifest: &'a str,
}

/// Why a section cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SectionError {
    /// The section ends before the record does.
    #[error("expected a record of {expected} bytes, found {found}: the file was cut off; copy or build it again")]
    Truncated {
        /// The length that the header calls for, in bytes.
        expected: u64,
        /// The length of the section, in bytes.
        found: u64,
    },
    /// The section does not start with the magic.
    #[error("expected the magic `CEBUNDLE`, found other bytes: build the bundle with ce-plugin-api's export_bundle!")]
    Magic,
    /// The record has another format.
    #[error("expected the section's format {FORMAT}, found {0}: use a host that reads it, or rebuild the bundle")]
    Format(u32),
    /// A text is longer than allowed.
    #[error("expected a {text} of at most {limit} bytes, found {found}: shorten it")]
    TooLong {
        /// Which text.
        text: &'static str,
        /// The length allowed, in bytes.
        limit: u64,
        /// The length in the header, in bytes.
        found: u64,
    },
    /// A text is no UTF-8.
    #[error("expected the {text} to be UTF-8, found other bytes: save bundle.json as UTF-8 and rebuild")]
    NotUtf8 {
        /// Which text.
        text: &'static str,
    },
    /// Another record follows: two crates of the bundle call `export_bundle!`.
    #[error("expected one record, found another after it: call export_bundle! in one crate of the bundle only")]
    SecondRecord,
    /// Something follows that is no padding.
    #[error("expected zeros after the record, found other bytes: keep other data out of the section")]
    TrailingBytes,
}

impl SectionError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Truncated { .. } => "section.truncated",
            Self::Magic => "section.magic",
            Self::Format(_) => "section.format",
            Self::TooLong { .. } => "section.too_long",
            Self::NotUtf8 { .. } => "section.not_utf8",
            Self::SecondRecord => "section.second_record",
            Self::TrailingBytes => "section.trailing_bytes",
        }
    }
}

/// The length of the record of these two texts, in bytes.
#[must_use]
pub const fn encoded_len(api: &str, manifest: &str) -> usize {
    HEADER_LEN + api.len() + manifest.len()
}

/// The record of these two texts, at compile time.
///
/// # Panics
/// If `N` is not [`encoded_len`], or a text is longer than [`read`] allows: in a constant, the build fails.
///
/// # Examples
/// ```
/// use ce_plugin_api::section;
///
/// const MANIFEST: &str = r#"{ "schema_version": "1.0.0" }"#;
/// static RECORD: [u8; section::encoded_len("1.0.0", MANIFEST)] = section::encode("1.0.0", MANIFEST);
///
/// assert_eq!(section::read(&RECORD).unwrap().manifest, MANIFEST);
/// ```
#[must_use]
pub const fn encode<const N: usize>(api: &str, manifest: &str) -> [u8; N] {
    assert!(N == encoded_len(api, manifest), "N must be encoded_len(api, manifest)");
    assert!(api.len() <= NAME_CHARS_MAX, "the version of ce-plugin-api is too long");
    assert!(manifest.len() <= MANIFEST_BYTES_MAX, "bundle.json is longer than 1 MiB");
    let mut out = [0; N];
    put(&mut out, 0, &MAGIC);
    put(&mut out, 8, &FORMAT.to_le_bytes());
    put(&mut out, 12, &(api.len() as u32).to_le_bytes());
    put(&mut out, 16, &(manifest.len() as u64).to_le_bytes());
    put(&mut out, HEADER_LEN, api.as_bytes());
    put(&mut out, HEADER_LEN + api.len(), manifest.as_bytes());
    out
}

const fn put(out: &mut [u8], start: usize, bytes: &[u8]) {
    let (_, rest) = out.split_at_mut(start);
    let (place, _) = rest.split_at_mut(bytes.len());
    place.copy_from_slice(bytes);
}

/// Reads the record at the start of a section.
///
/// # Errors
/// Everything that is not exactly one record of format 1 and zeros after it.
pub fn read(bytes: &[u8]) -> Result<Section<'_>, SectionError> {
    let truncated = |expected: u64| SectionError::Truncated { expected, found: bytes.len() as u64 };
    let (header, texts) = bytes.split_first_chunk::<HEADER_LEN>().ok_or_else(|| truncated(HEADER_LEN as u64))?;
    let (magic, numbers) = header.split_at(MAGIC.len());
    if magic != MAGIC {
        return Err(SectionError::Magic);
    }
    let number = |start: usize, n_bytes: usize| {
        numbers[start..start + n_bytes].iter().rev().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte))
    };
    let (format, api_len, manifest_len) = (number(0, 4), number(4, 4), number(8, 8));
    if format != u64::from(FORMAT) {
        return Err(SectionError::Format(format as u32));
    }
    // Both lengths are small from here on, so that sums cannot overflow.
    for (text, limit, found) in
        [("version of ce-plugin-api", NAME_CHARS_MAX, api_len), ("manifest", MANIFEST_BYTES_MAX, manifest_len)]
    {
        let limit = limit as u64;
        if found > limit {
            return Err(SectionError::TooLong { text, limit, found });
        }
    }
    let expected = truncated(HEADER_LEN as u64 + api_len + manifest_len);
    let Some((api, rest)) = texts.split_at_checked(api_len as usize) else { return Err(expected) };
    let Some((manifest, padding)) = rest.split_at_checked(manifest_len as usize) else { return Err(expected) };
    check_padding(padding)?;
    let utf8 = |bytes, text| std::str::from_utf8(bytes).map_err(|_| SectionError::NotUtf8 { text });
    Ok(Section { plugin_api: utf8(api, "version of ce-plugin-api")?, manifest: utf8(manifest, "manifest")? })
}

fn check_padding(padding: &[u8]) -> Result<(), SectionError> {
    let Some(start) = padding.iter().position(|byte| *byte != 0) else { return Ok(()) };
    let is_record = padding[start..].starts_with(&MAGIC);
    Err(if is_record { SectionError::SecondRecord } else { SectionError::TrailingBytes })
}

#[cfg(test)]
mod tests {
    use super::*;

    const API: &str = "1.0.0";
    const MANIFEST: &str = r#"{ "bundle": "Örebro" }"#;
    static RECORD: [u8; encoded_len(API, MANIFEST)] = encode(API, MANIFEST);

    #[test]
    fn what_is_encoded_is_read_back() {
        assert_eq!(read(&RECORD), Ok(Section { plugin_api: API, manifest: MANIFEST }));
        let empty: [u8; encoded_len("", "")] = encode("", "");
        assert_eq!(read(&empty), Ok(Section { plugin_api: "", manifest: "" }));
    }

    #[test]
    fn format_1_never_changes() {
        let record: [u8; encoded_len("1.0.0", "{}")] = encode("1.0.0", "{}");
        assert_eq!(&record, b"CEBUNDLE\x01\0\0\0\x05\0\0\0\x02\0\0\0\0\0\0\x001.0.0{}");
    }

    #[test]
    fn zeros_after_the_record_are_padding_and_nothing_else_is() {
        assert!(read(&[&RECORD[..], &[0; 500]].concat()).is_ok());
        assert_eq!(read(&[&RECORD[..], &[0, 0, 7]].concat()), Err(SectionError::TrailingBytes));
    }

    #[test]
    fn a_second_record_is_an_error() {
        assert_eq!(read(&[&RECORD[..], &RECORD[..]].concat()), Err(SectionError::SecondRecord));
        assert_eq!(read(&[&RECORD[..], &[0; 3], &RECORD[..]].concat()), Err(SectionError::SecondRecord));
    }

    #[test]
    fn every_cut_is_reported_as_one() {
        for end in 0..RECORD.len() {
            assert!(matches!(read(&RECORD[..end]), Err(SectionError::Truncated { .. })), "{end}");
        }
    }

    #[test]
    fn wrong_headers_are_told_apart() {
        let with = |index: usize, byte: u8| {
            let mut record = RECORD.to_vec();
            record[index] = byte;
            read(&record).map_err(|error| error.code()).err()
        };
        assert_eq!(with(0, b'X'), Some("section.magic"));
        assert_eq!(with(8, 2), Some("section.format"));
        assert_eq!(with(15, 0xff), Some("section.too_long"));
        assert_eq!(with(23, 0xff), Some("section.too_long"));
        assert_eq!(with(24, 0xff), Some("section.not_utf8"));
        assert_eq!(with(RECORD.len() - 4, 0xff), Some("section.not_utf8"));
    }

    #[test]
    fn no_changed_byte_panics() {
        for index in 0..RECORD.len() {
            for byte in 0..=255 {
                let mut record = RECORD.to_vec();
                record[index] = byte;
                let _ = read(&record);
            }
        }
    }

    #[test]
    fn section_names_fit_their_formats() {
        assert!(PE_SECTION.len() <= 8);
        assert!(MACH_O_SEGMENT.len() <= 16 && MACH_O_SECTION.len() <= 16);
    }
}
