// SPDX-License-Identifier: MIT
use crate::sys;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::io::AsRawFd;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Output};

/// The parent's ends of stdin, stdout and stderr.
#[derive(Default)]
pub(crate) struct Pipes(pub [Option<File>; 3]);

/// A program that was started, as [`std::process::Child`].
///
/// Like that one it neither ends nor is waited for when this is dropped.
#[derive(Debug)]
pub struct Child {
    pid: i32,
    status: Option<ExitStatus>,
    /// The end to write to, if stdin is piped.
    pub stdin: Option<File>,
    /// The end to read from, if stdout is piped.
    pub stdout: Option<File>,
    /// The end to read from, if stderr is piped.
    pub stderr: Option<File>,
}

impl Child {
    pub(crate) fn new(pid: i32, pipes: Pipes) -> Child {
        let [stdin, stdout, stderr] = pipes.0;
        Child { pid, status: None, stdin, stdout, stderr }
    }

    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.pid as u32
    }

    /// Sends a signal; nothing if it was waited for.
    pub fn signal(&mut self, signal: i32) -> io::Result<()> {
        match self.status {
            // the number may be another process' by now
            Some(_) => Ok(()),
            None => sys::signal(self.pid, signal),
        }
    }

    /// Sends SIGKILL.
    pub fn kill(&mut self) -> io::Result<()> {
        self.signal(sys::SIGKILL)
    }

    /// Waits for its end, after it has closed stdin.
    pub fn wait(&mut self) -> io::Result<ExitStatus> {
        drop(self.stdin.take());
        self.wait_for(true).map(|status| status.expect("it has ended"))
    }

    /// Its status, None if it has not ended.
    pub fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        self.wait_for(false)
    }

    fn wait_for(&mut self, block: bool) -> io::Result<Option<ExitStatus>> {
        if self.status.is_none() {
            self.status = sys::wait(self.pid, block)?.map(ExitStatus::from_raw);
        }
        Ok(self.status)
    }

    /// Waits for its end, and has what it wrote to those that are piped.
    pub fn wait_with_output(mut self) -> io::Result<Output> {
        drop(self.stdin.take());
        let (stdout, stderr) = read_both(self.stdout.take(), self.stderr.take())?;
        Ok(Output { status: self.wait()?, stdout, stderr })
    }
}

/// Reads what is there; at its end the file is gone.
fn read_some(file: &mut Option<File>, data: &mut Vec<u8>) -> io::Result<()> {
    let mut buffer = [0; 1 << 16];
    match file.as_mut().map_or(Ok(0), |file| file.read(&mut buffer)) {
        Ok(0) => *file = None,
        Ok(nr) => data.extend_from_slice(&buffer[..nr]),
        Err(error) if error.kind() == io::ErrorKind::Interrupted => (),
        Err(error) => return Err(error),
    }
    Ok(())
}

/// Of both at once: a program that fills one pipe would not go on otherwise.
fn read_both(mut one: Option<File>, mut two: Option<File>) -> io::Result<(Vec<u8>, Vec<u8>)> {
    let (mut of_one, mut of_two) = (Vec::new(), Vec::new());
    while one.is_some() || two.is_some() {
        let fds = [&one, &two].map(|file| file.as_ref().map(AsRawFd::as_raw_fd));
        let [first, second] = sys::wait_readable(fds)?;
        if first {
            read_some(&mut one, &mut of_one)?;
        }
        if second {
            read_some(&mut two, &mut of_two)?;
        }
    }
    Ok((of_one, of_two))
}
