//! The spend guard: what the approval policy and `AdAccount`s say of it, against the accounts that there are.

use adplane_core::address::AccountKey;
use adplane_core::desired::Desired;
use adplane_core::diagnostic::Diagnostic;
use adplane_core::field::FieldPath;
use adplane_core::rules::Amounts;

use super::index::Index;
use crate::check::nearest;
use crate::load::{DocumentKind, Loaded, Place, account_guard, platform_word};

/// Where accounts write theirs.
const AT: &str = "spendGuard";
/// Where amounts of worst days are in a project file.
const WORST_DAY: &str = "approvals.spendGuard.worstDay";

/// Lowers every spend guard into the desired state, once its accounts are in there.
pub(super) fn lower(
    loaded: &Loaded,
    index: &Index<'_>,
    desired: &mut Desired,
    diagnostics: &mut Vec<Diagnostic>,
) {
    loaded.project.spend_guard.hold(desired);
    let mut project = OfProject { loaded, desired, diagnostics };
    project.accounts();
    project.several();
    for document in index.of_kind(DocumentKind::AdAccount) {
        let key = AccountKey { namespace: document.namespace.clone(), name: document.name.clone() };
        let Some(currency) = desired.accounts.get(&key).map(|account| account.currency) else { continue };
        let own = account_guard(&document.fields, AT, |written, found| {
            diagnostics.push(document.finding(found, written.place, written.path.as_str()));
        });
        for amount in own.worst_day.iter().filter(|amount| amount.currency() != currency) {
            let path = "spendGuard.worstDay";
            let place = document.written(path).map_or(document.place, |written| written.place);
            let message = format!("`{amount}` is not in the currency of the account, {currency}");
            let found = Diagnostic::error("currency-mismatch", message)
                .hint(format!("write the amount in {currency}"));
            diagnostics.push(document.finding(found, place, path));
        }
        desired.spend_guard.hold(&key, &own);
    }
}

/// What a project file says, of which every place is known.
struct OfProject<'l> {
    loaded: &'l Loaded,
    desired: &'l Desired,
    diagnostics: &'l mut Vec<Diagnostic>,
}

impl OfProject<'_> {
    fn report(&mut self, found: Diagnostic, place: Place, field: &str) {
        let mut found = found;
        found.origin = self.loaded.project.file.as_ref().map(|file| place.in_file(file));
        found.length = place.length;
        found.field = Some(FieldPath::new(field));
        self.diagnostics.push(found);
    }

    /// Accounts that are named are there, and their amounts in their currency.
    fn accounts(&mut self) {
        let loaded = self.loaded;
        for (name, (amount, place)) in &loaded.project.spend_guard.accounts {
            let field = format!("{WORST_DAY}.accounts.{name}");
            let named: Vec<_> =
                self.desired.accounts.values().filter(|account| account.key.name.as_str() == name).collect();
            let elsewhere = loaded.accounts_elsewhere.iter().any(|(_, other)| other.as_str() == name);
            if named.is_empty() && loaded.complete && !elsewhere {
                let there = self.desired.accounts.keys().map(|key| key.name.as_str());
                let hint = match nearest(name, there) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => "write the name of an `AdAccount` of the project".to_owned(),
                };
                let message = format!("there is no AdAccount `{name}`");
                self.report(Diagnostic::error("dangling-reference", message).hint(hint), *place, &field);
            }
            for account in named.into_iter().filter(|account| account.currency != amount.currency()) {
                let currency = account.currency;
                let message = format!("`{amount}` is not in the currency of account `{name}`, {currency}");
                let hint = format!("write the amount in {currency}");
                self.report(Diagnostic::error("currency-mismatch", message).hint(hint), *place, &field);
            }
        }
    }

    /// Amounts about several accounts name the currency of each of them: nothing could rise in another one.
    fn several(&mut self) {
        let (guard, desired) = (&self.loaded.project.spend_guard, self.desired);
        for (platform, place) in &guard.places {
            let none = Amounts::new();
            let (amounts, field) = match platform {
                Some(platform) => {
                    let amounts = guard.platforms.get(platform).unwrap_or(&none);
                    (amounts, format!("{WORST_DAY}.platforms.{}", platform_word(*platform)))
                }
                None => (&guard.namespace, format!("{WORST_DAY}.namespace")),
            };
            let of = |one: &adplane_core::address::Platform| platform.is_none_or(|platform| platform == *one);
            let accounts = desired.accounts.values().filter(|account| of(&account.platform));
            for account in accounts.filter(|account| !amounts.contains_key(&account.currency)) {
                let (name, currency) = (&account.key.name, account.currency);
                let message = format!(
                    "account `{name}` is in {currency}, in which no amount is named: nothing could rise"
                );
                let found = Diagnostic::error("currency-mismatch", message)
                    .hint(format!("add an amount in {currency}"));
                self.report(found, *place, &field);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use adplane_core::address::Platform;
    use adplane_core::money::Money;
    use adplane_core::rules::{AccountGuard, SpendGuard};

    use crate::lower::tests::{ACCOUNT, Case};

    const EUROS: &str = "  currency: EUR\n";

    /// A project with this under `spendGuard`, and an account with this of its own.
    fn case(project: &str, account: &str) -> Case {
        assert!(ACCOUNT.contains(EUROS));
        let project = format!("project: shop\napprovals:\n  spendGuard: {project}\n");
        let account = ACCOUNT.replace(EUROS, &format!("{EUROS}{account}"));
        Case::new(&[("adplane.yaml", &project), ("account.yaml", &account)])
    }

    fn lowered(project: &str, account: &str) -> SpendGuard {
        let case = case(project, account);
        assert_eq!(case.found(), [""; 0]);
        case.lowered.desired.spend_guard
    }

    fn of_account(guard: &SpendGuard) -> AccountGuard {
        guard.of(guard.accounts.keys().next().unwrap())
    }

    fn money(text: &str) -> Money {
        text.parse().unwrap()
    }

    #[test]
    fn a_project_and_its_accounts_say_how_far_spend_may_rise() {
        let guard = lowered(
            "{maxDailyRise: 12.5%, maxObjectsPerRun: 20, maxShareOfLive: 0.25, worstDay: {accounts: {meta-eu: 500 EUR}, \
             platforms: {Meta: [800 EUR, 900 USD]}, namespace: [1000 EUR]}}",
            "  spendGuard: {maxDailyRise: \"50%\", worstDay: 400.00 EUR, maxObjectsPerRun: 5, maxShareOfLive: 1}\n",
        );
        assert_eq!(
            of_account(&guard),
            AccountGuard {
                max_rise: Some(1_250),
                worst_day: vec![money("500 EUR"), money("400 EUR")],
                per_run: Some(5),
                share_of_live: Some(2_500),
            }
        );
        let amounts =
            |texts: &[&str]| texts.iter().map(|text| (money(text).currency(), money(text))).collect();
        assert_eq!(guard.platforms, [(Platform::Meta, amounts(&["800 EUR", "900 USD"]))].into());
        assert_eq!(guard.namespace, amounts(&["1000 EUR"]));
        let alone = of_account(&lowered("{}", "  spendGuard: {maxDailyRise: 50%}\n"));
        assert_eq!((alone.max_rise(), alone.worst_day), (5_000, Vec::new()));
        assert_eq!(lowered("{maxDailyRise: 0%}", "").every.max_rise(), 0);
        assert_eq!(lowered("{}", "").every.max_rise(), 2_000, "a fifth where nobody says");
    }

    #[test]
    fn what_cannot_be_held_is_told_at_its_place() {
        for (project, account, found) in [
            ("{worstDay: {accounts: {meta-eu: 5 USD}}}", "", "5 USD currency-mismatch"),
            ("{worstDay: {accounts: {meta-ue: 5 EUR}}}", "", "5 EUR dangling-reference"),
            ("{worstDay: {platforms: {Meta: [5 USD]}}}", "", "[5 USD] currency-mismatch"),
            ("{worstDay: {namespace: [5 USD]}}", "", "[5 USD] currency-mismatch"),
            ("{worstDay: {namespace: [5 EUR, 6 EUR]}}", "", "6 EUR approval-policy"),
            ("{worstDay: {platforms: {Mata: [5 EUR]}}}", "", "Mata unknown-field"),
            ("{worstDay: {namespace: [5]}}", "", "5 money-without-currency"),
            ("{maxDailyRise: 20}", "", "20 invalid-percentage"),
            ("{maxDailyRise: -20%}", "", "-20% invalid-percentage"),
            ("{maxDailyRise: 0.123%}", "", "0.123% invalid-percentage"),
            ("{maxShareOfLive: 0}", "", "0 out-of-range"),
            ("{maxShareOfLive: 1.5}", "", "1.5 out-of-range"),
            ("{maxObjectsPerRun: 0}", "", "0 out-of-range"),
            ("{maxRise: 20%}", "", "maxRise unknown-field"),
            ("{}", "  spendGuard: {worstDay: 5 USD}\n", "5 USD currency-mismatch"),
            ("{}", "  spendGuard: {maxShareOfLive: 0}\n", "0 out-of-range"),
            ("{}", "  spendGuard: {maxDailyRise: much}\n", "much invalid-percentage"),
        ] {
            assert_eq!(case(project, account).found(), [found], "{project} {account}");
        }
        let all = case("{worstDay: {accounts: {meta-eu: 5 USD}}}", "").diagnostics();
        let told = all.into_iter().find(|found| found.code == "currency-mismatch").unwrap();
        let origin = told.origin.unwrap();
        assert_eq!((origin.line, origin.column), (3, 47));
        assert_eq!(told.hint.as_deref(), Some("write the amount in EUR"));
    }

    /// Plans carry what asks people; the spend guard is asked before there is one.
    #[test]
    fn plans_do_not_carry_it() {
        let policy = case("{maxDailyRise: 10%}", "").loaded.project.settings.approvals.unwrap();
        assert_eq!(policy.of_plans(), serde_json::json!({}));
    }
}
