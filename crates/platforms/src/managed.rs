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
        for (path, field) in &mut object.fields {
            let FieldOwner::Managed(managed) = &mut field.owner else { continue };
            managed.step = Some(Money::from_micros(step, account.currency));
            for bound in [managed.min, managed.max] {
                if bound.micros() % step == 0 {
                    continue;
                }
                let (below, above) = bound.neighbours(step);
                let message =
                    format!("the bound {bound} is finer than {platform} takes in {}", bound.currency());
                let problem = Diagnostic::error("amount-too-fine", message)
                    .at(field.origin.as_ref())
                    .on(&object.address)
                    .field(path.clone())
                    .hint(format!("write `{below}` or `{above}`"));
                found.push(problem);
            }
        }
    }
    found
}
