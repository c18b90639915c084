//! What netvet prints about itself for other programs: editors, shells, `man`.

use std::io::{self, Write};

use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;

use super::args::Cli;
use super::{Error, Failure, Outcome};
use crate::check::rule_infos;
use crate::config::{self, suggest};
use crate::page;

/// Prints the JSON Schema of `netvet.yaml`.
pub fn schema(out: &mut dyn Write) -> Result<Outcome, Error> {
    let schema = config::schema(rule_infos(), &page::CATEGORIES);
    crate::report::write_pretty(&schema, out).map_err(io::Error::from)?;
    writeln!(out)?;
    Ok(Outcome::Clean)
}

/// Prints the completions of a shell.
pub fn completions(shell: Shell, out: &mut dyn Write) -> Result<Outcome, Error> {
    // It panics where it cannot write.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "netvet", &mut script);
    out.write_all(&script)?;
    Ok(Outcome::Clean)
}

/// Prints the manual page of netvet, or of one of its commands.
pub fn man(name: Option<&str>, out: &mut dyn Write) -> Result<Outcome, Error> {
    let mut cli = Cli::command();
    // Only then commands know what they are called as a whole.
    cli.build();
    let source = concat!("netvet ", env!("CARGO_PKG_VERSION"));
    let Some(name) = name else {
        Man::new(cli).source(source).render(out)?;
        return Ok(Outcome::Clean);
    };
    let Some(command) = cli.find_subcommand(name) else {
        let names = cli.get_subcommands().map(clap::Command::get_name);
        let help = match suggest(name, names) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "`netvet --help` lists the commands".to_owned(),
        };
        return Err(Failure::new(format!("there is no command `{name}`")).help(help).into());
    };
    Man::new(command.clone()).source(source).render(out)?;
    Ok(Outcome::Clean)
}
