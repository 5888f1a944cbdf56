//! What host and worker say to one another beside the calls: who they are, how the worker is held, which bundle it takes and
//! which further lanes it serves. One packet each, on the socket that the worker is started with.

use ce_plugin_api::manifest::Kind;
use serde::{Deserialize, Serialize};

/// The longest packet.
pub(crate) const PACKET_BYTES_MAX: usize = 64 << 10;

/// The host's first packet.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Hello {
    /// The version of the messages: the first field for ever.
    pub(crate) wire: u32,
    /// The host's own version, for messages to people.
    pub(crate) host_version: String,
    /// The host's process.
    pub(crate) host: u32,
    pub(crate) memory_bytes: u64,
    pub(crate) cpu_seconds: Option<u64>,
    pub(crate) may_read_files: bool,
    pub(crate) may_use_network: bool,
    /// Libraries of the system that the bundle needs: mapped while files can still be opened.
    pub(crate) needed: Vec<String>,
}

/// The worker's first packet, with the listener where there is one. No bundle is in the worker yet.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Ready {
    /// It is held but for the last filters, which it sets before it reads on.
    Held {
        /// The name of the level.
        level: String,
        /// What falls short of the whole sandbox.
        missing: Vec<String>,
    },
    /// It cannot be held, or speaks another version.
    Refused(String),
}

/// What follows once it is held with the last filters, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sealed {
    /// Once more the version of the messages: a packet of no bytes would be the end of the channel.
    pub(crate) wire: u32,
}

/// What the host asks for then.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Order {
    /// Map and register the bundle. Its bytes come as sealed files: its own libraries in the order of their names here, then
    /// itself.
    Load {
        /// By which name each of its own libraries is needed.
        side_files: Vec<String>,
    },
    /// Serve a further lane. Its socket, its input and its output come along.
    Lane,
}

/// What [`Order::Load`] ends with.
pub(crate) type Loaded = Result<Vec<(Kind, String)>, LoadFailure>;

/// Why a bundle could not be loaded, as [`LoadCause`](crate::bundle::load::LoadCause) has it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct LoadFailure {
    pub(crate) code: String,
    pub(crate) message: String,
    /// All that there is to say, where that takes many lines.
    pub(crate) details: Option<String>,
}
