//! `metadata`: the part of Kubernetes' object metadata that files use, and what a cluster adds to it.

use std::collections::BTreeMap;

use super::macros::block;
use super::text::{Anything, ResourceName};

block! {
    /// Who the document is.
    #[serde(rename_all = "camelCase")]
    Metadata {
        [required] {
            /// Its name: identity inside namespace and kind.
            name: ResourceName,
        }
        /// Its namespace; `default` when absent. References stay inside it.
        #[schemars(extend("maxLength" = 63))]
        namespace: ResourceName,
        /// Labels, for selectors.
        #[schemars(extend("maxProperties" = 64))]
        labels: BTreeMap<String, String>,
        /// Annotations: `adplane.io/external-id` binds an existing live object, `adplane.io/moved-from` names
        /// what it was called before.
        #[schemars(extend("maxProperties" = 64))]
        annotations: BTreeMap<String, String>,
        /// Written by the cluster.
        uid: Anything,
        /// Written by the cluster.
        resource_version: Anything,
        /// Written by the cluster.
        generation: Anything,
        /// Written by the cluster.
        creation_timestamp: Anything,
        /// Written by the cluster.
        deletion_timestamp: Anything,
        /// Written by the cluster.
        deletion_grace_period_seconds: Anything,
        /// Written by the cluster.
        managed_fields: Anything,
        /// Written by the cluster.
        finalizers: Anything,
        /// Written by the cluster.
        owner_references: Anything,
        /// Written by the cluster.
        self_link: Anything,
    }
}
