// SPDX-License-Identifier: MIT
//! Everything that is unsafe: the library, and the calls of libc that std has not.
//!
//! The declarations are those of `<ious.h>` and of libc on 64-bit Linux. What is
//! public here is safe to call with any argument. The library copies paths, strings
//! and sets of signals before it returns, and keeps no pointer but to plans and to
//! the data of events, which it does not follow.
#![allow(unsafe_code)]

use std::ffi::{CStr, CString};
use std::io;
use std::mem::MaybeUninit;
use std::os::raw::{c_char, c_int, c_uint, c_void};
use std::os::unix::io::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::ptr::{self, NonNull};
use std::sync::Arc;

/// `IOUS_STEP_*`, for a failure that is not of a step
pub const STEP_NONE: c_int = -1;

pub const STARTED: c_int = 1;
pub const EXITED: c_int = 3;

pub const SIGKILL: c_int = 9;
pub const SIGPIPE: c_int = 13;
pub const EAGAIN: c_int = 11;
pub const ENOMEM: c_int = 12;
pub const O_RDWR: c_int = 2;

const EINTR: c_int = 4;
const F_SETFL: c_int = 4;
const F_DUPFD_CLOEXEC: c_int = 1030;
const O_NONBLOCK: c_int = 0o4000;
const O_CLOEXEC: c_int = 0o2000000;
const WNOHANG: c_int = 1;
const POLLIN: i16 = 1;
const EPOLLIN: u32 = 1;
const EPOLL_CTL_ADD: c_int = 1;
const EPOLLONESHOT: u32 = 1 << 30;
const EPOLL_CTL_DEL: c_int = 2;
const EPOLL_CTL_MOD: c_int = 3;

/// 1024 bits, which glibc and musl have
#[repr(C)]
struct SigSet([u64; 16]);

#[repr(C)]
struct RLimit {
    soft: u64,
    hard: u64,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct SpawnResult {
    pub error: c_int,
    pub step: c_int,
    pub pid: c_int,
    pub pidfd: c_int,
    reserved: [c_int; 4],
}

#[repr(C)]
#[derive(Clone, Copy)]
struct RawEvent {
    kind: c_int,
    status: c_int,
    data: *mut c_void,
    job: *mut c_void,
    result: SpawnResult,
    output: *const c_char,
    size: usize,
}

#[repr(C)]
struct PollFd {
    fd: c_int,
    events: i16,
    revents: i16,
}

// linux/eventpoll.h packs it on x86-64 alone
#[cfg_attr(target_arch = "x86_64", repr(C, packed))]
#[cfg_attr(not(target_arch = "x86_64"), repr(C))]
#[derive(Clone, Copy)]
struct EpollEvent {
    events: u32,
    data: u64,
}

/// of the library, which says nothing about what is inside
type RawPlan = c_void;
type RawQueue = c_void;
type RawJob = c_void;

#[link(name = "io_uring_spawn")]
extern "C" {
    fn ious_available() -> c_int;
    fn ious_available_text(answer: c_int) -> *const c_char;
    fn ious_plan_new(plan: *mut *mut RawPlan) -> c_int;
    fn ious_plan_free(plan: *mut RawPlan);
    fn ious_plan_file(plan: *mut RawPlan, file: *const c_char, path: *const c_char) -> c_int;
    fn ious_plan_argv(plan: *mut RawPlan, argv: *const *const c_char) -> c_int;
    fn ious_plan_envp(plan: *mut RawPlan, envp: *const *const c_char) -> c_int;
    fn ious_plan_cgroup(plan: *mut RawPlan, fd: c_int) -> c_int;
    fn ious_plan_open(
        plan: *mut RawPlan,
        fd: c_int,
        path: *const c_char,
        oflag: c_int,
        mode: c_uint,
    ) -> c_int;
    fn ious_plan_dup2(plan: *mut RawPlan, from: c_int, to: c_int) -> c_int;
    fn ious_plan_chdir(plan: *mut RawPlan, path: *const c_char) -> c_int;
    fn ious_plan_chroot(plan: *mut RawPlan, path: *const c_char) -> c_int;
    fn ious_plan_umask(plan: *mut RawPlan, mask: c_uint) -> c_int;
    fn ious_plan_setsid(plan: *mut RawPlan) -> c_int;
    fn ious_plan_setpgid(plan: *mut RawPlan, pgid: c_int) -> c_int;
    fn ious_plan_sigmask(plan: *mut RawPlan, set: *const SigSet) -> c_int;
    fn ious_plan_sigdefault(plan: *mut RawPlan, set: *const SigSet) -> c_int;
    fn ious_plan_user(
        plan: *mut RawPlan,
        uid: c_uint,
        gid: c_uint,
        nr: c_int,
        groups: *const c_uint,
    ) -> c_int;
    fn ious_plan_nice(plan: *mut RawPlan, prio: c_int) -> c_int;
    fn ious_plan_rlimit(plan: *mut RawPlan, resource: c_int, limit: *const RLimit) -> c_int;
    fn ious_plan_pdeathsig(plan: *mut RawPlan, sig: c_int) -> c_int;
    fn ious_plan_no_new_privs(plan: *mut RawPlan) -> c_int;
    fn ious_plan_step(plan: *const RawPlan, step: c_int) -> *const c_char;
    fn ious_spawn(plan: *const RawPlan, result: *mut SpawnResult) -> c_int;
    fn ious_queue_new(queue: *mut *mut RawQueue, requests: c_uint) -> c_int;
    fn ious_queue_free(queue: *mut RawQueue);
    fn ious_queue_fd(queue: *const RawQueue) -> c_int;
    fn ious_queue_add(
        queue: *mut RawQueue,
        plan: *const RawPlan,
        data: *mut c_void,
        job: *mut *mut RawJob,
    ) -> c_int;
    fn ious_queue_submit(queue: *mut RawQueue) -> c_int;
    fn ious_queue_wait(
        queue: *mut RawQueue,
        events: *mut RawEvent,
        nr: c_uint,
        timeout: c_int,
    ) -> c_int;
    fn ious_job_cancel(job: *mut RawJob) -> c_int;
    fn ious_job_kill(job: *mut RawJob, sig: c_int) -> c_int;
}

extern "C" {
    fn waitpid(pid: c_int, status: *mut c_int, options: c_int) -> c_int;
    fn kill(pid: c_int, sig: c_int) -> c_int;
    fn geteuid() -> c_uint;
    fn pipe2(fds: *mut c_int, flags: c_int) -> c_int;
    fn fcntl(fd: c_int, command: c_int, ...) -> c_int;
    fn poll(fds: *mut PollFd, nr: u64, timeout: c_int) -> c_int;
    fn eventfd(value: c_uint, flags: c_int) -> c_int;
    fn epoll_create1(flags: c_int) -> c_int;
    fn epoll_ctl(epoll: c_int, op: c_int, fd: c_int, event: *mut EpollEvent) -> c_int;
    fn epoll_wait(epoll: c_int, events: *mut EpollEvent, nr: c_int, timeout: c_int) -> c_int;
}

/// What a function of the library returns, with its errno as an error.
fn check(ret: c_int) -> io::Result<c_int> {
    if ret < 0 {
        Err(io::Error::from_raw_os_error(-ret))
    } else {
        Ok(ret)
    }
}

/// The same of a function of libc.
fn libc_check(ret: c_int) -> io::Result<c_int> {
    if ret < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(ret)
    }
}

/// For calls that a signal may interrupt.
fn again(mut call: impl FnMut() -> c_int) -> io::Result<c_int> {
    loop {
        match libc_check(call()) {
            Err(error) if error.raw_os_error() == Some(EINTR) => (),
            result => return result,
        }
    }
}

/// None if chains can be used, otherwise the reason.
pub fn unavailable() -> Option<&'static str> {
    // SAFETY: both take and touch nothing of ours; the text is a constant.
    unsafe {
        match ious_available() {
            0 => None,
            answer => CStr::from_ptr(ious_available_text(answer)).to_str().ok(),
        }
    }
}

/// A `struct ious_plan`.
pub struct Plan(NonNull<RawPlan>);

// SAFETY: no part of a plan belongs to a thread. What changes it takes &mut self, and
// the library lets several threads spawn a plan at once.
unsafe impl Send for Plan {}
unsafe impl Sync for Plan {}

impl Drop for Plan {
    fn drop(&mut self) {
        // SAFETY: of ious_plan_new(), and freed by nobody else. Queue keeps those
        // that it still needs.
        unsafe { ious_plan_free(self.0.as_ptr()) }
    }
}

/// Pointers to strings, for as long as those live, with a null at the end.
fn pointers(strings: &[CString]) -> Vec<*const c_char> {
    strings.iter().map(|s| s.as_ptr()).chain([ptr::null()]).collect()
}

fn sigset(signals: &[c_int]) -> SigSet {
    let mut set = SigSet([0; 16]);
    for signal in signals {
        let bit = *signal as usize - 1;
        set.0[bit / 64] |= 1 << (bit % 64);
    }
    set
}

// SAFETY of all calls in here: the plan is ours and there, and changed by one thread
// at a time, &mut self; strings end with a null byte, arrays of them with a null
// pointer, and the library has copied both when it returns.
impl Plan {
    pub fn new() -> io::Result<Plan> {
        let mut plan = ptr::null_mut();
        check(unsafe { ious_plan_new(&mut plan) })?;
        NonNull::new(plan).map(Plan).ok_or_else(|| io::Error::from_raw_os_error(ENOMEM))
    }

    fn plan(&mut self) -> *mut RawPlan {
        self.0.as_ptr()
    }

    pub fn file(&mut self, file: &CStr, path: Option<&CStr>) -> io::Result<()> {
        let path = path.map_or(ptr::null(), CStr::as_ptr);
        check(unsafe { ious_plan_file(self.plan(), file.as_ptr(), path) }).map(drop)
    }

    pub fn argv(&mut self, strings: &[CString]) -> io::Result<()> {
        check(unsafe { ious_plan_argv(self.plan(), pointers(strings).as_ptr()) }).map(drop)
    }

    pub fn envp(&mut self, strings: &[CString]) -> io::Result<()> {
        check(unsafe { ious_plan_envp(self.plan(), pointers(strings).as_ptr()) }).map(drop)
    }

    pub fn cgroup(&mut self, fd: RawFd) -> io::Result<()> {
        check(unsafe { ious_plan_cgroup(self.plan(), fd) }).map(drop)
    }

    pub fn open(&mut self, fd: RawFd, path: &CStr, oflag: c_int) -> io::Result<()> {
        check(unsafe { ious_plan_open(self.plan(), fd, path.as_ptr(), oflag, 0) }).map(drop)
    }

    pub fn dup2(&mut self, from: RawFd, to: RawFd) -> io::Result<()> {
        check(unsafe { ious_plan_dup2(self.plan(), from, to) }).map(drop)
    }

    pub fn chdir(&mut self, path: &CStr) -> io::Result<()> {
        check(unsafe { ious_plan_chdir(self.plan(), path.as_ptr()) }).map(drop)
    }

    pub fn chroot(&mut self, path: &CStr) -> io::Result<()> {
        check(unsafe { ious_plan_chroot(self.plan(), path.as_ptr()) }).map(drop)
    }

    pub fn umask(&mut self, mask: u32) -> io::Result<()> {
        check(unsafe { ious_plan_umask(self.plan(), mask) }).map(drop)
    }

    pub fn setsid(&mut self) -> io::Result<()> {
        check(unsafe { ious_plan_setsid(self.plan()) }).map(drop)
    }

    pub fn setpgid(&mut self, group: c_int) -> io::Result<()> {
        check(unsafe { ious_plan_setpgid(self.plan(), group) }).map(drop)
    }

    /// Blocks nothing, and @signals get their default action.
    pub fn signals(&mut self, signals: &[c_int]) -> io::Result<()> {
        check(unsafe { ious_plan_sigdefault(self.plan(), &sigset(signals)) })?;
        check(unsafe { ious_plan_sigmask(self.plan(), &sigset(&[])) }).map(drop)
    }

    /// None leaves it as it is.
    pub fn user(
        &mut self,
        uid: Option<u32>,
        gid: Option<u32>,
        groups: Option<&[u32]>,
    ) -> io::Result<()> {
        const KEEP: u32 = u32::MAX;
        let nr = groups.map_or(-1, |groups| groups.len() as c_int);
        let groups = groups.map_or(ptr::null(), <[u32]>::as_ptr);
        let (uid, gid) = (uid.unwrap_or(KEEP), gid.unwrap_or(KEEP));
        check(unsafe { ious_plan_user(self.plan(), uid, gid, nr, groups) }).map(drop)
    }

    pub fn nice(&mut self, priority: i32) -> io::Result<()> {
        check(unsafe { ious_plan_nice(self.plan(), priority) }).map(drop)
    }

    pub fn rlimit(&mut self, resource: i32, soft: u64, hard: u64) -> io::Result<()> {
        let limit = RLimit { soft, hard };
        check(unsafe { ious_plan_rlimit(self.plan(), resource, &limit) }).map(drop)
    }

    pub fn pdeathsig(&mut self, signal: i32) -> io::Result<()> {
        check(unsafe { ious_plan_pdeathsig(self.plan(), signal) }).map(drop)
    }

    pub fn no_new_privs(&mut self) -> io::Result<()> {
        check(unsafe { ious_plan_no_new_privs(self.plan()) }).map(drop)
    }

    /// A step in words.
    pub fn step(&self, step: c_int) -> String {
        // SAFETY: a string that lives as long as the plan
        let text = unsafe { CStr::from_ptr(ious_plan_step(self.0.as_ptr(), step)) };
        text.to_string_lossy().into_owned()
    }

    /// Waits until the program runs: its number, or the errno and the step.
    pub fn spawn(&self) -> Result<i32, (i32, i32)> {
        let mut result = MaybeUninit::uninit();
        // SAFETY: the library fills in the whole result, whatever it returns.
        let (ret, result): (c_int, SpawnResult) = unsafe {
            let ret = ious_spawn(self.0.as_ptr(), result.as_mut_ptr());
            (ret, result.assume_init())
        };
        if ret < 0 {
            Err((-ret, result.step))
        } else {
            Ok(result.pid)
        }
    }
}

/// A `struct ious_job`, until the last event of it.
#[derive(Clone, Copy)]
pub struct Job(NonNull<RawJob>);

// SAFETY: the library has a lock around all that is in it.
unsafe impl Send for Job {}

/// An event of a job.
pub struct Event {
    pub kind: c_int,
    pub status: c_int,
    /// of Queue::add()
    pub key: usize,
    pub result: SpawnResult,
}

/// A `struct ious_queue`, and the jobs that are in it: they are used under the lock
/// that the caller has around the whole of it, so that none is while the library
/// returns its last event.
pub struct Queue {
    queue: NonNull<RawQueue>,
    jobs: std::collections::HashMap<usize, (Job, Arc<Plan>)>,
}

// SAFETY: the library lets any thread use a queue.
unsafe impl Send for Queue {}

impl Drop for Queue {
    fn drop(&mut self) {
        // SAFETY: of ious_queue_new(), and &mut self: nobody uses it. Chains that
        // still read plans are over when it returns; the plans are dropped after it.
        unsafe { ious_queue_free(self.queue.as_ptr()) }
    }
}

impl Queue {
    pub fn new(requests: u32) -> io::Result<Queue> {
        let mut queue = ptr::null_mut();
        // SAFETY: writes one pointer
        check(unsafe { ious_queue_new(&mut queue, requests) })?;
        let queue = NonNull::new(queue).ok_or_else(|| io::Error::from_raw_os_error(ENOMEM))?;
        Ok(Queue { queue, jobs: Default::default() })
    }

    pub fn fd(&self) -> RawFd {
        // SAFETY: the queue is there
        unsafe { ious_queue_fd(self.queue.as_ptr()) }
    }

    /// @key comes back with its events, and names it until the last of them.
    pub fn add(&mut self, plan: Arc<Plan>, key: usize) -> io::Result<()> {
        let mut job = ptr::null_mut();
        // SAFETY: the plan is kept in jobs until the last event of this job, and
        // nobody can change it: an Arc gives no &mut. The key is a number that
        // nobody follows.
        check(unsafe {
            ious_queue_add(self.queue.as_ptr(), plan.0.as_ptr(), key as *mut c_void, &mut job)
        })?;
        let job = NonNull::new(job).expect("ious_queue_add() gives a job");
        self.jobs.insert(key, (Job(job), plan));
        Ok(())
    }

    pub fn submit(&mut self) -> io::Result<()> {
        // SAFETY: the queue is there
        check(unsafe { ious_queue_submit(self.queue.as_ptr()) }).map(drop)
    }

    /// What has come, without waiting.
    pub fn events(&mut self) -> io::Result<Vec<Event>> {
        const NR: usize = 32;
        let mut raw = [MaybeUninit::<RawEvent>::uninit(); NR];
        // SAFETY: the queue is there, and the library fills in as many events as it
        // returns.
        let raw = unsafe {
            let nr = check(ious_queue_wait(
                self.queue.as_ptr(),
                raw.as_mut_ptr().cast(),
                NR as c_uint,
                0,
            ))?;
            raw[..nr as usize].iter().map(|event| event.assume_init()).collect::<Vec<_>>()
        };
        // no plan asks for a pidfd, so there is none to close
        let events = raw.iter().map(|raw| Event {
            kind: raw.kind,
            status: raw.status,
            key: raw.data as usize,
            result: raw.result,
        });
        Ok(events.collect())
    }

    /// The last event of it has come: its plan, and the library has no such job.
    pub fn forget(&mut self, key: usize) -> Option<Arc<Plan>> {
        self.jobs.remove(&key).map(|(_, plan)| plan)
    }

    pub fn cancel(&mut self, key: usize) -> io::Result<()> {
        match self.jobs.get(&key) {
            // SAFETY: it is in jobs, so its last event has not been returned
            Some((job, _)) => check(unsafe { ious_job_cancel(job.0.as_ptr()) }).map(drop),
            None => Ok(()),
        }
    }

    /// Nothing happens to one that has ended, as with std's.
    pub fn kill(&mut self, key: usize, signal: c_int) -> io::Result<()> {
        match self.jobs.get(&key) {
            // SAFETY: as above
            Some((job, _)) => check(unsafe { ious_job_kill(job.0.as_ptr(), signal) }).map(drop),
            None => Ok(()),
        }
    }
}

/// The status of a child, None if it has not ended and @block is false.
pub fn wait(pid: i32, block: bool) -> io::Result<Option<c_int>> {
    let mut status = 0;
    let options = if block { 0 } else { WNOHANG };
    // SAFETY: writes one int
    let ret = again(|| unsafe { waitpid(pid, &mut status, options) })?;
    Ok((ret == pid).then_some(status))
}

/// The caller has not waited for @pid.
pub fn signal(pid: i32, signal: c_int) -> io::Result<()> {
    // SAFETY: touches no memory
    libc_check(unsafe { kill(pid, signal) }).map(drop)
}

pub fn is_root() -> bool {
    // SAFETY: touches no memory
    unsafe { geteuid() == 0 }
}

/// A duplicate at @min or above, closed by exec.
pub fn dup_above(fd: RawFd, min: RawFd) -> io::Result<OwnedFd> {
    // SAFETY: the result is a new descriptor, which nobody else has
    unsafe {
        let fd = libc_check(fcntl(fd, F_DUPFD_CLOEXEC, min))?;
        Ok(OwnedFd::from_raw_fd(fd))
    }
}

/// Never one of the standard descriptors, even if those are closed.
fn above_standard(fd: OwnedFd) -> io::Result<OwnedFd> {
    if fd.as_raw_fd() > 2 {
        Ok(fd)
    } else {
        dup_above(fd.as_raw_fd(), 3)
    }
}

/// Its ends to read from and to write to.
pub fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let mut fds = [-1; 2];
    // SAFETY: writes two descriptors, which nobody else has
    let (read, write) = unsafe {
        libc_check(pipe2(fds.as_mut_ptr(), O_CLOEXEC))?;
        (OwnedFd::from_raw_fd(fds[0]), OwnedFd::from_raw_fd(fds[1]))
    };
    Ok((above_standard(read)?, above_standard(write)?))
}

pub fn set_nonblocking(fd: RawFd) -> io::Result<()> {
    // SAFETY: touches no memory
    libc_check(unsafe { fcntl(fd, F_SETFL, O_NONBLOCK) }).map(drop)
}

/// Waits until one of @fds can be read: which of them can.
pub fn wait_readable<const N: usize>(fds: [Option<RawFd>; N]) -> io::Result<[bool; N]> {
    // one that is negative is left out
    let mut set = fds.map(|fd| PollFd { fd: fd.unwrap_or(-1), events: POLLIN, revents: 0 });
    // SAFETY: as many as the array has
    again(|| unsafe { poll(set.as_mut_ptr(), N as u64, -1) })?;
    Ok(set.map(|entry| entry.revents != 0))
}

/// A counter that makes its descriptor readable.
pub fn event() -> io::Result<OwnedFd> {
    // SAFETY: the result is a new descriptor, which nobody else has
    let fd = unsafe { OwnedFd::from_raw_fd(libc_check(eventfd(0, O_CLOEXEC | O_NONBLOCK))?) };
    above_standard(fd)
}

/// A descriptor that is readable when one of others is.
pub struct Epoll(OwnedFd);

impl Epoll {
    pub fn new() -> io::Result<Epoll> {
        // SAFETY: the result is a new descriptor, which nobody else has
        let fd = unsafe { OwnedFd::from_raw_fd(libc_check(epoll_create1(O_CLOEXEC))?) };
        above_standard(fd).map(Epoll)
    }

    pub fn fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }

    fn control(&self, op: c_int, fd: RawFd, events: u32, key: usize) -> io::Result<()> {
        let mut event = EpollEvent { events, data: key as u64 };
        // SAFETY: reads one event
        libc_check(unsafe { epoll_ctl(self.fd(), op, fd, &mut event) }).map(drop)
    }

    pub fn add(&self, fd: RawFd, key: usize) -> io::Result<()> {
        self.control(EPOLL_CTL_ADD, fd, EPOLLIN, key)
    }

    /// Tells of it once, until again().
    pub fn add_once(&self, fd: RawFd, key: usize) -> io::Result<()> {
        self.control(EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLONESHOT, key)
    }

    pub fn again(&self, fd: RawFd, key: usize) -> io::Result<()> {
        self.control(EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLONESHOT, key)
    }

    pub fn remove(&self, fd: RawFd) -> io::Result<()> {
        self.control(EPOLL_CTL_DEL, fd, 0, 0)
    }

    /// of the keys that wait() gives
    pub const MOST: usize = 32;

    /// The keys of those that are readable; none after a signal.
    pub fn wait(&self, milliseconds: c_int) -> io::Result<Vec<usize>> {
        let mut events = [EpollEvent { events: 0, data: 0 }; Self::MOST];
        let nr = Self::MOST as c_int;
        // SAFETY: writes as many as the array has at most
        let nr = unsafe { epoll_wait(self.fd(), events.as_mut_ptr(), nr, milliseconds) };
        match libc_check(nr) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(Vec::new()),
            Err(error) => Err(error),
            Ok(nr) => Ok(events[..nr as usize].iter().map(|event| event.data as usize).collect()),
        }
    }
}
