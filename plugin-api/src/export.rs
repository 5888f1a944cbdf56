//! What a bundle exports, all from one macro.

use abi_stable::StableAbi;
use abi_stable::library::{CheckTypeLayout, LibHeader, RootModule, RootModuleResult};
use abi_stable::package_version_strings;
use abi_stable::prefix_type::PrefixTypeTrait;
use abi_stable::sabi_types::VersionStrings;
use abi_stable::std_types::RResult;

use crate::guard::{guard, report_panics_as_errors};
use crate::{PluginError, Register, Registrar, RegistrarHandle};

/// The module behind abi_stable's library header. It pins the layout of everything that `register` can reach, so that a
/// host can compare it with its own before it calls anything.
///
/// A field appended here takes `#[sabi(missing_field(option))]`: old bundles do not have it.
#[repr(C)]
#[derive(StableAbi)]
#[allow(missing_debug_implementations)]
#[sabi(kind(Prefix(prefix_ref = BundleModuleRef)))]
#[sabi(missing_field(panic))]
#[doc(hidden)]
pub struct BundleModule {
    /// The same function as the exported symbol `register`.
    #[sabi(last_prefix_field)]
    pub register: extern "C" fn(RegistrarHandle<'_>) -> RResult<(), PluginError>,
}

impl RootModule for BundleModuleRef {
    abi_stable::declare_root_module_statics! {BundleModuleRef}
    const BASE_NAME: &'static str = "ce_bundle";
    const NAME: &'static str = "ce_bundle";
    const VERSION_STRINGS: VersionStrings = package_version_strings!();
}

/// abi_stable's library header, under a name that the macro can spell.
#[doc(hidden)]
pub type Header = LibHeader;

/// The header of a bundle whose module `constructor` makes.
#[doc(hidden)]
#[must_use]
#[allow(unsafe_code)]
pub const fn header(constructor: extern "C" fn() -> RootModuleResult) -> Header {
    // SAFETY: `module_of` is what the macro's constructor calls, and it makes a `BundleModuleRef`. The function is hidden
    // and for the macro alone.
    unsafe { LibHeader::from_constructor::<BundleModuleRef>(constructor, CheckTypeLayout::Yes) }
}

/// The module of a bundle with that entry point.
#[doc(hidden)]
pub fn module_of(register: extern "C" fn(RegistrarHandle<'_>) -> RResult<(), PluginError>) -> BundleModuleRef {
    BundleModule { register }.leak_into_prefix()
}

/// What the header's constructor returns.
#[doc(hidden)]
pub fn module_result(module: fn() -> BundleModuleRef) -> RootModuleResult {
    abi_stable::library::__call_root_module_loader(module)
}

/// Calls the author's function behind the guard.
#[doc(hidden)]
pub fn register_guarded(register: Register, registrar: RegistrarHandle<'_>) -> RResult<(), PluginError> {
    report_panics_as_errors();
    RResult::from(guard(|| register(&mut Registrar::new(registrar))))
}

/// Makes a bundle of the crate it stands in: exports `register`, embeds the manifest where it can be read without running
/// the library, and records the version of this crate beside it.
///
/// Call it once, in a crate with `crate-type = ["cdylib"]`, with the manifest's path relative to the file of the call and
/// a function of type [`Register`](crate::Register).
///
/// ```text
/// ce_plugin_api::export_bundle!("../bundle.json", register);
///
/// fn register(registrar: &mut Registrar<'_>) -> Result<(), PluginError> {
///     registrar.interval("acme.interval.plain", Plain);
///     Ok(())
/// }
/// ```
///
/// A bundle must be able to catch its panics: with `panic = "abort"` it does not compile.
#[macro_export]
macro_rules! export_bundle {
    ($manifest:literal, $register:path) => {
        #[cfg(panic = "abort")]
        ::core::compile_error!("a bundle must catch its own panics: build it with panic = \"unwind\"");

        #[allow(unsafe_code, missing_docs, unreachable_pub)]
        const _: () = {
            const MANIFEST: &str = ::core::include_str!($manifest);
            const LENGTH: usize = $crate::__private::encoded_len($crate::VERSION, MANIFEST);

            #[used]
            #[cfg_attr(any(target_os = "macos", target_os = "ios"), unsafe(link_section = "__DATA,__ce_bundle"))]
            #[cfg_attr(windows, unsafe(link_section = ".cebndl"))]
            #[cfg_attr(not(any(windows, target_os = "macos", target_os = "ios")), unsafe(link_section = ".ce_bundle"))]
            pub static SECTION: [u8; LENGTH] = $crate::__private::encode($crate::VERSION, MANIFEST);

            // Not named `register`, which is what the author's own function may be called.
            #[unsafe(export_name = "register")]
            pub extern "C" fn ce_bundle_register(
                registrar: $crate::RegistrarHandle<'_>,
            ) -> $crate::__private::RResult<(), $crate::PluginError> {
                $crate::__private::register_guarded($register, registrar)
            }

            fn module() -> $crate::__private::BundleModuleRef {
                $crate::__private::module_of(ce_bundle_register)
            }

            extern "C" fn constructor() -> $crate::__private::RootModuleResult {
                $crate::__private::module_result(module)
            }

            #[unsafe(export_name = "_1as_0lib_1header_0root_bmodule_bloader")]
            pub static HEADER: $crate::__private::Header = $crate::__private::header(constructor);
        };
    };
}
