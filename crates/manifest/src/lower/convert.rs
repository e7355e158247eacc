//! Written values to field values: time zones applied, currencies compared, keyed lists keyed.

use adplane_core::address::Address;
use adplane_core::desired::DesiredAccount;
use adplane_core::diagnostic::Diagnostic;
use adplane_core::field::{Field, Fields};
use adplane_core::money::Money;
use adplane_core::value::Value;

use super::moment::{self, Edge};
use super::{hours, lists};
use crate::load::{Document, Place, Written};

/// Converts the fields of one object.
pub(super) struct Convert<'a> {
    pub(super) document: &'a Document,
    pub(super) account: &'a DesiredAccount,
    pub(super) address: &'a Address,
    pub(super) diagnostics: &'a mut Vec<Diagnostic>,
}

impl Convert<'_> {
    /// The fields of an object, those left out that `skip` names.
    pub(super) fn fields(&mut self, skip: impl Fn(&str) -> bool) -> Fields {
        let document = self.document;
        let mut fields = Fields::new();
        for written in document.fields.iter().filter(|written| !skip(written.path.as_str())) {
            if let Some(value) = self.value(written) {
                let field = Field::declared(value, document.at(written.place));
                fields.insert(written.path.clone(), field);
            }
        }
        self.check_order(&fields);
        fields
    }

    fn value(&mut self, written: &Written) -> Option<Value> {
        self.check_money(written);
        match (written.path.as_str(), &written.value) {
            ("schedule.start", Value::Text(text)) => self.moment(text, Edge::Start),
            ("schedule.end", Value::Text(text)) => self.moment(text, Edge::End),
            ("schedule.hours", Value::List(members)) => Some(self.hours(written, members)),
            ("keywords" | "negativeKeywords", Value::List(members)) => {
                let (value, repeats) = lists::keywords(members);
                self.repeats(written, &repeats, "this keyword", "`match`");
                Some(value)
            }
            ("sitelinks", Value::List(members)) => {
                let (value, repeats) = lists::sitelinks(members);
                self.repeats(written, &repeats, "a sitelink with this text", "text");
                Some(value)
            }
            (_, value) => Some(value.clone()),
        }
    }

    fn moment(&self, text: &str, edge: Edge) -> Option<Value> {
        let moment = moment::parse(text).ok()?;
        moment::resolve(moment, edge, &self.account.zone).map(Value::Time)
    }

    fn hours(&mut self, written: &Written, members: &[Value]) -> Value {
        let (value, problems) = hours::lower(members);
        for problem in problems {
            let place = member_place(written, problem.member);
            self.report(
                Diagnostic::error("invalid-hours", problem.message).hint(problem.hint),
                place,
                written,
            );
        }
        value
    }

    fn repeats(&mut self, written: &Written, repeats: &[usize], what: &str, other: &str) {
        for index in repeats {
            let found = Diagnostic::error("duplicate-item", format!("`{}` holds {what} twice", written.path))
                .hint(format!("keep one of the two, or give it another {other}"));
            self.report(found, member_place(written, *index), written);
        }
    }

    /// Every amount of an account is in its currency.
    pub(super) fn check_money(&mut self, written: &Written) {
        match &written.value {
            Value::Money(money) => self.check_currency(*money, written.place, written),
            Value::List(members) => {
                for (index, member) in members.iter().enumerate() {
                    for money in
                        member.entries().into_iter().flatten().filter_map(|(_, value)| value.as_money())
                    {
                        self.check_currency(money, member_place(written, index), written);
                    }
                }
            }
            _ => {}
        }
    }

    fn check_currency(&mut self, money: Money, place: Place, written: &Written) {
        let wanted = self.account.currency;
        if money.currency() != wanted {
            let message =
                format!("`{money}` is not in {wanted}, the currency of account `{}`", self.account.key.name);
            let found = Diagnostic::error("currency-mismatch", message)
                .hint(format!("write the amount in {wanted}; amounts are never converted"));
            self.report(found, place, written);
        }
    }

    /// Spans that end before they start.
    fn check_order(&mut self, fields: &Fields) {
        let document = self.document;
        let time = |path: &str| fields.get(path).and_then(|field| field.value.as_time());
        if let (Some(start), Some(end), Some(written)) =
            (time("schedule.start"), time("schedule.end"), document.written("schedule.end"))
            && end <= start
        {
            let found =
                Diagnostic::error("end-before-start", format!("it ends {end}, before it starts {start}"))
                    .hint("write an end after the start");
            self.report(found, written.place, written);
        }
        let age = |key: &str| fields.get("targeting.ages")?.value.entry(key)?.as_integer();
        if let (Some(min), Some(max), Some(written)) =
            (age("min"), age("max"), document.written("targeting.ages"))
            && max < min
        {
            let found = Diagnostic::error(
                "ages-reversed",
                format!("the oldest, {max}, is younger than the youngest, {min}"),
            )
            .hint(format!("write `{{min: {max}, max: {min}}}`"));
            self.report(found, written.place, written);
        }
    }

    pub(super) fn report(&mut self, diagnostic: Diagnostic, place: Place, written: &Written) {
        let found = self.document.finding(diagnostic, place, written.path.as_str()).on(self.address);
        self.diagnostics.push(found);
    }
}

/// Where a member of a list was written.
pub(super) fn member_place(written: &Written, index: usize) -> Place {
    written.members.get(index).copied().unwrap_or(written.place)
}
