//! How long a process has computed, as the kernel tells of one that ended and was not waited for, and how many threads it
//! has. It never looks at another process than the one that is asked for.

use std::time::Duration;

/// The time of all its threads, those that ended too; `None` where /proc does not tell.
pub(super) fn time_of(pid: u32) -> Option<Duration> {
    ticks(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?).map(|ticks| {
        let per_second = rustix::param::clock_ticks_per_second().max(1);
        Duration::from_millis(ticks.saturating_mul(1000) / per_second)
    })
}

/// How many threads it has; `None` where /proc does not tell.
pub(super) fn threads_of(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The 20th field.
    behind_name(&stat)?.nth(17)?.parse().ok()
}

/// The fields from the third on. The second is a name in parentheses, chosen by the process.
fn behind_name(stat: &str) -> Option<std::str::SplitAsciiWhitespace<'_>> {
    Some(stat.rsplit_once(')')?.1.split_ascii_whitespace())
}

/// `utime` and `stime`, the 14th and 15th field.
fn ticks(stat: &str) -> Option<u64> {
    let mut fields = behind_name(stat)?.skip(11);
    let mut next = || fields.next()?.parse::<u64>().ok();
    next()?.checked_add(next()?)
}

#[cfg(test)]
mod tests {
    use super::ticks;

    #[test]
    fn this_process_has_threads() {
        assert!(super::threads_of(std::process::id()).is_some_and(|n_threads| n_threads >= 1));
        assert_eq!(super::threads_of(u32::MAX), None);
    }

    #[test]
    fn a_name_cannot_pose_as_fields() {
        let stat = "7 (x) R 1 1 1) S 1 7 7 0 -1 4194304 1 2 3 4 120 34 5 6 20 0 1 0";
        assert_eq!(ticks(stat), Some(154));
        assert_eq!(ticks("7 (x) S 1"), None);
        assert_eq!(ticks(""), None);
    }
}
