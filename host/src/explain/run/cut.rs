//! A batch is cut into chunks, which threads work on. Neither their size nor the number of threads changes a result.

use std::sync::mpsc;

/// How a batch is cut up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cut {
    pub(crate) chunk_rows: usize,
    pub(crate) threads: usize,
}

/// Runs `work(start, len)` over consecutive chunks and returns the results in order, or the first error in that order.
pub(crate) fn in_chunks<T: Send, E: Send>(
    n_rows: usize,
    cut: Cut,
    work: impl Fn(usize, usize) -> Result<T, E> + Sync,
) -> Result<Vec<T>, E> {
    let mut results = Vec::with_capacity(n_rows.div_ceil(cut.chunk_rows));
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
    let n_chunks = n_rows.div_ceil(cut.chunk_rows);
    let n_threads = cut.threads.min(n_chunks);
    let chunk = |chunk_idx: usize| {
        let start = chunk_idx * cut.chunk_rows;
        work(start, cut.chunk_rows.min(n_rows - start))
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

    #[test]
    fn few_results_wait_to_be_taken() {
        use std::sync::atomic::{AtomicUsize, Ordering};

        let waiting = AtomicUsize::new(0);
        let most = AtomicUsize::new(0);
        let cut = Cut { chunk_rows: 1, threads: 2 };
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
        let cut = Cut { chunk_rows: 1, threads: 2 };
        let work = |start: usize, _: usize| {
            assert!(start < 3, "a bug of ours");
            Ok::<_, ()>(())
        };
        let caught = std::panic::catch_unwind(|| in_chunks(10, cut, work));
        assert!(caught.is_err());
    }
}
