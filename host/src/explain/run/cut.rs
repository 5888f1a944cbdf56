//! A batch is cut into chunks, which threads work on. Neither their size nor the number of threads changes a result.

use std::sync::atomic::{AtomicUsize, Ordering};

/// How a batch is cut up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cut {
    pub(crate) chunk_rows: usize,
    pub(crate) threads: usize,
}

/// Runs `work(start, len)` over consecutive chunks and returns the results in order, or the first error in that order.
///
/// Thread `t` of `T` takes the chunks `t`, `t + T`, …: no queue, no lock, and each thread has work as long as there are as
/// many chunks. After an error no thread begins a later chunk, but every earlier one is done: which error is the first does
/// not depend on the threads.
pub(crate) fn in_chunks<T: Send, E: Send>(
    n_rows: usize,
    cut: Cut,
    work: impl Fn(usize, usize) -> Result<T, E> + Sync,
) -> Result<Vec<T>, E> {
    let n_chunks = n_rows.div_ceil(cut.chunk_rows);
    let n_threads = cut.threads.min(n_chunks);
    let chunk = |chunk_idx: usize| {
        let start = chunk_idx * cut.chunk_rows;
        work(start, cut.chunk_rows.min(n_rows - start))
    };
    if n_threads <= 1 {
        return (0..n_chunks).map(chunk).collect();
    }
    let first_failed = AtomicUsize::new(usize::MAX);
    let mut results: Vec<(usize, Result<T, E>)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..n_threads)
            .map(|thread_idx| {
                let (chunk, first_failed) = (&chunk, &first_failed);
                scope.spawn(move || {
                    let mut done = Vec::new();
                    for chunk_idx in (thread_idx..n_chunks).step_by(n_threads) {
                        if chunk_idx > first_failed.load(Ordering::Relaxed) {
                            break;
                        }
                        let result = chunk(chunk_idx);
                        if result.is_err() {
                            first_failed.fetch_min(chunk_idx, Ordering::Relaxed);
                        }
                        done.push((chunk_idx, result));
                    }
                    done
                })
            })
            .collect();
        let join = |worker: std::thread::ScopedJoinHandle<'_, Vec<_>>| {
            worker.join().unwrap_or_else(|payload| std::panic::resume_unwind(payload))
        };
        workers.into_iter().flat_map(join).collect()
    });
    results.sort_unstable_by_key(|(chunk_idx, _)| *chunk_idx);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_come_back_in_order_from_any_number_of_threads() {
        let rows: Vec<usize> = (0..100).collect();
        for (chunk_rows, threads) in [(1, 1), (7, 2), (7, 8), (100, 8), (1000, 3)] {
            let cut = Cut { chunk_rows, threads };
            let chunks =
                in_chunks(100, cut, |start, len| Ok::<_, ()>((start..start + len).collect::<Vec<_>>())).unwrap();
            assert_eq!(chunks.concat(), rows, "{cut:?}");
        }
        let none =
            in_chunks(0, Cut { chunk_rows: 5, threads: 2 }, |_, _| -> Result<(), ()> { panic!("no rows, no work") });
        assert_eq!(none, Ok(vec![]));
    }

    #[test]
    fn the_first_error_is_the_one_returned() {
        let cut = Cut { chunk_rows: 1, threads: 2 };
        for _ in 0..100 {
            let outcome = in_chunks(10, cut, |start, _| if start >= 1 { Err(start) } else { Ok(()) });
            assert_eq!(outcome, Err(1));
        }
    }
}
