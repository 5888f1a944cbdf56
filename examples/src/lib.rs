//! The examples are programs of their own, beside this empty library, which cargo wants to see: `cargo run --example explain`.
