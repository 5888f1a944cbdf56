//! The judged bytes in a sealed memory file. It never maps a path that somebody else can write to.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};

/// Bytes that nobody can change any more, and a path to map them from.
#[derive(Debug)]
pub(super) struct Image {
    /// Open for ever: were it closed, its number would be used again, and the loader, which goes by the text of the path,
    /// would hand back this library for another one.
    file: File,
}

impl Image {
    pub(super) fn of(bytes: &[u8], name: &str) -> io::Result<Self> {
        let fd = memfd_create(name, MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
        let mut file = File::from(fd);
        file.write_all(bytes)?;
        fcntl_add_seals(&file, SealFlags::WRITE | SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL)?;
        Ok(Self { file })
    }

    pub(super) fn path(&self) -> PathBuf {
        PathBuf::from(format!("/proc/self/fd/{}", self.file.as_raw_fd()))
    }

    /// Whether the code at `address` was mapped from these bytes: the kernel's own word, by device and inode.
    pub(super) fn is_mapped_at(&self, address: usize) -> io::Result<bool> {
        let inode = self.file.metadata()?.ino();
        let maps = std::fs::read_to_string("/proc/self/maps")?;
        Ok(maps.lines().filter_map(mapping).any(|(range, mapped)| range.contains(&address) && mapped == inode))
    }
}

/// The addresses and the inode of a line such as `7f0000-7f1000 r-xp 00000000 00:01 1234 /memfd:x (deleted)`.
fn mapping(line: &str) -> Option<(std::ops::Range<usize>, u64)> {
    let mut fields = line.split_ascii_whitespace();
    let (start, end) = fields.next()?.split_once('-')?;
    let range = usize::from_str_radix(start, 16).ok()?..usize::from_str_radix(end, 16).ok()?;
    Some((range, fields.nth(3)?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sealed_bytes_cannot_be_changed() {
        let image = Image::of(b"judged", "ce-test").unwrap();
        assert_eq!(std::fs::read(image.path()).unwrap(), b"judged");
        assert!(
            std::fs::OpenOptions::new().write(true).open(image.path()).and_then(|mut f| f.write_all(b"x")).is_err()
        );
        assert!((&image.file).write_all(b"more").is_err());
        assert!(image.file.set_len(0).is_err());
    }

    #[test]
    fn a_line_of_maps_is_read() {
        let line = "7f00-7f10 r-xp 00000000 00:01 1234                    /memfd:x (deleted)";
        assert_eq!(mapping(line), Some((0x7f00..0x7f10, 1234)));
        assert_eq!(mapping("rubbish"), None);
    }
}
