//! Amounts of CPU, memory and other resources, as manifests write them.
//!
//! Only the value is kept, not the notation: `1Gi` and `1024Mi` are equal.

/// A resource quantity, zero or more, in steps of 10⁻⁹ (rounded up).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Quantity {
    nanos: u128,
}

/// What a suffix multiplies with.
enum Scale {
    PowerOfTwo(u32),
    PowerOfTen(i64),
}

/// More digits than any quantity that is meant, and few enough that `Ei` of it fits in 128 bits.
const MAX_DIGITS: usize = 20;

impl Quantity {
    /// Follows the grammar in apimachinery `pkg/api/resource/quantity.go`, without its negative
    /// numbers: no object may ask for less than nothing. Too large a number becomes the largest
    /// one.
    pub fn parse(text: &str) -> Option<Quantity> {
        let text = text.strip_prefix('+').unwrap_or(text);
        let is_number = |character: char| character.is_ascii_digit() || character == '.';
        let (number, suffix) = text.split_at(text.find(|c| !is_number(c)).unwrap_or(text.len()));
        let (integer, fraction) = number.split_once('.').unwrap_or((number, ""));
        if (integer.is_empty() && fraction.is_empty()) || fraction.contains('.') {
            return None;
        }
        let scale = scale(suffix)?;

        let digits = integer.bytes().chain(fraction.bytes()).skip_while(|digit| *digit == b'0');
        let mut significant: u128 = 0;
        let mut left_out: i64 = 0;
        let mut more = false;
        for (index, digit) in digits.enumerate() {
            if index < MAX_DIGITS {
                significant = significant * 10 + u128::from(digit - b'0');
            } else {
                left_out += 1;
                more |= digit != b'0';
            }
        }
        let (value, exponent) = match scale {
            Scale::PowerOfTwo(power) => (significant << power, 0),
            Scale::PowerOfTen(power) => (significant, power),
        };
        let fraction_digits = i64::try_from(fraction.len()).ok()?;
        let exponent = exponent.saturating_add(9 + left_out - fraction_digits);
        Some(Quantity { nanos: shift(value, exponent, more) })
    }

    /// Thousandths, rounded up: for CPU, milli-cores.
    pub fn milli(self) -> u64 {
        u64::try_from(self.nanos.div_ceil(1_000_000)).unwrap_or(u64::MAX)
    }

    /// Whole units, rounded up: for memory, bytes.
    pub fn bytes(self) -> u64 {
        u64::try_from(self.nanos.div_ceil(1_000_000_000)).unwrap_or(u64::MAX)
    }
}

fn scale(suffix: &str) -> Option<Scale> {
    let scale = match suffix {
        "Ki" => Scale::PowerOfTwo(10),
        "Mi" => Scale::PowerOfTwo(20),
        "Gi" => Scale::PowerOfTwo(30),
        "Ti" => Scale::PowerOfTwo(40),
        "Pi" => Scale::PowerOfTwo(50),
        "Ei" => Scale::PowerOfTwo(60),
        "n" => Scale::PowerOfTen(-9),
        "u" => Scale::PowerOfTen(-6),
        "m" => Scale::PowerOfTen(-3),
        "" => Scale::PowerOfTen(0),
        "k" => Scale::PowerOfTen(3),
        "M" => Scale::PowerOfTen(6),
        "G" => Scale::PowerOfTen(9),
        "T" => Scale::PowerOfTen(12),
        "P" => Scale::PowerOfTen(15),
        "E" => Scale::PowerOfTen(18),
        _ => Scale::PowerOfTen(suffix.strip_prefix(['e', 'E'])?.parse().ok()?),
    };
    Some(scale)
}

/// `value` times ten to the `exponent`, rounded up; `more` says that there is more than `value`.
fn shift(value: u128, exponent: i64, more: bool) -> u128 {
    let factor = u32::try_from(exponent.unsigned_abs()).ok().and_then(|n| 10u128.checked_pow(n));
    match (value, factor) {
        (0, _) => 0,
        (_, Some(factor)) if exponent >= 0 => value.saturating_mul(factor),
        (_, None) if exponent >= 0 => u128::MAX,
        (_, Some(factor)) if value.is_multiple_of(factor) => value / factor + u128::from(more),
        (_, Some(factor)) => value / factor + 1,
        // It would like to be nothing, but somebody asked for something.
        (_, None) => 1,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_what_manifests_write() {
        // text, milli, bytes
        let table = [
            ("0", 0, 0),
            ("1", 1000, 1),
            ("+1", 1000, 1),
            ("100m", 100, 1),
            ("1.5", 1500, 2),
            ("0.1", 100, 1),
            (".5", 500, 1),
            ("2.", 2000, 2),
            ("1000000u", 1000, 1),
            ("1n", 1, 1),
            ("0.1m", 1, 1),
            ("0.0000000000000000000000000000000000000000000000001", 1, 1),
            ("1e3", 1_000_000, 1000),
            ("1E3", 1_000_000, 1000),
            ("1e+3", 1_000_000, 1000),
            ("1e-3", 1, 1),
            ("1.5e1", 15_000, 15),
            ("128974848", 128_974_848_000, 128_974_848),
            ("129M", 129_000_000_000, 129_000_000),
            ("1k", 1_000_000, 1000),
            ("170Mi", 178_257_920_000, 178_257_920),
            ("1Ki", 1_024_000, 1024),
            ("1.5Gi", 1_610_612_736_000, 1_610_612_736),
            ("2G", 2_000_000_000_000, 2_000_000_000),
            ("1Ti", 1_099_511_627_776_000, 1_099_511_627_776),
            ("1T", 1_000_000_000_000_000, 1_000_000_000_000),
            ("1Pi", 1_125_899_906_842_624_000, 1_125_899_906_842_624),
            ("1P", 1_000_000_000_000_000_000, 1_000_000_000_000_000),
            ("1Ei", u64::MAX, 1_152_921_504_606_846_976),
            ("1E", u64::MAX, 1_000_000_000_000_000_000),
            ("9223372036854775807", u64::MAX, 9_223_372_036_854_775_807),
            ("00000000000000000000000000000000000000000000000000001", 1000, 1),
            ("1.00000000000000000000000000000000000000000000000000001", 1001, 2),
            ("99999999999999999999999999999999999999999999", u64::MAX, u64::MAX),
            ("99999999999999999999Ei", u64::MAX, u64::MAX),
            ("1e9223372036854775807", u64::MAX, u64::MAX),
            ("0e9223372036854775807", 0, 0),
            ("1e-9223372036854775808", 1, 1),
        ];
        for (text, milli, bytes) in table {
            let quantity = Quantity::parse(text).expect(text);
            assert_eq!(quantity.milli(), milli, "{text}");
            assert_eq!(quantity.bytes(), bytes, "{text}");
        }
    }

    #[test]
    fn anything_else_is_not_a_quantity() {
        let table = [
            "",
            " 1",
            "1 ",
            "1Zi",
            "1.2.3",
            "-1",
            "-100m",
            "--1",
            "+-1",
            "+",
            ".",
            "Mi",
            "m",
            "1mi",
            "1KI",
            "1Kib",
            "1MB",
            "1K",
            "1e",
            "1ei",
            "1e3Mi",
            "1e1.5",
            "1e99999999999999999999",
            "0x10",
            "1_000",
            "1,5",
            "100 m",
            "½",
            "1\u{660}",
            "{{ .cpu }}",
        ];
        for text in table {
            assert_eq!(Quantity::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn equal_values_are_equal_however_they_are_written() {
        let table = [("1Gi", "1024Mi"), ("1", "1000m"), ("1.5", "1500m"), ("1e3", "1k")];
        for (left, right) in table {
            assert_eq!(Quantity::parse(left), Quantity::parse(right));
        }
        assert!(Quantity::parse("170Mi") > Quantity::parse("170M"));
    }

    proptest! {
        #[test]
        fn any_text_can_be_asked(text in "[+-]?[0-9.]{0,60}([eE][+-]?[0-9]{0,25}|[a-zA-Z]{0,3})") {
            Quantity::parse(&text);
        }

        #[test]
        fn whole_numbers_keep_their_value(number in any::<u64>()) {
            let quantity = Quantity::parse(&number.to_string());
            prop_assert_eq!(quantity.map(Quantity::bytes), Some(number));
        }
    }
}
