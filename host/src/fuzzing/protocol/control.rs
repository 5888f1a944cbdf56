//! Packets of the control socket. It never sends one.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::isolation::control::{Hello, Loaded, Order, Ready};

/// Reads bytes as every packet there is.
pub(super) fn read(packet: &[u8]) {
    read_as::<Hello>(packet);
    read_as::<Ready>(packet);
    read_as::<Order>(packet);
    read_as::<Loaded>(packet);
}

/// A packet that is understood says the same after it was written and read again.
fn read_as<P: Serialize + DeserializeOwned>(packet: &[u8]) {
    let Ok(read) = postcard::from_bytes::<P>(packet) else { return };
    let written = postcard::to_allocvec(&read).expect("there is memory");
    let again = postcard::from_bytes::<P>(&written).expect("what was written is read");
    assert_eq!(postcard::to_allocvec(&again).expect("there is memory"), written);
}
