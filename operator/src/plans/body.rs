//! Where whole plan documents lie: `ConfigMap`s in pieces, or files. Content is addressed by the plan's hash.

use std::collections::BTreeMap;
use std::path::PathBuf;

use adplane_core::plan::document::PlanDocument;
use adplane_engine::state::write_atomically;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Client;
use kube::api::{Api, DeleteParams, ListParams, ObjectMeta, PostParams};

use crate::names;

/// Bytes of one piece: a `ConfigMap` holds 1 MiB with everything around it.
const PIECE: usize = 900 * 1024;
/// Pieces of the largest body that is kept.
const PIECES: usize = 100;
/// The key of a piece in its `ConfigMap`.
const KEY: &str = "plan.json";
/// Label that names the plan of a piece.
const LABEL: &str = "adplane.io/plan";

/// Where bodies lie.
#[derive(Clone)]
pub enum BodyStore {
    /// `ConfigMap`s of the plan's namespace.
    ConfigMaps(Client),
    /// Files in a folder.
    Directory(PathBuf),
}

/// Why a body could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// It has no JSON form: a defect.
    #[error("the plan document cannot be written as JSON")]
    Json(#[from] serde_json::Error),
    /// It is larger than the store takes.
    #[error("the plan document has {bytes} bytes, more than {limit}: use `planStore: {{directory: ..}}`")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The store's limit.
        limit: usize,
    },
    /// The API server refused.
    #[error("the plan document cannot be kept in ConfigMaps")]
    Api(#[from] kube::Error),
    /// The disk refused.
    #[error("the plan document cannot be kept on disk")]
    Disk(#[from] adplane_engine::state::StateError),
}

impl BodyStore {
    /// Keeps a document; the number of pieces.
    ///
    /// # Errors
    /// See [`BodyError`].
    pub async fn keep(&self, namespace: &str, plan: &str, document: &PlanDocument) -> Result<i64, BodyError> {
        let text = serde_json::to_string(document)?;
        match self {
            Self::Directory(folder) => {
                write_atomically(&folder.join(namespace).join(format!("{plan}.json")), text.as_bytes())?;
                Ok(1)
            }
            Self::ConfigMaps(client) => {
                if text.len() > PIECE * PIECES {
                    return Err(BodyError::TooLarge { bytes: text.len(), limit: PIECE * PIECES });
                }
                let api: Api<ConfigMap> = Api::namespaced(client.clone(), namespace);
                let pieces = pieces(&text);
                for (number, piece) in pieces.iter().enumerate() {
                    create(&api, &piece_map(plan, number, piece)).await?;
                }
                Ok(i64::try_from(pieces.len()).unwrap_or(i64::MAX))
            }
        }
    }

    /// Forgets a document; one that is gone already is no trouble.
    ///
    /// # Errors
    /// See [`BodyError`].
    pub async fn forget(&self, namespace: &str, plan: &str) -> Result<(), BodyError> {
        match self {
            Self::Directory(folder) => {
                let _ = std::fs::remove_file(folder.join(namespace).join(format!("{plan}.json")));
            }
            Self::ConfigMaps(client) => {
                let api: Api<ConfigMap> = Api::namespaced(client.clone(), namespace);
                let theirs = ListParams::default().labels(&format!("{LABEL}={plan}"));
                for piece in api.list_metadata(&theirs).await?.items {
                    let name = piece.metadata.name.unwrap_or_default();
                    match api.delete(&name, &DeleteParams::default()).await {
                        Ok(_) => {}
                        Err(kube::Error::Api(status)) if status.code == 404 => {}
                        Err(error) => return Err(error.into()),
                    }
                }
            }
        }
        Ok(())
    }
}

/// Creates a piece; one of the same name has the same content.
async fn create(api: &Api<ConfigMap>, piece: &ConfigMap) -> Result<(), BodyError> {
    match api
        .create(&PostParams { field_manager: Some(names::MANAGER.into()), ..PostParams::default() }, piece)
        .await
    {
        Ok(_) => Ok(()),
        Err(kube::Error::Api(status)) if status.code == 409 => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn piece_map(plan: &str, number: usize, piece: &str) -> ConfigMap {
    ConfigMap {
        metadata: ObjectMeta {
            name: Some(format!("{plan}-{number}")),
            labels: Some(BTreeMap::from([
                (LABEL.to_owned(), plan.to_owned()),
                ("app.kubernetes.io/managed-by".to_owned(), names::MANAGER.to_owned()),
            ])),
            ..ObjectMeta::default()
        },
        data: Some(BTreeMap::from([(KEY.to_owned(), piece.to_owned())])),
        immutable: Some(true),
        ..ConfigMap::default()
    }
}

/// Cuts a text between characters.
fn pieces(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while rest.len() > PIECE {
        let (piece, after) = rest.split_at(rest.floor_char_boundary(PIECE));
        found.push(piece);
        rest = after;
    }
    found.push(rest);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_make_the_whole_again() {
        let text = "ñ".repeat(PIECE + 1);
        let cut = pieces(&text);
        assert_eq!(cut.len(), 3);
        assert!(cut.iter().all(|piece| piece.len() <= PIECE));
        assert_eq!(cut.concat(), text);
        assert_eq!(pieces(""), [""]);
    }
}
