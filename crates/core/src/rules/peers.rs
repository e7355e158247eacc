//! Peers: objects of one kind beside each other, and an object's place among them.
//!
//! What peers come to together is worked out once for a group: every object of it asks for the same.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use rust_decimal::Decimal;

use super::evaluate::Placed;
use super::figure::{Figure, real};
use super::lookup::Subject;
use super::slot::{Holder, Placing};
use super::unknown::Unknown;
use crate::cel::eval::Val;
use crate::metrics::{self, Sums, Window};

/// What a group is asked for: which one, over which window, which figure, idle ones too.
type Asked = (usize, Window, Figure, bool);

/// Objects of an account that are in scope of a rule.
pub(super) struct Peers<'a> {
    /// By address.
    all: Vec<&'a Placed<'a>>,
    /// Their places in it by what they lie in: a parent, or else the account. Most rules do not ask.
    groups: OnceCell<BTreeMap<usize, Vec<usize>>>,
    figures: RefCell<BTreeMap<Asked, Rc<Figures>>>,
    sums: RefCell<BTreeMap<(usize, Window), Result<Sums, Unknown>>>,
}

/// One figure of every peer.
struct Figures {
    /// Those that have one, the lowest first.
    values: Vec<f64>,
    sum: f64,
    /// How many are not known.
    missing: usize,
}

impl<'a> Peers<'a> {
    pub(super) fn new(objects: impl IntoIterator<Item = &'a Placed<'a>>) -> Self {
        Self {
            all: objects.into_iter().collect(),
            groups: OnceCell::new(),
            figures: RefCell::default(),
            sums: RefCell::default(),
        }
    }

    /// All of them, by address.
    pub(super) fn all(&self) -> &[&'a Placed<'a>] {
        &self.all
    }

    /// An object with its peers.
    pub(super) fn of(&self, nest: usize) -> impl Iterator<Item = &'a Placed<'a>> {
        let groups = self.groups.get_or_init(|| {
            let mut groups: BTreeMap<_, Vec<_>> = BTreeMap::new();
            for (place, placed) in self.all.iter().enumerate() {
                groups.entry(placed.nest).or_default().push(place);
            }
            groups
        });
        groups.get(&nest).into_iter().flatten().map(|place| self.all[*place])
    }

    /// The sums of all peers together.
    pub(super) fn sums(&self, subject: Subject<'_>, window: Window) -> Result<Sums, Unknown> {
        let key = (subject.nest, window);
        if let Some(known) = self.sums.borrow().get(&key) {
            return known.clone();
        }
        let each: Vec<Result<Sums, Unknown>> =
            each(subject).map(|peer| peer.sums(Holder::Own, window)).collect();
        let missing = each.iter().filter(|sums| sums.is_err()).count();
        let together = if missing > 0 {
            Err(metrics::Unknown::Parts(missing).into())
        } else {
            each.into_iter().flatten().reduce(|sum, next| sum.plus(&next)).ok_or(Unknown::NoData)
        };
        self.sums.borrow_mut().insert(key, together.clone());
        together
    }

    fn figures(&self, subject: Subject<'_>, window: Window, figure: Figure, all: bool) -> Rc<Figures> {
        let key = (subject.nest, window, figure, all);
        if let Some(known) = self.figures.borrow().get(&key) {
            return Rc::clone(known);
        }
        let (mut values, mut missing) = (Vec::new(), 0);
        for peer in each(subject) {
            match measured(peer, window, figure, all) {
                Ok(value) => values.extend(value),
                // A ratio without a lower part has no value to rank; everything else unknown leaves the place open.
                Err(Unknown::Number(metrics::Unknown::ZeroDenominator(_))) => {}
                Err(_) => missing += 1,
            }
        }
        let sum = values.iter().sum();
        values.sort_by(f64::total_cmp);
        let found = Rc::new(Figures { values, sum, missing });
        self.figures.borrow_mut().insert(key, Rc::clone(&found));
        found
    }
}

/// An object and its peers, each as the one that is asked about.
fn each(subject: Subject<'_>) -> impl Iterator<Item = Subject<'_>> {
    subject.beside().map(move |placed| {
        let Placed { address, object, parent, nest, runs } = *placed;
        Subject { address, object, parent, nest, runs, ..subject }
    })
}

/// The place of an object among its peers. Those that showed nothing in the window are left out unless `all`.
pub(super) fn place(
    subject: Subject<'_>,
    placing: Placing,
    window: Window,
    figure: Figure,
    all: bool,
) -> Result<Val<'_>, Unknown> {
    let own = measured(subject, window, figure, all)?.ok_or(Unknown::NoData)?;
    let found = subject.peers.figures(subject, window, figure, all);
    let Figures { values, sum, missing } = &*found;
    if *missing > 0 {
        return Err(metrics::Unknown::Parts(*missing).into());
    }
    let whole = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let share = |part: Decimal, sum: Decimal| part.checked_div(sum).map(Val::Decimal).ok_or(Unknown::NoData);
    let not_above = values.partition_point(|value| *value <= own);
    match placing {
        Placing::Rank => Ok(Val::Integer(whole(values.len() - not_above + 1))),
        Placing::Count => Ok(Val::Integer(whole(values.len()))),
        Placing::Percentile => share(Decimal::from(whole(not_above)), Decimal::from(whole(values.len()))),
        Placing::Share => {
            let number = |value: f64| Decimal::try_from(value).map_err(|_| Unknown::NoData);
            share(number(own)?, number(*sum)?)
        }
    }
}

/// The figure of one peer; nothing where it showed nothing and idle ones are left out.
fn measured(subject: Subject<'_>, window: Window, figure: Figure, all: bool) -> Result<Option<f64>, Unknown> {
    if !all {
        let sums = subject.sums(Holder::Own, window)?;
        if sums.impressions == Some(0) || (sums.impressions.is_none() && sums.spend == Some(0)) {
            return Ok(None);
        }
    }
    Ok(real(&subject.figure(Holder::Own, window, figure)?))
}
