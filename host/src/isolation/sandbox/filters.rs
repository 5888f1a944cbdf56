//! Three filters, from lists of calls to programs for the kernel, and into the kernel. It never says which
//! calls: the lists do.

use std::collections::BTreeMap;
use std::os::fd::OwnedFd;

use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch, apply_filter,
};

use super::calls::{self, Argument, Call, Compared};
use super::error::SandboxError;
use super::{Grants, raw};

/// Marks the answers that become notifications: the crate has no such action. Nothing else in a program is a return of it.
const MARK: u16 = 0x5eed;

/// The programs, compiled.
pub(super) struct Filters {
    named: BpfProgram,
    killed: BpfProgram,
    sealing: Sealing,
}

/// The programs that are installed last.
#[derive(Debug)]
pub(super) struct Sealing {
    allowed: BpfProgram,
    tolerated: BpfProgram,
}

/// What became of the first filter.
pub(super) enum Named {
    /// Refused calls are told to who holds this.
    Told(OwnedFd),
    /// Refused calls end the process, and nobody learns which it was.
    Killed,
    /// There is no filter.
    Missing,
}

impl Filters {
    /// Compiles all programs; `None`, told in `missing`, on a processor that the filters are not written for.
    pub(super) fn compile(grants: Grants, missing: &mut Vec<String>) -> Option<Filters> {
        let with_newfstatat = calls::tolerated::needs_newfstatat(raw::glibc());
        if with_newfstatat && !grants.read_files {
            missing.push(
                "metadata of files by name: this C library asks for those of open files by the same call, glibc 2.39 \
                 does not"
                    .to_owned(),
            );
        }
        let compiled = || -> Result<Filters, BackendError> {
            let own_pid = rustix::process::getpid().as_raw_nonzero().get().unsigned_abs();
            let named = calls::named::calls(own_pid, grants);
            let freed = calls::granted::calls(grants);
            // What another filter refuses must be allowed here, or the refusal would be this one's.
            let elsewhere = named.iter().map(|call| call.number).chain(freed.iter().copied()).map(Call::always);
            let allowed: Vec<Call> = calls::allowed::calls().chain(elsewhere).collect();
            let tolerated = calls::tolerated::calls(own_pid, with_newfstatat).into_iter();
            let tolerated = tolerated.filter(|call| !freed.contains(&call.number));
            let tolerated: Vec<Call> = tolerated.chain(calls::granted::tolerated(grants)).collect();
            let no_such_call = SeccompAction::Errno(libc::ENOSYS.unsigned_abs());
            let not_permitted = SeccompAction::Errno(libc::EPERM.unsigned_abs());
            let allow = SeccompAction::Allow;
            Ok(Filters {
                killed: program(named.clone(), SeccompAction::KillProcess, allow.clone())?,
                named: notifying(program(named, SeccompAction::Trace(MARK.into()), allow.clone())?),
                sealing: Sealing {
                    allowed: program(allowed, allow.clone(), no_such_call)?,
                    tolerated: program(tolerated, not_permitted, allow)?,
                },
            })
        };
        compiled().map_err(|error| missing.push(format!("filter of system calls: {error}"))).ok()
    }

    /// Installs the first filter. What it falls short of joins `missing`.
    pub(super) fn name_refused(&self, missing: &mut Vec<String>) -> Named {
        let error = match raw::install_with_listener(&self.named) {
            Ok(listener) => return Named::Told(listener),
            Err(error) => error,
        };
        missing.push(format!("names of refused system calls: no listener can be had ({error})"));
        match apply_filter(&self.killed) {
            Ok(()) => Named::Killed,
            Err(error) => {
                missing.push(format!("filter of system calls: {error}"));
                Named::Missing
            }
        }
    }

    pub(super) fn into_sealing(self) -> Sealing {
        self.sealing
    }
}

impl Sealing {
    /// # Errors
    /// `Seal` if the kernel refuses.
    pub(super) fn install(self) -> Result<(), SandboxError> {
        let seal = |program| apply_filter(program).map_err(|error| SandboxError::Seal { reason: error.to_string() });
        // In this order: of two refusals the later filter's counts, and `EPERM` says more than `ENOSYS`. The last one
        // refuses filters, so nothing can follow it.
        seal(&self.allowed)?;
        seal(&self.tolerated)
    }
}

/// `on_match` for the calls, `otherwise` for all others. Calls of another architecture's numbers (32 bit) end the process.
fn program(calls: Vec<Call>, on_match: SeccompAction, otherwise: SeccompAction) -> Result<BpfProgram, BackendError> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = BTreeMap::new();
    for call in calls {
        let of_call = call.when.into_iter().map(|arguments| {
            let conditions: Result<Vec<_>, _> = arguments.into_iter().map(condition).collect();
            SeccompRule::new(conditions?)
        });
        rules.insert(call.number, of_call.collect::<Result<_, _>>()?);
    }
    SeccompFilter::new(rules, otherwise, on_match, TargetArch::try_from(std::env::consts::ARCH)?)?.try_into()
}

fn condition(argument: Argument) -> Result<SeccompCondition, BackendError> {
    let Argument { idx, is_pointer, compared } = argument;
    // The kernel reads the lower half of a number of 32 bits, whatever stands in the upper one.
    let length = if is_pointer { SeccompCmpArgLen::Qword } else { SeccompCmpArgLen::Dword };
    let (operator, value) = match compared {
        Compared::Is(value) => (SeccompCmpOp::Eq, value),
        Compared::IsNot(value) => (SeccompCmpOp::Ne, value),
        Compared::Bits { mask, value } => (SeccompCmpOp::MaskedEq(mask), value),
    };
    SeccompCondition::new(idx, length, operator, value)
}

/// The same program with notifications for its marked answers.
fn notifying(mut program: BpfProgram) -> BpfProgram {
    let marked = libc::SECCOMP_RET_TRACE | u32::from(MARK);
    for instruction in &mut program {
        if u32::from(instruction.code) == libc::BPF_RET | libc::BPF_K && instruction.k == marked {
            instruction.k = libc::SECCOMP_RET_USER_NOTIF;
        }
    }
    program
}
