//! What rules of policies can name: the shapes of the API in the form that lowering gives their values.

use adplane_core::address::Kind;
use adplane_core::policy::{Catalogue, Entry, Group, Type};
use compact_str::CompactString;

use crate::check::shape::{self, Form, ListKind, Object, Scalar, Shape, TextForm};
use crate::load::DocumentKind;

/// Fields that are no property of a live object: references, and what steers Adplane itself.
const STEERING: [&str; 9] = [
    "account",
    "campaign",
    "clear",
    "deletionPolicy",
    "ads",
    "externalId",
    "pool",
    "creative",
    "rulesMayPause",
];

/// Everything that rules can name.
pub(super) fn catalogue() -> Catalogue {
    let mut catalogue = Catalogue::default();
    catalogue.kinds.insert(Kind::Campaign, group(shape::spec(DocumentKind::Campaign)));
    catalogue.kinds.insert(Kind::AdGroup, group(shape::spec(DocumentKind::AdGroup)));
    let mut budget = group(shape::spec(DocumentKind::Budget));
    if let Some(Entry::Group(shared)) = budget.get_mut("shared") {
        shared.remove("account");
    }
    catalogue.kinds.insert(Kind::Budget, budget);
    let mut ad = group(shape::ad());
    ad.remove("name");
    ad.insert("creative".into(), Entry::Group(group(shape::spec(DocumentKind::Creative))));
    catalogue.kinds.insert(Kind::Ad, ad);
    let account = group(shape::spec(DocumentKind::AdAccount));
    let inherited = ["compliance", "defaults"];
    catalogue.account = account.into_iter().filter(|(name, _)| inherited.contains(&name.as_str())).collect();
    catalogue
}

fn group(object: &Object) -> Group {
    let known = object.properties.iter().filter(|(name, _)| !STEERING.contains(&&**name));
    let mut group: Group =
        known.map(|(name, shape)| (CompactString::new(name), entry(name, shape))).collect();
    if let Some(Entry::Group(budget)) = group.get_mut("budget") {
        budget.remove("observe");
        budget.remove("managed");
    }
    group
}

fn entry(name: &str, shape: &Shape) -> Entry {
    match shape {
        Shape::Object(object) if !object.atomic => Entry::Group(group(object)),
        Shape::Leaves(item, _) => Entry::Free(Box::new(entry("", item))),
        other => Entry::Field(lowered(name, of(other))),
    }
}

/// The type of a field once lowering has read it.
fn lowered(name: &str, written: Type) -> Type {
    match (name, written) {
        // Spans by day.
        ("hours", Type::List(_)) => Type::map(Type::list(Type::Text)),
        // Lists whose members have a key.
        ("keywords" | "negativeKeywords" | "sitelinks", Type::List(member)) => Type::Map(member),
        // References to assets.
        ("images" | "logos" | "videos", Type::List(_)) => Type::list(Type::Text),
        ("cards", Type::List(member)) => match &*member {
            Type::Record(members) => {
                let mut members = (**members).clone();
                members.insert("image".into(), Type::Text);
                Type::list(Type::Record(members.into()))
            }
            _ => Type::List(member),
        },
        (_, other) => other,
    }
}

fn of(shape: &Shape) -> Type {
    match shape {
        Shape::Object(object) => {
            Type::record(object.properties.iter().map(|(name, inner)| (&**name, of(inner))))
        }
        Shape::Map(item, _) | Shape::Leaves(item, _) => Type::map(of(item)),
        Shape::List(list) => match list.kind {
            ListKind::Set | ListKind::Keyed(_) | ListKind::Sequence => Type::list(of(&list.item)),
        },
        Shape::Scalar(scalar) => of_scalar(scalar),
        Shape::Anything => Type::Anything,
    }
}

fn of_scalar(scalar: &Scalar) -> Type {
    match &scalar.form {
        Form::Bool => Type::Bool,
        Form::Integer => Type::Integer,
        Form::Decimal => Type::Decimal,
        Form::IntegerOrText => Type::Anything,
        Form::Word(words) => Type::words(words.iter().map(AsRef::as_ref)),
        Form::Text(TextForm::Money) => Type::Money(None),
        Form::Text(TextForm::Moment) => Type::Time,
        Form::Text(_) => Type::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(kind: Kind, path: &str) -> Option<Type> {
        let catalogue = catalogue();
        let mut steps = path.split('.');
        let mut entry = catalogue.kinds[&kind].get(steps.next()?)?.clone();
        for step in steps {
            entry = match entry {
                Entry::Group(group) => group.get(step)?.clone(),
                Entry::Free(inner) => *inner,
                Entry::Field(_) => return None,
            };
        }
        match entry {
            Entry::Field(of) => Some(of),
            Entry::Group(_) | Entry::Free(_) => None,
        }
    }

    #[test]
    fn fields_have_the_type_that_lowering_gives_them() {
        let texts = || Type::list(Type::Text);
        assert_eq!(at(Kind::Campaign, "budget.daily"), Some(Type::Money(None)));
        assert_eq!(at(Kind::Campaign, "schedule.end"), Some(Type::Time));
        assert_eq!(at(Kind::Campaign, "schedule.hours"), Some(Type::map(texts())));
        assert_eq!(at(Kind::AdGroup, "targeting.locations"), Some(texts()));
        assert_eq!(at(Kind::AdGroup, "bidding.roas"), Some(Type::Decimal));
        assert_eq!(at(Kind::Ad, "creative.headlines"), Some(texts()));
        assert_eq!(at(Kind::Ad, "creative.images"), Some(texts()));
        assert_eq!(at(Kind::Ad, "creative.tracking.utm"), Some(Type::map(Type::Text)));
        assert_eq!(at(Kind::Budget, "shared.daily"), Some(Type::Money(None)));
        assert_eq!(at(Kind::Campaign, "state"), Some(Type::words(["Active", "Paused"])));
        let Some(Type::Map(keyword)) = at(Kind::AdGroup, "keywords") else { panic!("keywords are keyed") };
        let Type::Record(members) = &*keyword else { panic!("a keyword has members") };
        assert_eq!(members["bid"], Type::Money(None));
        for gone in ["account", "clear", "budget.managed", "deletionPolicy", "rulesMayPause"] {
            assert_eq!(at(Kind::Campaign, gone), None, "{gone}");
        }
    }
}
