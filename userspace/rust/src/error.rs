// SPDX-License-Identifier: MIT
use std::{error, fmt, io};

/// Why a program does not run: an errno, and the step of the chain that failed.
///
/// It is inside the [`io::Error`] of a failed spawn, whose kind is that of the errno.
///
/// ```no_run
/// use io_uring_spawn::{Command, SpawnError};
///
/// let error = Command::new("true").current_dir("/nowhere").spawn().unwrap_err();
/// assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
/// assert_eq!(SpawnError::of(&error).unwrap().step(), "chdir /nowhere");
/// ```
#[derive(Debug)]
pub struct SpawnError {
    errno: i32,
    step: String,
}

impl SpawnError {
    pub(crate) fn wrap(errno: i32, step: String) -> io::Error {
        let kind = io::Error::from_raw_os_error(errno).kind();
        io::Error::new(kind, SpawnError { errno, step })
    }

    /// That of an error, if this crate made it for a spawn that failed.
    pub fn of(error: &io::Error) -> Option<&SpawnError> {
        error.get_ref()?.downcast_ref()
    }

    /// The errno, as [`io::Error::raw_os_error()`] has it of other errors.
    pub fn raw_os_error(&self) -> i32 {
        self.errno
    }

    /// The step in words, such as "chdir /nowhere"; the program's if it could not be
    /// executed; "" if no step was tried.
    pub fn step(&self) -> &str {
        &self.step
    }
}

impl fmt::Display for SpawnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = io::Error::from_raw_os_error(self.errno);
        if self.step.is_empty() {
            write!(f, "{error}")
        } else {
            write!(f, "{}: {error}", self.step)
        }
    }
}

impl error::Error for SpawnError {}
