//! What people read in `kubectl describe`: one event for every transition they care about.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use adplane_manifest::api::API_VERSION;
use k8s_openapi::api::core::v1::ObjectReference;
use kube::Client;
use kube::runtime::events::{Event, EventType, Recorder, Reporter};

use crate::cache::Resource;
use crate::plans::{SeenPlan, cut};

/// Bytes of an event's note.
const NOTE: usize = 900;
/// For how long a recorder counts the same event as a repetition.
const COUNTED: Duration = Duration::from_mins(6);

/// Publishes events; one that cannot be written costs a line in the log and nothing else.
///
/// A recorder takes events of one reason about one object for the same, and keeps the words of the first: so there is one
/// for each note, for as long as it counts repetitions.
#[derive(Clone)]
pub struct Events {
    client: Client,
    reporter: Reporter,
    recorders: Arc<Mutex<BTreeMap<String, (Recorder, Instant)>>>,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happening {
    /// A plan waits for approval.
    PlanPending,
    /// A newer plan took its place.
    PlanSuperseded,
    /// A policy forbids a plan.
    PlanDenied,
    /// It is being applied.
    Applying,
    /// All of it is live.
    Applied,
    /// Some or none of it is live.
    ApplyFailed,
    /// Something changed on the platform.
    Drifted,
    /// A review refused an ad.
    ReviewRejected,
    /// The account cannot be read.
    AccountUnreadable,
    /// A resource was let go.
    Released,
    /// Admission policies are missing.
    GuardMissing,
    /// A rule acted, or asks.
    RuleFired,
    /// A rule decides nothing until somebody lets it go on.
    RuleSuspended,
    /// A pool put amounts in force.
    PoolPaced,
    /// What an account delivers could not be read.
    MetricsUnread,
    /// A channel did not take a message, and it is tried no more.
    MessageGivenUp,
}

impl Happening {
    /// The reason of the event, in CamelCase.
    pub fn word(self) -> &'static str {
        match self {
            Self::PlanPending => "PlanPending",
            Self::PlanSuperseded => "PlanSuperseded",
            Self::PlanDenied => "PlanDenied",
            Self::Applying => "Applying",
            Self::Applied => "Applied",
            Self::ApplyFailed => "ApplyFailed",
            Self::Drifted => "Drifted",
            Self::ReviewRejected => "ReviewRejected",
            Self::AccountUnreadable => "AccountUnreadable",
            Self::Released => "Released",
            Self::GuardMissing => "GuardMissing",
            Self::RuleFired => "RuleFired",
            Self::RuleSuspended => "RuleSuspended",
            Self::PoolPaced => "PoolPaced",
            Self::MetricsUnread => "MetricsUnread",
            Self::MessageGivenUp => "MessageGivenUp",
        }
    }

    /// Whether somebody should look at it.
    fn is_warning(self) -> bool {
        matches!(
            self,
            Self::PlanDenied
                | Self::ApplyFailed
                | Self::Drifted
                | Self::ReviewRejected
                | Self::AccountUnreadable
                | Self::GuardMissing
                | Self::RuleSuspended
                | Self::MetricsUnread
                | Self::MessageGivenUp
        )
    }
}

/// The reference of a resource.
pub fn of_resource(resource: &Resource) -> ObjectReference {
    reference(resource.key.kind.word(), &resource.key.namespace, &resource.key.name, &resource.uid)
}

/// The reference of a plan.
pub fn of_plan(plan: &SeenPlan) -> ObjectReference {
    reference("Plan", &plan.namespace, &plan.name, &plan.uid)
}

/// The reference of one of our objects.
pub fn reference(kind: &str, namespace: &str, name: &str, uid: &str) -> ObjectReference {
    ObjectReference {
        api_version: Some(API_VERSION.to_owned()),
        kind: Some(kind.to_owned()),
        namespace: Some(namespace.to_owned()),
        name: Some(name.to_owned()),
        uid: Some(uid.to_owned()),
        ..ObjectReference::default()
    }
}

impl Events {
    /// Events of one replica.
    pub fn new(client: Client, instance: String) -> Self {
        let reporter = Reporter { controller: "adplane.io/operator".to_owned(), instance: Some(instance) };
        Self { client, reporter, recorders: Arc::default() }
    }

    /// The recorder of a note.
    fn recorder(&self, note: &str) -> Recorder {
        let mut recorders = self.recorders.lock().unwrap_or_else(PoisonError::into_inner);
        recorders.retain(|_, (_, used)| used.elapsed() < COUNTED);
        let fresh = || (Recorder::new(self.client.clone(), self.reporter.clone()), Instant::now());
        let (recorder, used) = recorders.entry(note.to_owned()).or_insert_with(fresh);
        *used = Instant::now();
        recorder.clone()
    }

    /// Publishes one.
    pub async fn publish(&self, about: &ObjectReference, what: Happening, note: &str) {
        let note = cut(note, NOTE);
        let recorder = self.recorder(&note);
        let event = Event {
            type_: if what.is_warning() { EventType::Warning } else { EventType::Normal },
            reason: what.word().to_owned(),
            note: Some(note),
            action: "Reconcile".to_owned(),
            secondary: None,
        };
        if let Err(error) = recorder.publish(&event, about).await {
            let name = about.name.as_deref().unwrap_or_default();
            tracing::debug!(name, reason = what.word(), %error, "an event could not be written");
        }
    }
}
