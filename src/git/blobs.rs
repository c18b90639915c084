//! Contents of files, by one `git cat-file --batch` for all of them.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::Mutex;

use super::{Trouble, cannot_run, git};
use crate::discover::LONGEST;
use crate::process;

/// The contents of one repository's files.
pub(super) struct Blobs {
    top: PathBuf,
    /// Where Git LFS keeps what its pointers point to.
    lfs: PathBuf,
    /// Starts when it is asked for the first time.
    batch: Mutex<Option<Batch>>,
}

/// A running `git cat-file --batch`.
struct Batch {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

/// What an answer is.
enum Answer {
    Bytes(Vec<u8>),
    Missing,
    TooLong,
}

impl Blobs {
    pub fn new(top: PathBuf, lfs: PathBuf) -> Blobs {
        Blobs { top, lfs, batch: Mutex::new(None) }
    }

    /// The content of a blob, which is that of a file at `path`.
    pub fn read(&self, id: &str, path: &Path) -> Result<Vec<u8>, Trouble> {
        let answer = {
            let mut batch = self.batch.lock().expect("internal error: a panic while git answers");
            if batch.is_none() {
                *batch = Some(Batch::start(&self.top)?);
            }
            let running = batch.as_mut().expect("internal error: git was started");
            running.ask(id)
        };
        let at = || path.strip_prefix(&self.top).unwrap_or(path).display();
        match answer {
            Ok(Answer::Bytes(bytes)) => Ok(self.behind_pointer(&bytes).unwrap_or(bytes)),
            Ok(Answer::Missing) => {
                let message = format!("git does not have the content of `{}`", at());
                let help =
                    "in a partial clone, `git diff --stat` with that commit fetches what it needs";
                Err(Trouble::new(message, Some(help)))
            }
            Ok(Answer::TooLong) => {
                let message = format!("`{}` was longer than {} MiB", at(), LONGEST >> 20);
                Err(Trouble::new(message, Some("exclude it in netvet.yaml")))
            }
            Err(error) => Err(Trouble::new(format!("`git cat-file` failed: {error}"), None)),
        }
    }

    /// What lies behind a pointer of Git LFS, if it is here.
    fn behind_pointer(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let id = lfs_object(bytes)?;
        let path = self.lfs.join(&id[..2]).join(&id[2..4]).join(id);
        let metadata = fs::metadata(&path).ok()?;
        (metadata.is_file() && metadata.len() <= LONGEST).then(|| fs::read(path).ok()).flatten()
    }
}

/// The object that a pointer of Git LFS names
/// (<https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md>).
fn lfs_object(bytes: &[u8]) -> Option<&str> {
    // The specification keeps pointers below this length.
    if bytes.len() >= 1024 || !bytes.starts_with(b"version https://git-lfs.github.com/spec/v1\n") {
        return None;
    }
    let text = str::from_utf8(bytes).ok()?;
    let id = text.lines().find_map(|line| line.strip_prefix("oid sha256:"))?;
    let is_hash = id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hash.then_some(id)
}

impl Batch {
    fn start(top: &Path) -> Result<Batch, Trouble> {
        let mut command = git(top);
        command
            .args(["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = process::start(&mut command).map_err(|trouble| cannot_run(&trouble))?;
        let stdin = child.stdin.take().expect("internal error: standard input is a pipe");
        let stdout = child.stdout.take().expect("internal error: standard output is a pipe");
        Ok(Batch { child, stdin, stdout: BufReader::new(stdout) })
    }

    /// The answer is `<id> <type> <size>`, the content and a line feed, or `<id> missing`
    /// (git-cat-file(1), BATCH OUTPUT).
    fn ask(&mut self, id: &str) -> io::Result<Answer> {
        writeln!(self.stdin, "{id}")?;
        self.stdin.flush()?;
        let mut line = String::new();
        self.stdout.by_ref().take(1 << 10).read_line(&mut line)?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let [_, _, size] = words[..] else {
            return match words.last() {
                Some(_) => Ok(Answer::Missing),
                None => Err(io::Error::other("it ended")),
            };
        };
        let size: u64 = size.parse().map_err(io::Error::other)?;
        if size > LONGEST {
            io::copy(&mut self.stdout.by_ref().take(size + 1), &mut io::sink())?;
            return Ok(Answer::TooLong);
        }
        let mut bytes = vec![0; size as usize];
        self.stdout.read_exact(&mut bytes)?;
        self.stdout.read_exact(&mut [0])?;
        Ok(Answer::Bytes(bytes))
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        // It would end by itself, once its standard input is closed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_of_git_lfs_names_its_object() {
        let id = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393";
        let pointer =
            format!("version https://git-lfs.github.com/spec/v1\noid sha256:{id}\nsize 12345\n");
        assert_eq!(lfs_object(pointer.as_bytes()), Some(id));
        assert_eq!(lfs_object(pointer.replace("4d7a", "../a").as_bytes()), None);
        assert_eq!(lfs_object(b"apiVersion: v1\n"), None);
    }
}
