//! Which manifests and which bundles this crate understands, by semver. It never looks at anything but versions.

use semver::{Comparator, Op, Version, VersionReq};

/// The versions of the manifest's format that [`Manifest::parse`](super::Manifest::parse) understands.
pub const SUPPORTED_SCHEMA: &str = "^1.0";

/// Whether a bundle that was compiled against version `bundle` of this crate runs on a host with version `host` of it:
/// whether `^bundle` matches `host`.
///
/// The host may be newer within the same major version, never older. A pre-release promises nothing: a host that is a
/// pre-release takes only bundles that were compiled against a pre-release of the very same version, not later than it.
/// A bundle that was compiled against a pre-release runs on that version's release and on later releases.
///
/// # Examples
/// ```
/// use ce_plugin_api::manifest::api_is_supported;
///
/// let [old, new] = ["1.2.0", "1.3.0"].map(|text| text.parse().unwrap());
/// assert!(api_is_supported(&old, &new));
/// assert!(!api_is_supported(&new, &old)); // the host lacks what 1.3 added
/// ```
#[must_use]
pub fn api_is_supported(bundle: &Version, host: &Version) -> bool {
    let comparator = Comparator {
        op: Op::Caret,
        major: bundle.major,
        minor: Some(bundle.minor),
        patch: Some(bundle.patch),
        pre: bundle.pre.clone(),
    };
    VersionReq { comparators: vec![comparator] }.matches(host)
}

/// The version of the manifest's format from which on a bundle may ask for permissions.
pub(super) const PERMISSIONS_SINCE: Version = Version::new(1, 1, 0);

pub(super) fn schema_is_supported(version: &Version) -> bool {
    VersionReq::parse(SUPPORTED_SCHEMA).is_ok_and(|requirement| requirement.matches(version))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(bundle: &str, host: &str) -> bool {
        api_is_supported(&bundle.parse().unwrap(), &host.parse().unwrap())
    }

    #[test]
    fn a_host_may_be_newer_within_the_major_version_and_never_older() {
        assert!(runs("1.2.0", "1.2.0"));
        assert!(runs("1.2.0", "1.9.3"));
        assert!(!runs("1.2.0", "1.1.9"));
        assert!(!runs("1.2.1", "1.2.0"));
        assert!(!runs("1.2.0", "2.0.0"));
        assert!(!runs("2.0.0", "1.2.0"));
    }

    #[test]
    fn before_one_every_minor_version_breaks() {
        assert!(runs("0.2.0", "0.2.7"));
        assert!(!runs("0.2.0", "0.3.0"));
        assert!(!runs("0.0.1", "0.0.2"));
    }

    #[test]
    fn a_host_that_is_a_pre_release_takes_only_bundles_of_that_version() {
        assert!(!runs("1.0.0", "1.1.0-rc.1"));
        assert!(runs("1.1.0-rc.1", "1.1.0-rc.2"));
        assert!(!runs("1.1.0-rc.2", "1.1.0-rc.1"));
        assert!(runs("1.1.0-rc.1", "1.1.0"));
        assert!(runs("1.1.0-rc.1", "1.2.0"));
        assert!(!runs("1.1.0", "1.1.0-rc.1"));
    }

    #[test]
    fn build_metadata_decides_nothing() {
        assert!(runs("1.2.0+gnu", "1.2.0+musl"));
    }

    #[test]
    fn the_schema_is_supported_up_to_the_next_major_version() {
        let is_supported = |text: &str| schema_is_supported(&text.parse().unwrap());
        assert!(is_supported("1.0.0") && is_supported("1.7.2"));
        assert!(!is_supported("2.0.0") && !is_supported("0.9.0") && !is_supported("1.0.0-rc.1"));
    }
}
