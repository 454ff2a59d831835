// SPDX-License-Identifier: MIT
//! Queues and their futures, in this crate's event loop and in tokio's. As root, with
//! the module, one test at a time.

use io_uring_spawn::{block_on, join_all, Command, Queue, SpawnError, Stdio};
use std::fs::{self, File};
use std::future::Future;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

fn executed() -> u64 {
    let text = fs::read_to_string("/sys/module/io_uring_spawn/stats/executed").unwrap();
    text.trim().parse().unwrap()
}

fn sh(script: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", script]);
    command
}

#[test]
fn many_at_once() {
    let queue = Queue::new(256).unwrap();
    let before = executed();
    let mut commands: Vec<_> = (0..40).map(|i| sh(&format!("exit {i}"))).collect();
    let starting = queue.spawn_all(&mut commands);
    // the descriptors of a job are its own
    drop(commands);
    let statuses = block_on(&queue, async {
        let mut statuses = Vec::new();
        for child in join_all(starting).await {
            statuses.push(child.unwrap().wait().await.unwrap().code().unwrap());
        }
        statuses
    });
    assert_eq!(statuses.unwrap(), (0..40).collect::<Vec<_>>());
    assert_eq!(executed() - before, 40);
}

#[test]
fn output_of_many() {
    let queue = Queue::new(256).unwrap();
    let mut commands: Vec<_> =
        (0..40).map(|i| sh(&format!("seq 20000; echo {i} >&2; exit 3"))).collect();
    let outputs = commands.iter_mut().map(|command| queue.output(command));
    let outputs = block_on(&queue, join_all(outputs)).unwrap();
    let mut expected = String::new();
    for i in 1..=20000 {
        expected += &format!("{i}\n");
    }
    for (i, output) in outputs.into_iter().enumerate() {
        let output = output.unwrap();
        assert_eq!(output.status.code(), Some(3));
        assert!(output.stdout == expected.as_bytes());
        assert_eq!(output.stderr, format!("{i}\n").as_bytes());
    }
}

#[test]
fn errors() {
    let queue = Queue::new(64).unwrap();
    let error =
        block_on(&queue, queue.output(sh("").current_dir("/nowhere"))).unwrap().unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
    assert_eq!(SpawnError::of(&error).unwrap().step(), "chdir /nowhere");
    let error = block_on(&queue, queue.spawn(&mut Command::new("a\0b"))).unwrap().err().unwrap();
    assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    // a chain that the ring has no room for
    let small = Queue::new(2).unwrap();
    let error = block_on(&small, small.spawn(sh("").current_dir("/"))).unwrap().err().unwrap();
    assert_eq!(error.raw_os_error(), Some(7));
}

/// What a job gets is what there was when it was added, whatever became of the command.
#[test]
fn descriptors_of_a_job() {
    let queue = Queue::new(64).unwrap();
    let mut starting = Vec::new();
    for i in 0..20 {
        let name = format!("/tmp/job{i}");
        let file = File::create(&name).unwrap();
        starting.push(queue.spawn(sh(&format!("echo {i}")).stdout(file)));
    }
    block_on(&queue, async {
        for child in join_all(starting).await {
            assert!(child.unwrap().wait().await.unwrap().success());
        }
    })
    .unwrap();
    for i in 0..20 {
        assert_eq!(fs::read_to_string(format!("/tmp/job{i}")).unwrap(), format!("{i}\n"));
    }
}

#[test]
fn signals() {
    let queue = Queue::new(64).unwrap();
    let status = block_on(&queue, async {
        let mut child = queue.spawn(Command::new("/bin/sleep").arg("100")).await.unwrap();
        assert!(fs::metadata(format!("/proc/{}", child.id())).is_ok());
        child.signal(15).unwrap();
        let status = child.wait().await.unwrap();
        child.kill().unwrap();
        status
    });
    assert_eq!(status.unwrap().signal(), Some(15));
}

/// Polls a future once.
struct Once<'a, F>(&'a mut F);

impl<F: Future + Unpin> Future for Once<'_, F> {
    type Output = bool;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<bool> {
        Poll::Ready(Pin::new(&mut *self.0).poll(cx).is_ready())
    }
}

/// "PID (name) state parent ..."; none if it has gone.
fn parent_of(pid: &str) -> Option<u32> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    text.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

/// Not every kernel has a list of them.
fn children() -> Vec<String> {
    let names = fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().file_name());
    let pids = names.filter_map(|name| name.into_string().ok());
    pids.filter(|pid| parent_of(pid) == Some(std::process::id())).collect()
}

fn until_no_child(queue: &Queue) {
    let end = Instant::now() + Duration::from_secs(20);
    while let Some(pid) = children().first() {
        if Instant::now() >= end {
            let of = |name| fs::read_to_string(format!("/proc/{pid}/{name}")).unwrap_or_default();
            panic!("a child is left: {} {} {}", of("stat"), of("stack"), of("status"));
        }
        queue.turn(Some(Duration::from_millis(100))).unwrap();
    }
}

/// A start that nobody waits for is ended: one whose chain has just begun, and one whose
/// program may run already.
#[test]
fn dropped_futures() {
    let queue = Queue::new(64).unwrap();
    let mut blocked = Command::new("/bin/sleep");
    blocked.arg("100").current_dir("/tmp");
    for _ in 0..10 {
        let mut starting = queue.spawn(&mut blocked);
        block_on(&queue, Once(&mut starting)).unwrap();
        drop(starting);
    }
    until_no_child(&queue);
    let starting = queue.spawn(&mut blocked);
    std::thread::sleep(Duration::from_millis(300));
    drop(starting);
    until_no_child(&queue);
    // a child that runs goes on without its handle, and is collected
    let child = block_on(&queue, queue.spawn(&mut sh("sleep 1; echo on >/tmp/on"))).unwrap();
    drop(child.unwrap());
    until_no_child(&queue);
    assert_eq!(fs::read_to_string("/tmp/on").unwrap(), "on\n");
}

/// Ready when a thread has slept and woken it.
struct Woken(bool);

impl Future for Woken {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.0 {
            return Poll::Ready(());
        }
        self.0 = true;
        let waker = cx.waker().clone();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(200));
            waker.wake();
        });
        Poll::Pending
    }
}

#[test]
fn a_waker_of_another_thread() {
    let queue = Queue::new(64).unwrap();
    block_on(&queue, Woken(false)).unwrap();
}

#[test]
fn no_descriptor_is_left() {
    let count = || fs::read_dir("/proc/self/fd").unwrap().count();
    let before = count();
    let queue = Queue::new(64).unwrap();
    for _ in 0..10 {
        block_on(&queue, queue.output(&mut sh("echo"))).unwrap().unwrap();
        block_on(&queue, queue.output(sh("").current_dir("/nowhere"))).unwrap().unwrap_err();
        drop(queue.spawn(sh("sleep 100").stdin(Stdio::piped())));
    }
    until_no_child(&queue);
    drop(queue);
    assert_eq!(count(), before);
}

/// The queue's part in an event loop of tokio: a task that waits for its descriptor.
async fn drive(queue: Queue) -> io::Result<()> {
    let fd = tokio::io::unix::AsyncFd::new(queue.clone())?;
    loop {
        let mut ready = fd.readable().await?;
        queue.turn(Some(Duration::ZERO))?;
        ready.clear_ready();
    }
}

#[test]
fn in_tokio() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let before = executed();
    runtime.block_on(async {
        let queue = Queue::new(256).unwrap();
        let driver = tokio::spawn(drive(queue.clone()));
        // a loop that does other things meanwhile
        let ticks = tokio::spawn(async {
            for _ in 0..20 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        let tasks: Vec<_> = (0..40)
            .map(|i| {
                let queue = queue.clone();
                tokio::spawn(
                    async move { queue.output(&mut sh(&format!("seq 20000; exit {i}"))).await },
                )
            })
            .collect();
        for (i, task) in tasks.into_iter().enumerate() {
            let output = task.await.unwrap().unwrap();
            assert_eq!(output.status.code(), Some(i as i32));
            assert_eq!(output.stdout.len(), 108894);
        }
        ticks.await.unwrap();
        let mut slow = sh("exec sleep 100");
        let output = queue.output(slow.kill_on_drop(true));
        let output = tokio::time::timeout(Duration::from_secs(1), output).await;
        assert!(output.is_err());
        let end = Instant::now() + Duration::from_secs(20);
        while !children().is_empty() {
            assert!(Instant::now() < end, "a child is left");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        driver.abort();
    });
    assert!(executed() - before >= 40);
}
