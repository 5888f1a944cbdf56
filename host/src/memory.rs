//! Memory that is freed is kept for the next batch, as far as the C library can be brought to it. It holds none itself.

use std::hint::black_box;
use std::sync::Once;

/// As large as glibc lets this size become. It keeps twice as much at the end of each heap.
const LARGE_BYTES: usize = (32 << 20) - (64 << 10);

/// Tells the C library that large blocks come and go in this process.
///
/// glibc maps large blocks one by one, and gives freed memory at the end of its heap back to the system. The next batch would
/// have each of these pages cleared and faulted in again, which takes longer than many a batch. What counts as large it
/// learns from the blocks that a program frees (`M_MMAP_THRESHOLD` in mallopt(3)), so that one large block, never touched,
/// is enough. Allocators of another kind hand it out and take it back.
pub(crate) fn keep_freed() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let mut block = Vec::<u8>::new();
        // Where there is no room for it, there is none to keep.
        let _ = block.try_reserve_exact(LARGE_BYTES);
        drop(black_box(block));
    });
}
