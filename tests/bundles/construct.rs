//! A constructor that writes the file which `BUNDLE_CONSTRUCTOR_WRITES` names. It runs when the library is mapped.

// The variable does not begin with `CE_`: the host refuses those that it does not know.
pub(crate) extern "C" fn construct() {
    if let Some(path) = std::env::var_os("BUNDLE_CONSTRUCTOR_WRITES") {
        let _ = std::fs::write(path, "a constructor ran\n");
    }
}

#[allow(unsafe_code)]
#[used]
#[cfg_attr(any(target_os = "macos", target_os = "ios"), unsafe(link_section = "__DATA,__mod_init_func"))]
#[cfg_attr(windows, unsafe(link_section = ".CRT$XCU"))]
#[cfg_attr(not(any(windows, target_os = "macos", target_os = "ios")), unsafe(link_section = ".init_array"))]
static CONSTRUCTOR: extern "C" fn() = construct;
