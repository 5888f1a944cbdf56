//! A library without `ce-plugin-api`, which the tests compile by themselves: what it carries and needs is up to them, and
//! its constructor writes a file, so that mapping it leaves a trace.
//!
//! `record` is written beside this file before it is compiled; the section and the entry point are switched by `cfg`.

#[cfg(has_record)]
#[used]
#[unsafe(link_section = ".ce_bundle")]
static RECORD: [u8; include_bytes!("record").len()] = *include_bytes!("record");

#[cfg(has_register)]
#[unsafe(no_mangle)]
pub extern "C" fn register() {
    construct();
}

#[cfg(asks_library)]
unsafe extern "C" {
    /// Of the bundle's own library.
    safe fn own() -> u32;
}

#[used]
#[unsafe(link_section = ".init_array")]
static CONSTRUCTOR: extern "C" fn() = construct;

extern "C" fn construct() {
    if let Some(path) = std::env::var_os("BUNDLE_CONSTRUCTOR_WRITES") {
        #[cfg(asks_library)]
        let text = format!("the constructor of `raw` ran, and its library says {}\n", own());
        #[cfg(not(asks_library))]
        let text = "the constructor of `raw` ran\n";
        let _ = std::fs::write(path, text);
    }
}
