//! `adplane import`: YAML for everything live on an account, ready to be planned by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use adplane_core::asset::AssetRef;
use adplane_core::desired::{CredentialSource, DesiredAccount};
use adplane_core::observed::{Coverage, ObservedAccount};
use adplane_core::value::Value;
use adplane_engine::port::Adapter;
use adplane_engine::state::write_atomically;
use adplane_manifest::{RaiseRequest, raise};

use crate::args::{Global, ImportArgs};
use crate::error::{Exit, Failure};
use crate::pipeline::{self, Prepared};
use crate::settings::Settings;
use crate::ui::Ui;

pub(super) async fn run(
    global: &Global,
    args: &ImportArgs,
    settings: &Settings,
    ui: &Ui,
) -> Result<Exit, Failure> {
    if global.account.is_none() {
        return Err(Failure::new(Exit::Usage, "which account?").hint("name it with `--account NAME`"));
    }
    let prepared = pipeline::prepare(global, settings, &args.path, &[])?;
    let account = only_account(&prepared)?;
    let connected = pipeline::connect(prepared.desired.accounts.values(), settings).await?;
    let observed = pipeline::observe_all(&prepared, &connected, ui).await;
    let failed = pipeline::show_observation(&observed, ui);
    let live = match (observed.accounts.get(&account.key), failed) {
        (Some(live), false) if live.coverage == Coverage::Complete => live,
        _ => return Err(Failure::error("nothing was written: the account could not be read whole")),
    };
    let folder = args.out.join(account.key.name.as_str());
    let mut files: BTreeMap<PathBuf, Vec<u8>> = BTreeMap::new();
    let adapter = connected.adapters.get(&account.key);
    let assets = match adapter {
        Some(adapter) => download_assets(live, adapter.as_ref(), &mut files, ui).await,
        None => BTreeMap::new(),
    };
    let raised = raise(&RaiseRequest {
        account,
        observed: live,
        schema: adplane_platforms::schema(account.platform),
        assets: &assets,
        taken: &taken(&args.out, account, settings),
    });
    ui.diagnostics(&raised.diagnostics, &|_| None);
    for file in &raised.files {
        files.insert(PathBuf::from(&file.path), file.text.clone().into_bytes());
    }
    if let Some(text) = account_document(&prepared, account, &settings.cwd.join(&folder)) {
        files.insert(PathBuf::from("account.yaml"), text.into_bytes());
    }
    for (path, content) in &files {
        write_atomically(&folder.join(path), content)?;
    }
    project_file(&prepared, &args.out)?;
    let objects = live.objects.len();
    ui.data(&format!("{objects} live objects written to {} in {} files\n", folder.display(), files.len()))?;
    ui.note(&format!("plan it with `adplane plan {}`", args.out.display()));
    Ok(Exit::Done)
}

fn only_account(prepared: &Prepared) -> Result<&DesiredAccount, Failure> {
    let mut accounts = prepared.desired.accounts.values();
    match (accounts.next(), accounts.next()) {
        (Some(account), None) => Ok(account),
        (None, _) => Err(Failure::error("the account's document was not found")
            .hint("give the files that hold `kind: AdAccount` as PATH")),
        (Some(_), Some(_)) => {
            Err(Failure::error("several namespaces have an account of that name")
                .hint("add `--namespace NAME`"))
        }
    }
}

/// Digests that live fields name.
fn digests(live: &ObservedAccount) -> BTreeSet<String> {
    fn collect(value: &Value, into: &mut BTreeSet<String>) {
        match value {
            Value::Text(text) => {
                if let Some(AssetRef::Digest(digest)) = AssetRef::parse(text) {
                    into.insert(digest.to_string());
                }
            }
            Value::Set(members) | Value::List(members) => {
                for member in members {
                    collect(member, into);
                }
            }
            Value::Map(entries) => entries.values().for_each(|member| collect(member, into)),
            Value::Bool(_) | Value::Integer(_) | Value::Decimal(_) | Value::Money(_) | Value::Time(_) => {}
        }
    }
    let mut found = BTreeSet::new();
    for value in live.objects.iter().flat_map(|object| object.fields.values()) {
        collect(value, &mut found);
    }
    found
}

/// Downloads what the platform serves; returns paths by digest.
async fn download_assets(
    live: &ObservedAccount,
    adapter: &dyn Adapter,
    files: &mut BTreeMap<PathBuf, Vec<u8>>,
    ui: &Ui,
) -> BTreeMap<String, String> {
    let mut paths = BTreeMap::new();
    for digest in digests(live) {
        match adapter.download(&format!("sha256:{digest}")).await {
            Ok(Some(bytes)) => {
                let path = format!("assets/{}.{}", &digest[..12], extension(&bytes));
                files.insert(PathBuf::from(&path), bytes);
                paths.insert(digest, path);
            }
            Ok(None) => {}
            Err(error) => ui.note(&format!("an asset was not downloaded: {error}")),
        }
    }
    paths
}

/// The extension that the first bytes call for.
fn extension(bytes: &[u8]) -> &'static str {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => "png",
        [0xff, 0xd8, ..] => "jpg",
        [b'G', b'I', b'F', ..] => "gif",
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => "mp4",
        _ => "bin",
    }
}

/// Names in other accounts' files of the same folder, which this account's documents must not take.
fn taken(
    out: &Path,
    account: &DesiredAccount,
    settings: &Settings,
) -> BTreeSet<(adplane_manifest::load::DocumentKind, String)> {
    let folder = out.join(account.key.name.as_str());
    let request = adplane_manifest::LoadRequest {
        paths: vec![out.to_owned()],
        cwd: settings.cwd.clone(),
        ..adplane_manifest::LoadRequest::default()
    };
    if !settings.cwd.join(out).is_dir() {
        return BTreeSet::new();
    }
    adplane_manifest::load(&request)
        .documents
        .into_iter()
        .filter(|document| {
            document.namespace == account.key.namespace && !Path::new(&*document.file).starts_with(&folder)
        })
        .map(|document| (document.kind, document.name.to_string()))
        .collect()
}

/// The text of the account's own document, so that the folder can be planned by itself.
fn account_document(prepared: &Prepared, account: &DesiredAccount, folder: &Path) -> Option<String> {
    let origin = account.origin.as_ref()?;
    let source = prepared.loaded.source(&origin.file)?;
    let lines: Vec<&str> = source.lines().collect();
    let line = (origin.line as usize).saturating_sub(1).min(lines.len().saturating_sub(1));
    let is_break = |line: &&str| line.trim_end() == "---" || line.starts_with("--- ");
    let start = lines[..=line].iter().rposition(is_break).map_or(0, |at| at + 1);
    let end = lines[line..].iter().skip(1).position(is_break).map_or(lines.len(), |at| line + 1 + at);
    let mut text = lines[start..end].join("\n").trim().to_owned() + "\n";
    // A credentials file stays where it is; its path is written for the new folder.
    if let Some(CredentialSource::File(file)) = &account.connection.credentials {
        let written = prepared.loaded.documents.iter().find_map(|document| {
            document.text("credentials.file").filter(|_| document.name == account.key.name)
        });
        let here = relative(&prepared.loaded.cwd.join(file), folder);
        if let Some(written) = written {
            text = text.replace(written, &here.to_string_lossy());
        }
    }
    Some(text)
}

/// `target` as seen from `folder`, both absolute.
fn relative(target: &Path, folder: &Path) -> PathBuf {
    let clean = |path: &Path| -> Vec<std::ffi::OsString> {
        let mut parts = Vec::new();
        for part in path.components() {
            match part {
                Component::CurDir => {}
                Component::ParentDir => {
                    parts.pop();
                }
                other => parts.push(other.as_os_str().to_owned()),
            }
        }
        parts
    };
    let (target, folder) = (clean(target), clean(folder));
    let shared = target.iter().zip(&folder).take_while(|(a, b)| a == b).count();
    let mut path: PathBuf = std::iter::repeat_n("..", folder.len() - shared).collect();
    path.extend(&target[shared..]);
    path
}

/// `adplane.yaml` of the imported folder, unless it has one: the same project, so that what is ours stays so.
fn project_file(prepared: &Prepared, out: &Path) -> Result<(), Failure> {
    let path = out.join("adplane.yaml");
    if path.exists() {
        return Ok(());
    }
    let project = prepared.desired.project.as_ref().map_or("imported", |project| project.as_str());
    Ok(write_atomically(&path, format!("project: {project}\n").as_bytes())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_seen_from_the_new_folder() {
        let shown = relative(Path::new("/a/b/secrets.json"), Path::new("/a/c/meta"));
        assert_eq!(shown, Path::new("../../b/secrets.json"));
    }

    #[test]
    fn extensions_follow_the_first_bytes() {
        assert_eq!(extension(b"\x89PNG\r\n"), "png");
        assert_eq!(extension(b"\0\0\0\x18ftypmp42"), "mp4");
        assert_eq!(extension(b"?"), "bin");
    }
}
