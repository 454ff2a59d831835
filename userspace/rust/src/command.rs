// SPDX-License-Identifier: MIT
use crate::child::{Child, Pipes};
use crate::error::SpawnError;
use crate::stdio::{Kind, Stdio};
use crate::sys;
use std::collections::BTreeMap;
use std::env;
use std::ffi::{CStr, CString, OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::io::{AsRawFd, OwnedFd, RawFd};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Output};

/// A program to start, as [`std::process::Command`], with more of what a process can
/// be set up with.
///
/// It can be spawned any number of times. The order of its methods does not matter: the
/// new process first becomes part of its control group and session, gets its limits and
/// descriptors, then its root, user, directory and umask.
///
/// As with std, SIGPIPE has its default action in the program and no signal is
/// blocked, descriptors that are closed by exec are not inherited, and Rust opens all
/// of its own like that.
#[derive(Debug)]
pub struct Command {
    program: OsString,
    args: Vec<OsString>,
    env_clear: bool,
    env: BTreeMap<OsString, Option<OsString>>,
    stdio: [Option<Stdio>; 3],
    fds: BTreeMap<RawFd, OwnedFd>,
    cgroup: Option<OwnedFd>,
    setsid: bool,
    group: Option<i32>,
    nice: Option<i32>,
    rlimits: Vec<(i32, u64, u64)>,
    pdeathsig: Option<i32>,
    no_new_privs: bool,
    chroot: Option<PathBuf>,
    uid: Option<u32>,
    gid: Option<u32>,
    groups: Option<Vec<u32>>,
    dir: Option<PathBuf>,
    umask: Option<u32>,
    pub(crate) kill_on_drop: bool,
}

/// What stdin, and what stdout and stderr are if nothing is said.
pub(crate) type Defaults = (fn() -> Stdio, fn() -> Stdio);
pub(crate) const INHERIT: Defaults = (Stdio::inherit, Stdio::inherit);
pub(crate) const CAPTURE: Defaults = (Stdio::null, Stdio::piped);

/// A plan, and the descriptors that it needs until the program runs.
pub(crate) struct Prepared {
    pub plan: sys::Plan,
    pub ours: Pipes,
    pub theirs: Vec<OwnedFd>,
    /// the command may be gone before the program runs
    outlives: bool,
}

fn c_string(text: &OsStr) -> io::Result<CString> {
    Ok(CString::new(text.as_bytes())?)
}

impl Command {
    /// @program is searched in $PATH, the new program's if that has one of its own,
    /// unless it has a slash.
    pub fn new<S: AsRef<OsStr>>(program: S) -> Command {
        Command {
            program: program.as_ref().into(),
            args: vec![program.as_ref().into()],
            env_clear: false,
            env: BTreeMap::new(),
            stdio: [None, None, None],
            fds: BTreeMap::new(),
            cgroup: None,
            setsid: false,
            group: None,
            nice: None,
            rlimits: Vec::new(),
            pdeathsig: None,
            no_new_privs: false,
            chroot: None,
            uid: None,
            gid: None,
            groups: None,
            dir: None,
            umask: None,
            kill_on_drop: false,
        }
    }

    /// One more argument.
    pub fn arg<S: AsRef<OsStr>>(&mut self, arg: S) -> &mut Command {
        self.args.push(arg.as_ref().into());
        self
    }

    /// More arguments.
    pub fn args<I, S>(&mut self, args: I) -> &mut Command
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        self.args.extend(args.into_iter().map(|arg| arg.as_ref().into()));
        self
    }

    /// Another name of the program, in the place of the first argument.
    pub fn arg0<S: AsRef<OsStr>>(&mut self, arg: S) -> &mut Command {
        self.args[0] = arg.as_ref().into();
        self
    }

    /// A variable of the environment.
    pub fn env<K: AsRef<OsStr>, V: AsRef<OsStr>>(&mut self, key: K, value: V) -> &mut Command {
        self.env.insert(key.as_ref().into(), Some(value.as_ref().into()));
        self
    }

    /// Several of them.
    pub fn envs<I, K, V>(&mut self, vars: I) -> &mut Command
    where
        I: IntoIterator<Item = (K, V)>,
        K: AsRef<OsStr>,
        V: AsRef<OsStr>,
    {
        for (key, value) in vars {
            self.env(key, value);
        }
        self
    }

    /// Without a variable that the parent has.
    pub fn env_remove<K: AsRef<OsStr>>(&mut self, key: K) -> &mut Command {
        self.env.insert(key.as_ref().into(), None);
        self
    }

    /// With none of those that the parent has, and of those given before.
    pub fn env_clear(&mut self) -> &mut Command {
        self.env_clear = true;
        self.env.clear();
        self
    }

    /// The directory. A relative program begins there.
    pub fn current_dir<P: AsRef<Path>>(&mut self, dir: P) -> &mut Command {
        self.dir = Some(dir.as_ref().into());
        self
    }

    /// Default: the parent's; /dev/null for `output()`.
    pub fn stdin<T: Into<Stdio>>(&mut self, stdio: T) -> &mut Command {
        self.stdio[0] = Some(stdio.into());
        self
    }

    /// Default: the parent's; a pipe for `output()`.
    pub fn stdout<T: Into<Stdio>>(&mut self, stdio: T) -> &mut Command {
        self.stdio[1] = Some(stdio.into());
        self
    }

    /// Default: the parent's; a pipe for `output()`.
    pub fn stderr<T: Into<Stdio>>(&mut self, stdio: T) -> &mut Command {
        self.stdio[2] = Some(stdio.into());
        self
    }

    /// The program gets @fd with this @number, which is above 2.
    pub fn fd<F: Into<OwnedFd>>(&mut self, number: RawFd, fd: F) -> &mut Command {
        self.fds.insert(number, fd.into());
        self
    }

    /// The user. As with std, root's supplementary groups are dropped, unless
    /// `groups()` says which there are.
    pub fn uid(&mut self, id: u32) -> &mut Command {
        self.uid = Some(id);
        self
    }

    /// The group.
    pub fn gid(&mut self, id: u32) -> &mut Command {
        self.gid = Some(id);
        self
    }

    /// The supplementary groups.
    pub fn groups(&mut self, groups: &[u32]) -> &mut Command {
        self.groups = Some(groups.into());
        self
    }

    /// The process group; 0: one of its own.
    pub fn process_group(&mut self, group: i32) -> &mut Command {
        self.group = Some(group);
        self
    }

    /// A session of its own.
    pub fn setsid(&mut self, on: bool) -> &mut Command {
        self.setsid = on;
        self
    }

    /// The mask of permissions of new files.
    pub fn umask(&mut self, mask: u32) -> &mut Command {
        self.umask = Some(mask);
        self
    }

    /// The nice value.
    pub fn nice(&mut self, priority: i32) -> &mut Command {
        self.nice = Some(priority);
        self
    }

    /// A limit, of those of setrlimit(2): RLIMIT_NOFILE is 7.
    pub fn rlimit(&mut self, resource: i32, soft: u64, hard: u64) -> &mut Command {
        self.rlimits.push((resource, soft, hard));
        self
    }

    /// The signal that the process gets when the thread ends that spawned it.
    pub fn pdeathsig(&mut self, signal: i32) -> &mut Command {
        self.pdeathsig = Some(signal);
        self
    }

    /// The program cannot get more rights than it begins with.
    pub fn no_new_privs(&mut self) -> &mut Command {
        self.no_new_privs = true;
        self
    }

    /// The root directory. The directory is "/" in there, unless `current_dir()` is used.
    pub fn chroot<P: AsRef<Path>>(&mut self, dir: P) -> &mut Command {
        self.chroot = Some(dir.as_ref().into());
        self
    }

    /// The process begins in the control group that @directory is of.
    pub fn cgroup<F: Into<OwnedFd>>(&mut self, directory: F) -> &mut Command {
        self.cgroup = Some(directory.into());
        self
    }

    /// A program of a [`crate::Queue`] gets SIGKILL when nobody has its [`crate::QueuedChild`]
    /// or waits for its output any more. Default: it goes on.
    pub fn kill_on_drop(&mut self, on: bool) -> &mut Command {
        self.kill_on_drop = on;
        self
    }

    /// Starts it, and returns when the program runs. All signals are blocked meanwhile,
    /// for some hundred microseconds.
    pub fn spawn(&mut self) -> io::Result<Child> {
        self.start(INHERIT)
    }

    /// Starts it, and waits for its end.
    pub fn status(&mut self) -> io::Result<ExitStatus> {
        self.start(INHERIT)?.wait()
    }

    /// Starts it, waits for its end, and has what it wrote.
    pub fn output(&mut self) -> io::Result<Output> {
        self.start(CAPTURE)?.wait_with_output()
    }

    fn start(&mut self, defaults: Defaults) -> io::Result<Child> {
        let Prepared { plan, ours, theirs, .. } = self.prepare(defaults, false)?;
        let started = plan.spawn();
        drop(theirs);
        match started {
            Ok(pid) => Ok(Child::new(pid, ours)),
            Err((errno, sys::STEP_NONE)) => Err(SpawnError::wrap(errno, String::new())),
            Err((errno, step)) => Err(SpawnError::wrap(errno, plan.step(step))),
        }
    }

    pub(crate) fn prepare(&self, defaults: Defaults, outlives: bool) -> io::Result<Prepared> {
        let mut prepared = Prepared {
            plan: sys::Plan::new()?,
            ours: Pipes::default(),
            theirs: Vec::new(),
            outlives,
        };
        self.add_program(&mut prepared.plan)?;
        self.add_groups(&mut prepared)?;
        self.add_descriptors(&mut prepared, defaults)?;
        self.add_rights(&mut prepared.plan)?;
        prepared.plan.signals(&[sys::SIGPIPE])?;
        Ok(prepared)
    }

    fn add_program(&self, plan: &mut sys::Plan) -> io::Result<()> {
        let args: io::Result<Vec<_>> = self.args.iter().map(|arg| c_string(arg)).collect();
        plan.file(&c_string(&self.program)?, self.search_path()?.as_deref())?;
        plan.argv(&args?)?;
        plan.envp(&self.environment()?)
    }

    /// None: that of this process.
    fn search_path(&self) -> io::Result<Option<CString>> {
        match self.env.get(OsStr::new("PATH")) {
            Some(Some(path)) => c_string(path).map(Some),
            None if !self.env_clear => Ok(None),
            // as execvp(3) has it without the variable
            _ => c_string(OsStr::new("/bin:/usr/bin")).map(Some),
        }
    }

    /// Not left to the library, which reads environ without std's lock.
    fn environment(&self) -> io::Result<Vec<CString>> {
        let mut vars = BTreeMap::new();
        if !self.env_clear {
            vars.extend(env::vars_os());
        }
        for (key, value) in &self.env {
            match value {
                Some(value) => drop(vars.insert(key.clone(), value.clone())),
                None => drop(vars.remove(key)),
            }
        }
        let strings = vars.into_iter().map(|(mut key, value)| {
            key.push("=");
            key.push(value);
            c_string(&key)
        });
        strings.collect()
    }

    fn add_groups(&self, prepared: &mut Prepared) -> io::Result<()> {
        if let Some(fd) = &self.cgroup {
            let fd = prepared.source(fd.as_raw_fd(), prepared.outlives, 3)?;
            prepared.plan.cgroup(fd)?;
        }
        if self.setsid {
            prepared.plan.setsid()?;
        }
        if let Some(group) = self.group {
            prepared.plan.setpgid(group)?;
        }
        Ok(())
    }

    /// A source that a step before it would replace has another number meanwhile.
    fn add_descriptors(&self, prepared: &mut Prepared, defaults: Defaults) -> io::Result<()> {
        let above = self.fds.keys().last().map_or(3, |last| last.max(&2) + 1);
        let (stdin, others) = (defaults.0(), defaults.1());
        for number in 0..3 {
            let default = if number == 0 { &stdin } else { &others };
            let stdio = self.stdio[number].as_ref().unwrap_or(default);
            prepared.add_stdio(number, stdio, above)?;
        }
        for (number, fd) in &self.fds {
            if *number < 3 {
                return Err(io::ErrorKind::InvalidInput.into());
            }
            prepared.add_fd(*number, fd.as_raw_fd(), above)?;
        }
        Ok(())
    }

    fn add_rights(&self, plan: &mut sys::Plan) -> io::Result<()> {
        if let Some(priority) = self.nice {
            plan.nice(priority)?;
        }
        for (resource, soft, hard) in &self.rlimits {
            plan.rlimit(*resource, *soft, *hard)?;
        }
        if let Some(dir) = &self.chroot {
            plan.chroot(&c_string(dir.as_os_str())?)?;
            plan.chdir(&c_string(OsStr::new("/"))?)?;
        }
        self.add_user(plan)?;
        if let Some(dir) = &self.dir {
            plan.chdir(&c_string(dir.as_os_str())?)?;
        }
        if let Some(mask) = self.umask {
            plan.umask(mask)?;
        }
        // a change of the user would reset it
        if let Some(signal) = self.pdeathsig {
            plan.pdeathsig(signal)?;
        }
        if self.no_new_privs {
            plan.no_new_privs()?;
        }
        Ok(())
    }

    fn add_user(&self, plan: &mut sys::Plan) -> io::Result<()> {
        let drops = self.uid.is_some() && sys::is_root();
        let groups = self.groups.as_deref().or_else(|| drops.then(|| &[][..]));
        if self.uid.is_none() && self.gid.is_none() && groups.is_none() {
            return Ok(());
        }
        plan.user(self.uid, self.gid, groups)
    }
}

impl Prepared {
    fn add_stdio(&mut self, number: usize, stdio: &Stdio, above: RawFd) -> io::Result<()> {
        let fd = number as RawFd;
        match &stdio.0 {
            Kind::Inherit => Ok(()),
            Kind::Null => {
                let null = CStr::from_bytes_with_nul(b"/dev/null\0").expect("a string");
                self.plan.open(fd, null, sys::O_RDWR)
            }
            Kind::Fd(source) => self.add_fd(fd, source.as_raw_fd(), above),
            Kind::Piped => {
                let (read, write) = sys::pipe()?;
                let (ours, theirs) = if number == 0 { (write, read) } else { (read, write) };
                self.ours.0[number] = Some(ours.into());
                self.add_fd(fd, theirs.as_raw_fd(), above)?;
                self.theirs.push(theirs);
                Ok(())
            }
        }
    }

    fn add_fd(&mut self, number: RawFd, source: RawFd, above: RawFd) -> io::Result<()> {
        let other = self.outlives || (source < above && source != number);
        let source = self.source(source, other, above)?;
        self.plan.dup2(source, number)
    }

    /// The same, or @other than that: one that lives as long as this.
    fn source(&mut self, fd: RawFd, other: bool, above: RawFd) -> io::Result<RawFd> {
        if !other {
            return Ok(fd);
        }
        self.theirs.push(sys::dup_above(fd, above)?);
        Ok(self.theirs.last().expect("just added").as_raw_fd())
    }
}
