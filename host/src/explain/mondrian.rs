//! Mondrian categories: labels of any kind become codes, once, here. It never calibrates.

/// The Mondrian category of each calibration row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mondrian {
    /// Each label once, sorted; the position is the code.
    labels: Vec<String>,
    /// `[n]`, the code of each calibration row.
    codes: Vec<u32>,
    /// The number of calibration rows of each category, in the order of codes: every batch is warned by them.
    sizes: Vec<usize>,
}

impl Mondrian {
    /// The categories of calibration rows that carry these labels.
    pub(crate) fn of(rows: &[String]) -> Self {
        let mut labels = rows.to_vec();
        labels.sort_unstable();
        labels.dedup();
        let code = |label: &String| labels.binary_search(label).unwrap_or_default() as u32;
        let codes: Vec<u32> = rows.iter().map(code).collect();
        let mut sizes = vec![0; labels.len()];
        codes.iter().for_each(|&code| sizes[code as usize] += 1);
        Self { labels, codes, sizes }
    }

    pub(crate) fn labels(&self) -> &[String] {
        &self.labels
    }

    pub(crate) fn codes(&self) -> &[u32] {
        &self.codes
    }

    /// `[n]`, the label of each calibration row.
    pub(crate) fn row_labels(&self) -> impl Iterator<Item = &str> {
        self.codes.iter().map(|&code| self.labels[code as usize].as_str())
    }

    /// The code of a label; none if no calibration row carries it.
    pub(crate) fn code(&self, label: &str) -> Option<u32> {
        self.labels.binary_search_by(|known| known.as_str().cmp(label)).ok().map(|code| code as u32)
    }

    /// Every category with its number of calibration rows, in the order of codes.
    pub(crate) fn sizes(&self) -> impl Iterator<Item = (&str, usize)> {
        self.labels.iter().map(String::as_str).zip(self.sizes.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::Mondrian;

    #[test]
    fn labels_become_codes_in_sorted_order() {
        let rows = ["north", "east", "north"].map(str::to_owned);
        let mondrian = Mondrian::of(&rows);
        assert_eq!(mondrian.codes(), [1, 0, 1]);
        assert_eq!((mondrian.code("east"), mondrian.code("south")), (Some(0), None));
        assert_eq!(mondrian.sizes().collect::<Vec<_>>(), [("east", 1), ("north", 2)]);
    }
}
