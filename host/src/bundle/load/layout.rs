//! Whether a bundle's idea of the boundary fits the host's. It calls nothing of the bundle but what its layout names.

use abi_stable::abi_stability::abi_checking::{
    AbiInstability, AbiInstabilityError, AbiInstabilityErrors, CheckingGlobals, check_layout_compatibility_with_globals,
};
use abi_stable::library::RootModule;
use abi_stable::type_layout::{TLFieldOrFunction, TypeLayout};
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
    check_layout_compatibility_with_globals(bundle, host, &CheckingGlobals::new())
        .map_err(|errors| LoadCause::Layout { first: first_difference(&errors), all: errors.to_string() })
}

/// The first difference of abi_stable's report, which runs over hundreds of lines, in one. All that is around a changed
/// type differs too, and only because of it: so it is the deepest difference, and of those the first.
fn first_difference(errors: &AbiInstabilityErrors) -> String {
    let depth = |error: &&AbiInstabilityError| error.stack_trace.len();
    let Some(deepest) = errors.errors.iter().filter(|error| !error.errs.is_empty()).rev().max_by_key(depth) else {
        return "in a way that abi_stable does not name".to_owned();
    };
    let mut fields = deepest.stack_trace.iter().filter_map(|step| match &step.found {
        TLFieldOrFunction::Field(field) => Some(format!("`{}` (in `{}`)", field.layout().name(), field.name())),
        TLFieldOrFunction::Function(_) => None,
    });
    let place = fields.next_back().unwrap_or_else(|| "the module".to_owned());
    let what = deepest.errs.last().map_or_else(String::new, difference);
    ce_plugin_api::error::printable(format!("{place} {what}").as_bytes(), 300)
}

/// The last error of a type is the most telling: a size comes before the field that made it.
fn difference(error: &AbiInstability) -> String {
    match error {
        AbiInstability::FieldCountMismatch(n) => format!("has {} fields there and {} here", n.expected, n.found),
        AbiInstability::UnexpectedField(field) => {
            format!("has the field `{}` there and `{}` here", field.expected.name(), field.found.name())
        }
        AbiInstability::Size(n) => format!("takes {} bytes there and {} here", n.expected, n.found),
        AbiInstability::Name(name) => format!("is `{}` there and `{}` here", name.expected, name.found),
        other => format!("differs: {other:?}"),
    }
}
