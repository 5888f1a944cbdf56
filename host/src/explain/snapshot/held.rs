//! Where the plugins of a batch ran, as telemetry tells it.

use crate::bundle::registry::Entry;
use crate::config::Placement;
use crate::isolation::fault::WorkerFault;
use crate::telemetry::snapshot::{Isolation, Taint, WorkerEnd};

/// Where a plugin ran.
pub(super) fn isolation(entry: &Entry) -> Isolation {
    let decision = &entry.source.isolation;
    let sandbox = entry.source.sandbox.as_ref();
    let log = entry.log.as_deref();
    let taint = |taint: crate::isolation::log::Taint| Taint {
        code: taint.code.to_owned(),
        call: taint.call,
        detail: taint.detail,
    };
    Isolation {
        mode: decision.placement.to_string(),
        named_by: decision.origin.token().into_owned(),
        because: decision.because.as_str().to_owned(),
        sandbox: sandbox
            .filter(|_| decision.placement == Placement::Process)
            .map(|sandbox| sandbox.level.name().to_owned()),
        missing: sandbox.map(|sandbox| sandbox.missing.clone()).unwrap_or_default(),
        permissions: entry.source.permissions.iter().map(ToString::to_string).collect(),
        restarts: log.map_or(0, |log| log.restarts()),
        ends: log.map(|log| log.ends().iter().map(end).collect()).unwrap_or_default(),
        taints: log.map(|log| log.taints().into_iter().map(taint).collect()).unwrap_or_default(),
    }
}

/// How a worker ended.
pub(super) fn end(fault: &WorkerFault) -> WorkerEnd {
    WorkerEnd {
        code: fault.code().to_owned(),
        message: fault.to_string(),
        signal: fault.signal.clone(),
        exit_status: fault.status,
        syscall: fault.syscall.clone(),
        output: fault.output.clone(),
    }
}
