//! What plugins of CoreDNS refuse among their arguments: `setup.go` of each plugin.
//!
//! Only what all releases refuse is known here. A word that the environment or a template fills
//! in is left alone, and so is a directive with one of them where their number counts.

use std::ops::Range;

use super::Corefile;
use crate::syntax::corefile::{Directive, Word};

/// An argument that a plugin refuses.
#[derive(Debug)]
pub struct Fault<'a> {
    pub range: &'a Range<usize>,
    pub message: String,
}

/// All of a Corefile, in the order of the text; a snippet that several blocks import counts once.
pub fn faults<'a>(corefile: &Corefile<'a>) -> Vec<Fault<'a>> {
    let mut found = Vec::new();
    for (_, directive) in corefile.directives() {
        of_plugin(directive, &mut found);
        for option in corefile.expand(&directive.body) {
            of_option(&directive.name.text, option, &mut found);
        }
    }
    found.sort_by_key(|fault| (fault.range.start, fault.range.end));
    found.dedup_by_key(|fault| fault.range.start);
    found
}

/// `plugin/forward/setup.go`.
const MOST_UPSTREAMS: usize = 15;

/// `plugin/reload/setup.go`, in seconds.
const LEAST_INTERVAL: f64 = 2.0;
const LEAST_JITTER: f64 = 1.0;

fn of_plugin<'a>(directive: &'a Directive, found: &mut Vec<Fault<'a>>) {
    let args = &directive.args;
    let is_known = !args.iter().any(Word::is_placeholder);
    let name = directive.name.text.as_str();
    let mut add = |range, message: String| found.push(Fault { range, message });
    match name {
        "forward" if is_known && args.len() < 2 => {
            let message = match args.first() {
                None => "`forward` names neither a zone nor an upstream".to_owned(),
                Some(zone) => {
                    format!("`forward` takes `{}` for the zone, and no upstream follows", zone.text)
                }
            };
            add(&directive.range, message);
        }
        "forward" if is_known && args.len() > MOST_UPSTREAMS + 1 => {
            let count = args.len() - 1;
            let message = format!("`forward` has {count} upstreams, of at most {MOST_UPSTREAMS}");
            add(&args[MOST_UPSTREAMS + 1].range, message);
        }
        "cache" => {
            let ttl = args.first().and_then(|arg| Some((arg, arg.text.parse::<i64>().ok()?)));
            if let Some((arg, ttl)) = ttl.filter(|(_, ttl)| *ttl <= 0) {
                add(&arg.range, format!("`cache {ttl}`: the time to live is at least 1 second"));
            }
        }
        "reload" => {
            let least = [(LEAST_INTERVAL, "interval"), (LEAST_JITTER, "jitter")];
            for (arg, (least, noun)) in args.iter().zip(least) {
                match go_duration(&arg.text) {
                    _ if arg.is_placeholder() => {}
                    None => add(&arg.range, no_duration(arg)),
                    Some(seconds) if seconds < least => {
                        let text = &arg.text;
                        add(
                            &arg.range,
                            format!("`reload` takes an {noun} of at least {least}s, not `{text}`")
                                .replace("an jitter", "a jitter"),
                        );
                    }
                    Some(_) => {}
                }
            }
        }
        "health" | "ready" | "prometheus" => {
            if let Some(arg) = args.first().filter(|arg| !arg.is_placeholder())
                && !arg.text.contains(':')
            {
                let message =
                    format!("`{name}` listens on `HOST:PORT`, and `{}` is none", arg.text);
                add(&arg.range, message);
            }
        }
        "autopath" if args.is_empty() => {
            add(&directive.range, "`autopath` names no list of search domains".to_owned());
        }
        _ => {}
    }
}

fn of_option<'a>(plugin: &str, option: &'a Directive, found: &mut Vec<Fault<'a>>) {
    let Some(arg) = option.args.first().filter(|arg| !arg.is_placeholder()) else { return };
    let text = arg.text.as_str();
    let one_of = |words: &[&str]| {
        let words_text = words.join("`, `");
        let name = &option.name.text;
        (!words.contains(&text)).then(|| format!("`{name}` is one of `{words_text}`, not `{text}`"))
    };
    let message = match (plugin, option.name.text.as_str()) {
        ("kubernetes", "pods") => one_of(&["disabled", "insecure", "verified"]),
        ("kubernetes", "ttl") => {
            let is_right = text.parse::<i64>().is_ok_and(|ttl| (0..=3600).contains(&ttl));
            (!is_right).then(|| format!("`ttl` lies between 0 and 3600, and is `{text}`"))
        }
        ("forward", "policy") => one_of(&["random", "round_robin", "sequential"]),
        ("forward", "max_concurrent" | "max_fails") => {
            let name = &option.name.text;
            let is_right = text.parse::<u64>().is_ok();
            (!is_right).then(|| format!("`{name}` is a number, and not `{text}`"))
        }
        ("forward", "health_check" | "expire") | ("health", "lameduck") => {
            go_duration(text).is_none().then(|| no_duration(arg))
        }
        _ => None,
    };
    found.extend(message.map(|message| Fault { range: &arg.range, message }));
}

fn no_duration(arg: &Word) -> String {
    match arg.text.parse::<u64>() {
        Ok(number) if number > 0 => {
            format!("`{number}` is no duration without a unit, such as `{number}s`")
        }
        _ => format!("`{}` is no duration such as `5s`", arg.text),
    }
}

/// A duration as Go's `time.ParseDuration` reads it, in seconds: `1m30s`, `1.5h`, `-2ms`, `0`.
pub fn go_duration(text: &str) -> Option<f64> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0.0);
    }
    let mut total = 0.0;
    let mut any = false;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        total += number
            * match &rest[..end] {
                "ns" => 1e-9,
                "us" | "µs" | "μs" => 1e-6,
                "ms" => 1e-3,
                "s" => 1.0,
                "m" => 60.0,
                "h" => 3600.0,
                _ => return None,
            };
        rest = &rest[end..];
        any = true;
    }
    any.then_some(sign * total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_reads_them() {
        let table = [
            ("5s", Some(5.0)),
            ("1m30s", Some(90.0)),
            ("0.5s", Some(0.5)),
            ("1500ms", Some(1.5)),
            ("-2h", Some(-7200.0)),
            ("0", Some(0.0)),
            ("5", None),
            ("", None),
            ("s", None),
            ("5 s", None),
            ("5d", None),
            ("1..5s", None),
            ("é", None),
        ];
        for (text, expected) in table {
            assert_eq!(go_duration(text), expected, "{text}");
        }
    }
}
