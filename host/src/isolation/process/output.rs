//! The last lines that a worker wrote to its standard output and error: a bounded number of bounded length, made fit for a
//! terminal.

use std::collections::VecDeque;

use ce_plugin_api::error::printable;

const LINES_MAX: usize = 20;
const LINE_BYTES_MAX: usize = 400;

/// The tail of an output.
#[derive(Debug, Default)]
pub(super) struct Tail {
    lines: VecDeque<Vec<u8>>,
    /// A line that is not ended yet.
    open: Vec<u8>,
}

impl Tail {
    pub(super) fn add(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            if byte == b'\n' {
                self.end_line();
            } else if self.open.len() < LINE_BYTES_MAX {
                self.open.push(byte);
            }
        }
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.open);
        if line.iter().all(u8::is_ascii_whitespace) {
            return;
        }
        if self.lines.len() == LINES_MAX {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
    }

    /// The lines, oldest first.
    pub(super) fn into_lines(mut self) -> Vec<String> {
        self.end_line();
        self.lines.iter().map(|line| printable(line, LINE_BYTES_MAX)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_kept_and_can_be_shown() {
        let mut tail = Tail::default();
        for line in 0..30 {
            tail.add(format!("line {line}\n\n").as_bytes());
        }
        tail.add(b"\x1b[31mred\xff");
        let lines = tail.into_lines();
        assert_eq!(lines.len(), LINES_MAX);
        assert_eq!(lines[0], "line 11");
        assert_eq!(lines[LINES_MAX - 1], "\u{fffd}[31mred\u{fffd}");
    }

    #[test]
    fn a_line_without_end_is_cut() {
        let mut tail = Tail::default();
        tail.add(&vec![b'x'; 1 << 20]);
        assert_eq!(tail.into_lines(), ["x".repeat(LINE_BYTES_MAX)]);
    }
}
