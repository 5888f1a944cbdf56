//! Whose turn it is: the packet that goes through a lane's socket, and when it is worth looking for the next one instead of
//! being woken. It never says what a call means.

use super::arena::Room;
use super::wire::Head;

/// A packet: which call it is about, the room that the call has, and the processor that it was sent from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Turn {
    pub(crate) head: Head,
    pub(crate) room: Room,
    processor: u64,
}

/// Where the other end was when it sent last.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Elsewhere(Option<u64>);

impl Turn {
    pub(crate) const BYTES: usize = Head::BYTES + 2 * size_of::<u64>();

    /// A turn of whoever calls this.
    pub(crate) fn now(head: Head, room: Room) -> Self {
        Self { head, room, processor: processor() }
    }

    pub(crate) fn to_bytes(self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        let (head, rest) = bytes.split_at_mut(Head::BYTES);
        head.copy_from_slice(&self.head.to_bytes());
        let (room, processor) = rest.split_at_mut(size_of::<u64>());
        room.copy_from_slice(&self.room.number().to_le_bytes());
        processor.copy_from_slice(&self.processor.to_le_bytes());
        bytes
    }

    /// The turn in a packet; none in one of another length, or that names no room.
    pub(crate) fn from_bytes(packet: &[u8]) -> Option<Self> {
        let (head, rest) = packet.split_at_checked(Head::BYTES)?;
        let (room, processor) = rest.split_at_checked(size_of::<u64>())?;
        let word = |bytes: &[u8]| Some(u64::from_le_bytes(bytes.try_into().ok()?));
        Some(Self { head: Head::from_bytes(head)?, room: Room::of(word(room)?)?, processor: word(processor)? })
    }
}

impl Elsewhere {
    /// The other end sent this.
    pub(crate) fn of(turn: &Turn) -> Self {
        Self(Some(turn.processor))
    }

    /// Whether the other end can work while this one looks. On the same processor it would wait for the looking to end.
    pub(crate) fn is_elsewhere(self) -> bool {
        self.0.is_some_and(|other| other != processor())
    }
}

/// The processor that this thread runs on. It may run on another one by now, which costs a little time.
fn processor() -> u64 {
    rustix::thread::sched_getcpu() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isolation::wire::Span;

    #[test]
    fn a_turn_is_read_as_it_was_written_and_not_cut_or_longer() {
        let turn = Turn::now(Head { sequence: 7, description: Span { start: 8, len: 9 } }, Room::Second);
        let bytes = turn.to_bytes();
        assert_eq!(Turn::from_bytes(&bytes), Some(turn));
        assert_eq!(Turn::from_bytes(&bytes[..Turn::BYTES - 1]), None);
        assert_eq!(Turn::from_bytes(&[bytes.as_slice(), &[0]].concat()), None);
        assert_eq!(Turn::from_bytes(&[]), None);
        let mut elsewhere = bytes;
        elsewhere[Head::BYTES] = 3;
        assert_eq!(Turn::from_bytes(&elsewhere), None, "there is no such room");
    }

    #[test]
    fn who_never_sent_is_not_looked_for() {
        assert!(!Elsewhere::default().is_elsewhere());
        let head = Head { sequence: 0, description: Span::default() };
        let far = Turn { processor: u64::MAX, ..Turn::now(head, Room::Whole) };
        assert!(Elsewhere::of(&far).is_elsewhere());
    }
}
