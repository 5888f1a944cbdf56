//! Which libraries belong to the system's C and C++ runtime, by name. It never looks whether they are there.

/// Of glibc, musl and GCC: names that the loader looks up in the system's directories.
const ELF: &[&str] = &[
    "libc.so.6",
    "libm.so.6",
    "libmvec.so.1",
    "libgcc_s.so.1",
    "libstdc++.so.6",
    "libpthread.so.0",
    "libdl.so.2",
    "librt.so.1",
    "libutil.so.1",
    "libresolv.so.2",
    "libatomic.so.1",
    // On s390x and others these are the names of the same libraries.
    "libc.so.6.1",
    "libm.so.6.1",
    "ld64.so.1",
    "ld64.so.2",
    // The name that musl gives itself.
    "libc.so",
];

/// The loader itself and musl: these names carry the architecture.
const ELF_PATTERNS: &[(&str, &[&str])] =
    &[("ld-linux", &[".so.1", ".so.2", ".so.3"]), ("ld-musl-", &[".so.1"]), ("libc.musl-", &[".so.1"])];

/// Of Windows and the Visual C++ runtime, in lower case and without `.dll`.
const PE: &[&str] = &[
    "advapi32",
    "bcrypt",
    "bcryptprimitives",
    "cfgmgr32",
    "combase",
    "crypt32",
    "dbghelp",
    "gdi32",
    "iphlpapi",
    "kernel32",
    "kernelbase",
    "msvcp140",
    "msvcrt",
    "ncrypt",
    "netapi32",
    "ntdll",
    "ole32",
    "oleaut32",
    "pdh",
    "powrprof",
    "psapi",
    "rpcrt4",
    "secur32",
    "shell32",
    "shlwapi",
    "ucrtbase",
    "user32",
    "userenv",
    "vcruntime140",
    "vcruntime140_1",
    "version",
    "winmm",
    "ws2_32",
];

/// Whether an ELF file's `DT_NEEDED` is of the system. A name with a slash is a path, and never is.
pub(super) fn is_elf_system(name: &[u8]) -> bool {
    let Ok(name) = std::str::from_utf8(name) else { return false };
    let is_arch = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    let fits = |(prefix, suffixes): &(&str, &[&str])| {
        let rest = name.strip_prefix(prefix);
        suffixes.iter().any(|suffix| rest.and_then(|rest| rest.strip_suffix(suffix)).is_some_and(is_arch))
    };
    ELF.contains(&name) || ELF_PATTERNS.iter().any(fits)
}

/// Whether a Mach-O file's library is of the system: by its directory, which macOS seals.
pub(super) fn is_mach_o_system(path: &[u8]) -> bool {
    let Ok(path) = std::str::from_utf8(path) else { return false };
    let is_below = ["/usr/lib/", "/System/Library/"].iter().any(|dir| path.starts_with(dir));
    is_below && !path.split('/').any(|part| part == "..")
}

/// Whether a PE file's library is of the system, in any case, with or without `.dll`.
pub(super) fn is_pe_system(name: &[u8]) -> bool {
    let Ok(name) = std::str::from_utf8(name) else { return false };
    let name = name.to_ascii_lowercase();
    let name = name.strip_suffix(".dll").unwrap_or(&name);
    let is_api_set = ["api-ms-win-", "ext-ms-win-"].iter().any(|prefix| {
        name.strip_prefix(prefix)
            .is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'))
    });
    is_api_set || PE.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runtimes_of_glibc_and_musl_are_of_the_system() {
        for name in [
            "libc.so.6",
            "libgcc_s.so.1",
            "libstdc++.so.6",
            "ld-linux-x86-64.so.2",
            "ld-linux-aarch64.so.1",
            "ld-linux.so.2",
            "ld64.so.2",
            "libc.musl-x86_64.so.1",
            "ld-musl-aarch64.so.1",
        ] {
            assert!(is_elf_system(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn paths_and_other_names_are_not() {
        for name in [
            "/lib/libc.so.6",
            "./libc.so.6",
            "$ORIGIN/libc.so.6",
            "libc.so.6 ",
            "LIBC.SO.6",
            "",
            "libc.so.7",
            "ld-linux/../evil.so.2",
            "libc.musl-/tmp/x.so.1",
            "ld-linux-x.so.2.so",
            "ld64evil.so.1",
            "libonnxruntime.so.1",
        ] {
            assert!(!is_elf_system(name.as_bytes()), "{name}");
        }
        assert!(!is_elf_system(b"libc.so.6\xff"));
    }

    #[test]
    fn a_mach_o_library_is_of_the_system_by_its_directory() {
        assert!(is_mach_o_system(b"/usr/lib/libSystem.B.dylib"));
        assert!(is_mach_o_system(b"/System/Library/Frameworks/Accelerate.framework/Versions/A/Accelerate"));
        for path in ["/usr/lib/../../tmp/x.dylib", "@rpath/libx.dylib", "/usr/local/lib/x.dylib", "libSystem.B.dylib"] {
            assert!(!is_mach_o_system(path.as_bytes()), "{path}");
        }
    }

    #[test]
    fn a_pe_library_is_of_the_system_in_any_case() {
        for name in ["KERNEL32.dll", "ntdll.DLL", "api-ms-win-core-synch-l1-2-0.dll", "VCRUNTIME140.dll", "NTDLL"] {
            assert!(is_pe_system(name.as_bytes()), "{name}");
        }
        for name in ["evil.dll", "C:\\kernel32.dll", "..\\ntdll.dll", "api-ms-win-\\x.dll", "kernel32.dll.dll"] {
            assert!(!is_pe_system(name.as_bytes()), "{name}");
        }
    }
}
