//! `AdAccount`.

use adplane_core::address::{AccountKey, Platform};
use adplane_core::desired::{Connection, CredentialSource, DeletionPolicy, DesiredAccount, Management};
use adplane_core::diagnostic::Diagnostic;
use adplane_core::field::Field;
use adplane_core::ids::AccountId;
use adplane_core::money::Currency;
use adplane_core::time::Zone;

use crate::load::Document;

/// Lowers an account; `None` when what identifies it is missing, which the walker has reported.
pub(super) fn lower(document: &Document, diagnostics: &mut Vec<Diagnostic>) -> Option<DesiredAccount> {
    let platform = match document.text("platform")? {
        "Google" => Platform::Google,
        "Meta" => Platform::Meta,
        _ => Platform::TikTok,
    };
    let account_id = account_id(document, platform, diagnostics)?;
    let fields = document
        .fields
        .iter()
        .filter(|field| {
            let path = field.path.as_str();
            field.path.is_within("compliance")
                || field.path.is_within("defaults")
                || (matches!(path.split('.').next(), Some("google" | "meta" | "tiktok"))
                    && path != "google.loginCustomerId")
        })
        .map(|field| (field.path.clone(), Field::declared(field.value.clone(), document.at(field.place))))
        .collect();
    Some(DesiredAccount {
        key: AccountKey { namespace: document.namespace.clone(), name: document.name.clone() },
        platform,
        account_id,
        currency: Currency::parse(document.text("currency")?)?,
        zone: Zone::parse(document.text("timeZone")?).ok()?,
        management: match document.text("management") {
            Some("Observe") => Management::Observe,
            _ => Management::Manage,
        },
        deletion_policy: deletion_policy(document).unwrap_or_default(),
        connection: connection(document),
        fields,
        objects: std::collections::BTreeMap::new(),
        origin: document.at(document.place),
    })
}

/// `spec.deletionPolicy`, when it is written.
pub(super) fn deletion_policy(document: &Document) -> Option<DeletionPolicy> {
    document.text("deletionPolicy").map(|word| match word {
        "Orphan" => DeletionPolicy::Orphan,
        "Delete" => DeletionPolicy::Delete,
        _ => DeletionPolicy::Pause,
    })
}

fn account_id(
    document: &Document,
    platform: Platform,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<AccountId> {
    let written = document.written("accountId")?;
    let text = written.value.as_text()?;
    let dashed = text.contains('-');
    let decorated = text.starts_with("act_");
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let problem = match platform {
        Platform::Google if decorated || digits.len() != 10 => {
            Some("write ten digits, such as `\"123-456-7890\"`")
        }
        Platform::Meta if dashed => Some("write `act_` and the digits"),
        Platform::TikTok if dashed || decorated => Some("write the digits of the advertiser id, in quotes"),
        Platform::Google | Platform::Meta | Platform::TikTok => None,
    };
    if let Some(hint) = problem {
        let message = format!("`{text}` is not an account id of {}", platform.title());
        let found = Diagnostic::error("invalid-id", message).hint(hint);
        diagnostics.push(document.finding(found, written.place, "accountId"));
    }
    AccountId::new(digits).ok()
}

fn connection(document: &Document) -> Connection {
    let text = |path: &str| document.text(path).map(str::to_owned);
    let root = |path: &str| text(path).map(|url| url.trim_end_matches('/').to_owned());
    let credentials = if let Some(name) = text("credentials.secretRef.name") {
        Some(CredentialSource::SecretRef { name })
    } else if let Some(variable) = text("credentials.env") {
        Some(CredentialSource::Env(variable))
    } else if let Some(file) = text("credentials.file") {
        Some(CredentialSource::File(file))
    } else {
        let command = document.written("credentials.exec");
        command.map(|written| CredentialSource::Exec(written.value.texts().map(str::to_owned).collect()))
    };
    Connection {
        endpoint: root("endpoint"),
        token_endpoint: root("tokenEndpoint"),
        login_customer_id: text("google.loginCustomerId").map(|id| id.replace('-', "")),
        credentials,
    }
}
