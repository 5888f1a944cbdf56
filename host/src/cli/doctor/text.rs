//! The diagnosis as people read it: what is well in one line, what is not with its cause and remedy.

use super::Report;
use crate::bundle::doctor::{Examined, Finding, Severity};
use crate::cli::failure::Failure;
use crate::cli::io::{Io, shown};

pub(super) fn print(report: &Report, io: &mut Io<'_>) -> Result<(), Failure> {
    if !report.installation.is_empty() {
        io.print(format_args!("installation\n"))?;
        findings(&report.installation, "", io)?;
    }
    for (file_idx, file) in report.files.iter().enumerate() {
        let gap = if file_idx == 0 && report.installation.is_empty() { "" } else { "\n" };
        io.print(format_args!("{gap}{}\n", title(file)))?;
        findings(&file.findings, &shown(&file.path), io)?;
    }
    let (n_faults, n_warnings) = (report.count(Severity::Fault), report.count(Severity::Warning));
    let verdict = if n_faults == 0 { "no fault" } else { "it cannot be used as it is" };
    io.print(format_args!("\n{verdict}: {}, {}\n", counted(n_faults, "fault"), counted(n_warnings, "warning")))
}

fn title(file: &Examined) -> String {
    let name = file.bundle.as_ref().map(|(name, version)| format!(" (`{name}` {version})")).unwrap_or_default();
    format!("{}{name}", shown(&file.path))
}

/// Within a file its path is not said again.
fn findings(findings: &[Finding], path: &str, io: &mut Io<'_>) -> Result<(), Failure> {
    for finding in findings {
        let place =
            finding.place.strip_prefix(path).map_or(finding.place.as_str(), |rest| rest.trim_start_matches(": "));
        let place = if place.is_empty() { String::new() } else { format!("{place}: ") };
        let (severity, code) = (finding.severity, finding.code);
        match &finding.remedy {
            None => io.print(format_args!("  {severity:<8} {code:<24} {place}{}\n", finding.cause))?,
            Some(remedy) => {
                let told = finding.reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
                io.print(format_args!("  {severity:<8} {code:<24} {place}{}{told}\n", finding.cause))?;
                io.print(format_args!("           remedy: {remedy}\n"))?;
            }
        }
    }
    Ok(())
}

fn counted(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}
