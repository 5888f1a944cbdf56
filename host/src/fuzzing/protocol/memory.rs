//! Memory that stands in for what a host and its worker share. It is never larger than what a message brings.

use crate::isolation::wire::Head;

/// Bytes that begin, like a mapping, at a multiple of eight.
#[derive(Debug)]
pub(in crate::fuzzing) struct Memory {
    words: Vec<u64>,
    n_bytes: usize,
}

impl Memory {
    /// Zeros.
    pub(in crate::fuzzing) fn zeroed(n_bytes: usize) -> Self {
        Self { words: vec![0; n_bytes.div_ceil(8)], n_bytes }
    }

    /// These bytes.
    pub(in crate::fuzzing) fn of(bytes: &[u8]) -> Self {
        let mut memory = Self::zeroed(bytes.len());
        memory.bytes_mut().copy_from_slice(bytes);
        memory
    }

    pub(in crate::fuzzing) fn bytes(&self) -> &[u8] {
        &bytemuck::cast_slice(&self.words)[..self.n_bytes]
    }

    pub(in crate::fuzzing) fn bytes_mut(&mut self) -> &mut [u8] {
        &mut bytemuck::cast_slice_mut(&mut self.words)[..self.n_bytes]
    }
}

/// A message as head and memory; none if it is shorter than a head.
pub(super) fn apart(message: &[u8]) -> Option<(Head, Memory)> {
    let (packet, memory) = message.split_at_checked(Head::BYTES)?;
    let head = Head::from_bytes(packet)?;
    assert_eq!(head.to_bytes(), packet);
    Some((head, Memory::of(memory)))
}
