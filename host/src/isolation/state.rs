//! What foreign code may leave changed in the thread that called it: how floating point rounds, and what it does with numbers
//! close to zero. Loading a library that was built for speed is enough to change it. It is put back after every call.

// The one file of the isolation that reads and writes registers.
#![allow(unsafe_code)]

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
use std::arch::asm;

/// The state of a thread that decides what its arithmetic computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ThreadState {
    #[cfg(target_arch = "x86_64")]
    mxcsr: u32,
    #[cfg(target_arch = "x86_64")]
    x87: u16,
    #[cfg(target_arch = "aarch64")]
    fpcr: u64,
}

/// What is a report of the past and not a setting: which exceptions were met.
#[cfg(target_arch = "x86_64")]
const MXCSR_FLAGS: u32 = 0x3f;

#[cfg(target_arch = "x86_64")]
impl ThreadState {
    /// The state as it is now.
    pub(crate) fn save() -> Self {
        let (mut mxcsr, mut x87) = (0_u32, 0_u16);
        // SAFETY: writes four bytes to `mxcsr`, which is that large.
        unsafe { asm!("stmxcsr [{}]", in(reg) &raw mut mxcsr, options(nostack, preserves_flags)) };
        // SAFETY: writes two bytes to `x87`, which is that large.
        unsafe { asm!("fnstcw [{}]", in(reg) &raw mut x87, options(nostack, preserves_flags)) };
        Self { mxcsr: mxcsr & !MXCSR_FLAGS, x87 }
    }

    /// Puts the state back. Returns whether it had been changed.
    pub(crate) fn restore(self) -> bool {
        let changed = Self::save() != self;
        if changed {
            // SAFETY: a value that was read from the same register, on this processor.
            unsafe { asm!("ldmxcsr [{}]", in(reg) &raw const self.mxcsr, options(nostack, preserves_flags)) };
            // SAFETY: as above.
            unsafe { asm!("fldcw [{}]", in(reg) &raw const self.x87, options(nostack, preserves_flags)) };
        }
        changed
    }
}

#[cfg(target_arch = "aarch64")]
impl ThreadState {
    /// The state as it is now.
    pub(crate) fn save() -> Self {
        let fpcr: u64;
        // SAFETY: reads a register that every thread may read.
        unsafe { asm!("mrs {}, fpcr", out(reg) fpcr, options(nomem, nostack, preserves_flags)) };
        Self { fpcr }
    }

    /// Puts the state back. Returns whether it had been changed.
    pub(crate) fn restore(self) -> bool {
        let changed = Self::save() != self;
        if changed {
            // SAFETY: a value that was read from the same register, on this processor.
            unsafe { asm!("msr fpcr, {}", in(reg) self.fpcr, options(nomem, nostack, preserves_flags)) };
        }
        changed
    }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
impl ThreadState {
    /// On this processor nothing is known to be saved.
    pub(crate) fn save() -> Self {
        Self {}
    }

    /// Nothing was saved.
    pub(crate) fn restore(self) -> bool {
        false
    }
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;

    #[test]
    fn what_changes_is_put_back_and_told() {
        let before = ThreadState::save();
        assert!(!before.restore());
        // Flush to zero, as a library built for speed sets it.
        let flushing = ThreadState { mxcsr: before.mxcsr | 1 << 15, ..before };
        assert!(flushing.restore());
        let tiny = std::hint::black_box(f64::MIN_POSITIVE) / std::hint::black_box(4.0);
        assert!(before.restore());
        assert_eq!(tiny, 0.0);
        assert!(std::hint::black_box(f64::MIN_POSITIVE) / std::hint::black_box(4.0) > 0.0);
        assert_eq!(ThreadState::save(), before);
    }
}
