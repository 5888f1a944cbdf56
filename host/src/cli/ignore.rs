//! The flags that name features which get no rule. It never leaves a column out: `--ignore-columns` does.

use clap::Args;

use super::options::HEADING;

/// Features that get no rule.
#[derive(Debug, Default, Args)]
pub(crate) struct IgnoreFlags {
    /// Features that get no rule; columns that are no features belong to --ignore-columns
    #[arg(long, value_name = "COL,…", value_delimiter = ',', help_heading = HEADING)]
    pub(crate) ignore: Vec<String>,

    /// A column of the data file that names, separated by `;`, the features that get no rule in that row; empty for none
    #[arg(long, value_name = "COL", help_heading = HEADING)]
    pub(crate) ignore_from_column: Option<String>,
}

impl IgnoreFlags {
    /// What is ignored, in words; none where nothing is.
    pub(crate) fn words(&self) -> Option<String> {
        let of_all = (!self.ignore.is_empty()).then(|| self.ignore.join(", "));
        let of_each = self.ignore_from_column.as_ref().map(|column| format!("those that the column `{column}` names"));
        let parts: Vec<String> = [of_all, of_each].into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join(", and "))
    }
}
