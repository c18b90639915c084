//! Words that messages of several rules have in common.

/// `` `a` ``, `` `a` and `b` ``, `` `a`, `b` and 3 other policies ``.
pub fn some_of(names: &[String], plural: &str) -> String {
    let quoted: Vec<String> = names.iter().take(3).map(|name| format!("`{name}`")).collect();
    match names.len() {
        0..=1 => quoted.concat(),
        2 | 3 => {
            let (last, first) = quoted.split_last().expect("internal error: no names");
            format!("{} and {last}", first.join(", "))
        }
        count => format!("{} and {} other {plural}", quoted[..2].join(", "), count - 2),
    }
}

/// The known name that another one was probably meant to be.
pub fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let distance = |other: &str| strsim::damerau_levenshtein(name, other);
    let near = known.into_iter().min_by_key(|other| (distance(other), *other))?;
    (distance(near) <= (name.len() / 4).clamp(1, 2)).then_some(near)
}

/// `` `a`, `b` and `c` ``: all of a few words.
pub fn choice(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, first)) if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => quoted.concat(),
    }
}
