//! Replies in the bundle's own hand, sent in place of the worker's: what a bundle can say that knows the protocol of host
//! and worker. It never sends one that is in order.

use crate::system;

/// A description that begins where the shared memory has long ended.
pub(crate) fn outside(sequence: u64) {
    system::send_to_all(&head(sequence, 1 << 40, 16));
}

/// The reply to the call after this one.
pub(crate) fn early(sequence: u64) {
    system::send_to_all(&head(sequence + 1, 0, 1));
}

/// A reply in a room that the call does not have.
pub(crate) fn elsewhere(sequence: u64) {
    const ROOM: usize = size_of::<[u64; 3]>();
    let mut packet = head(sequence, 0, 1);
    packet[ROOM] = 2;
    system::send_to_all(&packet);
}

/// Rules with a thousand further columns, all of them the same half gigabyte: it costs nothing to say, and a host that copied
/// it all would be out of memory. `lent` is where the memory begins that the worker's replies lie in.
pub(crate) fn overlaps(sequence: u64, lent: usize) {
    const PLACE: usize = 1 << 20;
    let nothing = (0_u64, 0_u64);
    let half_a_gigabyte = (8_u64, 1_u64 << 26);
    let further = vec![(nothing, 1_u32, half_a_gigabyte); 1000];
    let no_columns = further[..0].to_vec();
    // `Ok(Reply::Rules(…))`: the end of instances, six columns of rules, the end of conditions, four columns of these.
    let rules = (0_u32, 5_u32, [nothing; 12], further, no_columns.clone(), no_columns);
    let Ok(description) = postcard::to_allocvec(&rules) else { return };
    system::write_at(lent + PLACE, &description);
    system::send_to_all(&head(sequence, PLACE as u64, description.len() as u64));
}

/// The worker's word that it cannot read the call, in words that paint the terminal of whoever reads them.
pub(crate) fn words(sequence: u64, lent: usize) {
    const PLACE: usize = 1 << 20;
    let failure = (1_u32, 2_u32, "\x1b[31mred");
    let Ok(description) = postcard::to_allocvec(&failure) else { return };
    system::write_at(lent + PLACE, &description);
    system::send_to_all(&head(sequence, PLACE as u64, description.len() as u64));
}

/// What goes through a lane's socket: the head of a reply, the room that it is in (all there is), and the processor that it
/// comes from.
fn head(sequence: u64, start: u64, len: u64) -> Vec<u8> {
    [sequence, start, len, 0, 0].into_iter().flat_map(u64::to_le_bytes).collect()
}
