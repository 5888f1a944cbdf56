//! A batch is cut into chunks, which threads work on. Neither their size nor the number of threads changes a result.

use std::sync::mpsc;

/// Values of the instances of a chunk, unless a caller says otherwise: the memory that a chunk needs follows from them.
const CHUNK_VALUES: usize = 32_768;

/// Instances that no chunk has fewer of, unless a caller says otherwise: fewer are not worth another call of the model.
const CHUNK_ROWS_MIN: usize = 256;

/// How a batch is cut up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cut {
    /// Instances of a chunk, at least 1.
    chunk_rows: usize,
    /// Whether each thread is to have its share, in place of full chunks.
    shares: bool,
    threads: usize,
}

impl Cut {
    /// Chunks of so many instances, whatever the batch.
    pub(crate) fn new(chunk_rows: usize, threads: usize) -> Self {
        Self { chunk_rows: chunk_rows.max(1), shares: false, threads }
    }

    /// Chunks that suit instances of so many features: of [`CHUNK_VALUES`] at most, or a thread's share of the batch if
    /// that is less, but of [`CHUNK_ROWS_MIN`] at least.
    pub(crate) fn suiting(n_features: usize, threads: usize) -> Self {
        let chunk_rows = (CHUNK_VALUES / n_features.max(1)).max(CHUNK_ROWS_MIN);
        Self { chunk_rows, shares: true, threads }
    }

    /// Instances of a chunk of a batch of `n_rows`; the last may have fewer.
    fn rows(self, n_rows: usize) -> usize {
        let share = if self.shares { n_rows.div_ceil(self.threads.max(1)).max(CHUNK_ROWS_MIN) } else { usize::MAX };
        self.chunk_rows.min(share)
    }
}

/// Runs `work(start, len)` over consecutive chunks and returns the results in order, or the first error in that order.
pub(crate) fn in_chunks<T: Send, E: Send>(
    n_rows: usize,
    cut: Cut,
    work: impl Fn(usize, usize) -> Result<T, E> + Sync,
) -> Result<Vec<T>, E> {
    let mut results = Vec::with_capacity(n_rows.div_ceil(cut.rows(n_rows)));
    each_chunk(n_rows, cut, work, |result| results.push(result))?;
    Ok(results)
}

/// Runs `work(start, len)` over consecutive chunks, and hands the results to `take` in order, up to the first error in that
/// order. A result is handed on before its thread begins the chunk after the next, so that no more of them wait than two
/// per thread.
///
/// Thread `t` of `T` takes the chunks `t`, `t + T`, …: no queue, no lock, and each thread has work as long as there are as
/// many chunks. Which error is the first does not depend on the threads.
pub(crate) fn each_chunk<T: Send, E: Send>(
    n_rows: usize,
    cut: Cut,
    work: impl Fn(usize, usize) -> Result<T, E> + Sync,
    mut take: impl FnMut(T),
) -> Result<(), E> {
    let chunk_rows = cut.rows(n_rows);
    let n_chunks = n_rows.div_ceil(chunk_rows);
    let n_threads = cut.threads.min(n_chunks);
    let chunk = |chunk_idx: usize| {
        let start = chunk_idx * chunk_rows;
        work(start, chunk_rows.min(n_rows - start))
    };
    if n_threads <= 1 {
        return (0..n_chunks).try_for_each(|chunk_idx| chunk(chunk_idx).map(&mut take));
    }
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..n_threads)
            .map(|thread_idx| {
                let chunk = &chunk;
                let (sender, results) = mpsc::sync_channel(1);
                let worker = scope.spawn(move || {
                    // Nobody receives any more after an earlier error.
                    (thread_idx..n_chunks).step_by(n_threads).all(|chunk_idx| sender.send(chunk(chunk_idx)).is_ok());
                });
                (worker, results)
            })
            .collect();
        // A thread that hangs up before its last chunk has panicked: it is joined for that below.
        let outcome = (0..n_chunks)
            .map_while(|chunk_idx| workers[chunk_idx % n_threads].1.recv().ok())
            .try_for_each(|result| result.map(&mut take));
        for (worker, results) in workers {
            drop(results);
            worker.join().unwrap_or_else(|payload| std::panic::resume_unwind(payload));
        }
        outcome
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_come_back_in_order_from_any_number_of_threads() {
        let rows: Vec<usize> = (0..100).collect();
        for (chunk_rows, threads) in [(1, 1), (7, 2), (7, 8), (100, 8), (1000, 3)] {
            let cut = Cut::new(chunk_rows, threads);
            let chunks =
                in_chunks(100, cut, |start, len| Ok::<_, ()>((start..start + len).collect::<Vec<_>>())).unwrap();
            assert_eq!(chunks.concat(), rows, "{cut:?}");
        }
        let none = in_chunks(0, Cut::new(5, 2), |_, _| -> Result<(), ()> { panic!("no rows, no work") });
        assert_eq!(none, Ok(vec![]));
    }

    #[test]
    fn a_chunk_is_a_share_of_the_batch_within_bounds() {
        let chunks = |n_rows, n_features, threads| {
            in_chunks(n_rows, Cut::suiting(n_features, threads), |_, len| Ok::<_, ()>(len)).unwrap()
        };
        assert_eq!(chunks(1000, 30, 1), [1000], "a usual batch meets the model once");
        assert_eq!(chunks(1000, 30, 2), [500, 500]);
        assert_eq!(chunks(300, 30, 2), [256, 44], "a chunk is worth its while");
        assert_eq!(chunks(2000, 30, 1), [1092, 908], "a chunk has no more than 32,768 values");
        assert_eq!(chunks(600, 1000, 2), [256, 256, 88]);
        assert_eq!(chunks(0, 30, 2), [0; 0]);
    }

    #[test]
    fn the_first_error_is_the_one_returned() {
        let cut = Cut::new(1, 2);
        for _ in 0..100 {
            let outcome = in_chunks(10, cut, |start, _| if start >= 1 { Err(start) } else { Ok(()) });
            assert_eq!(outcome, Err(1));
        }
    }

    #[test]
    fn few_results_wait_to_be_taken() {
        use std::sync::atomic::{AtomicUsize, Ordering};

        let waiting = AtomicUsize::new(0);
        let most = AtomicUsize::new(0);
        let cut = Cut::new(1, 2);
        let work = |start: usize, _: usize| {
            // The first chunk is by far the slowest, so that the other thread could run far ahead.
            (0..if start == 0 { 2_000_000 } else { 1 }).for_each(|_| std::hint::spin_loop());
            most.fetch_max(waiting.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            Ok::<_, ()>(start)
        };
        let mut taken = Vec::new();
        let take = |start| {
            waiting.fetch_sub(1, Ordering::SeqCst);
            taken.push(start);
        };
        each_chunk(200, cut, work, take).unwrap();
        assert_eq!(taken, (0..200).collect::<Vec<_>>());
        // Of each thread one that it made, one in its channel, and of one thread the one that is just being taken.
        assert!(most.into_inner() <= 5);
    }

    #[test]
    fn a_panic_of_a_thread_is_a_panic_of_the_caller() {
        let cut = Cut::new(1, 2);
        let work = |start: usize, _: usize| {
            assert!(start < 3, "a bug of ours");
            Ok::<_, ()>(())
        };
        let caught = std::panic::catch_unwind(|| in_chunks(10, cut, work));
        assert!(caught.is_err());
    }
}
