//! Whether a bundle's idea of the boundary fits the host's. It calls nothing of the bundle but what its layout names.

use abi_stable::abi_stability::abi_checking::{CheckingGlobals, check_layout_compatibility_with_globals};
use abi_stable::library::RootModule;
use abi_stable::type_layout::TypeLayout;
use ce_plugin_api::BundleModuleRef;

use super::LoadCause;

/// Compares with the bundle as the interface and the host as the implementation: what the bundle knows must stand in the
/// host as it is, and the host may know more.
///
/// The globals of the check are made anew for each bundle. abi_stable's own are shared by the process, and after it has
/// seen an old bundle it compares later ones with that one's shorter tables.
pub(super) fn check(bundle: &'static TypeLayout) -> Result<(), LoadCause> {
    let host = <BundleModuleRef as abi_stable::StableAbi>::LAYOUT;
    debug_assert_eq!(BundleModuleRef::NAME, "ce_bundle");
    check_layout_compatibility_with_globals(bundle, host, &CheckingGlobals::new()).map_err(|errors| {
        let all = errors.to_string();
        LoadCause::Layout { first: first_difference(&all), all }
    })
}

/// The first difference of abi_stable's report, which runs over hundreds of lines, in one.
fn first_difference(report: &str) -> String {
    let lines: Vec<&str> = report.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let start = lines.iter().position(|line| line.starts_with("Error:")).unwrap_or(0);
    let mut first = lines[start.min(lines.len())..].iter().take_while(|line| !line.starts_with("Layout")).copied();
    let joined = first.by_ref().take(8).collect::<Vec<_>>().join(" ");
    joined.chars().take(300).collect()
}
