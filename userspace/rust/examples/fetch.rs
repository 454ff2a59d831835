// SPDX-License-Identifier: MIT
//! Runs some commands at once in one thread, and prints what each said.
//!
//!     fetch COMMAND...

use io_uring_spawn::{block_on, join_all, Command, Queue};
use std::env;
use std::io;

async fn fetch(queue: &Queue, command: &str) -> io::Result<()> {
    let output = queue.output(Command::new("/bin/sh").args(["-c", command])).await?;
    let text = String::from_utf8_lossy(&output.stdout);
    println!("{command}: {}: {}", output.status, text.trim_end());
    Ok(())
}

fn main() -> io::Result<()> {
    let mut commands: Vec<String> = env::args().skip(1).collect();
    if commands.is_empty() {
        commands = ["uname", "exit 3", "echo yes; kill $$"].map(String::from).into();
    }
    if let Some(why) = io_uring_spawn::unavailable() {
        return Err(io::Error::new(io::ErrorKind::Unsupported, why));
    }
    let queue = Queue::new(256)?;
    let all = commands.iter().map(|command| fetch(&queue, command));
    block_on(&queue, join_all(all))?.into_iter().collect()
}
