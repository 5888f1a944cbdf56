//! What the user is told of a run: nothing was replaced in silence. It never changes a result.

use super::io::Io;
use crate::explain::Route;
use crate::{PluginFault, Warning};

/// Warns of everything that was taken in place of what was asked for; with `verbose`, tells every choice.
pub(crate) fn routes(routes: &[Route], passed_over: &[PluginFault], verbose: bool, io: &mut Io<'_>) {
    for route in routes {
        let (asked, chosen) = (&route.requested, &route.usable[0]);
        if *chosen != asked.value {
            for skip in &route.skipped {
                let (slot, skipped, reason) = (route.slot, &skip.identifier, &skip.reason);
                io.warn(skip.code, format_args!("{slot}: `{skipped}` was passed over for `{chosen}`: {reason}"));
            }
        }
        if verbose {
            io.say(format_args!("{}: {chosen} ({})", route.slot, asked.origin.token()));
        }
    }
    for fault in passed_over {
        io.warn(fault.code(), format_args!("a fallback was taken: {fault}"));
    }
}

/// Tells what is to be known about the numbers of a report, each once.
pub(crate) fn warnings(warnings: &[Warning], io: &mut Io<'_>) {
    for warning in warnings {
        io.warn(warning.code(), warning);
    }
}
