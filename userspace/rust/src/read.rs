// SPDX-License-Identifier: MIT
use crate::queue::Inner;
use crate::sys;
use std::fs::File;
use std::future::Future;
use std::io::{self, Read};
use std::mem;
use std::os::unix::io::AsRawFd;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// All that a pipe has until its end, in the event loop of a queue.
pub(crate) struct ReadAll {
    inner: Arc<Inner>,
    file: Option<File>,
    data: Vec<u8>,
    /// as the queue knows it
    key: Option<usize>,
}

impl ReadAll {
    pub fn new(inner: &Arc<Inner>, file: Option<File>) -> ReadAll {
        ReadAll { inner: inner.clone(), file, data: Vec::new(), key: None }
    }

    fn read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Vec<u8>>> {
        let mut buffer = [0; 1 << 16];
        while let Some(file) = &mut self.file {
            match file.read(&mut buffer) {
                Ok(0) => break,
                Ok(nr) => self.data.extend_from_slice(&buffer[..nr]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => (),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let fd = file.as_raw_fd();
                    self.inner.when_readable(fd, &mut self.key, cx.waker())?;
                    return Poll::Pending;
                }
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
        Poll::Ready(Ok(mem::take(&mut self.data)))
    }
}

impl Future for ReadAll {
    type Output = io::Result<Vec<u8>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let (None, Some(file)) = (self.key, &self.file) {
            sys::set_nonblocking(file.as_raw_fd())?;
        }
        self.read(cx)
    }
}

impl Drop for ReadAll {
    fn drop(&mut self) {
        if let (Some(key), Some(file)) = (self.key, &self.file) {
            self.inner.not_readable(file.as_raw_fd(), key);
        }
    }
}
