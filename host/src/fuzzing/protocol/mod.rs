//! Bytes as messages between a host and its worker, from either end. It never starts a worker.
//!
//! The first byte says who reads: `c` is a call that a worker reads, `r` a reply that a host reads, both as the head that
//! goes through the socket and the shared memory after it; anything else stands before a packet of the control socket.

mod call;
mod control;
mod echo;
mod memory;
mod reply;

pub(super) use memory::Memory;

/// Reads bytes as one message.
pub fn protocol(bytes: &[u8]) {
    match bytes.split_first() {
        Some((b'c', call)) => call::read(call),
        Some((b'r', reply)) => reply::read(reply),
        Some((_, packet)) => control::read(packet),
        None => {}
    }
}

#[cfg(test)]
pub(super) use call::made;
