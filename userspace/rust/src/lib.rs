// SPDX-License-Identifier: MIT
//! Processes by chains of io_uring, with the names of [`std::process`].
//!
//! The kernel module io_uring_spawn runs the steps between the birth of a process and
//! its program as a chain of linked requests. This crate calls `libio_uring_spawn`,
//! which submits such chains. [`Command`] waits until the program runs; a [`Queue`]
//! does not, and gives futures, for any event loop.
//!
//! ```no_run
//! use io_uring_spawn::Command;
//!
//! # fn main() -> std::io::Result<()> {
//! let output = Command::new("uname").arg("-s").output()?;
//! assert_eq!(output.stdout, b"Linux\n");
//! # Ok(())
//! # }
//! ```
//!
//! If chains cannot be used, functions that start programs fail with
//! [`std::io::ErrorKind::Unsupported`] or what io_uring says; [`unavailable()`] has the
//! reason in words. This crate does not use [`std::process`] then: a program that
//! wants that can do so.
#![deny(unsafe_code, missing_docs, rust_2018_idioms)]

mod child;
mod command;
mod error;
mod executor;
mod queue;
mod read;
mod stdio;
mod sys;

pub use child::Child;
pub use command::Command;
pub use error::SpawnError;
pub use executor::{block_on, join_all};
pub use queue::{Queue, QueuedChild, Starting, Wait};
pub use std::process::{ExitStatus, Output};
pub use stdio::Stdio;

/// None if this process can start others by chains; otherwise the reason, such as "the
/// module io_uring_spawn is not loaded, or disarmed".
pub fn unavailable() -> Option<&'static str> {
    sys::unavailable()
}
