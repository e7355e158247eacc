//! Who may approve, asked of the cluster itself.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use adplane_core::plan::Class;
use adplane_engine::approve::Keyring;
use adplane_engine::clock::Clock;
use adplane_manifest::api::GROUP;
use async_trait::async_trait;
use jiff::Timestamp;
use k8s_openapi::api::authorization::v1::{ResourceAttributes, SubjectAccessReview, SubjectAccessReviewSpec};
use kube::Client;
use kube::api::{Api, PostParams};

use crate::config::Config;
use crate::guard::Guard;
use crate::plans::Rights;

/// How long a question about a right may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// Rights as the API server knows them, and the guards that keep approvals honest.
pub struct ClusterRights {
    client: Client,
    guard: Guard,
    config: Arc<Config>,
    clock: Clock,
}

impl ClusterRights {
    /// Rights of a cluster.
    pub fn new(client: Client, guard: Guard, config: Arc<Config>, clock: Clock) -> Self {
        Self { client, guard, config, clock }
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
        // Whoever asks waits with everything that is under way.
        let answer = tokio::time::timeout(ANSWER_WITHIN, api.create(&PostParams::default(), &review)).await;
        let answer = answer.map_err(|_| format!("the API server did not answer within {ANSWER_WITHIN:?}"))?;
        let answer = answer.map_err(|error| error.to_string())?;
        Ok(answer.status.is_some_and(|status| status.allowed))
    }

    fn guards_missing(&self) -> Vec<String> {
        if self.config.guards_required { self.guard.missing() } else { Vec::new() }
    }

    fn authors_stamped(&self) -> bool {
        !self.config.guards_required || self.guard.authors_stamped()
    }

    fn guarded_since(&self) -> Option<Timestamp> {
        if self.config.guards_required { self.guard.since() } else { Some(Timestamp::MIN) }
    }

    fn lists(&self, service_account: &str) -> bool {
        self.config.service_account_approvers.contains(service_account)
    }

    fn keyring_for(&self, class: &Class) -> Result<Option<Keyring>, String> {
        let signatures = &self.config.signatures;
        if !signatures.needed_for(class) {
            return Ok(None);
        }
        let keys = signatures.keys().map_err(|error| error.to_string())?;
        Ok(Some(Keyring { signers: keys.signers, revoked: keys.revoked }))
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
