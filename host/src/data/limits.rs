//! How large a file of data may be. It never reads one.

/// The most bytes that a file may have: 1 GiB, so that positions are `u32`.
pub const FILE_BYTES_MAX: usize = 1 << 30;
/// The most rows that a table may have.
pub const ROWS_MAX: usize = 10_000_000;
/// The most columns that a table may have.
pub const COLUMNS_MAX: usize = 16_384;
/// The most bytes that a cell may have.
pub const CELL_BYTES_MAX: usize = 65_536;

/// What a table may have at most. Tests set smaller ones.
pub(super) struct Limits {
    pub(super) bytes: usize,
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) cell_bytes: usize,
}

pub(super) const LIMITS: Limits =
    Limits { bytes: FILE_BYTES_MAX, rows: ROWS_MAX, columns: COLUMNS_MAX, cell_bytes: CELL_BYTES_MAX };
