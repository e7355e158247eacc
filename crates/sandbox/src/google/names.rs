//! Resource names: `customers/{customer}/{collection}/{id}`, ids of linked things joined by `~` (§2.4).

/// The parts of a resource name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Name<'a> {
    /// The account, absent for constants.
    pub(super) customer: Option<&'a str>,
    pub(super) collection: &'a str,
    pub(super) id: &'a str,
}

/// Writes a resource name.
pub(super) fn name(customer: &str, collection: &str, id: &str) -> String {
    format!("customers/{customer}/{collection}/{id}")
}

/// Reads a resource name.
pub(super) fn parse(text: &str) -> Option<Name<'_>> {
    let parts: Vec<&str> = text.split('/').collect();
    let parsed = match parts.as_slice() {
        ["customers", customer, collection, id] if is_number(customer) => {
            Name { customer: Some(customer), collection, id }
        }
        ["customers", customer] if is_number(customer) => {
            Name { customer: Some(customer), collection: "customers", id: customer }
        }
        [collection, id] => Name { customer: None, collection, id },
        _ => return None,
    };
    let plausible = !parsed.id.is_empty()
        && parsed.id.split('~').all(|part| {
            !part.is_empty()
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
        });
    plausible.then_some(parsed)
}

/// The last part of a resource name, empty when it is none.
pub(super) fn id_of(text: &str) -> &str {
    text.rsplit_once('/').map_or("", |(_, id)| id)
}

/// The negative number of a temporary id.
pub(super) fn temporary(id: &str) -> Option<i64> {
    id.parse::<i64>().ok().filter(|number| *number < 0)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
