//! System calls, by what is done about them. It never talks to the kernel.

pub(super) mod allowed;
pub(super) mod granted;
pub(super) mod named;
pub(super) mod tolerated;

/// A call that a filter matches: always if `when` is empty, else if all arguments of one of its entries fit.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) number: i64,
    pub(super) when: Vec<Vec<Argument>>,
}

impl Call {
    pub(super) fn always(number: i64) -> Self {
        Self { number, when: Vec::new() }
    }

    /// Matched if the argument at `idx` is none of `values`.
    fn unless(number: i64, idx: u8, values: &[u32]) -> Self {
        Self { number, when: vec![Argument::none_of(idx, values)] }
    }

    /// Matched if one of the arguments fits.
    fn when(number: i64, any: impl IntoIterator<Item = Argument>) -> Self {
        Self { number, when: any.into_iter().map(|argument| vec![argument]).collect() }
    }
}

/// What one argument of a call must be for the call to match.
#[derive(Clone, Copy, Debug)]
pub(super) struct Argument {
    /// From 0.
    pub(super) idx: u8,
    /// 64 bits wide; else 32, and the upper half is not looked at.
    pub(super) is_pointer: bool,
    pub(super) compared: Compared,
}

/// How an argument is compared.
#[derive(Clone, Copy, Debug)]
pub(super) enum Compared {
    Is(u64),
    IsNot(u64),
    /// The bits of `mask` are those of `value`.
    Bits {
        mask: u64,
        value: u64,
    },
}

impl Argument {
    fn is(idx: u8, value: u32) -> Self {
        Self { idx, is_pointer: false, compared: Compared::Is(value.into()) }
    }

    fn is_not(idx: u8, value: u32) -> Self {
        Self { idx, is_pointer: false, compared: Compared::IsNot(value.into()) }
    }

    /// All of them fit if the argument is none of `values`.
    fn none_of(idx: u8, values: &[u32]) -> Vec<Self> {
        values.iter().map(|&value| Self::is_not(idx, value)).collect()
    }

    fn is_not_null(idx: u8) -> Self {
        Self { idx, is_pointer: true, compared: Compared::IsNot(0) }
    }

    /// All of `bits` are set.
    fn has(idx: u8, bits: i32) -> Self {
        Self::bits(idx, bits, bits)
    }

    /// None of `bits` is set.
    fn lacks(idx: u8, bits: i32) -> Self {
        Self::bits(idx, bits, 0)
    }

    fn bits(idx: u8, mask: i32, value: i32) -> Self {
        let (mask, value) = (u64::from(mask.cast_unsigned()), u64::from(value.cast_unsigned()));
        Self { idx, is_pointer: false, compared: Compared::Bits { mask, value } }
    }
}
