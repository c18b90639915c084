//! Text in the log of a GitHub workflow, where whatever looks like a command is obeyed.
//!
//! What is printed holds values from files, and `##[…]` counts anywhere in a line. So the log is
//! told to obey nothing until a word that no file can know:
//! <https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions>, "Stopping
//! and starting workflow commands".

use std::hash::{BuildHasher, RandomState};
use std::io::{self, Write};

/// The word that lets the log obey again; `None` outside of workflows.
#[derive(Debug)]
pub struct Guard(Option<String>);

impl Guard {
    /// Begins with the first line of the output, when people are to read it.
    pub fn begin(is_text: bool, out: &mut dyn Write) -> io::Result<Guard> {
        let in_workflow = std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true");
        if !(is_text && in_workflow) {
            return Ok(Guard(None));
        }
        // Seeded by the system, and so not to be guessed.
        let word = format!("{:016x}", RandomState::new().hash_one("netvet"));
        writeln!(out, "::stop-commands::{word}")?;
        Ok(Guard(Some(word)))
    }

    pub fn end(self, out: &mut dyn Write) -> io::Result<()> {
        self.0.map_or(Ok(()), |word| writeln!(out, "::{word}::"))
    }
}
