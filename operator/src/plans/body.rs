//! Where whole plan documents lie: `ConfigMap`s in pieces, or files. Content is addressed by the plan's hash.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use adplane_core::plan::document::PlanDocument;
use adplane_engine::state::write_atomically;
use adplane_manifest::api::API_VERSION;
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::Client;
use kube::api::{Api, ObjectMeta, PostParams};
use rand::Rng as _;

use super::SeenPlan;
use crate::names;

/// Bytes of one piece: a `ConfigMap` holds 1 MiB with everything around it.
const PIECE: usize = 900 * 1024;
/// Pieces of the largest body that is kept.
const PIECES: usize = 100;
/// The key of a piece in its `ConfigMap`.
const KEY: &str = "plan.json";
/// Characters that tell one body of a hash from another.
const SUFFIX: usize = 5;
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
    /// It is larger than the store takes.
    #[error("the plan document has {bytes} bytes, more than {limit}: use `planStore: {{directory: ..}}`")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The store's limit.
        limit: usize,
    },
    /// The API server refused.
    #[error("the plan document cannot be kept in ConfigMaps: {}", crate::account::told(.0))]
    Api(Box<kube::Error>),
    /// The disk refused.
    #[error("the plan document cannot be kept on disk")]
    Disk(#[from] adplane_engine::state::StateError),
}

/// A document on its way into a store.
pub struct Body {
    name: String,
    text: String,
    piece: usize,
}

impl Body {
    /// How many pieces it lies in.
    pub fn chunks(&self) -> i64 {
        i64::try_from(pieces(&self.text, self.piece).len()).unwrap_or(i64::MAX)
    }

    /// Its name in the store.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl BodyStore {
    /// A document of a plan, ready to be kept. Its name is new each time, since what is left of an older plan of the
    /// same hash goes away with that plan.
    ///
    /// # Errors
    /// See [`BodyError`].
    pub fn prepare(&self, plan: &str, document: &PlanDocument) -> Result<Body, BodyError> {
        let suffix: String =
            rand::rng().sample_iter(rand::distr::Alphanumeric).take(SUFFIX).map(char::from).collect();
        let name = format!("{plan}-{}", suffix.to_lowercase());
        self.named(name, document)
    }

    /// The same under the name that it has.
    ///
    /// # Errors
    /// See [`BodyError`].
    pub fn named(&self, name: String, document: &PlanDocument) -> Result<Body, BodyError> {
        let text = document.to_text();
        let piece = match self {
            Self::Directory(_) => usize::MAX,
            Self::ConfigMaps(_) if text.len() > PIECE * PIECES => {
                return Err(BodyError::TooLarge { bytes: text.len(), limit: PIECE * PIECES });
            }
            Self::ConfigMaps(_) => PIECE,
        };
        Ok(Body { name, text, piece })
    }

    /// Keeps it; what is kept already stays.
    ///
    /// # Errors
    /// See [`BodyError`].
    pub async fn keep(&self, plan: &SeenPlan, body: &Body) -> Result<(), BodyError> {
        match self {
            Self::Directory(folder) => {
                Ok(write_atomically(&self::file(folder, &plan.namespace, &body.name), body.text.as_bytes())?)
            }
            Self::ConfigMaps(client) => {
                let api: Api<ConfigMap> = Api::namespaced(client.clone(), &plan.namespace);
                for (number, piece) in pieces(&body.text, body.piece).iter().enumerate() {
                    create(&api, &piece_map(plan, &body.name, number, piece)).await?;
                }
                Ok(())
            }
        }
    }

    /// Forgets the body of a plan that was removed; the cluster collects `ConfigMap`s by their owner.
    pub fn forget(&self, plan: &SeenPlan) {
        if let Self::Directory(folder) = self {
            // One that is gone already is no trouble.
            let _ = std::fs::remove_file(file(folder, &plan.namespace, &plan.spec.body.name.0));
        }
    }
}

fn file(folder: &Path, namespace: &str, name: &str) -> PathBuf {
    folder.join(namespace).join(format!("{name}.json"))
}

/// Creates a piece; one of the same name has the same content.
async fn create(api: &Api<ConfigMap>, piece: &ConfigMap) -> Result<(), BodyError> {
    match api
        .create(&PostParams { field_manager: Some(names::MANAGER.into()), ..PostParams::default() }, piece)
        .await
    {
        Ok(_) => Ok(()),
        Err(kube::Error::Api(status)) if status.code == 409 => Ok(()),
        Err(error) => Err(BodyError::Api(Box::new(error))),
    }
}

fn piece_map(plan: &SeenPlan, name: &str, number: usize, piece: &str) -> ConfigMap {
    ConfigMap {
        metadata: ObjectMeta {
            name: Some(format!("{name}-{number}")),
            labels: Some(BTreeMap::from([
                (LABEL.to_owned(), plan.name.to_string()),
                ("app.kubernetes.io/managed-by".to_owned(), names::MANAGER.to_owned()),
            ])),
            owner_references: Some(vec![OwnerReference {
                api_version: API_VERSION.to_owned(),
                kind: "Plan".to_owned(),
                name: plan.name.to_string(),
                uid: plan.uid.clone(),
                ..OwnerReference::default()
            }]),
            ..ObjectMeta::default()
        },
        data: Some(BTreeMap::from([(KEY.to_owned(), piece.to_owned())])),
        immutable: Some(true),
        ..ConfigMap::default()
    }
}

/// Cuts a text between characters.
fn pieces(text: &str, size: usize) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while rest.len() > size {
        let (piece, after) = rest.split_at(rest.floor_char_boundary(size));
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
        let cut = pieces(&text, PIECE);
        assert_eq!(cut.len(), 3);
        assert!(cut.iter().all(|piece| piece.len() <= PIECE));
        assert_eq!(cut.concat(), text);
        assert_eq!(pieces("", PIECE), [""]);
    }
}
