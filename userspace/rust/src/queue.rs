// SPDX-License-Identifier: MIT
use crate::command::{Command, Defaults, Prepared, CAPTURE, INHERIT};
use crate::error::SpawnError;
use crate::executor::join_all;
use crate::read::ReadAll;
use crate::sys;
use std::collections::HashMap;
use std::fs::File;
use std::future::Future;
use std::io::{self, Read, Write};
use std::os::unix::io::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::process::ExitStatusExt;
use std::pin::Pin;
use std::process::{ExitStatus, Output};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

/// Starts programs without waiting, many at once, and has a future for each.
///
/// Its descriptor is readable when something has happened; [`Queue::turn()`] looks and
/// wakes futures. [`crate::block_on()`] does so by itself. In another event loop a
/// task waits for the descriptor and calls it. With tokio:
///
/// ```ignore
/// let fd = tokio::io::unix::AsyncFd::new(queue.clone())?;
/// loop {
///     let mut ready = fd.readable().await?;
///     queue.turn(Some(Duration::ZERO))?;
///     ready.clear_ready();
/// }
/// ```
///
/// Clones are the same queue. It collects the exits of its programs: nothing else in
/// the process may wait for any child, or ignore SIGCHLD. A program that has not begun
/// to run is ended if the thread ends that started it.
#[derive(Clone)]
pub struct Queue(Arc<Inner>);

pub(crate) struct Inner {
    epoll: sys::Epoll,
    event: File,
    state: Mutex<State>,
}

struct State {
    /// goes first: it is what uses the descriptors of the jobs
    raw: sys::Queue,
    jobs: HashMap<usize, Slot>,
    readers: HashMap<usize, Waker>,
    next: usize,
    /// the kernel was short of memory: to be tried again soon
    short: bool,
}

enum Phase {
    Starting,
    Running(i32),
    Failed(io::Error),
    Exited(i32, ExitStatus),
}

struct Slot {
    phase: Phase,
    waker: Option<Waker>,
    /// what the plan needs until the program runs
    _fds: Vec<OwnedFd>,
    /// nobody wants to know any more
    dropped: bool,
}

const RING: usize = 0;
const AWAKE: usize = 1;
const FIRST: usize = 2;
/// for a turn that has to try again
const SHORT_MS: i32 = 10;

impl AsRawFd for Queue {
    fn as_raw_fd(&self) -> RawFd {
        self.0.epoll.fd()
    }
}

impl Queue {
    /// @requests: the entries of its ring, such as 256; a program needs one for each step
    /// and two more. Those that have no room wait.
    pub fn new(requests: u32) -> io::Result<Queue> {
        let raw = sys::Queue::new(requests)?;
        let epoll = sys::Epoll::new()?;
        let event = File::from(sys::event()?);
        epoll.add(raw.fd(), RING)?;
        epoll.add(event.as_raw_fd(), AWAKE)?;
        let state =
            State { raw, jobs: HashMap::new(), readers: HashMap::new(), next: FIRST, short: false };
        Ok(Queue(Arc::new(Inner { epoll, event, state: Mutex::new(state) })))
    }

    /// Starts a program. The chain is submitted here; the future is ready when the
    /// program runs or something has failed. If the future is dropped before, the
    /// program is ended.
    pub fn spawn(&self, command: &mut Command) -> Starting {
        let starting = self.add(command, INHERIT);
        self.submit();
        starting
    }

    /// Starts several by one system call.
    pub fn spawn_all<'a, I>(&self, commands: I) -> Vec<Starting>
    where
        I: IntoIterator<Item = &'a mut Command>,
    {
        let all = commands.into_iter().map(|command| self.add(command, INHERIT)).collect();
        self.submit();
        all
    }

    /// Starts a program, waits for its end, and has what it wrote, as
    /// [`Command::output()`].
    pub async fn output(&self, command: &mut Command) -> io::Result<Output> {
        let starting = self.add(command, CAPTURE);
        self.submit();
        let mut child = starting.await?;
        let files = [child.stdout.take(), child.stderr.take()];
        let read = files.into_iter().map(|file| ReadAll::new(&self.0, file));
        let mut data = join_all(read).await.into_iter();
        let mut next = || data.next().expect("one for each");
        let (stdout, stderr) = (next()?, next()?);
        Ok(Output { status: child.wait().await?, stdout, stderr })
    }

    /// Waits up to @timeout, None for ever, until something happens, and wakes the
    /// futures that it is about.
    pub fn turn(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.0.turn(timeout)
    }

    fn add(&self, command: &mut Command, defaults: Defaults) -> Starting {
        let started = command.prepare(defaults, true).and_then(|prepared| self.0.add(prepared));
        let kill_on_drop = command.kill_on_drop;
        Starting { inner: self.0.clone(), started: Some(started), kill_on_drop }
    }

    fn submit(&self) {
        let mut state = self.0.lock();
        // it tries again, if a turn is made
        if state.raw.submit().is_err() {
            state.short = true;
            drop(state);
            self.0.awake();
        }
    }

    pub(crate) fn inner(&self) -> &Arc<Inner> {
        &self.0
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, State> {
        // nothing in here panics half-way
        self.state.lock().unwrap_or_else(|error| error.into_inner())
    }

    fn add(&self, prepared: Prepared) -> io::Result<Job> {
        let Prepared { plan, ours, theirs, .. } = prepared;
        let mut state = self.lock();
        let key = state.key();
        state.raw.add(Arc::new(plan), key)?;
        let slot = Slot { phase: Phase::Starting, waker: None, _fds: theirs, dropped: false };
        state.jobs.insert(key, slot);
        Ok(Job { key, ours: ours.0 })
    }

    fn turn(&self, timeout: Option<Duration>) -> io::Result<()> {
        let mut wakers = Vec::new();
        let mut milliseconds = timeout.map_or(-1, |timeout| {
            // not a little too early
            ((timeout.as_nanos() + 999_999) / 1_000_000).min(1 << 30) as i32
        });
        if self.lock().short && !(0..SHORT_MS).contains(&milliseconds) {
            milliseconds = SHORT_MS;
        }
        // all, as an event loop may ask for changes only
        loop {
            let keys = self.epoll.wait(milliseconds)?;
            for key in &keys {
                match *key {
                    RING => (),
                    AWAKE => drop((&self.event).read(&mut [0; 8])),
                    _ => wakers.extend(self.lock().readers.remove(key)),
                }
            }
            if keys.len() < sys::Epoll::MOST {
                break;
            }
            milliseconds = 0;
        }
        let result = self.lock().take_events(&mut wakers);
        // a future that is polled or dropped by that may want the lock
        wakers.into_iter().for_each(Waker::wake);
        result
    }

    /// Tells @waker when @fd can be read; it has a @key from the second time on.
    pub(crate) fn when_readable(
        &self,
        fd: RawFd,
        key: &mut Option<usize>,
        waker: &Waker,
    ) -> io::Result<()> {
        // dropped without the lock
        let _old;
        let mut state = self.lock();
        match *key {
            Some(key) => {
                _old = state.readers.insert(key, waker.clone());
                self.epoll.again(fd, key)
            }
            None => {
                let new = state.key();
                _old = state.readers.insert(new, waker.clone());
                *key = Some(new);
                self.epoll.add_once(fd, new)
            }
        }
    }

    pub(crate) fn not_readable(&self, fd: RawFd, key: usize) {
        let _old = self.lock().readers.remove(&key);
        drop(self.epoll.remove(fd));
    }
}

impl Wake for Inner {
    fn wake(self: Arc<Self>) {
        self.awake();
    }
}

impl Inner {
    /// Ends a turn() that waits.
    fn awake(&self) {
        // full: it will end
        drop((&self.event).write(&1u64.to_ne_bytes()));
    }
}

impl State {
    fn key(&mut self) -> usize {
        self.next += 1;
        self.next - 1
    }

    fn take_events(&mut self, wakers: &mut Vec<Waker>) -> io::Result<()> {
        self.short = false;
        loop {
            let events = match self.raw.events() {
                Ok(events) if events.is_empty() => return Ok(()),
                Ok(events) => events,
                Err(error) => match error.raw_os_error() {
                    Some(sys::EAGAIN) | Some(sys::ENOMEM) => {
                        self.short = true;
                        return Ok(());
                    }
                    _ => return Err(error),
                },
            };
            for event in events {
                wakers.extend(self.take_event(&event));
            }
        }
    }

    fn take_event(&mut self, event: &sys::Event) -> Option<Waker> {
        let plan = match event.kind {
            sys::STARTED => None,
            _ => self.raw.forget(event.key),
        };
        let slot = self.jobs.get_mut(&event.key)?;
        slot._fds.clear();
        slot.phase = match (event.kind, &slot.phase) {
            (sys::STARTED, _) => Phase::Running(event.result.pid),
            (sys::EXITED, Phase::Running(pid)) => {
                Phase::Exited(*pid, ExitStatus::from_raw(event.status))
            }
            _ => {
                let step = plan.map_or_else(String::new, |plan| plan.step(event.result.step));
                Phase::Failed(SpawnError::wrap(event.result.error, step))
            }
        };
        let waker = slot.waker.take();
        if slot.dropped {
            match slot.phase {
                // it was executed just when it should have been ended
                Phase::Running(_) => drop(self.raw.kill(event.key, sys::SIGKILL)),
                _ => drop(self.jobs.remove(&event.key)),
            }
        }
        waker
    }
}

/// A job that nobody has turned into a program yet.
struct Job {
    key: usize,
    ours: [Option<File>; 3],
}

/// Becomes a program that runs. See [`Queue::spawn()`].
#[must_use = "the program is ended if nobody waits until it runs"]
pub struct Starting {
    inner: Arc<Inner>,
    started: Option<io::Result<Job>>,
    kill_on_drop: bool,
}

impl Future for Starting {
    type Output = io::Result<QueuedChild>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let job = match this.started.take().expect("it is not polled again") {
            Ok(job) => job,
            Err(error) => return Poll::Ready(Err(error)),
        };
        // dropped without the lock
        let _old;
        let mut state = this.inner.lock();
        let slot = state.jobs.get_mut(&job.key).expect("it is there until it is dropped");
        match slot.phase {
            Phase::Starting => {
                _old = slot.waker.replace(cx.waker().clone());
                drop(state);
                this.started = Some(Ok(job));
                Poll::Pending
            }
            Phase::Running(pid) | Phase::Exited(pid, _) => {
                let [stdin, stdout, stderr] = job.ours;
                Poll::Ready(Ok(QueuedChild {
                    inner: this.inner.clone(),
                    key: job.key,
                    pid,
                    kill_on_drop: this.kill_on_drop,
                    stdin,
                    stdout,
                    stderr,
                }))
            }
            Phase::Failed(_) => match state.jobs.remove(&job.key).map(|slot| slot.phase) {
                Some(Phase::Failed(error)) => Poll::Ready(Err(error)),
                _ => unreachable!("it was there"),
            },
        }
    }
}

impl Drop for Starting {
    fn drop(&mut self) {
        if let Some(Ok(job)) = &self.started {
            let _old;
            let mut state = self.inner.lock();
            // one that has a program by now is killed
            drop(state.raw.cancel(job.key));
            drop(state.raw.kill(job.key, sys::SIGKILL));
            _old = state.drop_slot(job.key);
        }
    }
}

impl State {
    /// Its last event removes it, or has come. What it has is to be dropped without the
    /// lock: a waker may drop a future.
    fn drop_slot(&mut self, key: usize) -> (Option<Slot>, Option<Waker>) {
        match self.jobs.get_mut(&key) {
            Some(Slot { phase: Phase::Failed(_) | Phase::Exited(..), .. }) => {
                (self.jobs.remove(&key), None)
            }
            Some(slot) => {
                slot.dropped = true;
                (None, slot.waker.take())
            }
            None => (None, None),
        }
    }
}

/// A program that a queue has started.
///
/// Dropping it does not end the program, but for [`Command::kill_on_drop()`]; the queue
/// collects its exit. When the queue is gone, with all its handles, nobody does.
pub struct QueuedChild {
    inner: Arc<Inner>,
    key: usize,
    pid: i32,
    kill_on_drop: bool,
    /// The end to write to, if stdin is piped. It blocks.
    pub stdin: Option<File>,
    /// The end to read from, if stdout is piped. It blocks; [`Queue::output()`] does not.
    pub stdout: Option<File>,
    /// The end to read from, if stderr is piped.
    pub stderr: Option<File>,
}

impl QueuedChild {
    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.pid as u32
    }

    /// Its end, after it has closed stdin.
    pub fn wait(&mut self) -> Wait<'_> {
        drop(self.stdin.take());
        Wait(self)
    }

    /// Sends a signal; nothing if it has ended.
    pub fn signal(&mut self, signal: i32) -> io::Result<()> {
        self.inner.lock().raw.kill(self.key, signal)
    }

    /// Sends SIGKILL.
    pub fn kill(&mut self) -> io::Result<()> {
        self.signal(sys::SIGKILL)
    }
}

impl Drop for QueuedChild {
    fn drop(&mut self) {
        let _old;
        let mut state = self.inner.lock();
        if self.kill_on_drop {
            drop(state.raw.kill(self.key, sys::SIGKILL));
        }
        _old = state.drop_slot(self.key);
    }
}

/// Becomes the status of a program that has ended. See [`QueuedChild::wait()`].
pub struct Wait<'a>(&'a mut QueuedChild);

impl Future for Wait<'_> {
    type Output = io::Result<ExitStatus>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let _old;
        let mut state = self.0.inner.lock();
        let slot = state.jobs.get_mut(&self.0.key).expect("it is there until it is dropped");
        if let Phase::Exited(_, status) = slot.phase {
            return Poll::Ready(Ok(status));
        }
        _old = slot.waker.replace(cx.waker().clone());
        Poll::Pending
    }
}
