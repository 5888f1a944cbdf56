//! A mapped library. Once mapped it stays; the same bytes are never mapped twice.

// The one file of the host where foreign code is mapped, and called by address.
#![allow(unsafe_code)]

use std::collections::HashMap;
use std::ffi::c_void;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use abi_stable::library::{AbiHeaderRef, ROOT_MODULE_LOADER_NAME_WITH_NUL};
use abi_stable::std_types::RResult;
use ce_plugin_api::{BundleModuleRef, PluginError, Registrar, RegistrarHandle};

use super::image::{Image, Mappings};
use super::{LoadCause, layout};
use crate::bundle::digest::Digest;
use crate::bundle::registration::Registration;
use crate::bundle::trust::Trusted;

#[cfg(unix)]
use libloading::os::unix as os;
#[cfg(windows)]
use libloading::os::windows as os;

/// `register`, as every bundle exports it.
type RegisterSymbol = extern "C" fn(RegistrarHandle<'_>) -> RResult<(), PluginError>;

/// A mapped library whose boundary fits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Library {
    register: RegisterSymbol,
}

/// The libraries that were mapped in this process, by the digest of their bytes.
static MAPPED: LazyLock<Mutex<HashMap<Digest, Library>>> = LazyLock::new(Mutex::default);

impl Library {
    /// Maps the bytes that were judged, unless they are mapped already.
    pub(super) fn of(trusted: &Trusted) -> Result<Self, LoadCause> {
        // Held while constructors run, so that two hosts of a process do not map the same bytes at once. A constructor
        // has nothing to call the host with, so it cannot come back here.
        let mut mapped = MAPPED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(library) = mapped.get(&trusted.digest()) {
            return Ok(*library);
        }
        let mappings = Mappings::open().map_err(LoadCause::Image)?;
        super::needed::map(trusted, &mappings)?;
        let library = Self::of_image(Arc::clone(trusted.image()), &mappings)?;
        mapped.insert(trusted.digest(), library);
        Ok(library)
    }

    /// Calls `register`.
    pub(super) fn register(self, registration: &mut Registration) -> Result<(), LoadCause> {
        (self.register)(Registrar::to(registration).into_handle()).into_result().map_err(LoadCause::Register)
    }

    /// Maps an image.
    pub(super) fn of_image(image: Arc<Image>, mappings: &Mappings) -> Result<Self, LoadCause> {
        // Neither the library nor its image ever goes: see the module's documentation.
        let image: &'static Image = Box::leak(Box::new(image));
        let opened: &'static os::Library = Box::leak(Box::new(open(image)?));

        let address = symbol(opened, b"register\0").ok_or(LoadCause::NoSymbol("register"))?;
        if !image.is_mapped_at(address as usize, mappings).map_err(LoadCause::Image)? {
            return Err(LoadCause::OtherBytes);
        }
        let header_name = ROOT_MODULE_LOADER_NAME_WITH_NUL;
        let header =
            symbol(opened, header_name.as_bytes()).ok_or(LoadCause::NoSymbol("abi_stable's library header"))?;
        // SAFETY: the symbol has the name under which `export_bundle!` exports a `LibHeader`, which begins with an
        // `AbiHeader`; the bundle was trusted to have been built with it. The library stays mapped for ever.
        let header: AbiHeaderRef = unsafe { std::mem::transmute::<*mut c_void, AbiHeaderRef>(header) };
        let header = header.upgrade().map_err(|_| LoadCause::Header)?;
        layout::check(header.layout().ok_or(LoadCause::Header)?)?;

        // SAFETY: the layout of the module, and of all that its function can reach, was compared with the host's.
        let module = unsafe { header.init_root_module_with_unchecked_layout::<BundleModuleRef>() };
        let register = module.map_err(|_| LoadCause::Header)?.register();
        if register as usize != address as usize {
            return Err(LoadCause::NoSymbol("register"));
        }
        Ok(Self { register })
    }
}

/// Maps the image. Constructors of the library run in here: from this line on it is trusted code that runs.
fn open(image: &Image) -> Result<os::Library, LoadCause> {
    let refused = |error: libloading::Error| LoadCause::Map(one_line(&error));
    #[cfg(unix)]
    // SAFETY: running the bundle's constructors is what trust was decided for; `Trusted` is the proof that it was.
    let opened = unsafe { os::Library::open(Some(image.path()), os::RTLD_NOW | os::RTLD_LOCAL) };
    #[cfg(windows)]
    // SAFETY: as above.
    let opened = unsafe { os::Library::new(image.path()) };
    opened.map_err(refused)
}

/// Maps a library of the system by its name, as a library that needs it would.
#[cfg(target_os = "linux")]
pub(super) fn open_of_system(name: &str) -> Result<(), LoadCause> {
    // SAFETY: a library of the system, which a judged bundle names as its own need; what the system maps for a name like
    // this is what the system's owner installed.
    let opened = unsafe { os::Library::open(Some(name), os::RTLD_NOW | os::RTLD_LOCAL) };
    // Never unmapped, as any other.
    std::mem::forget(opened.map_err(|error| LoadCause::Map(one_line(&error)))?);
    Ok(())
}

/// Maps a bundle's own library, which the bundle will ask for by the name that it calls itself.
#[cfg(target_os = "linux")]
pub(super) fn open_side_file(image: Arc<Image>) -> Result<(), LoadCause> {
    let image: &'static Image = Box::leak(Box::new(image));
    std::mem::forget(open(image)?);
    Ok(())
}

/// Whether a library that goes by this name is mapped. Nothing is mapped in asking.
#[cfg(target_os = "linux")]
pub(super) fn is_mapped(name: &str) -> bool {
    // SAFETY: `RTLD_NOLOAD` hands out what is mapped already or nothing; no code is mapped, so none runs.
    let opened = unsafe { os::Library::open(Some(name), os::RTLD_LAZY | os::RTLD_LOCAL | libc::RTLD_NOLOAD) };
    opened.map(std::mem::forget).is_ok()
}

fn symbol(library: &'static os::Library, name_with_nul: &[u8]) -> Option<*mut c_void> {
    // SAFETY: only the address is taken; what it is used as is argued where it is used.
    let symbol = unsafe { library.get::<*mut c_void>(name_with_nul) };
    symbol.ok().map(|symbol| symbol.as_raw_ptr())
}

fn one_line(error: &libloading::Error) -> String {
    let mut text = error.to_string();
    if let Some(source) = std::error::Error::source(error) {
        text = format!("{text}: {source}");
    }
    ce_plugin_api::error::printable(text.as_bytes(), 500)
}
