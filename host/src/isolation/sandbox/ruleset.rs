//! Landlock: no file can be opened, whatever its permissions, but for reading where that was granted. It never takes away what
//! is open already, and files without a name (a memfd under /proc/self/fd) can still be opened.
//!
//! It also keeps a worker out of other processes: their memory and environment stand under /proc for who may read files.

use std::error::Error;

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, LandlockStatus, NetPort, PathBeneath, PathFd,
    RestrictionStatus, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetStatus, Scope,
};

use super::Grants;

/// The newest that the crate knows. So little is granted that a right that comes with a newer kernel is one more refusal.
const NEWEST: ABI = ABI::V10;

/// Refuses files, network, and signals and sockets of others, as far as the kernel knows them; the rest joins `missing`.
/// Returns whether files are refused that were not granted.
pub(super) fn restrict(grants: Grants, missing: &mut Vec<String>) -> bool {
    let status = match enforce(grants) {
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
            // The filters refuse all four as well, but for what was granted: this is a second wall that is missing.
            missing.push(format!("Landlock for {what}: the kernel has version {abi} of it, {needed} is needed"));
        }
    }
    true
}

fn told(what: &str, missing: &mut Vec<String>) -> bool {
    missing.push(what.to_owned());
    false
}

fn enforce(grants: Grants) -> Result<RestrictionStatus, Box<dyn Error>> {
    let talking = AccessNet::ConnectTcp | AccessNet::ConnectSendUdp;
    // What is not handled is free, for every port. TCP stays without ports of its own also then: the filters let `bind` pass,
    // which UDP needs, and cannot tell the two apart.
    let ports = AccessNet::from_all(NEWEST);
    let mut ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(NEWEST))?
        .handle_access(if grants.network { ports & !talking } else { ports })?
        .scope(Scope::from_all(NEWEST))?
        .create()?;
    if grants.read_files {
        // Without the right to execute: no program can be started anyway.
        let reading = AccessFs::ReadFile | AccessFs::ReadDir;
        ruleset = ruleset.add_rule(PathBeneath::new(PathFd::new("/")?, reading))?;
    }
    if grants.network {
        // A port of the kernel's choice, which a socket also gets when it sends.
        ruleset = ruleset.add_rule(NetPort::new(0, AccessNet::BindUdp))?;
    }
    Ok(ruleset.restrict_self()?)
}
