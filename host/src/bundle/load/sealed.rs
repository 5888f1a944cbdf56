//! The judged bytes in a sealed memory file. It never maps a path that somebody else can write to.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::PathBuf;

use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, fcntl_get_seals, memfd_create};

/// Bytes that nobody can change any more, and a path to map them from.
#[derive(Debug)]
pub(crate) struct Image {
    /// Open for ever once it is mapped: were it closed, its number would be used again, and the loader, which goes by the
    /// text of the path, would hand back this library for another one.
    file: File,
}

/// What keeps the bytes as they are.
const SEALS: SealFlags = SealFlags::WRITE.union(SealFlags::SHRINK).union(SealFlags::GROW).union(SealFlags::SEAL);

impl Image {
    /// These bytes.
    pub(crate) fn of(bytes: &[u8], name: &str) -> io::Result<Self> {
        Self::sealed(name, |file| file.write_all(bytes))
    }

    /// What an open file holds from where it stands, `n_bytes_max` bytes at most.
    pub(crate) fn read_from(file: &File, n_bytes_max: u64, name: &str) -> io::Result<Self> {
        Self::sealed(name, |copy| io::copy(&mut file.take(n_bytes_max), copy).map(drop))
    }

    fn sealed(name: &str, fill: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<Self> {
        let fd = memfd_create(name, MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
        let mut file = File::from(fd);
        fill(&mut file)?;
        fcntl_add_seals(&file, SEALS)?;
        Ok(Self { file })
    }

    /// A file that another process sealed.
    pub(crate) fn received(file: OwnedFd) -> io::Result<Self> {
        if !fcntl_get_seals(&file)?.contains(SEALS) {
            return Err(io::Error::other("the file that was passed is not sealed"));
        }
        Ok(Self { file: file.into() })
    }

    /// A copy of the bytes, for reading them here: they are the ones that are mapped.
    pub(crate) fn bytes(&self) -> io::Result<Vec<u8>> {
        let n_bytes = usize::try_from(self.file.metadata()?.len()).map_err(io::Error::other)?;
        let mut bytes = vec![0; n_bytes];
        self.file.read_exact_at(&mut bytes, 0)?;
        Ok(bytes)
    }

    pub(crate) fn path(&self) -> PathBuf {
        PathBuf::from(format!("/proc/self/fd/{}", self.file.as_raw_fd()))
    }

    /// Whether the code at `address` was mapped from these bytes: the kernel's own word, by inode.
    pub(crate) fn is_mapped_at(&self, address: usize, mappings: &Mappings) -> io::Result<bool> {
        let inode = self.file.metadata()?.ino();
        let maps = mappings.read()?;
        Ok(maps.lines().filter_map(mapping).any(|(range, mapped)| range.contains(&address) && mapped == inode))
    }

    /// Whether anything at all was mapped from these bytes.
    pub(crate) fn is_mapped(&self, mappings: &Mappings) -> io::Result<bool> {
        let inode = self.file.metadata()?.ino();
        Ok(mappings.read()?.lines().filter_map(mapping).any(|(_, mapped)| mapped == inode))
    }
}

impl AsFd for Image {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

/// What is mapped in this process, as the kernel tells it. Opened before files cannot be opened any more.
#[derive(Debug)]
pub(crate) struct Mappings(File);

impl Mappings {
    pub(crate) fn open() -> io::Result<Self> {
        File::open("/proc/self/maps").map(Self)
    }

    /// All lines as they are now: the kernel writes them anew when they are read from the start.
    fn read(&self) -> io::Result<String> {
        let mut text = Vec::new();
        let mut block = [0; 1 << 14];
        loop {
            match self.0.read_at(&mut block, text.len() as u64)? {
                0 => return Ok(String::from_utf8_lossy(&text).into_owned()),
                n_bytes => text.extend_from_slice(&block[..n_bytes]),
            }
        }
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
    fn what_is_read_back_is_what_would_be_mapped() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"a judged file").unwrap();
        std::io::Seek::rewind(&mut file).unwrap();
        let image = Image::read_from(&file, 8, "ce-test").unwrap();
        file.set_len(0).unwrap();
        assert_eq!(image.bytes().unwrap(), b"a judged");
        assert!(!image.is_mapped(&Mappings::open().unwrap()).unwrap());
    }

    #[test]
    fn a_file_that_is_passed_must_be_sealed() {
        let sealed = Image::of(b"judged", "ce-test").unwrap();
        assert!(Image::received(sealed.as_fd().try_clone_to_owned().unwrap()).is_ok());
        let open = memfd_create("ce-test", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING).unwrap();
        assert!(Image::received(open).is_err());
    }

    #[test]
    fn a_line_of_maps_is_read() {
        let line = "7f00-7f10 r-xp 00000000 00:01 1234                    /memfd:x (deleted)";
        assert_eq!(mapping(line), Some((0x7f00..0x7f10, 1234)));
        assert_eq!(mapping("rubbish"), None);
    }

    #[test]
    fn mappings_are_read_as_they_are_now() {
        let mappings = Mappings::open().unwrap();
        let before = mappings.read().unwrap();
        let more = vec![0_u8; 64 << 20];
        assert_ne!(mappings.read().unwrap(), before);
        drop(more);
    }
}
