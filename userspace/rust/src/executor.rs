// SPDX-License-Identifier: MIT
//! The smallest event loop that a queue can have, for programs without one.
use crate::queue::Queue;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// Runs @future to its end, and the queue meanwhile.
///
/// ```no_run
/// use io_uring_spawn::{block_on, Command, Queue};
///
/// # fn main() -> std::io::Result<()> {
/// let queue = Queue::new(64)?;
/// let output = block_on(&queue, queue.output(Command::new("uname").arg("-s")))??;
/// assert_eq!(output.stdout, b"Linux\n");
/// # Ok(())
/// # }
/// ```
///
/// An error is one of the queue's descriptor, and not to be expected.
pub fn block_on<F: Future>(queue: &Queue, future: F) -> io::Result<F::Output> {
    let waker = Waker::from(queue.inner().clone());
    let mut cx = Context::from_waker(&waker);
    let mut future = Box::pin(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return Ok(output);
        }
        queue.turn(None)?;
    }
}

/// What became of each of @futures, in their order, when all of them are ready.
pub async fn join_all<I>(futures: I) -> Vec<<I::Item as Future>::Output>
where
    I: IntoIterator,
    I::Item: Future,
{
    let futures: Vec<_> =
        futures.into_iter().map(|future| State::Pending(Box::pin(future))).collect();
    JoinAll(futures).await
}

enum State<F: Future> {
    Pending(Pin<Box<F>>),
    Ready(Option<F::Output>),
}

struct JoinAll<F: Future>(Vec<State<F>>);

// what is pinned is in boxes
impl<F: Future> Unpin for JoinAll<F> {}

impl<F: Future> Future for JoinAll<F> {
    type Output = Vec<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut waits = false;
        for state in &mut self.0 {
            if let State::Pending(future) = state {
                match future.as_mut().poll(cx) {
                    Poll::Ready(output) => *state = State::Ready(Some(output)),
                    Poll::Pending => waits = true,
                }
            }
        }
        if waits {
            return Poll::Pending;
        }
        let outputs = self.0.iter_mut().map(|state| match state {
            State::Ready(output) => output.take().expect("it is not polled again"),
            State::Pending(_) => unreachable!("all are ready"),
        });
        Poll::Ready(outputs.collect())
    }
}
