//! Plans and applies against one adapter, in the order of the plan's steps, as the executor does.

use std::collections::BTreeMap;

use adplane_core::address::Address;
use adplane_core::asset::{Asset, Assets};
use adplane_core::desired::{Desired, DesiredAccount};
use adplane_core::diagnostic::Diagnostic;
use adplane_core::ids::{ExternalId, ProjectName};
use adplane_core::observed::{Observed, ObservedAccount};
use adplane_core::plan::{self, Action, Change, Operation, Plan, PlanInput, PlanOptions, Step, Wave};
use adplane_core::value::Value;
use adplane_engine::error::PlatformError;
use adplane_engine::port::{Adapter, AssetReader, ObserveRequest, Outcome, Verdict, WorkItem};
use async_trait::async_trait;

/// A plan's instant; it only moves money over flights.
const NOW: &str = "2026-11-20T12:00:00Z";

/// Asset bytes by digest.
#[derive(Debug, Default)]
pub(crate) struct Bytes(pub(crate) BTreeMap<String, (Asset, Vec<u8>)>);

#[async_trait]
impl AssetReader for Bytes {
    fn describe(&self, sha256: &str) -> Option<Asset> {
        self.0.get(sha256).map(|(asset, _)| asset.clone())
    }

    async fn read(&self, sha256: &str) -> Result<Vec<u8>, String> {
        self.0.get(sha256).map(|(_, bytes)| bytes.clone()).ok_or_else(|| "no such asset".to_owned())
    }
}

/// One account, its adapter, and what is live on it.
pub(crate) struct Bench<'a> {
    pub(crate) adapter: &'a dyn Adapter,
    pub(crate) assets: Bytes,
    pub(crate) options: PlanOptions,
}

impl<'a> Bench<'a> {
    pub(crate) fn new(adapter: &'a dyn Adapter) -> Self {
        Self { adapter, assets: Bytes::default(), options: PlanOptions::default() }
    }

    /// Refines; everything found.
    pub(crate) fn refine(&self, account: &mut DesiredAccount) -> Vec<Diagnostic> {
        let assets: Assets =
            self.assets.0.iter().map(|(digest, (asset, _))| (digest.clone(), asset.clone())).collect();
        adplane_platforms::refine(account, &assets)
    }

    /// What is live, regions of the account's YAML looked up.
    pub(crate) async fn observe(&self, account: &DesiredAccount) -> ObservedAccount {
        let regions = account
            .objects
            .values()
            .flat_map(|object| {
                ["targeting.locations", "targeting.locationsExcluded"].map(|path| object.value(path))
            })
            .flatten()
            .flat_map(Value::texts)
            .filter(|text| text.contains('-'))
            .map(Into::into)
            .collect();
        self.adapter.observe(&ObserveRequest { regions }).await.unwrap()
    }

    /// The plan of a refined account over what is live.
    pub(crate) fn plan(&self, account: &DesiredAccount, observed: &ObservedAccount) -> Plan {
        let desired = Desired {
            project: Some(ProjectName::new("retail").unwrap()),
            previous_owners: Vec::new(),
            complete: true,
            accounts: [(account.key.clone(), account.clone())].into(),
            assets: Assets::new(),
            ..Desired::default()
        };
        let observed = Observed { accounts: [(account.key.clone(), observed.clone())].into() };
        let plan = plan::plan(&PlanInput {
            desired: &desired,
            observed: &observed,
            schemas: &adplane_platforms::schemas(),
            options: &self.options,
            bindings: &BTreeMap::new(),
            now: NOW.parse().unwrap(),
        });
        let problems: Vec<&Diagnostic> = plan.diagnostics.iter().filter(|found| found.is_error()).collect();
        assert!(problems.is_empty(), "{problems:#?}");
        plan
    }

    /// Carries a plan out wave by wave; failures by short address.
    pub(crate) async fn apply(
        &self,
        plan: &Plan,
        observed: &ObservedAccount,
    ) -> Vec<(String, PlatformError)> {
        let mut made = Made::new();
        let mut live = observed.clone();
        let mut failures = Vec::new();
        let mut waves: Vec<Wave> = plan.steps.iter().map(|step| step.wave).collect();
        waves.dedup();
        for wave in waves {
            let steps: Vec<&Step> = plan.steps.iter().filter(|step| step.wave == wave).collect();
            let items: Vec<WorkItem<'_>> = steps.iter().map(|step| item(step, plan, &live, &made)).collect();
            for batch in self.adapter.batches(&items) {
                let batch: Vec<WorkItem<'_>> =
                    batch.items.iter().map(|index| with_ids(&items[*index], plan, &made)).collect();
                let outcomes = self.adapter.perform(&batch, &self.assets).await;
                assert_eq!(outcomes.len(), batch.len());
                for (item, outcome) in batch.iter().zip(outcomes) {
                    match outcome {
                        Outcome::Done(id) if item.step.operation == Operation::Create => {
                            made.extend(id.map(|id| (item.change.address.clone(), id)));
                        }
                        Outcome::Done(_) => {}
                        Outcome::Failed(error) | Outcome::Unknown(error) => {
                            failures.push((item.change.address.short(), error));
                        }
                    }
                }
            }
            // Enabling what was just created needs it as a live object.
            live = self.adapter.observe(&ObserveRequest::default()).await.unwrap();
        }
        failures
    }

    /// What the vendor says of each step of a plan, asked and not done; by operation and short address.
    pub(crate) async fn validate(&self, plan: &Plan, observed: &ObservedAccount) -> Vec<(String, Verdict)> {
        let made = Made::new();
        let items: Vec<WorkItem<'_>> =
            plan.steps.iter().map(|step| item(step, plan, observed, &made)).collect();
        let verdicts = self.adapter.validate(&items, &self.assets).await;
        assert_eq!(verdicts.len(), items.len());
        items.iter().map(|item| item.change.address.short()).zip(verdicts).collect()
    }

    /// Plans and applies without failures; then nothing may be left to do.
    pub(crate) async fn converge(&self, account: &DesiredAccount) -> (Plan, ObservedAccount) {
        let observed = self.observe(account).await;
        let plan = self.plan(account, &observed);
        let failures = self.apply(&plan, &observed).await;
        assert!(failures.is_empty(), "{failures:#?}");
        let observed = self.observe(account).await;
        let again = self.plan(account, &observed);
        assert!(again.is_empty(), "left to do: {:#?}", pending(&again));
        (plan, observed)
    }
}

/// What a plan still wants, short enough to read in a failed test.
fn pending(plan: &Plan) -> Vec<String> {
    let differing = |change: &Change| -> Vec<String> {
        let fields = change.fields.iter().filter(|field| field.before != field.after);
        fields.map(|field| format!("{}: {:?} -> {:?}", field.path, field.before, field.after)).collect()
    };
    plan.changes
        .iter()
        .filter(|change| change.action.writes())
        .map(|change| format!("{} {}: {:?}", change.action, change.address.short(), differing(change)))
        .collect()
}

/// Ids of what this apply made.
type Made = BTreeMap<Address, ExternalId>;

fn item<'a>(step: &'a Step, plan: &'a Plan, live: &'a ObservedAccount, made: &Made) -> WorkItem<'a> {
    let change = &plan.changes[step.change];
    let target = match &step.operation {
        Operation::Create => None,
        Operation::Supersede => change.id.as_ref(),
        Operation::PauseSuperseded { id } | Operation::DeleteSuperseded { id } => Some(id),
        _ => made.get(&change.address).or(change.id.as_ref()),
    };
    let live = target.map(|id| {
        let found = live.objects.iter().find(|object| object.id == *id);
        found.unwrap_or_else(|| panic!("{id} of {} is not live", change.address))
    });
    with_ids(
        &WorkItem { step, change, live, parent: None, budget: None, written: None, request_seed: 1 },
        plan,
        made,
    )
}

/// The item with the ids of its parent and budget, as far as they exist by now.
fn with_ids<'a>(item: &WorkItem<'a>, plan: &Plan, made: &Made) -> WorkItem<'a> {
    let known = |address: Option<&Address>, planned: &Option<ExternalId>| {
        let address = address?;
        let being_made = plan.changes.iter().any(|other| {
            other.address == *address && matches!(other.action, Action::Create | Action::Replace)
        });
        made.get(address).cloned().or_else(|| planned.clone().filter(|_| !being_made))
    };
    WorkItem {
        parent: known(item.change.parent.as_ref(), &item.change.parent_id),
        budget: known(item.change.budget.as_ref(), &item.change.budget_id),
        ..item.clone()
    }
}
