//! A progress bar for people who wait: on a terminal, and only when a run takes longer than a
//! second. It is drawn on standard error and leaves nothing behind.
//!
//! It knows nothing about other output. Whoever prints finishes it first.

use std::io::{self, IsTerminal};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Shorter runs show nothing, because a bar that flashes up tells nobody anything.
const PATIENCE: Duration = Duration::from_secs(1);

const BETWEEN_FRAMES: Duration = Duration::from_millis(100);

/// How far a run is. Counting is cheap; a thread of its own draws what was counted.
///
/// The bar goes away when this is finished or dropped.
#[derive(Debug)]
pub struct Progress(Option<Running>);

#[derive(Debug)]
struct Running {
    shared: Arc<Shared>,
    /// Present until the bar is gone.
    drawer: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    done: AtomicU64,
    over: Mutex<bool>,
    wake: Condvar,
}

impl Progress {
    /// `enabled` is what the user said (`--no-progress`, `--quiet`); whether standard error is a
    /// terminal is seen here. `total` is how many ticks there will be.
    pub fn new(enabled: bool, total: usize) -> Progress {
        if !enabled || total == 0 || !io::stderr().is_terminal() {
            return Progress(None);
        }
        Progress::on(ProgressDrawTarget::stderr(), PATIENCE, total)
    }

    fn on(target: ProgressDrawTarget, patience: Duration, total: usize) -> Progress {
        let shared = Arc::new(Shared::default());
        let drawer = thread::Builder::new().name("progress".to_owned()).spawn({
            let shared = shared.clone();
            move || draw(&shared, target, patience, total as u64)
        });
        // A machine that has no thread left for a bar can do without the bar.
        Progress(drawer.ok().map(|drawer| Running { shared, drawer: Some(drawer) }))
    }

    /// One more is done.
    pub fn tick(&self) {
        if let Some(running) = &self.0 {
            running.shared.done.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Takes the bar away; when this returns, the terminal is free for others.
    pub fn finish(self) {}
}

impl Drop for Running {
    fn drop(&mut self) {
        // A bar that went wrong is no reason to lose the findings of a run.
        if let Ok(mut over) = self.shared.over.lock() {
            *over = true;
        }
        self.shared.wake.notify_all();
        if let Some(drawer) = self.drawer.take() {
            let _ = drawer.join();
        }
    }
}

impl Shared {
    /// Waits for the end, no longer than this; says whether it has come.
    fn wait_for_end(&self, longest: Duration) -> bool {
        let Ok(over) = self.over.lock() else { return true };
        match self.wake.wait_timeout_while(over, longest, |over| !*over) {
            Ok((over, _)) => *over,
            Err(_) => true,
        }
    }
}

fn draw(shared: &Shared, target: ProgressDrawTarget, patience: Duration, total: u64) {
    if shared.wait_for_end(patience) {
        return;
    }
    let style = ProgressStyle::with_template("[{bar:40}] {pos}/{len} files")
        .expect("internal error: a broken template")
        .progress_chars("=> ");
    let bar = ProgressBar::with_draw_target(Some(total), target).with_style(style);
    loop {
        bar.set_position(shared.done.load(Ordering::Relaxed));
        if shared.wait_for_end(BETWEEN_FRAMES) {
            break;
        }
    }
    bar.finish_and_clear();
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use indicatif::TermLike;

    use super::*;

    /// Remembers what was written; a cleared line shows as `<clear>`.
    #[derive(Clone, Debug, Default)]
    struct Recorder(Arc<Mutex<Vec<String>>>);

    impl Recorder {
        fn record(&self, text: &str) -> io::Result<()> {
            self.0.lock().unwrap().push(text.to_owned());
            Ok(())
        }

        fn has(&self, text: &str) -> bool {
            self.0.lock().unwrap().iter().any(|written| written.contains(text))
        }

        fn target(&self) -> ProgressDrawTarget {
            ProgressDrawTarget::term_like(Box::new(self.clone()))
        }
    }

    impl TermLike for Recorder {
        fn width(&self) -> u16 {
            80
        }

        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn write_line(&self, text: &str) -> io::Result<()> {
            self.record(text)
        }

        fn write_str(&self, text: &str) -> io::Result<()> {
            self.record(text)
        }

        fn clear_line(&self) -> io::Result<()> {
            self.record("<clear>")
        }

        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    fn wait_until(terminal: &Recorder, happened: impl Fn() -> bool) {
        let start = Instant::now();
        while !happened() {
            assert!(start.elapsed() < Duration::from_secs(20), "it did not happen: {terminal:?}");
            thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn a_short_run_draws_nothing_and_does_not_wait() {
        let terminal = Recorder::default();
        let start = Instant::now();
        let progress = Progress::on(terminal.target(), Duration::from_secs(60), 3);
        progress.tick();
        progress.finish();
        assert!(start.elapsed() < Duration::from_secs(30));
        assert!(terminal.0.lock().unwrap().is_empty());
    }

    #[test]
    fn a_long_run_shows_what_all_threads_have_done() {
        let terminal = Recorder::default();
        let progress = Progress::on(terminal.target(), Duration::ZERO, 4000);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..500).for_each(|_| progress.tick()));
            }
        });
        wait_until(&terminal, || terminal.has("====>                   ] 2000/4000 files"));
        let before = terminal.0.lock().unwrap().len();
        progress.finish();
        // Of what comes last, nothing is a bar.
        let written = terminal.0.lock().unwrap();
        assert!(written.len() > before);
        assert!(written.iter().any(|written| written == "<clear>"), "{written:?}");
        let bars = written.iter().rposition(|written| written.contains("files")).unwrap();
        let clears = written.iter().rposition(|written| written == "<clear>").unwrap();
        assert!(clears > bars, "{written:?}");
    }

    #[test]
    fn a_bar_that_is_not_wanted_takes_no_thread() {
        for progress in [Progress::new(false, 10), Progress::new(true, 0)] {
            progress.tick();
            assert!(progress.0.is_none());
            progress.finish();
        }
    }
}
