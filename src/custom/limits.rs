//! What the evaluator may take of the machine. The system enforces it where it can; elsewhere
//! there is only the deadline of [`super::process`].

use std::io;

/// Seconds of processor time for one answer, at the most; the system counts whole ones.
#[cfg(unix)]
const SECONDS: u64 = 2;

/// Bytes of memory, of which the program itself and the stack take a part.
#[cfg(unix)]
const MEMORY: u64 = 1 << 30;

/// Limits this process for good.
#[cfg(unix)]
pub fn set() -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let limit = |value| Rlimit { current: Some(value), maximum: Some(value) };
    // A dump of memory is of no use to anybody.
    setrlimit(Resource::Core, limit(0))?;
    // Some systems do not know this limit, and refuse it.
    let _ = setrlimit(Resource::As, limit(MEMORY));
    Ok(())
}

/// Gives the next answer its processor time.
#[cfg(unix)]
pub fn renew() -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    use rustix::time::{ClockId, clock_gettime};
    let used = u64::try_from(clock_gettime(ClockId::ProcessCPUTime).tv_sec).unwrap_or_default();
    let maximum = getrlimit(Resource::Cpu).maximum;
    let wanted = used + 1 + SECONDS;
    let current = Some(maximum.map_or(wanted, |maximum| wanted.min(maximum)));
    setrlimit(Resource::Cpu, Rlimit { current, maximum })?;
    Ok(())
}

#[cfg(not(unix))]
pub fn set() -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
pub fn renew() -> io::Result<()> {
    Ok(())
}
