//! Memory that a host and its worker share: one memory file for what goes in, and one for what comes out. Neither can grow or
//! shrink. The worker can never map the first for writing, and the host never maps the second: it copies out of it.

// The one file of the isolation where memory is mapped by hand.
#![allow(unsafe_code)]

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::ptr::NonNull;

use bytemuck::{AnyBitPattern, NoUninit};
use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, ftruncate, memfd_create};
use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};

use super::wire::{ALIGNMENT, Span};

/// Bytes of each file at most. They are sparse: what was never touched takes no memory.
const BYTES_MAX: u64 = 4 << 30;

/// Bytes of either file of a lane to a worker that may have so much memory: what the two share is no way around that limit.
pub(crate) fn bytes_for(memory_bytes: u64) -> usize {
    memory_bytes.min(BYTES_MAX) as usize
}

/// The part of either memory that a call has for itself. Places in its messages count from where that begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    /// All of it: no other call is under way.
    Whole,
    First,
    Second,
}

impl Room {
    /// Where it is in a file of so many bytes.
    fn range(self, n_bytes: usize) -> Range<usize> {
        let half = (n_bytes / 2).next_multiple_of(ALIGNMENT).min(n_bytes);
        match self {
            Self::Whole => 0..n_bytes,
            Self::First => 0..half,
            Self::Second => half..n_bytes,
        }
    }

    /// As it is told to the other side.
    pub(crate) fn number(self) -> u64 {
        self as u64
    }

    /// The room of that number, if there is one.
    pub(crate) fn of(number: u64) -> Option<Self> {
        [Self::Whole, Self::First, Self::Second].into_iter().find(|room| room.number() == number)
    }
}

/// What goes to the worker: the host's end.
#[derive(Debug)]
pub(crate) struct Input {
    file: OwnedFd,
    map: Mapping,
}

/// What comes from the worker: the host's end.
#[derive(Debug)]
pub(crate) struct Output {
    file: File,
    n_bytes: usize,
}

/// A mapped part of a file that cannot shrink.
#[derive(Debug)]
pub(crate) struct Mapping {
    address: NonNull<u8>,
    n_bytes: usize,
}

// SAFETY: a mapping is memory like any other, and belongs to whoever holds this.
unsafe impl Send for Mapping {}

impl Mapping {
    fn new(file: BorrowedFd<'_>, protection: ProtFlags) -> io::Result<Self> {
        let n_bytes = usize::try_from(rustix::fs::fstat(file)?.st_size).map_err(io::Error::other)?;
        // SAFETY: the kernel chooses an address that nothing else lies at; the file cannot shrink below the mapping.
        let address = unsafe { mmap(std::ptr::null_mut(), n_bytes, protection, MapFlags::SHARED, file, 0) }?;
        let address = NonNull::new(address.cast()).ok_or_else(|| io::Error::other("mapped at address 0"))?;
        Ok(Self { address, n_bytes })
    }

    /// What goes in, as the worker reads it. The host writes to a room only while no call is under way in it.
    pub(crate) fn of_input(file: BorrowedFd<'_>) -> io::Result<Self> {
        Self::new(file, ProtFlags::READ)
    }

    /// What comes out, as the worker writes it.
    pub(crate) fn of_output(file: BorrowedFd<'_>) -> io::Result<Self> {
        Self::new(file, ProtFlags::READ | ProtFlags::WRITE)
    }

    /// The bytes of a room.
    pub(crate) fn bytes(&self, room: Room) -> &[u8] {
        // SAFETY: a room lies within the mapping, which is readable for as long as `self` lives; every byte pattern is a
        // byte, and fresh pages are zeros. The other process writes to other rooms only.
        unsafe { self.place(room).as_ref() }
    }

    /// The bytes of a room, to be written. Of a mapping that cannot be written to this ends the process at the first write,
    /// so it is asked of [`Input`] and [`Mapping::of_output`] alone.
    pub(crate) fn bytes_mut(&mut self, room: Room) -> &mut [u8] {
        // SAFETY: as above, and borrowed by nobody else in this process. The other process only reads it, in its turn.
        unsafe { self.place(room).as_mut() }
    }

    fn place(&self, room: Room) -> NonNull<[u8]> {
        let range = room.range(self.n_bytes);
        // SAFETY: every room begins within the mapping.
        let start = unsafe { self.address.add(range.start) };
        NonNull::slice_from_raw_parts(start, range.len())
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: mapped by `new`, and nothing borrows it any more.
        let _ = unsafe { munmap(self.address.as_ptr().cast(), self.n_bytes) };
    }
}

impl Input {
    pub(crate) fn new(n_bytes: usize) -> io::Result<Self> {
        let file = sparse("ce-in", n_bytes)?;
        // Mapped before the seal, which leaves what is mapped writable and lets nothing become so later.
        let map = Mapping::new(file.as_fd(), ProtFlags::READ | ProtFlags::WRITE)?;
        let seals = SealFlags::SHRINK | SealFlags::GROW | SealFlags::FUTURE_WRITE | SealFlags::SEAL;
        fcntl_add_seals(&file, seals)?;
        Ok(Self { file, map })
    }

    pub(crate) fn fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }

    pub(crate) fn bytes_mut(&mut self, room: Room) -> &mut [u8] {
        self.map.bytes_mut(room)
    }

    /// The memory that it takes: what was written to it, and what the worker has looked at.
    pub(crate) fn held_bytes(&self) -> u64 {
        held_bytes(self.file.as_fd())
    }
}

impl Output {
    pub(crate) fn new(n_bytes: usize) -> io::Result<Self> {
        let file = sparse("ce-out", n_bytes)?;
        fcntl_add_seals(&file, SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL)?;
        Ok(Self { file: file.into(), n_bytes })
    }

    pub(crate) fn fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }

    /// The memory that it takes: what the worker ever wrote to, whatever it says. No limit of the worker counts it.
    pub(crate) fn held_bytes(&self) -> u64 {
        held_bytes(self.file.as_fd())
    }

    /// Bytes of a room.
    pub(crate) fn n_bytes(&self, room: Room) -> usize {
        room.range(self.n_bytes).len()
    }

    /// Copies what the worker wrote at `span` of a room, whose length is that of `values`.
    pub(crate) fn read<T: AnyBitPattern + NoUninit>(&self, room: Room, span: Span, values: &mut [T]) -> io::Result<()> {
        // A span that is too far off for an offset lies behind the end of the file, too.
        let start = span.start.saturating_add(room.range(self.n_bytes).start as u64);
        self.file.read_exact_at(bytemuck::cast_slice_mut(values), start)
    }
}

fn held_bytes(file: BorrowedFd<'_>) -> u64 {
    // One that the system does not tell of is given up.
    let blocks = rustix::fs::fstat(file).map_or(i64::MAX, |stat| stat.st_blocks);
    u64::try_from(blocks).unwrap_or(u64::MAX).saturating_mul(512)
}

fn sparse(name: &str, n_bytes: usize) -> io::Result<OwnedFd> {
    let file = memfd_create(name, MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
    ftruncate(&file, n_bytes as u64)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    const N_BYTES: usize = 4 << 30;

    #[test]
    fn what_goes_in_can_be_written_by_its_maker_alone() {
        let mut input = Input::new(N_BYTES).unwrap();
        input.bytes_mut(Room::Whole)[..2].copy_from_slice(b"ok");
        let view = Mapping::of_input(input.fd()).unwrap();
        assert_eq!(&view.bytes(Room::Whole)[..2], b"ok");
        input.bytes_mut(Room::Whole)[N_BYTES - 1] = 7;
        assert_eq!(view.bytes(Room::Whole)[N_BYTES - 1], 7);
        assert_eq!(view.bytes(Room::Second).last(), Some(&7));

        assert!(Mapping::of_output(input.fd()).is_err(), "nobody maps it for writing any more");
        let file = File::from(input.fd().try_clone_to_owned().unwrap());
        assert!(file.write_all_at(b"no", 0).is_err());
        assert!(file.set_len(1).is_err() && file.set_len(2 * N_BYTES as u64).is_err());
        assert_eq!(&view.bytes(Room::Whole)[..2], b"ok");
    }

    #[test]
    fn rooms_are_halves_that_begin_where_any_value_may() {
        for n_bytes in [64 << 20, (64 << 20) + 8, 8, 0] {
            let [whole, first, second] = [Room::Whole, Room::First, Room::Second].map(|room| room.range(n_bytes));
            assert_eq!((first.start, first.end, second.end), (whole.start, second.start, whole.end));
            assert_eq!(second.start % ALIGNMENT, 0);
            assert!(second.len() <= first.len() && first.len() - second.len() <= ALIGNMENT);
        }
        assert_eq!([1 << 20, 1 << 40].map(bytes_for), [1 << 20, 4 << 30]);
    }

    #[test]
    fn what_comes_out_is_copied() {
        let output = Output::new(N_BYTES).unwrap();
        let mut room = Mapping::of_output(output.fd()).unwrap();
        room.bytes_mut(Room::Whole)[8..24].copy_from_slice(bytemuck::cast_slice(&[1.5, f64::NAN]));
        let mut values = [0.0_f64; 2];
        output.read(Room::First, Span { start: 8, len: 2 }, &mut values).unwrap();
        assert!(values[0] == 1.5 && f64::is_nan(values[1]));
        let written = output.held_bytes();
        assert!((24..N_BYTES as u64).contains(&written), "{written} bytes are held");
        room.bytes_mut(Room::Second)[0] = 1;
        assert!(output.held_bytes() > written);
        let beyond = Span { start: N_BYTES as u64 - 8, len: 2 };
        assert!(output.read(Room::Whole, beyond, &mut values).is_err());
        assert!(File::from(output.fd().try_clone_to_owned().unwrap()).set_len(0).is_err());
    }
}
