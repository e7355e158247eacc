//! Amounts that automation moves: what it may make of them, in the steps that the platform bills in.

use adplane_core::desired::DesiredAccount;
use adplane_core::diagnostic::Diagnostic;
use adplane_core::field::FieldOwner;
use adplane_core::money::Money;

/// Gives every managed amount the platform's step, and checks its bounds by it; the initial amount is checked like any
/// other.
pub(crate) fn refine(account: &mut DesiredAccount, step: i64) -> Vec<Diagnostic> {
    let platform = account.platform.title();
    let mut found = Vec::new();
    for object in account.objects.values_mut() {
        for field in object.fields.values_mut() {
            let FieldOwner::Managed(managed) = &mut field.owner else { continue };
            managed.step = Some(Money::from_micros(step, account.currency));
            let bounds = [
                (managed.min, "budget.managed.daily.min", &managed.places.min),
                (managed.max, "budget.managed.daily.max", &managed.places.max),
            ];
            for (bound, path, place) in bounds {
                // Bounds of a pool's member that nobody wrote are nobody's mistake.
                if bound.micros() % step == 0 || (managed.pool.is_some() && place.is_none()) {
                    continue;
                }
                let (below, above) = bound.neighbours(step);
                let message =
                    format!("the bound {bound} is finer than {platform} takes in {}", bound.currency());
                let problem = Diagnostic::error("amount-too-fine", message)
                    .at(place.as_ref())
                    .on(&object.address)
                    .field(path)
                    .hint(format!("write `{below}` or `{above}`"));
                found.push(problem);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use adplane_core::address::{AccountKey, Address, Platform};
    use adplane_core::desired::{Connection, DeletionPolicy, Desired, DesiredObject, Management};
    use adplane_core::field::{Field, Fields, Origin};
    use adplane_core::money::Currency;
    use adplane_core::overlay::{Managed, Overlay, Places, settle};
    use adplane_core::time::Zone;

    use super::*;

    fn at(line: u32) -> Origin {
        Origin { file: "sale.yaml".into(), line, column: 1 }
    }

    /// An account with one campaign whose budget is managed.
    fn account(platform: Platform, currency: &str, bounds: [&str; 3]) -> DesiredAccount {
        let [min, initial, max] =
            bounds.map(|amount| format!("{amount} {currency}").parse::<Money>().unwrap());
        let address: Address = format!("{}/shop/Campaign/default/sale", platform.slug()).parse().unwrap();
        let mut object = DesiredObject::new(address.clone());
        let places = Places { min: Some(at(4)), max: Some(at(5)) };
        let managed =
            Managed { initial, min, max, max_step: None, step: None, pool: None, overlay: None, places };
        let owner = FieldOwner::Managed(Box::new(managed));
        object.fields.insert("budget.daily".into(), Field { owner, ..Field::declared(initial, Some(at(3))) });
        DesiredAccount {
            key: AccountKey { namespace: address.namespace.clone(), name: address.account.clone() },
            platform,
            account_id: "1".parse().unwrap(),
            currency: Currency::parse(currency).unwrap(),
            zone: Zone::utc(),
            management: Management::Manage,
            deletion_policy: DeletionPolicy::Pause,
            connection: Connection::default(),
            fields: Fields::new(),
            objects: [(address, object)].into(),
            origin: None,
        }
    }

    fn step(platform: Platform, currency: Currency) -> i64 {
        match platform {
            Platform::Google => crate::google::amount_step(currency),
            Platform::Meta => crate::meta::amount_step(currency),
            Platform::TikTok => crate::tiktok::amount_step(currency),
        }
    }

    /// What is in force when a rule asks for an amount.
    fn in_force(platform: Platform, currency: &str, asked: &str) -> String {
        let mut account = account(platform, currency, ["10", "20", "90000"]);
        let step = step(platform, account.currency);
        let found = refine(&mut account, step);
        assert_eq!(found, []);
        let overlay: Overlay = serde_json::from_value(serde_json::json!({
            "name": "cut-sale", "object": {"namespace": "default", "kind": "Campaign", "name": "sale"},
            "field": "budget.daily", "value": format!("{asked} {currency}"), "expires": "2026-03-08T00:00:00Z",
        }))
        .unwrap();
        let key = account.key.clone();
        let mut desired = Desired { accounts: [(key.clone(), account)].into(), ..Desired::default() };
        desired.overlays.given.push(overlay);
        settle(&mut desired, "2026-03-01T00:00:00Z".parse().unwrap());
        let object = desired.accounts[&key].objects.values().next().unwrap();
        object.value("budget.daily").unwrap().to_string()
    }

    #[test]
    fn what_is_in_force_is_a_step_that_the_platform_bills_in() {
        for platform in Platform::ALL {
            for (currency, asked, expected) in
                [("EUR", "33.337", "33.33 EUR"), ("EUR", "33.33", "33.33 EUR"), ("JPY", "3333.7", "3333 JPY")]
            {
                assert_eq!(in_force(platform, currency, asked), expected, "{platform}: {asked} {currency}");
            }
        }
        // The same currency is whole on one platform and not on another.
        let forint = Platform::ALL.map(|platform| in_force(platform, "HUF", "3333.337"));
        assert_eq!(forint, ["3333.33 HUF", "3333.00 HUF", "3333.00 HUF"].map(str::to_owned));
    }

    #[test]
    fn a_bound_that_is_too_fine_is_told_where_it_stands() {
        let told = |bounds| {
            let mut account = account(Platform::Meta, "HUF", bounds);
            let step = step(Platform::Meta, account.currency);
            let found = refine(&mut account, step);
            let shown = |found: &Diagnostic| {
                let line = found.origin.as_ref().map_or(0, |origin| origin.line);
                format!("{line} {} {}", found.field.as_ref().unwrap(), found.message)
            };
            found.iter().map(shown).collect::<Vec<_>>()
        };
        assert_eq!(told(["10", "20", "90"]), [""; 0]);
        assert_eq!(
            told(["10.50", "20", "90.25"]),
            [
                "4 budget.managed.daily.min the bound 10.50 HUF is finer than Meta Ads takes in HUF",
                "5 budget.managed.daily.max the bound 90.25 HUF is finer than Meta Ads takes in HUF",
            ]
        );
    }
}
