// SPDX-License-Identifier: MIT
//! Starts a program with a few steps before it, and says which of them has failed.
//!
//!     which_step DIRECTORY PROGRAM [ARGUMENT...]

use io_uring_spawn::Command;
use std::env;
use std::process::exit;

fn main() {
    let args: Vec<String> = env::args().skip(1).collect();
    if args.len() < 2 {
        eprintln!("usage: which_step DIRECTORY PROGRAM [ARGUMENT...]");
        exit(2);
    }
    let mut command = Command::new(&args[1]);
    command.args(&args[2..]).setsid(true).umask(0o22).current_dir(&args[0]);
    match command.status() {
        Ok(status) => println!("{status}"),
        Err(error) => {
            println!("{error}");
            exit(1);
        }
    }
}
