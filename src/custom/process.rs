//! The evaluator as the program sees it: a child that may die, hang or chatter at any moment.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::ARGUMENT;

/// For one answer, where the system does not count processor time, or counts it slowly.
const DEADLINE: Duration = Duration::from_secs(10);

/// Bytes of one answer; the evaluator never says as much.
const LONGEST_LINE: u64 = 16 << 20;

/// Why an answer does not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Time,
    Memory,
    Depth,
    Other,
}

pub struct Process {
    child: Child,
    input: ChildStdin,
    lines: Receiver<Option<String>>,
}

impl Process {
    /// Starts the evaluator that is part of a program.
    ///
    /// # Errors
    ///
    /// What the system said.
    pub fn start(program: &Path) -> std::io::Result<Process> {
        let mut child = Command::new(program)
            .arg(ARGUMENT)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let missing = || std::io::Error::other("a pipe is missing");
        let input = child.stdin.take().ok_or_else(missing)?;
        let output = child.stdout.take().ok_or_else(missing)?;
        let (sender, lines) = sync_channel(16);
        std::thread::spawn(move || forward(output, &sender));
        Ok(Process { child, input, lines })
    }

    /// Sends a request. The evaluator reads it whenever it does not work, so this does not wait.
    pub fn send(&mut self, request: &impl Serialize) -> Result<(), End> {
        let mut line = serde_json::to_vec(request).map_err(|_| End::Other)?;
        line.push(b'\n');
        self.input.write_all(&line).map_err(|_| self.end())
    }

    /// The next answer.
    pub fn receive<T: DeserializeOwned>(&mut self) -> Result<T, End> {
        match self.lines.recv_timeout(DEADLINE) {
            Ok(Some(line)) => serde_json::from_str(&line).map_err(|_| End::Other),
            Ok(None) | Err(RecvTimeoutError::Disconnected) => Err(self.end()),
            Err(RecvTimeoutError::Timeout) => Err(End::Time),
        }
    }

    /// Ends the evaluator, and tells what it died of if it was dead already.
    fn end(&mut self) -> End {
        let _ = self.child.kill();
        let Ok(status) = self.child.wait() else { return End::Other };
        let mut last_words = Vec::new();
        if let Some(errors) = &mut self.child.stderr {
            let _ = errors.take(4096).read_to_end(&mut last_words);
        }
        let last_words = String::from_utf8_lossy(&last_words);
        match () {
            () if is_out_of_time(status) => End::Time,
            () if last_words.contains("overflowed its stack") => End::Depth,
            () if last_words.contains("memory allocation of") => End::Memory,
            () => End::Other,
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(unix)]
fn is_out_of_time(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt;
    status.signal() == Some(rustix::process::Signal::XCPU.as_raw())
}

#[cfg(not(unix))]
fn is_out_of_time(_status: ExitStatus) -> bool {
    false
}

/// Passes lines on; `None` is one that is too long or no text, and the last.
fn forward(output: ChildStdout, sender: &SyncSender<Option<String>>) {
    let mut output = BufReader::new(output);
    loop {
        let mut line = String::new();
        let read = output.by_ref().take(LONGEST_LINE).read_line(&mut line);
        let line = match read {
            Ok(0) => return,
            Ok(_) if line.ends_with('\n') => Some(line),
            _ => None,
        };
        let is_last = line.is_none();
        if sender.send(line).is_err() || is_last {
            return;
        }
    }
}
