//! How a message lies in shared memory: columns as they are, each at a multiple of eight bytes, and after them a small
//! description that says where. It never trusts a description: what does not fit is an error.

use bytemuck::{AnyBitPattern, NoUninit};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Where a column lies: its first byte, and how many values it has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Span {
    pub(crate) start: u64,
    pub(crate) len: u64,
}

/// Why a message could not be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the call takes more than the {limit} bytes that host and worker share for it: as much as `memory_mib` under [isolation] of \
     ce.toml says, and at most 4 GiB"
)]
pub(crate) struct TooLarge {
    limit: usize,
}

/// Why a message could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Broken {
    /// A column outside of the shared memory, or not at a multiple of its size.
    #[error("a column of {len} values at byte {start} lies outside of the message")]
    Span {
        /// Its first byte.
        start: u64,
        /// Its length.
        len: u64,
    },
    /// Bytes that are no description.
    #[error("the message is no description of a call or a reply")]
    Description,
    /// Text that is not UTF-8.
    #[error("a text is not UTF-8")]
    Text,
    /// A description that contradicts itself.
    #[error("{0}")]
    Contradiction(&'static str),
    /// A reply to something else.
    #[error("the reply does not belong to the call")]
    Reply,
}

/// Where columns begin: at a multiple of the largest value.
pub(crate) const ALIGNMENT: usize = 8;

/// Writes a message from the start of a piece of memory.
#[derive(Debug)]
pub(crate) struct Packer<'a> {
    room: &'a mut [u8],
    used: usize,
}

impl<'a> Packer<'a> {
    pub(crate) fn new(room: &'a mut [u8]) -> Self {
        Self { room, used: 0 }
    }

    /// Writes behind what stands in the first `used` bytes.
    pub(crate) fn behind(room: &'a mut [u8], used: usize) -> Self {
        let used = used.next_multiple_of(ALIGNMENT).min(room.len());
        Self { room, used }
    }

    /// Room for `len` values, as it was left by whatever stood there before.
    pub(crate) fn reserve<T>(&mut self, len: usize) -> Result<Span, TooLarge> {
        let start = self.used;
        let limit = self.room.len();
        let end = len.checked_mul(size_of::<T>()).and_then(|n_bytes| n_bytes.checked_add(start));
        let end = end.filter(|end| *end <= limit).ok_or(TooLarge { limit })?;
        self.used = end.next_multiple_of(ALIGNMENT).min(limit);
        Ok(Span { start: start as u64, len: len as u64 })
    }

    pub(crate) fn put<T: NoUninit>(&mut self, values: &[T]) -> Result<Span, TooLarge> {
        let span = self.reserve::<T>(values.len())?;
        let bytes: &[u8] = bytemuck::cast_slice(values);
        self.room[span.start as usize..][..bytes.len()].copy_from_slice(bytes);
        Ok(span)
    }

    /// Writes columns behind one another, as one.
    pub(crate) fn put_joined<T: NoUninit + AnyBitPattern>(&mut self, columns: [&[T]; 2]) -> Result<Span, TooLarge> {
        let [first, second] = columns;
        self.put_with(first.len() + second.len(), |room| {
            let (of_first, of_second) = room.split_at_mut(first.len());
            of_first.copy_from_slice(first);
            of_second.copy_from_slice(second);
        })
    }

    /// Writes values as they come.
    pub(crate) fn put_each<T: NoUninit + AnyBitPattern>(
        &mut self,
        values: impl ExactSizeIterator<Item = T>,
    ) -> Result<Span, TooLarge> {
        self.put_with(values.len(), |room| room.iter_mut().zip(values).for_each(|(place, value)| *place = value))
    }

    fn put_with<T: NoUninit + AnyBitPattern>(
        &mut self,
        len: usize,
        write: impl FnOnce(&mut [T]),
    ) -> Result<Span, TooLarge> {
        let span = self.reserve::<T>(len)?;
        let start = span.start as usize;
        write(bytemuck::cast_slice_mut(&mut self.room[start..start + len * size_of::<T>()]));
        Ok(span)
    }

    /// How many bytes are written so far.
    pub(crate) fn used(&self) -> usize {
        self.used
    }

    /// Whether an answer of so many bytes has room where it comes out, which is as much as here.
    pub(crate) fn can_be_answered(&self, n_bytes: u64) -> Result<(), TooLarge> {
        let limit = self.room.len();
        if n_bytes <= limit as u64 { Ok(()) } else { Err(TooLarge { limit }) }
    }

    pub(crate) fn text(&mut self, text: &str) -> Result<Span, TooLarge> {
        self.put(text.as_bytes())
    }

    /// Writes the description, and says where it lies.
    pub(crate) fn finish(mut self, description: &impl Serialize) -> Result<Span, TooLarge> {
        let too_large = |_| TooLarge { limit: 0 };
        let bytes = postcard::to_allocvec(description).map_err(too_large)?;
        self.put(&bytes)
    }
}

/// A message that lies in memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Packed<'a>(pub(crate) &'a [u8]);

impl<'a> Packed<'a> {
    /// A column, where it lies.
    pub(crate) fn get<T: AnyBitPattern>(self, span: Span) -> Result<&'a [T], Broken> {
        let broken = Broken::Span { start: span.start, len: span.len };
        let (Ok(start), Ok(len)) = (usize::try_from(span.start), usize::try_from(span.len)) else { return Err(broken) };
        let bytes = len
            .checked_mul(size_of::<T>())
            .and_then(|n_bytes| start.checked_add(n_bytes))
            .and_then(|end| self.0.get(start..end));
        bytes.and_then(|bytes| bytemuck::try_cast_slice(bytes).ok()).ok_or(broken)
    }

    pub(crate) fn text(self, span: Span) -> Result<&'a str, Broken> {
        std::str::from_utf8(self.get(span)?).map_err(|_| Broken::Text)
    }

    /// The description at `span`.
    pub(crate) fn description<D: DeserializeOwned>(self, span: Span) -> Result<D, Broken> {
        description(self.get(span)?)
    }
}

/// Reads a description.
pub(crate) fn description<D: DeserializeOwned>(bytes: &[u8]) -> Result<D, Broken> {
    match postcard::take_from_bytes(bytes) {
        Ok((description, [])) => Ok(description),
        _ => Err(Broken::Description),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Memory that begins at a multiple of eight bytes.
    fn memory(n_words: usize) -> Vec<u64> {
        vec![0; n_words]
    }

    #[test]
    fn what_was_written_is_read() {
        let mut room = memory(16);
        let mut packer = Packer::new(bytemuck::cast_slice_mut(&mut room));
        let numbers = packer.put(&[1.5, f64::NEG_INFINITY]).unwrap();
        let text = packer.text("Å").unwrap();
        let indices = packer.put(&[7_u32, 8, 9]).unwrap();
        let place = packer.finish(&(numbers, text, indices)).unwrap();
        let packed = Packed(bytemuck::cast_slice(&room));
        let (numbers, text, indices): (Span, Span, Span) = packed.description(place).unwrap();
        assert_eq!(packed.get::<f64>(numbers).unwrap(), [1.5, f64::NEG_INFINITY]);
        assert_eq!(packed.text(text).unwrap(), "Å");
        assert_eq!(packed.get::<u32>(indices).unwrap(), [7, 8, 9]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let mut room = memory(4);
        let mut packer = Packer::new(bytemuck::cast_slice_mut(&mut room));
        assert!(packer.put(&[0.0; 5]).is_err());
        assert!(packer.reserve::<f64>(usize::MAX).is_err());
        assert!(packer.put(&[0.0; 4]).is_ok() && packer.put(&[0_u8]).is_err());
    }

    #[test]
    fn a_span_that_lies_is_an_error() {
        let room = memory(4);
        let packed = Packed(bytemuck::cast_slice(&room));
        for (start, len) in [(0, 5), (8, 4), (4, 1), (u64::MAX, 1), (8, u64::MAX / 8), (33, 0)] {
            assert!(packed.get::<f64>(Span { start, len }).is_err(), "{len} at {start}");
        }
        assert!(packed.get::<f64>(Span { start: 32, len: 0 }).is_ok());
        assert_eq!(description::<(u8, u8)>(&[1, 2, 3]), Err(Broken::Description));
        assert_eq!(description::<(u8, u8)>(&[1]), Err(Broken::Description));
    }

    #[test]
    fn text_is_checked() {
        let room: Vec<u64> = vec![u64::from_ne_bytes([0xff; 8])];
        assert_eq!(Packed(bytemuck::cast_slice(&room)).text(Span { start: 0, len: 3 }), Err(Broken::Text));
    }
}
