//! Recognises texts that a template engine, a shell or a person is going to fill in.

/// Whether a scalar holds a placeholder, so that its value cannot be known from the file:
/// `{{ … }}` and `{% … %}` (Helm, Jinja, Go), `${VAR}` and `$(VAR)` (shell, Flux, kustomize, make),
/// `ENC[…]` (SOPS), `__NAME__`, `<name>` and `%NAME%` (filled in by scripts or by hand).
pub fn is_placeholder(text: &str) -> bool {
    let bytes = text.as_bytes();
    // Prose and programs hold such marks, too; only short texts are values.
    if bytes.len() < 3 || bytes.len() > 512 {
        return false;
    }
    if !bytes.iter().any(|b| matches!(b, b'{' | b'$' | b'_' | b'<' | b'%' | b'[' | b'@')) {
        return false;
    }
    is_engine_template(text)
        || text.contains("$(") && text.contains(')')
        || text.starts_with("ENC[")
        || enclosed(text, "__", "__")
        || enclosed(text, "<", ">")
        || enclosed(text, "%", "%")
        || enclosed(text, "@", "@")
}

/// Whether a text of any length needs a template engine before it is what it says it is.
pub fn is_engine_template(text: &str) -> bool {
    let opens_and_closes = |open: &str, close: &str| {
        text.find(open).is_some_and(|at| text[at + open.len()..].contains(close))
    };
    opens_and_closes("{{", "}}") || opens_and_closes("{%", "%}") || opens_and_closes("${", "}")
}

/// The engine that a text seems to be written for, as a reason for passing it over.
pub fn engine(text: &str) -> &'static str {
    let helm = ["{{-", "-}}", ".Values", "{{ include", "{{ template", ".Release"];
    match () {
        () if helm.iter().any(|mark| text.contains(mark)) => "helm-template",
        () if text.contains("{%") || text.contains("{{") => "jinja-template",
        () => "template",
    }
}

/// Whether a text is a template of ytt: <https://carvel.dev/ytt/>, YAML with code in comments.
pub fn is_ytt(text: &str) -> bool {
    text.contains("#@") && text.lines().any(|line| line.trim_start().starts_with("#@"))
}

/// Whether a text that is not valid holds `{NAME}`, which some script is going to replace.
pub fn has_braced_name(text: &str) -> bool {
    text.match_indices('{').any(|(at, _)| {
        let name = text[at + 1..].split('}').next().unwrap_or_default();
        let word = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
        name.len() >= 3
            && name.bytes().all(word)
            && name.starts_with(|c: char| c.is_ascii_uppercase())
    })
}

/// Whether a file is one of a Helm chart's templates: plain YAML in places at most.
pub fn is_chart_template(path: &str, text: &str) -> bool {
    let in_templates = path.split('/').rev().skip(1).any(|folder| folder == "templates");
    in_templates && text.contains("{{")
}

/// `open NAME close` anywhere in the text, with a name that looks like one.
fn enclosed(text: &str, open: &str, close: &str) -> bool {
    let mut rest = text;
    while let Some(at) = rest.find(open) {
        rest = &rest[at + open.len()..];
        let Some(end) = rest.find(close) else { return false };
        let name = &rest[..end];
        let word = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b' ');
        if name.bytes().next().is_some_and(|b| b.is_ascii_alphabetic()) && name.bytes().all(word) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_told_from_values() {
        let placeholders = [
            "{{ .Values.cidr }}",
            "${POD_CIDR}",
            "10.${N}.0.0/16",
            "$(NODE_IP)",
            "__CNI_MTU__",
            "<your-cidr>",
            "%POD_CIDR%",
            "ENC[AES256_GCM,data:x]",
            "{% if x %}",
        ];
        for text in placeholders {
            assert!(is_placeholder(text), "{text}");
        }
        let values =
            ["10.0.0.0/8", "a < b", "__", "[1, 2]", "100%", "k8s_app", "$5", "{}", "snake__case"];
        for text in values {
            assert!(!is_placeholder(text), "{text}");
        }
    }
}
