//! Runs other programs: `git`, and those that render.
//!
//! A program is found on `PATH` and gets its arguments as they are: no shell, nothing on its
//! standard input, a limit of time and of output. What it may do is for the caller to decide, and
//! what it prints to interpret.

use std::fmt;
use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// How long a program may take, and how many bytes it may print.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub time: Duration,
    pub output: u64,
}

/// What a program printed; that it succeeded is not said.
#[derive(Debug)]
pub struct Output {
    pub status: ExitStatus,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

/// Why there is no output.
#[derive(Debug)]
pub enum Trouble {
    /// No program of this name is on `PATH`.
    Missing,
    /// The system refused to start it, or to read what it printed.
    System(io::Error),
    /// It was ended because it took longer than it may.
    Slow(Duration),
    /// It was ended because it printed more bytes than it may.
    Long(u64),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::Missing => write!(f, "is not on PATH"),
            Trouble::System(error) => write!(f, "cannot be run: {error}"),
            Trouble::Slow(time) => {
                write!(f, "took longer than {} seconds and was ended", time.as_secs())
            }
            Trouble::Long(bytes) => {
                write!(f, "printed more than {} MiB and was ended", bytes >> 20)
            }
        }
    }
}

/// Messages of a program are for people, and no person reads more of them; in bytes.
const LONGEST_MESSAGES: u64 = 64 << 10;

/// Where a program that has ended leaves another one that holds its output open, that one is not
/// waited for any longer than this.
const GRACE: Duration = Duration::from_secs(2);

/// Starts a program whose output the caller reads.
///
/// # Errors
///
/// [`Trouble::Missing`] and [`Trouble::System`].
pub fn start(command: &mut Command) -> Result<Child, Trouble> {
    command.spawn().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Trouble::Missing,
        _ => Trouble::System(error),
    })
}

/// Runs a program to its end, or ends it.
///
/// # Errors
///
/// All that [`Trouble`] names; a program that fails has a [`Output::status`] instead.
pub fn run(command: &mut Command, limits: Limits) -> Result<Output, Trouble> {
    let deadline = Instant::now() + limits.time;
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = start(command)?;
    let stdout = child.stdout.take().expect("internal error: standard output is a pipe");
    let stderr = child.stderr.take().expect("internal error: standard error is a pipe");
    let stdout = read_apart(stdout, limits.output, false);
    let stderr = read_apart(stderr, LONGEST_MESSAGES, true);

    let printed = stdout.recv_timeout(limits.time);
    let status = match &printed {
        Ok(Ok(Some(_))) => wait(&mut child, deadline),
        _ => None,
    };
    let Some(status) = status else {
        // It may be gone by itself; then there is nothing to end.
        let _ = child.kill();
        let _ = child.wait();
        return Err(match printed {
            Ok(Ok(None)) => Trouble::Long(limits.output),
            Ok(Err(error)) => Trouble::System(error),
            _ => Trouble::Slow(limits.time),
        });
    };
    let stdout = match printed {
        Ok(Ok(Some(bytes))) => bytes,
        _ => Vec::new(),
    };
    let stderr = match stderr.recv_timeout(GRACE) {
        Ok(Ok(Some(bytes))) => String::from_utf8_lossy(&bytes).into_owned(),
        _ => String::new(),
    };
    Ok(Output { status, stdout, stderr })
}

/// What a reading thread sends: all bytes, or nothing when there were too many.
type Printed = io::Result<Option<Vec<u8>>>;

/// Reads in a thread of its own, so that a program which fills one pipe is not kept from the
/// other. With `cut`, what is too long is read to its end and only its beginning kept.
fn read_apart(pipe: impl Read + Send + 'static, most: u64, cut: bool) -> Receiver<Printed> {
    let (sender, receiver) = channel();
    let read = move || -> Printed {
        let mut bytes = Vec::new();
        let mut pipe = pipe.take(most + 1);
        pipe.read_to_end(&mut bytes)?;
        if bytes.len() as u64 <= most {
            return Ok(Some(bytes));
        }
        if !cut {
            return Ok(None);
        }
        bytes.truncate(most as usize);
        io::copy(&mut pipe.into_inner(), &mut io::sink())?;
        Ok(Some(bytes))
    };
    thread::spawn(move || {
        // Nobody may be waiting any more.
        let _ = sender.send(read());
    });
    receiver
}

/// Waits for the end of a program that prints no more.
fn wait(child: &mut Child, deadline: Instant) -> Option<ExitStatus> {
    let mut pause = Duration::from_micros(200);
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < deadline => thread::sleep(pause),
            _ => return None,
        }
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { time: Duration::from_secs(20), output: 1 << 20 };

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn both_pipes_are_read_to_their_ends() {
        let script = "head -c 300000 /dev/zero >&2; head -c 300000 /dev/zero; exit 3";
        let output = run(&mut shell(script), LIMITS).unwrap();
        assert_eq!(output.stdout.len(), 300_000);
        assert_eq!(output.stderr.len() as u64, LONGEST_MESSAGES);
        assert_eq!(output.status.code(), Some(3));
    }

    #[test]
    fn a_slow_program_is_ended() {
        let limits = Limits { time: Duration::from_millis(100), ..LIMITS };
        let before = Instant::now();
        for script in ["exec sleep 60", "exec >&-; exec sleep 60", "sleep 60 & exec sleep 60"] {
            let trouble = run(&mut shell(script), limits).unwrap_err();
            assert!(matches!(trouble, Trouble::Slow(_)), "{trouble:?}");
        }
        assert!(before.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn a_program_that_prints_without_an_end_is_ended() {
        let trouble = run(&mut shell("exec cat /dev/zero"), LIMITS).unwrap_err();
        assert_eq!(trouble.to_string(), "printed more than 1 MiB and was ended");
    }

    #[test]
    fn a_program_that_is_not_there_is_missing() {
        let trouble = run(&mut Command::new("netvet-no-such-program"), LIMITS).unwrap_err();
        assert!(matches!(trouble, Trouble::Missing), "{trouble:?}");
    }
}
