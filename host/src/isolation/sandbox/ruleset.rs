//! Landlock without a rule: no file can be opened, whatever its permissions. It never takes away what is open already,
//! and files without a name (a memfd under /proc/self/fd) can still be opened.

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, LandlockStatus, RestrictionStatus, Ruleset, RulesetAttr,
    RulesetError, RulesetStatus, Scope,
};

/// The newest that the crate knows. Nothing is granted, so a right that comes with a newer kernel is one more refusal.
const NEWEST: ABI = ABI::V10;

/// Refuses files, network, and signals and sockets of others, as far as the kernel knows them; the rest joins `missing`.
/// Returns whether files are refused.
pub(super) fn deny_files(missing: &mut Vec<String>) -> bool {
    let status = match restrict() {
        Ok(status) => status,
        Err(error) => {
            missing.push(format!("Landlock: {error}"));
            return false;
        }
    };
    let abi = match status.landlock {
        LandlockStatus::NotImplemented => return told("Landlock: the kernel is built without it", missing),
        LandlockStatus::NotEnabled => {
            return told("Landlock: it is switched off, add `landlock` to the kernel's `lsm=`", missing);
        }
        LandlockStatus::Available { effective_abi, .. } => effective_abi,
    };
    if status.ruleset == RulesetStatus::NotEnforced {
        return told("Landlock: the kernel has it and did not take the rules", missing);
    }
    for (needed, what) in [
        (ABI::V3, "files cut short by name"),
        (ABI::V4, "TCP ports"),
        (ABI::V5, "commands to devices"),
        (ABI::V6, "signals and abstract sockets of others"),
    ] {
        if abi < needed {
            // The filters refuse all four as well: this is a second wall that is missing.
            missing.push(format!("Landlock for {what}: the kernel has version {abi} of it, {needed} is needed"));
        }
    }
    true
}

fn told(what: &str, missing: &mut Vec<String>) -> bool {
    missing.push(what.to_owned());
    false
}

fn restrict() -> Result<RestrictionStatus, RulesetError> {
    Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(NEWEST))?
        .handle_access(AccessNet::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?
        .create()?
        .restrict_self()
}
