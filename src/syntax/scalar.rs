//! What a plain scalar means to Kubernetes.
//!
//! Kubernetes reads YAML with sigs.k8s.io/yaml, which resolves plain scalars as go-yaml v2 does
//! (goyaml.v2/resolve.go): `yes` is true, `0644` is 420, `1_000` is 1000, and there is no base 60.

/// The value of a scalar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar<'t> {
    Null,
    Bool(bool),
    Int(i128),
    Float(f64),
    Str(&'t str),
}

impl Scalar<'_> {
    /// With an article, for messages.
    pub fn type_name(self) -> &'static str {
        match self {
            Scalar::Null => "null",
            Scalar::Bool(_) => "a boolean",
            Scalar::Int(_) => "an integer",
            Scalar::Float(_) => "a number",
            Scalar::Str(_) => "a string",
        }
    }
}

/// Resolves a plain scalar without a tag.
pub fn resolve(text: &str) -> Scalar<'_> {
    let Some(first) = text.bytes().next() else { return Scalar::Null };
    match first {
        b'0'..=b'9' | b'+' | b'-' | b'.' => number(text).unwrap_or(Scalar::Str(text)),
        b'~' | b'n' | b'N' | b'y' | b'Y' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' => word(text),
        _ => Scalar::Str(text),
    }
}

fn word(text: &str) -> Scalar<'_> {
    match text {
        "~" | "null" | "Null" | "NULL" => Scalar::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Scalar::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Scalar::Bool(false)
        }
        _ => Scalar::Str(text),
    }
}

fn number(text: &str) -> Option<Scalar<'_>> {
    match text {
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => {
            return Some(Scalar::Float(f64::INFINITY));
        }
        "-.inf" | "-.Inf" | "-.INF" => return Some(Scalar::Float(f64::NEG_INFINITY)),
        ".nan" | ".NaN" | ".NAN" => return Some(Scalar::Float(f64::NAN)),
        _ => {}
    }
    // Addresses and ranges are the most frequent texts that start with a digit.
    if !text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'+' | b'-')) {
        return None;
    }
    let joined;
    let digits = if text.contains('_') {
        joined = text.replace('_', "");
        joined.as_str()
    } else {
        text
    };
    integer(digits).map(Scalar::Int).or_else(|| float(digits).map(Scalar::Float))
}

/// Go's `strconv.ParseInt(text, 0, 64)` and `ParseUint`: base by prefix, within 64 bits.
fn integer(text: &str) -> Option<i128> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (base, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    if !digits.bytes().next()?.is_ascii_alphanumeric() {
        return None;
    }
    let value = i128::from(u64::from_str_radix(digits, base).ok()?);
    let value = if negative { -value } else { value };
    (value >= i128::from(i64::MIN)).then_some(value)
}

/// `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`
fn float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let first = unsigned.bytes().next()?;
    let number_like = first.is_ascii_digit() || first == b'.';
    let has_digit = unsigned.bytes().any(|b| b.is_ascii_digit());
    let only_number_bytes = unsigned
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'));
    (number_like && has_digit && only_number_bytes).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_mean_what_kubernetes_reads() {
        let table = [
            ("", Scalar::Null),
            ("~", Scalar::Null),
            ("Null", Scalar::Null),
            ("nULL", Scalar::Str("nULL")),
            ("yes", Scalar::Bool(true)),
            ("on", Scalar::Bool(true)),
            ("No", Scalar::Bool(false)),
            ("y", Scalar::Bool(true)),
            ("yEs", Scalar::Str("yEs")),
            ("0644", Scalar::Int(420)),
            ("0o17", Scalar::Int(15)),
            ("0b11", Scalar::Int(3)),
            ("0xff", Scalar::Int(255)),
            ("-0x10", Scalar::Int(-16)),
            ("+12", Scalar::Int(12)),
            ("1_000", Scalar::Int(1000)),
            ("089", Scalar::Float(89.0)),
            ("1e3", Scalar::Float(1000.0)),
            (".5", Scalar::Float(0.5)),
            ("5.", Scalar::Float(5.0)),
            ("18446744073709551615", Scalar::Int(18_446_744_073_709_551_615)),
            ("-9223372036854775808", Scalar::Int(-9_223_372_036_854_775_808)),
            ("10.0.0.0/8", Scalar::Str("10.0.0.0/8")),
            ("10.0.0.1", Scalar::Str("10.0.0.1")),
            ("1:30", Scalar::Str("1:30")),
            ("-", Scalar::Str("-")),
            ("+", Scalar::Str("+")),
            (".", Scalar::Str(".")),
            ("0x", Scalar::Str("0x")),
            ("0x-1", Scalar::Str("0x-1")),
            ("1Gi", Scalar::Str("1Gi")),
            ("e5", Scalar::Str("e5")),
            ("fd00::/8", Scalar::Str("fd00::/8")),
        ];
        for (text, value) in table {
            assert_eq!(resolve(text), value, "{text:?}");
        }
    }

    #[test]
    fn a_number_beyond_64_bits_is_a_float() {
        assert_eq!(resolve("18446744073709551616"), Scalar::Float(18_446_744_073_709_551_616.0));
    }
}
