//! Who may approve, asked of the cluster itself.

use std::collections::BTreeSet;
use std::fmt;

use adplane_manifest::api::GROUP;
use async_trait::async_trait;
use jiff::Timestamp;
use k8s_openapi::api::authorization::v1::{ResourceAttributes, SubjectAccessReview, SubjectAccessReviewSpec};
use kube::Client;
use kube::api::{Api, PostParams};

use crate::guard::Guard;
use crate::plans::Rights;

/// Rights as the API server knows them, and the guards that keep approvals honest.
pub struct ClusterRights {
    client: Client,
    guard: Guard,
    service_accounts: BTreeSet<String>,
    guards_required: bool,
}

impl ClusterRights {
    /// Rights of a cluster. `service_accounts` may approve although they are no people.
    pub fn new(
        client: Client,
        guard: Guard,
        service_accounts: BTreeSet<String>,
        guards_required: bool,
    ) -> Self {
        Self { client, guard, service_accounts, guards_required }
    }
}

impl fmt::Debug for ClusterRights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClusterRights")
    }
}

#[async_trait]
impl Rights for ClusterRights {
    async fn may_approve(
        &self,
        user: &str,
        groups: &[String],
        class: &str,
        namespace: &str,
    ) -> Result<bool, String> {
        let attributes = ResourceAttributes {
            group: Some(GROUP.to_owned()),
            resource: Some("plans".to_owned()),
            subresource: Some(class.to_owned()),
            verb: Some("approve".to_owned()),
            namespace: Some(namespace.to_owned()),
            ..ResourceAttributes::default()
        };
        let review = SubjectAccessReview {
            spec: SubjectAccessReviewSpec {
                user: Some(user.to_owned()),
                // Rights usually hang on groups, and nobody can look a user's groups up.
                groups: Some(groups.to_vec()),
                resource_attributes: Some(attributes),
                ..SubjectAccessReviewSpec::default()
            },
            ..SubjectAccessReview::default()
        };
        let api: Api<SubjectAccessReview> = Api::all(self.client.clone());
        let answer = api.create(&PostParams::default(), &review).await.map_err(|error| error.to_string())?;
        Ok(answer.status.is_some_and(|status| status.allowed))
    }

    fn guards_missing(&self) -> Vec<String> {
        if self.guards_required { self.guard.missing() } else { Vec::new() }
    }

    fn guarded_since(&self) -> Option<Timestamp> {
        if self.guards_required { self.guard.since() } else { Some(Timestamp::MIN) }
    }

    fn lists(&self, service_account: &str) -> bool {
        self.service_accounts.contains(service_account)
    }
}
