//! Makes text from files safe to print on a terminal or in a log.
//!
//! A value can hold escape sequences that rewrite the screen, and marks that reorder or hide text.
//! They are shown instead of obeyed: one visible character for each, so that columns stay true.

/// How many characters of a message or a label are printed; a rule may quote a value of any length.
const LONGEST: usize = 1_000;

/// The character that is printed in place of one from a file. A tab stays what it is.
pub fn visible(character: char) -> char {
    match character {
        '\t' => '\t',
        // "Control Pictures" mirror the first 32 characters, and DEL.
        '\0'..='\u{1f}' => {
            char::from_u32(0x2400 + u32::from(character)).expect("internal error: U+2400..=U+241F")
        }
        '\u{7f}' => '\u{2421}',
        // C1 controls (U+009B starts an escape sequence like ESC and `[`).
        '\u{80}'..='\u{9f}'
        // Line and paragraph separators, and what writes right to left or embeds such text.
        | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        // Invisible: soft hyphen, spaces of no width, byte order mark, annotations, tags. The
        // joiners U+200C and U+200D are left alone, for scripts and emoji need them.
        | '\u{ad}' | '\u{180e}' | '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' => '\u{fffd}',
        other => other,
    }
}

/// One line of text, whole.
pub fn clean(text: &str) -> String {
    text.chars().map(|character| visible(untab(character))).collect()
}

/// One line of text, cut with `…` when it is very long.
pub fn shorten(text: &str) -> String {
    let Some((cut, _)) = text.char_indices().nth(LONGEST) else {
        return clean(text);
    };
    let mut text = clean(&text[..cut]);
    text.push('…');
    text
}

fn untab(character: char) -> char {
    if character == '\t' { ' ' } else { character }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_become_pictures() {
        assert_eq!(clean("\u{1b}[2J\u{7}\r\n\0\u{8}\u{7f}"), "␛[2J␇␍␊␀␈␡");
    }

    #[test]
    fn what_hides_or_reorders_text_becomes_a_replacement_character() {
        assert_eq!(clean("a\u{9b}b\u{202e}c\u{feff}d\u{200b}e\u{2028}f"), "a�b�c�d�e�f");
    }

    #[test]
    fn ordinary_text_is_left_alone() {
        let text = "`10.0.0.0/8` é 漢字 👩\u{200d}👧 می\u{200c}خواهم";
        assert_eq!(clean(text), text);
    }

    #[test]
    fn a_long_text_is_cut() {
        assert_eq!(shorten(&"é".repeat(1_000)), "é".repeat(1_000));
        assert_eq!(shorten(&"é".repeat(1_001)), "é".repeat(1_000) + "…");
    }
}
