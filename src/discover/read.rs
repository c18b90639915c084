//! Turns an input into text.
//!
//! Text is UTF-8. What is not is skipped when it was merely found, and unreadable when somebody
//! named it, or its own name promises text.

use std::fs::{self, File};
use std::io::{self, Read};

use super::{Found, kind_of, names, system_message};

/// No input is longer, in bytes. The tree of a dense text takes about eight times its length, so
/// this is 2 GiB of memory for one file; and positions in a text have 32 bits.
pub const LONGEST: u64 = 256 << 20;

/// How much of a text is looked at to tell whether it is one.
const SAMPLE: usize = 8 << 10;

/// What reading an input brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Begins with a byte order mark if the file does, so that offsets are those of the file.
    Text(String),
    /// The reason: `binary`, or `empty` for nothing but white space.
    Skipped(&'static str),
    Unreadable {
        message: String,
        /// The byte at fault, from the start of the file, unless the whole file is.
        position: Option<usize>,
        /// The text before that byte, to find its line and column in.
        before: String,
    },
}

/// Reads an input whole.
///
/// It may be gone by now, or be another: what is not a regular file is not read, and no more is
/// read than the longest input may have.
pub fn read(found: &Found) -> Content {
    let bytes = if found.is_stdin() {
        read_at_most(io::stdin().lock(), LONGEST, 0)
    } else {
        // Opening a pipe waits for its other end, so a look goes first.
        match fs::metadata(&found.path).and_then(|metadata| regular(&metadata)) {
            Ok(()) => File::open(&found.path).and_then(|file| {
                let metadata = file.metadata()?;
                regular(&metadata)?;
                read_at_most(file, LONGEST, metadata.len())
            }),
            Err(error) => Err(error),
        }
    };
    match bytes {
        Ok(bytes) => decode(bytes, found),
        Err(error) => unreadable(system_message(&error), None, &[]),
    }
}

fn regular(metadata: &fs::Metadata) -> io::Result<()> {
    if metadata.is_file() {
        return Ok(());
    }
    Err(io::Error::other(format!("{}, not a file", kind_of(metadata.file_type()))))
}

/// `expected` is how many bytes there seem to be; some files have more.
fn read_at_most(reader: impl Read, longest: u64, expected: u64) -> io::Result<Vec<u8>> {
    let too_long = || {
        let megabytes = longest >> 20;
        io::Error::other(format!("longer than {megabytes} MiB, which is the limit for one file"))
    };
    if expected > longest {
        return Err(too_long());
    }
    // Room for one more byte, so that the end is seen without growing.
    let mut bytes = Vec::with_capacity(expected as usize + 1);
    reader.take(longest + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > longest { Err(too_long()) } else { Ok(bytes) }
}

/// The text that the bytes of an input are, or why they are none.
pub fn decode(bytes: Vec<u8>, found: &Found) -> Content {
    let promised = found.explicit || names::is_surely_text(&found.path);
    if let Some(encoding) = wide_encoding(&bytes) {
        if !promised {
            return Content::Skipped("binary");
        }
        return unreadable(format!("{encoding} text; save it as UTF-8"), Some(0), &bytes);
    }
    if let Some(at) = binary(&bytes[..bytes.len().min(SAMPLE)], promised) {
        if !found.explicit {
            return Content::Skipped("binary");
        }
        return unreadable("binary data, not text".to_owned(), Some(at), &bytes);
    }
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) if !promised => return Content::Skipped("binary"),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let message = match (error.utf8_error().error_len(), error.as_bytes().get(at)) {
                (Some(_), Some(byte)) => {
                    format!("the byte `0x{byte:02x}` is not UTF-8; save the file as UTF-8")
                }
                _ => "the text ends inside a character".to_owned(),
            };
            return unreadable(message, Some(at), error.as_bytes());
        }
    };
    if text.trim_start_matches('\u{feff}').trim().is_empty() {
        return Content::Skipped("empty");
    }
    Content::Text(text)
}

fn unreadable(message: String, position: Option<usize>, bytes: &[u8]) -> Content {
    let before = String::from_utf8_lossy(&bytes[..position.unwrap_or(0)]).into_owned();
    Content::Unreadable { message, position, before }
}

/// UTF-16 and UTF-32, by their byte order marks, or by every other byte being NUL as in all
/// that is written with Latin letters.
fn wide_encoding(bytes: &[u8]) -> Option<&'static str> {
    if bytes.starts_with(&[0xff, 0xfe, 0, 0]) || bytes.starts_with(&[0, 0, 0xfe, 0xff]) {
        return Some("UTF-32");
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Some("UTF-16");
    }
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    memchr::memchr(0, sample)?;
    let (pairs, _) = sample.as_chunks::<2>();
    let high = |order: usize| pairs.iter().filter(|pair| pair[order] == 0).count();
    let (even, odd) = (high(0), high(1));
    let mostly = |count: usize| count >= 2 && count * 4 >= pairs.len() * 3;
    ((mostly(even) && odd == 0) || (mostly(odd) && even == 0)).then_some("UTF-16")
}

/// The first byte that makes this something else than text, if it is something else.
///
/// Where text was promised, a few control characters are the mistake of a person, which the
/// parser can point at; one in a hundred is another kind of file. Elsewhere one NUL decides, as
/// it does for git and grep.
fn binary(sample: &[u8], promised: bool) -> Option<usize> {
    if !promised {
        return memchr::memchr(0, sample);
    }
    // Form feeds and the escapes of terminal colours get into texts more often.
    let control = |byte: &u8| byte.is_ascii_control() && !b"\t\n\r\x0c\x1b".contains(byte);
    let count = sample.iter().filter(|byte| control(byte)).count();
    if count <= 1 + sample.len() / 100 {
        return None;
    }
    sample.iter().position(control)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(name: &str, explicit: bool) -> Found {
        Found { path: name.into(), display: name.to_owned(), explicit }
    }

    /// As a file of a directory.
    fn walked(name: &str, bytes: &[u8]) -> Content {
        decode(bytes.to_vec(), &found(name, false))
    }

    /// As a file that somebody named.
    fn named(name: &str, bytes: &[u8]) -> Content {
        decode(bytes.to_vec(), &found(name, true))
    }

    fn refused(message: &str, position: usize, before: &str) -> Content {
        Content::Unreadable {
            message: message.to_owned(),
            position: Some(position),
            before: before.to_owned(),
        }
    }

    fn wide(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(order).collect()
    }

    #[test]
    fn text_keeps_its_byte_order_mark_and_line_endings() {
        let text = "\u{feff}a: é\r\nb: 1";
        assert_eq!(walked("a.yaml", text.as_bytes()), Content::Text(text.to_owned()));
    }

    #[test]
    fn white_space_is_empty() {
        for text in ["", "\n \t\r\n", "\u{feff}\n"] {
            assert_eq!(named("a.yaml", text.as_bytes()), Content::Skipped("empty"), "{text:?}");
        }
        assert_eq!(walked("a.yaml", b"# a\n"), Content::Text("# a\n".to_owned()));
    }

    #[test]
    fn utf16_is_told_by_mark_or_pattern() {
        let text = "kind: Service # für\n";
        let message = "UTF-16 text; save it as UTF-8";
        for mark in ["", "\u{feff}"] {
            for order in [u16::to_le_bytes, u16::to_be_bytes] {
                let bytes = wide(&format!("{mark}{text}"), order);
                assert_eq!(walked("a.yaml", &bytes), refused(message, 0, ""));
                assert_eq!(named("a.txt", &bytes), refused(message, 0, ""));
                assert_eq!(walked("a.conf", &bytes), Content::Skipped("binary"));
            }
        }
        // Not all letters have a NUL in them.
        let greek = wide("name: αβγ # kind: Service\n", u16::to_le_bytes);
        assert_eq!(walked("Corefile", &greek), refused(message, 0, ""));
        let utf32: Vec<u8> =
            "\u{feff}a: 1".chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
        assert_eq!(walked("a.yaml", &utf32), refused("UTF-32 text; save it as UTF-8", 0, ""));
    }

    #[test]
    fn a_byte_that_is_not_utf8_has_a_place() {
        let message = "the byte `0xe9` is not UTF-8; save the file as UTF-8";
        let latin1 = b"a: 1\nb: caf\xe9\n";
        let expected = refused(message, 11, "a: 1\nb: caf");
        assert_eq!(walked("a.json", latin1), expected);
        assert_eq!(named("a.conf", latin1), expected);
        assert_eq!(walked("a.conf", latin1), Content::Skipped("binary"));
        assert_eq!(
            walked("a.yml", b"a: \xc3"),
            refused("the text ends inside a character", 3, "a: ")
        );
    }

    #[test]
    fn a_stray_nul_in_a_text_is_left_to_the_parser() {
        let text = "a: \0\nb: 1\n";
        assert_eq!(walked("a.yaml", text.as_bytes()), Content::Text(text.to_owned()));
        assert_eq!(named("notes", text.as_bytes()), Content::Text(text.to_owned()));
        assert_eq!(walked("a.conf", text.as_bytes()), Content::Skipped("binary"));
        let late = "# text\n".repeat(2000) + "\0";
        assert_eq!(walked("a.conf", late.as_bytes()), Content::Text(late.clone()));
        let coloured = "\x1b[32ma\x1b[0m: 1\n";
        assert_eq!(walked("a.yaml", coloured.as_bytes()), Content::Text(coloured.to_owned()));
    }

    #[test]
    fn binary_data_is_skipped_unless_it_is_named() {
        // The beginning of a file that git-crypt has encrypted, and of a gzip archive.
        for bytes in [&b"\0GITCRYPT\0\x8a\x01\x02\x7f\xf0"[..], b"\x1f\x8b\x08\0\0\0\0\0\0\x03"] {
            assert_eq!(walked("secret.yaml", bytes), Content::Skipped("binary"));
            let refused = named("secret.yaml", bytes);
            let expected = "binary data, not text";
            assert!(
                matches!(&refused, Content::Unreadable { message, .. } if message == expected),
                "{refused:?}"
            );
        }
    }

    #[test]
    fn no_more_is_read_than_the_longest_input_may_have() {
        let limit = 1 << 20;
        let bytes = vec![b'a'; limit + 1];
        let read = |bytes: &[u8], expected| read_at_most(bytes, limit as u64, expected);
        assert_eq!(read(&bytes[..limit], 0).unwrap().len(), limit);
        let error = read(&bytes, 5).unwrap_err().to_string();
        assert_eq!(error, "longer than 1 MiB, which is the limit for one file");
        assert_eq!(read(&[], limit as u64 + 1).unwrap_err().to_string(), error);
        assert!(read_at_most(io::repeat(b'a'), limit as u64, 0).is_err());
    }

    #[test]
    fn a_file_that_is_gone_is_unreadable() {
        let Content::Unreadable { message, position, .. } = read(&found("gone.yaml", false)) else {
            panic!("read a file that does not exist")
        };
        assert!(!message.is_empty());
        assert_eq!(position, None);
    }
}
