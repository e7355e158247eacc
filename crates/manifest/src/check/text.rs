//! Checks of texts with a form of their own, each saying what to write instead.

use adplane_core::approval::Hold;
use adplane_core::ids::{AdName, ObjectName};
use adplane_core::money::{Currency, InvalidMoney, Money};
use adplane_core::time::Zone;
use adplane_core::value::Value;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::shape::TextForm;
use crate::lower::moment;

/// What is wrong with a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) hint: String,
}

impl Problem {
    fn new(code: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: hint.into() }
    }
}

/// Reads a text of a form into its value.
pub(super) fn read(form: TextForm, text: &str) -> Result<Value, Problem> {
    match form {
        TextForm::Free => Ok(Value::text(text)),
        TextForm::Money => money(text).map(Value::Money),
        TextForm::Moment => moment::parse(text).map(|_| Value::text(text)).map_err(|problem| {
            Problem::new(
                "invalid-date",
                problem,
                "write a date, `\"2026-03-01\"`, or a local time, `\"2026-03-01T14:30\"`",
            )
        }),
        TextForm::TimeOfDay => checked(
            text,
            is_time_of_day(text),
            "invalid-time",
            "a time of day",
            "write hours and minutes, such as `\"08:00\"`; `\"24:00\"` ends a day",
        ),
        TextForm::Duration => checked(
            text,
            text.parse::<Hold>().is_ok(),
            "invalid-duration",
            "a duration",
            "write minutes, hours, days or weeks up to a year, such as `90m`, `24h`, `3d`",
        ),
        TextForm::Percentage => checked(
            text,
            basis_points(text).is_some(),
            "invalid-percentage",
            "a percentage",
            "write it with at most two decimals, such as `20%` or `12.5%`",
        ),
        TextForm::Zone => checked(
            text,
            Zone::parse(text).is_ok(),
            "invalid-zone",
            "a time zone",
            "write an IANA name such as `Europe/Madrid`",
        ),
        TextForm::Currency => checked(
            text,
            Currency::parse(text).is_some(),
            "invalid-currency",
            "a currency",
            "write an ISO 4217 code such as `EUR`",
        ),
        TextForm::Region => region(text),
        TextForm::Language => language(text),
        TextForm::Name => {
            checked(text, ObjectName::new(text).is_ok(), "invalid-name", "a name", &name_hint(text))
        }
        TextForm::AdName => checked(
            text,
            AdName::new(text).is_ok(),
            "invalid-name",
            "an ad name",
            "use 1 to 100 characters without `/`",
        ),
        TextForm::Id => checked(
            text,
            !text.chars().any(|c| c.is_whitespace() || c.is_control()),
            "invalid-id",
            "an id",
            "copy the id as the platform shows it, without spaces",
        ),
        TextForm::AccountId => checked(
            text,
            is_account_id(text),
            "invalid-id",
            "an ad account id",
            "write the digits, on Google also `\"123-456-7890\"`, on Meta also `act_1234567890`",
        ),
        TextForm::Url => checked(
            text,
            is_url(text),
            "invalid-url",
            "a web address",
            "write `https://` and the host, without spaces and without `user:password@`",
        ),
        TextForm::Email => checked(
            text,
            is_email(text),
            "invalid-email",
            "an e-mail address",
            "write the address alone, such as `ana@shop.example`",
        ),
        TextForm::Host => checked(
            text,
            is_host(text),
            "invalid-host",
            "the name of a machine",
            "write the name alone, such as `smtp.shop.example`; the port is a field of its own",
        ),
        TextForm::Digest => checked(
            text,
            text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()),
            "invalid-digest",
            "a SHA-256",
            "write 64 hexadecimal digits, as `sha256sum` prints them",
        ),
        TextForm::Line | TextForm::Path => checked(
            text,
            !text.trim().is_empty(),
            "empty-text",
            "a text",
            "write the text, or leave the field out",
        ),
    }
}

fn checked(text: &str, holds: bool, code: &'static str, what: &str, hint: &str) -> Result<Value, Problem> {
    if holds {
        Ok(Value::text(text))
    } else {
        Err(Problem::new(code, format!("`{text}` is not {what}"), hint))
    }
}

/// A percentage in basis points.
pub(crate) fn basis_points(text: &str) -> Option<u32> {
    let number = text.strip_suffix('%')?;
    let plain = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && number.len() <= 7;
    let points = number.parse::<Decimal>().ok().filter(|_| plain)?.checked_mul(Decimal::ONE_HUNDRED)?;
    points.is_integer().then(|| points.to_u32()).flatten()
}

fn money(text: &str) -> Result<Money, Problem> {
    let parsed: Result<Money, InvalidMoney> = text.parse();
    match parsed {
        Ok(amount) if amount.micros() < 0 => Err(Problem::new(
            "negative-money",
            format!("`{text}` is below zero"),
            "write an amount of zero or more",
        )),
        Ok(amount) => Ok(amount),
        Err(error) => {
            let code = match &error {
                InvalidMoney::NoCurrency(_) => "money-without-currency",
                InvalidMoney::TooFine { .. } => "money-too-fine",
                InvalidMoney::Currency(_) => "invalid-currency",
                InvalidMoney::Number(_) | InvalidMoney::TooLarge(_) => "invalid-money",
            };
            // The error reads `what is wrong: what to write`.
            let text = error.to_string();
            let (message, hint) =
                text.split_once(": ").unwrap_or((&text, "write an amount such as `120.00 EUR`"));
            Err(Problem::new(code, message, hint))
        }
    }
}

fn is_time_of_day(text: &str) -> bool {
    let Some((hour, minute)) = text.split_once(':') else { return false };
    let number = |part: &str| {
        (part.len() == 2)
            .then(|| part.parse::<u32>().ok())
            .flatten()
            .filter(|_| part.bytes().all(|b| b.is_ascii_digit()))
    };
    match (number(hour), number(minute)) {
        (Some(24), Some(0)) => true,
        (Some(hour), Some(minute)) => hour < 24 && minute < 60,
        _ => false,
    }
}

fn region(text: &str) -> Result<Value, Problem> {
    let hint =
        "write a country such as `ES`, a region such as `FR-IDF`, `WORLD`, or `id:<the platform's id>`";
    if text == "UK" {
        return Err(Problem::new(
            "invalid-region",
            "`UK` is not the ISO code of the United Kingdom",
            "write `GB`",
        ));
    }
    let upper = |part: &str| part.bytes().all(|byte| byte.is_ascii_uppercase());
    let holds = text == "WORLD"
        || text.strip_prefix("id:").is_some_and(|id| !id.is_empty() && !id.contains(char::is_whitespace))
        || match text.split_once('-') {
            None => text.len() == 2 && upper(text),
            Some((country, part)) => {
                country.len() == 2
                    && upper(country)
                    && (1..=3).contains(&part.len())
                    && part.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
            }
        };
    let in_capitals = text.to_ascii_uppercase();
    if !holds && in_capitals != text && region(&in_capitals).is_ok() {
        return Err(Problem::new(
            "invalid-region",
            format!("`{text}` is not a place"),
            format!("write `{in_capitals}`"),
        ));
    }
    checked(text, holds, "invalid-region", "a place", hint)
}

fn language(text: &str) -> Result<Value, Problem> {
    if text.eq_ignore_ascii_case("no") {
        return Err(Problem::new(
            "invalid-language",
            format!("`{text}` is no language that platforms know"),
            "write `nb` for Norwegian",
        ));
    }
    let lower =
        |part: &str| (2..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_lowercase());
    let holds = matches!(text, "zh-Hans" | "zh-Hant")
        || lower(text)
        || text.strip_prefix("id:").is_some_and(|id| !id.is_empty() && !id.contains(char::is_whitespace));
    let small = text.to_ascii_lowercase();
    if !holds && lower(&small) {
        return Err(Problem::new(
            "invalid-language",
            format!("`{text}` is not a language"),
            format!("write `{small}`"),
        ));
    }
    checked(
        text,
        holds,
        "invalid-language",
        "a language",
        "write an ISO 639-1 code such as `es`, `zh-Hans`, `zh-Hant`, or `id:<the platform's id>`",
    )
}

fn name_hint(text: &str) -> String {
    let slug = crate::raise::slug(text);
    if slug.is_empty() || slug == text {
        "use lower-case letters, digits, `-` and `.`, starting and ending with a letter or digit".to_owned()
    } else {
        format!("write `{slug}`: lower-case letters, digits, `-` and `.`")
    }
}

fn is_account_id(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let dashed = |part: &str| {
        let lengths: Vec<usize> = part.split('-').map(str::len).collect();
        lengths == [3, 3, 4] && part.split('-').all(digits)
    };
    digits(text) || text.strip_prefix("act_").is_some_and(digits) || dashed(text)
}

fn is_email(text: &str) -> bool {
    let plain = |part: &str| {
        !part.is_empty()
            && !part.chars().any(|c| c.is_whitespace() || c.is_control() || "@<>\",;".contains(c))
    };
    text.split_once('@').is_some_and(|(user, host)| plain(user) && plain(host))
}

fn is_host(text: &str) -> bool {
    let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    let numeric = text.parse::<std::net::IpAddr>().is_ok();
    let named = bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(byte));
    numeric || (named && edge(bytes.first()) && edge(bytes.last()))
}

fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        // A name and password would stand in plans and logs.
        !host.is_empty() && !host.contains('@') && !text.chars().any(|c| c.is_whitespace() || c.is_control())
    })
}
