//! What expressions can call beside CEL's own functions: addresses and ranges, as Kubernetes has
//! them in its admission policies
//! (<https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-ip-address-library>), and
//! `overlaps`, which is ours.

use std::any::Any;
use std::net::IpAddr;

use cel::common::types::{CelBool, CelInt, CelString, STRING_TYPE, Type};
use cel::common::value::{CowVal, StaticVal, Val};
use cel::{DeclarationError, Env, ExecutionError, extensions};
use ipnet::IpNet;

type Arguments<'b, 'v> = Vec<CowVal<'b, 'v>>;
type Outcome<'b, 'v> = Result<CowVal<'b, 'v>, ExecutionError>;

/// The functions that expressions can call. Macros and operators are not among them. One that is
/// missing here is refused when a rule is read.
pub const NAMES: &[&str] = &[
    // cel-spec, "List of Standard Definitions", without times.
    "bool",
    "bytes",
    "contains",
    "double",
    "dyn",
    "endsWith",
    "int",
    "matches",
    "size",
    "startsWith",
    "string",
    "type",
    "uint",
    "optional.none",
    "optional.of",
    "optional.ofNonZeroValue",
    "hasValue",
    "or",
    "orValue",
    "value",
    // cel-go, ext.Strings()
    "charAt",
    "format",
    "indexOf",
    "join",
    "lastIndexOf",
    "lowerAscii",
    "replace",
    "reverse",
    "split",
    "strings.quote",
    "substring",
    "trim",
    "upperAscii",
    // cel-go, ext.Lists()
    "distinct",
    "flatten",
    "lists.range",
    "slice",
    "sort",
    // cel-go, ext.Math()
    "math.abs",
    "math.bitAnd",
    "math.bitNot",
    "math.bitOr",
    "math.bitShiftLeft",
    "math.bitShiftRight",
    "math.bitXor",
    "math.ceil",
    "math.floor",
    "math.isFinite",
    "math.isInf",
    "math.isNaN",
    "math.round",
    "math.sign",
    "math.sqrt",
    "math.trunc",
    // Kubernetes
    "cidr",
    "containsCIDR",
    "containsIP",
    "family",
    "ip",
    "ip.isCanonical",
    "isCIDR",
    "isIP",
    "isGlobalUnicast",
    "isLinkLocalMulticast",
    "isLinkLocalUnicast",
    "isLoopback",
    "isUnspecified",
    "masked",
    "prefixLength",
    "overlaps",
];

/// What expressions are compiled and evaluated with.
///
/// # Errors
///
/// Two functions of one name; not of the caller's making.
pub fn environment() -> Result<Env, DeclarationError> {
    let mut env = Env::stdlib();
    extensions::strings(&mut env)?;
    extensions::lists(&mut env)?;
    extensions::math(&mut env)?;
    addresses(&mut env)?;
    ranges(&mut env)?;
    Ok(env)
}

fn addresses(env: &mut Env) -> Result<(), DeclarationError> {
    env.add_type(IP.to_owned())?;
    env.add_overload("ip", "string_to_ip", vec![STRING_TYPE], |args| {
        let text = text(&args, 0, "ip")?;
        let address = parse_ip(text).ok_or_else(|| fault("ip", text, "is no address"))?;
        Ok(CowVal::owned(Ip(address)))
    })?;
    env.add_overload("isIP", "is_ip", vec![STRING_TYPE], |args| {
        bool_of(parse_ip(text(&args, 0, "isIP")?).is_some())
    })?;
    env.add_overload("ip.isCanonical", "ip_is_canonical", vec![STRING_TYPE], |args| {
        let text = text(&args, 0, "ip.isCanonical")?;
        let address =
            parse_ip(text).ok_or_else(|| fault("ip.isCanonical", text, "is no address"))?;
        bool_of(address.to_string() == text)
    })?;
    env.add_overload("string", "ip_to_string", vec![IP.to_owned()], |args| {
        text_of(address(&args, 0, "string")?.to_string())
    })?;
    env.add_member_overload("family", "ip_family", IP.to_owned(), vec![], |args| {
        let family = if address(&args, 0, "family")?.is_ipv4() { 4 } else { 6 };
        Ok(CowVal::owned(CelInt::from(family)))
    })?;
    let tests: [(&str, &str, cel::common::functions::Function); 5] = [
        ("isUnspecified", "ip_is_unspecified", |args| {
            bool_of(address(&args, 0, "isUnspecified")?.is_unspecified())
        }),
        ("isLoopback", "ip_is_loopback", |args| {
            bool_of(address(&args, 0, "isLoopback")?.is_loopback())
        }),
        ("isLinkLocalMulticast", "ip_is_link_local_multicast", |args| {
            bool_of(match address(&args, 0, "isLinkLocalMulticast")? {
                IpAddr::V4(address) => address.octets()[..3] == [224, 0, 0],
                IpAddr::V6(address) => address.segments()[0] & 0xff0f == 0xff02,
            })
        }),
        ("isLinkLocalUnicast", "ip_is_link_local_unicast", |args| {
            bool_of(is_link_local(address(&args, 0, "isLinkLocalUnicast")?))
        }),
        ("isGlobalUnicast", "ip_is_global_unicast", |args| {
            // As Go's netip: private addresses are global, too.
            let address = address(&args, 0, "isGlobalUnicast")?;
            let special = address.is_unspecified() || address.is_loopback();
            let broadcast = matches!(address, IpAddr::V4(address) if address.is_broadcast());
            bool_of(!special && !broadcast && !address.is_multicast() && !is_link_local(address))
        }),
    ];
    for (name, id, function) in tests {
        env.add_member_overload(name, id, IP.to_owned(), vec![], function)?;
    }
    Ok(())
}

fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    }
}

fn ranges(env: &mut Env) -> Result<(), DeclarationError> {
    env.add_type(CIDR.to_owned())?;
    env.add_overload("cidr", "string_to_cidr", vec![STRING_TYPE], |args| {
        let text = text(&args, 0, "cidr")?;
        let range = parse_cidr(text).ok_or_else(|| fault("cidr", text, "is no range"))?;
        Ok(CowVal::owned(Cidr(range)))
    })?;
    env.add_overload("isCIDR", "is_cidr", vec![STRING_TYPE], |args| {
        bool_of(parse_cidr(text(&args, 0, "isCIDR")?).is_some())
    })?;
    env.add_overload("string", "cidr_to_string", vec![CIDR.to_owned()], |args| {
        text_of(range(&args, 0, "string")?.to_string())
    })?;
    env.add_member_overload("ip", "cidr_ip", CIDR.to_owned(), vec![], |args| {
        Ok(CowVal::owned(Ip(range(&args, 0, "ip")?.addr())))
    })?;
    env.add_member_overload("masked", "cidr_masked", CIDR.to_owned(), vec![], |args| {
        Ok(CowVal::owned(Cidr(range(&args, 0, "masked")?.trunc())))
    })?;
    env.add_member_overload("prefixLength", "cidr_prefix", CIDR.to_owned(), vec![], |args| {
        let length = range(&args, 0, "prefixLength")?.prefix_len();
        Ok(CowVal::owned(CelInt::from(i64::from(length))))
    })?;
    for (id, argument) in [("cidr_contains_ip", &IP), ("cidr_contains_ip_string", &STRING_TYPE)] {
        env.add_member_overload(
            "containsIP",
            id,
            CIDR.to_owned(),
            vec![argument.to_owned()],
            |args| {
                bool_of(range(&args, 0, "containsIP")?.contains(&address(&args, 1, "containsIP")?))
            },
        )?;
    }
    for (id, argument) in [("cidr_contains_cidr", &CIDR), ("cidr_contains_cidr_s", &STRING_TYPE)] {
        let argument = vec![argument.to_owned()];
        env.add_member_overload("containsCIDR", id, CIDR.to_owned(), argument, |args| {
            let (outer, inner) =
                (range(&args, 0, "containsCIDR")?, range(&args, 1, "containsCIDR")?);
            bool_of(outer.contains(&inner))
        })?;
    }
    for (id, argument) in [("cidr_overlaps", &CIDR), ("cidr_overlaps_string", &STRING_TYPE)] {
        let argument = vec![argument.to_owned()];
        env.add_member_overload("overlaps", id, CIDR.to_owned(), argument, |args| {
            let (one, other) = (range(&args, 0, "overlaps")?, range(&args, 1, "overlaps")?);
            // Of two CIDRs that overlap, one lies in the other.
            bool_of(one.contains(&other.trunc()) || other.contains(&one.trunc()))
        })?;
    }
    Ok(())
}

/// In the form that Kubernetes takes: no leading zeros, no zones, no IPv4 inside IPv6.
fn parse_ip(text: &str) -> Option<IpAddr> {
    let address: IpAddr = text.parse().ok()?;
    let mapped = matches!(address, IpAddr::V6(address) if address.to_ipv4_mapped().is_some());
    (!mapped).then_some(address)
}

fn parse_cidr(text: &str) -> Option<IpNet> {
    let (address, length) = text.split_once('/')?;
    let plain = length.bytes().all(|byte| byte.is_ascii_digit());
    let zero = length.len() > 1 && length.starts_with('0');
    let length = length.parse().ok().filter(|_| plain && !zero)?;
    IpNet::new(parse_ip(address)?, length).ok()
}

fn text<'a>(
    args: &'a Arguments<'_, '_>,
    index: usize,
    function: &str,
) -> Result<&'a str, ExecutionError> {
    let text = args.get(index).and_then(|value| value.downcast_ref::<CelString<'_>>());
    text.map(CelString::inner).ok_or_else(|| fault(function, "", "wants a string"))
}

/// An address, or a text that is one.
fn address(
    args: &Arguments<'_, '_>,
    index: usize,
    function: &str,
) -> Result<IpAddr, ExecutionError> {
    if let Some(ip) = args.get(index).and_then(|value| value.downcast_ref::<Ip>()) {
        return Ok(ip.0);
    }
    let text = text(args, index, function)?;
    parse_ip(text).ok_or_else(|| fault(function, text, "is no address"))
}

/// A range, or a text that is one.
fn range(args: &Arguments<'_, '_>, index: usize, function: &str) -> Result<IpNet, ExecutionError> {
    if let Some(cidr) = args.get(index).and_then(|value| value.downcast_ref::<Cidr>()) {
        return Ok(cidr.0);
    }
    let text = text(args, index, function)?;
    parse_cidr(text).ok_or_else(|| fault(function, text, "is no range"))
}

fn fault(function: &str, text: &str, what: &str) -> ExecutionError {
    ExecutionError::function_error(function, format!("`{text}` {what}"))
}

fn bool_of<'b, 'v>(value: bool) -> Outcome<'b, 'v> {
    Ok(CowVal::owned(CelBool::from(value)))
}

fn text_of<'b, 'v>(text: String) -> Outcome<'b, 'v> {
    Ok(CowVal::owned(CelString::from(text)))
}

static IP: Type = Type::new_unspecified_type("net.IP");
static CIDR: Type = Type::new_unspecified_type("net.CIDR");

#[derive(Clone, Copy, Debug)]
struct Ip(IpAddr);

impl Val for Ip {
    fn get_type(&self) -> &Type {
        &IP
    }

    fn cel_type() -> &'static Type {
        &IP
    }

    fn equals(&self, other: &dyn Val) -> bool {
        other.downcast_ref::<Ip>().is_some_and(|other| other.0 == self.0)
    }

    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v> {
        Box::new(*self)
    }

    fn as_any(&self) -> Option<&dyn Any> {
        Some(self)
    }
}

impl StaticVal for Ip {}

#[derive(Clone, Copy, Debug)]
struct Cidr(IpNet);

impl Val for Cidr {
    fn get_type(&self) -> &Type {
        &CIDR
    }

    fn cel_type() -> &'static Type {
        &CIDR
    }

    fn equals(&self, other: &dyn Val) -> bool {
        other.downcast_ref::<Cidr>().is_some_and(|other| other.0 == self.0)
    }

    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v> {
        Box::new(*self)
    }

    fn as_any(&self) -> Option<&dyn Any> {
        Some(self)
    }
}

impl StaticVal for Cidr {}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use cel::{Context, Value};

    use super::*;

    fn evaluated(expression: &str) -> Result<Value, String> {
        let env = Arc::new(environment().expect("no two functions of one name"));
        let program = env.compile(expression).map_err(|error| error.to_string())?;
        program.execute(&Context::with_env(env)).map_err(|error| error.to_string())
    }

    #[test]
    fn addresses_and_ranges_are_those_of_admission_policies() {
        let table = [
            "isIP('10.0.0.1') && isIP('fd00::1') && !isIP('10.0.0.01') && !isIP('10.0.0.0/8')",
            "!isIP('::ffff:10.0.0.1')",
            "ip('10.0.0.1') == ip('10.0.0.1') && ip('10.0.0.1') != ip('10.0.0.2')",
            "ip('fd00::1').family() == 6 && ip('10.0.0.1').family() == 4",
            "string(ip('FD00::1')) == 'fd00::1' && !ip.isCanonical('FD00::1')",
            "ip('127.0.0.1').isLoopback() && ip('0.0.0.0').isUnspecified()",
            "ip('169.254.1.1').isLinkLocalUnicast() && ip('224.0.0.5').isLinkLocalMulticast()",
            "ip('10.0.0.1').isGlobalUnicast() && !ip('255.255.255.255').isGlobalUnicast()",
            "isCIDR('10.0.0.0/8') && !isCIDR('10.0.0.0') && !isCIDR('10.0.0.0/08')",
            "cidr('10.0.0.0/8').containsIP('10.1.2.3') && cidr('10.0.0.0/8').containsIP(ip('10.1.2.3'))",
            "cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16')",
            "!cidr('10.1.0.0/16').containsCIDR(cidr('10.0.0.0/8'))",
            "cidr('10.1.0.0/16').overlaps('10.0.0.0/8') && !cidr('10.1.0.0/16').overlaps('10.2.0.0/16')",
            "cidr('10.0.0.1/8').masked() == cidr('10.0.0.0/8')",
            "cidr('10.0.0.1/8').ip() == ip('10.0.0.1') && cidr('10.0.0.0/8').prefixLength() == 8",
            "string(cidr('10.0.0.0/8')) == '10.0.0.0/8'",
        ];
        for expression in table {
            assert_eq!(evaluated(expression), Ok(Value::Bool(true)), "{expression}");
        }
        let error = evaluated("cidr('10.0.0.0/8').containsIP('x')").expect_err("no address");
        assert!(error.contains("`x` is no address"), "{error}");
    }

    #[test]
    fn patterns_take_time_that_grows_with_the_text() {
        // A backtracking engine would not come back from this one.
        let text = "a".repeat(50_000);
        let expression = format!("'{text}'.matches('^(a+)+$')");
        assert_eq!(evaluated(&expression), Ok(Value::Bool(true)));
        let error = evaluated("'a'.matches('(a{1000}){1000}')").expect_err("too large a pattern");
        assert!(error.contains("exceeds size limit"), "{error}");
    }

    #[test]
    fn every_function_that_is_listed_is_there() {
        for name in NAMES {
            let is_there = |expression: String| match evaluated(&expression) {
                Ok(_) => true,
                Err(error) => !error.starts_with("Undeclared"),
            };
            let forms = [format!("{name}()"), format!("'a'.{name}()"), format!("[1].{name}()")];
            assert!(forms.into_iter().any(is_there), "{name}");
        }
    }
}
