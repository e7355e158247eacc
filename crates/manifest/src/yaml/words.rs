//! What plain scalars mean, in YAML 1.2 and in the YAML 1.1 of kubectl.

/// What a plain scalar is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plain {
    /// Nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A text in YAML 1.2, a boolean in YAML 1.1.
    OldBool(bool),
    /// A number to some reader: decimal, octal, hexadecimal, exponent, infinity.
    Number,
    /// A text to every reader.
    Text,
}

/// Whether a plain scalar is null in YAML 1.2.
pub(crate) fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

/// Classifies a plain scalar.
pub(crate) fn classify(text: &str) -> Plain {
    match text {
        _ if is_null(text) => Plain::Null,
        "true" | "True" | "TRUE" => Plain::Bool(true),
        "false" | "False" | "FALSE" => Plain::Bool(false),
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Plain::OldBool(true),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Plain::OldBool(false),
        _ if is_number(text) => Plain::Number,
        _ => Plain::Text,
    }
}

/// Whether some YAML reader takes it for a number.
fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let digits = |rest: &str, radix: u32| {
        !rest.is_empty() && rest.chars().all(|c| c.is_digit(radix) || c == '_') && rest != "_"
    };
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(rest) = unsigned.strip_prefix(prefix) {
            return digits(rest, radix);
        }
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let exponent_fits = exponent.is_none_or(|exponent| {
        let rest = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit())
    });
    mantissa.bytes().next().is_some_and(|byte| byte.is_ascii_digit() || byte == b'.')
        && mantissa.bytes().any(|byte| byte.is_ascii_digit())
        && mantissa.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b'_')
        && mantissa.bytes().filter(|byte| *byte == b'.').count() <= 1
        && exponent_fits
}

/// Whether a text must be quoted to stay a text for every reader.
pub(crate) fn needs_quotes(text: &str) -> bool {
    !matches!(classify(text), Plain::Text) || looks_like_date(text) || matches!(text, "=" | "<<")
}

/// `2026-03-01`, `12:30`: a timestamp or a base-60 number in YAML 1.1.
fn looks_like_date(text: &str) -> bool {
    text.bytes().next().is_some_and(|byte| byte.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_digit() || b"-:T .Z+".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_words_mean_what_each_yaml_says() {
        for (text, meaning) in [
            ("", Plain::Null),
            ("~", Plain::Null),
            ("null", Plain::Null),
            ("true", Plain::Bool(true)),
            ("NO", Plain::OldBool(false)),
            ("on", Plain::OldBool(true)),
            ("1e3", Plain::Number),
            ("0x1F", Plain::Number),
            ("08", Plain::Number),
            ("1_000", Plain::Number),
            ("-.5", Plain::Number),
            (".inf", Plain::Number),
            ("99999999999999999999", Plain::Number),
            ("123-456-7890", Plain::Text),
            ("120.00 EUR", Plain::Text),
            ("act_1", Plain::Text),
            ("1.2.3", Plain::Text),
            ("e3", Plain::Text),
            ("Norway", Plain::Text),
        ] {
            assert_eq!(classify(text), meaning, "{text}");
        }
    }

    #[test]
    fn quotes_keep_texts_texts() {
        for text in ["no", "2026-03-01", "12:30", "42", "", "null", "<<"] {
            assert!(needs_quotes(text), "{text}");
        }
        for text in ["hero", "120.00 EUR", "act_1", "2nd hero"] {
            assert!(!needs_quotes(text), "{text}");
        }
    }
}
