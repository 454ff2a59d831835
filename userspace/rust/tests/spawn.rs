// SPDX-License-Identifier: MIT
//! Command beside that of std: what the caller and the program see must be the same.
//! As root, with the module, one test at a time.

use io_uring_spawn::{Command, SpawnError, Stdio};
use std::fs::{self, File};
use std::io::{self, Read, Seek, Write};
use std::os::unix::io::{AsRawFd, OwnedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process;

/// What a program sees of itself. Numbers that differ between two runs are left out, and
/// two signals that glibc's posix_spawn() ignores.
const REPORT: &str = r#"
echo "$0" "$@"; pwd; umask; env | sort; ulimit -n
i=0
while [ $i -lt 32 ]; do
    [ ! -h /proc/$$/fd/$i ] || echo $i $(readlink /proc/$$/fd/$i | sed 's/\[[0-9]*\]//')
    i=$((i + 1))
done
# by itself: a shell that waits for another blocks signals now and then
while IFS= read -r line; do
    case $line in
    SigIgn:*) echo "SigIgn: ${line#SigIgn:???????????}" ;;
    Uid:* | Gid:* | Groups:* | Sig[BC]* | NoNewPrivs:*) echo "$line" ;;
    esac
done </proc/$$/status
read -r pid name state parent group session rest </proc/$$/stat
[ $group != $$ ] || echo group of its own
[ $session != $$ ] || echo session of its own
"#;

fn executed() -> u64 {
    let text = fs::read_to_string("/sys/module/io_uring_spawn/stats/executed").unwrap();
    text.trim().parse().unwrap()
}

type Outcome = Result<(i32, Vec<u8>, Vec<u8>), (io::ErrorKind, i32)>;

fn outcome(output: io::Result<process::Output>) -> Outcome {
    match output {
        Ok(output) => Ok((output.status.into_raw(), output.stdout, output.stderr)),
        Err(error) => {
            let of_ours = SpawnError::of(&error).map(SpawnError::raw_os_error);
            Err((error.kind(), error.raw_os_error().or(of_ours).unwrap_or(0)))
        }
    }
}

/// The same calls of both.
macro_rules! same {
    ($program:expr $(, $method:ident($($argument:expr),*))*) => {{
        let theirs = outcome(process::Command::new($program)$(.$method($($argument),*))*.output());
        let before = executed();
        let ours = outcome(Command::new($program)$(.$method($($argument),*))*.output());
        let chains = executed() - before;
        let text = |outcome: &Outcome| match outcome {
            Ok((status, out, _)) => format!("{status} {}", String::from_utf8_lossy(out)),
            Err(error) => format!("{error:?}"),
        };
        assert_eq!(text(&ours), text(&theirs));
        assert!(ours == theirs);
        assert_eq!(chains, ours.is_ok() as u64);
        ours.ok()
    }};
}

fn report(ours: Option<(i32, Vec<u8>, Vec<u8>)>) -> String {
    String::from_utf8(ours.unwrap().1).unwrap()
}

#[test]
fn is_available() {
    assert_eq!(io_uring_spawn::unavailable(), None);
}

#[test]
fn arguments_and_environment() {
    same!("/bin/sh", args(["-c", REPORT, "name", "one", "two words", ""]));
    same!("sh", args(["-c", REPORT]), env("A", "b=c"), env("B", ""), env_remove("HOME"));
    same!("/bin/sh", args(["-c", REPORT]), env_clear(), env("ONLY", "this"));
    same!("/bin/sh", arg0("-name"), args(["-c", "echo $0"]));
}

#[test]
fn directory_and_users() {
    same!("/bin/sh", args(["-c", REPORT]), current_dir("/tmp"));
    let ours = same!("/bin/sh", args(["-c", REPORT]), uid(1000), gid(1000));
    assert!(report(ours).contains("Uid:\t1000\t1000\t1000\t1000"));
    same!("/bin/sh", args(["-c", REPORT]), gid(7));
}

#[test]
fn standard_descriptors() {
    same!("/bin/cat");
    same!("/bin/sh", args(["-c", REPORT]), stderr(File::open("/dev/null").unwrap()));
    same!(
        "/bin/sh",
        args(["-c", "cat; echo no >&2; exit 3"]),
        stdin(File::open("/etc/passwd").unwrap())
    );
    // more than a pipe holds, of both at once
    same!("/bin/sh", args(["-c", "seq 50000; seq 50000 >&2"]));
}

#[test]
fn ends() {
    same!("/bin/sh", args(["-c", "exit 7"]));
    same!("/bin/sh", args(["-c", "kill -9 $$"]));
    same!("/bin/sh", args(["-c", "kill -PIPE $$"]));
}

#[test]
fn errors() {
    same!("/nowhere");
    same!("no-such-program");
    same!("/etc/passwd");
    same!("/bin/sh", current_dir("/nowhere"));
    same!("/bin/sh", arg("a\0b"));
    same!("a\0b");
    same!("");
    same!("sh", env("PATH", "/nowhere"), args(["-c", "echo found"]));
    same!("sh", env_clear(), args(["-c", "echo found"]));
}

#[test]
fn the_step_is_named() {
    let error = Command::new("/bin/sh").current_dir("/nowhere").spawn().unwrap_err();
    let step = SpawnError::of(&error).unwrap();
    assert_eq!((step.step(), step.raw_os_error()), ("chdir /nowhere", 2));
    assert_eq!(error.to_string(), "chdir /nowhere: No such file or directory (os error 2)");
    let error = Command::new("/nowhere").spawn().unwrap_err();
    assert_eq!(SpawnError::of(&error).unwrap().step(), "/nowhere");
}

#[test]
fn what_std_has_not() {
    let root = File::open("/").unwrap();
    let output = Command::new("/bin/sh")
        .args(["-c", REPORT])
        .setsid(true)
        .umask(0o27)
        .nice(5)
        .rlimit(7, 64, 128)
        .pdeathsig(15)
        .no_new_privs()
        .groups(&[7, 8])
        .fd(9, root.try_clone().unwrap())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    for line in ["0027", "64", "9 /", "Groups:\t7 8 ", "NoNewPrivs:\t1", "session of its own"] {
        assert!(text.lines().any(|l| l == line), "{line:?} is not in {text}");
    }
    let output = Command::new("/bin/sh").args(["-c", REPORT]).process_group(0).output().unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().contains("group of its own"));
    let output = Command::new("/busybox").arg("pwd").chroot("/bin").output().unwrap();
    assert_eq!(output.stdout, b"/\n");
    let group = "/sys/fs/cgroup/rust";
    fs::create_dir(group).unwrap();
    let output = Command::new("/bin/cat")
        .arg("/proc/self/cgroup")
        .cgroup(File::open(group).unwrap())
        .output()
        .unwrap();
    fs::remove_dir(group).unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().contains("/rust"));
}

/// Each gets the file of its number, however the sources' numbers cross the targets.
#[test]
fn descriptors_that_cross() {
    let files: Vec<OwnedFd> = (3..=12)
        .map(|number| {
            let name = format!("/tmp/cross{number}");
            fs::write(&name, number.to_string()).unwrap();
            File::open(name).unwrap().into()
        })
        .collect();
    let mut expected = String::new();
    let mut command = Command::new("/bin/sh");
    let numbers: Vec<_> = files.iter().map(|file| file.as_raw_fd()).collect();
    for (file, number) in files.into_iter().zip(numbers.iter().rev()) {
        let path = fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd())).unwrap();
        expected += &format!("{number} {}\n", path.display());
        command.fd(*number, file);
    }
    let mut script = String::new();
    for number in numbers.iter().rev() {
        script += &format!("echo {number} $(readlink /proc/$$/fd/{number});");
    }
    let output = command.args(["-c", &script]).output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
}

#[test]
fn children() {
    let mut child =
        Command::new("/bin/cat").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    assert_eq!(child.try_wait().unwrap(), None);
    child.stdin.as_mut().unwrap().write_all(b"text").unwrap();
    // closes stdin
    let status = child.wait().unwrap();
    assert!(status.success());
    assert_eq!(child.try_wait().unwrap(), Some(status));
    let mut text = String::new();
    child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text, "text");
    child.kill().unwrap();

    let mut child = Command::new("/bin/sleep").arg("100").spawn().unwrap();
    child.kill().unwrap();
    assert_eq!(child.wait().unwrap().signal(), Some(9));

    let mut file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open("/tmp/out")
        .unwrap();
    let status =
        Command::new("/bin/echo").arg("to a file").stdout(file.try_clone().unwrap()).status();
    assert!(status.unwrap().success());
    file.rewind().unwrap();
    let mut text = String::new();
    file.read_to_string(&mut text).unwrap();
    assert_eq!(text, "to a file\n");
}

#[test]
fn threads_at_once() {
    let before = executed();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for i in 0..10 {
                    let output = Command::new("/bin/echo").arg(i.to_string()).output().unwrap();
                    assert_eq!(output.stdout, format!("{i}\n").as_bytes());
                }
            });
        }
    });
    assert_eq!(executed() - before, 40);
}

/// Those that were used are closed, also after failures.
#[test]
fn no_descriptor_is_left() {
    let count = || fs::read_dir("/proc/self/fd").unwrap().count();
    Command::new("/bin/true").output().unwrap();
    let before = count();
    for _ in 0..20 {
        Command::new("/bin/true").stdin(Stdio::piped()).output().unwrap();
        Command::new("/nowhere").stdin(Stdio::piped()).output().unwrap_err();
    }
    assert_eq!(count(), before);
}
