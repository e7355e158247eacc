//! Sums over slots for every object at once.

use std::collections::HashMap;

use adplane_core::metrics::Sums;

use super::pack::{COUNTS, Objects, Packed, Told};
use super::slots::Own;
use super::words::{sums_from, values_of};

/// The place of people reached among the counts: they are known of one row at most.
const REACH: usize = 5;
const ALL_TOLD: u8 = (1 << COUNTS) - 1;

/// Running sums, each object's at one place of every column.
#[derive(Debug, Default)]
pub(super) struct Totals<'a> {
    /// Where each object has days of its own, only these count.
    own: Option<&'a Own>,
    places: HashMap<i64, usize>,
    objects: Vec<i64>,
    days: Vec<(i64, i64)>,
    sums: [Vec<i64>; COUNTS],
    /// A bit for each count that was told of every row so far, and fits.
    told: Vec<u8>,
    any: Vec<bool>,
    /// The objects of the slot before, and where each is: mostly those of the next one.
    before: (Objects, Vec<Option<usize>>),
}

impl<'a> Totals<'a> {
    /// Sums over the days that go with each object; the others are left out.
    pub(super) fn of_own(own: &'a Own) -> Self {
        Self { own: Some(own), ..Self::default() }
    }

    /// Adds a slot that was packed, or says what cannot be read.
    pub(super) fn add_packed(&mut self, slot: i64, bytes: &[u8]) -> Result<(), String> {
        let packed = Packed::read(slot, bytes)?;
        let (objects, mut places) = std::mem::take(&mut self.before);
        let objects = if packed.has(&objects) {
            objects
        } else {
            places = packed.objects().into_iter().map(|object| self.place(object)).collect();
            packed.objects_as_packed()
        };
        self.add_slot(slot, &packed, &places);
        self.before = (objects, places);
        Ok(())
    }

    /// Adds one row.
    pub(super) fn add(&mut self, slot: i64, object: i64, row: &Sums) {
        let Some(place) = self.place(object).filter(|place| self.counts(*place, slot)) else { return };
        self.any[place] = true;
        for (position, value) in values_of(row).into_iter().enumerate() {
            self.add_count(place, position, value);
        }
    }

    /// What was added up, by object; those without a row are left out.
    pub(super) fn into_sums(self) -> impl Iterator<Item = (i64, Sums)> {
        let Self { objects, sums, told, any, .. } = self;
        objects.into_iter().enumerate().filter(move |(place, _)| any[*place]).map(move |(place, object)| {
            let mut values = [None; COUNTS];
            for (position, value) in values.iter_mut().enumerate() {
                *value = (told[place] >> position & 1 == 1).then(|| sums[position][place]);
            }
            (object, sums_from(values))
        })
    }

    fn add_slot(&mut self, slot: i64, packed: &Packed<'_>, places: &[Option<usize>]) {
        let within: Vec<Option<usize>> =
            places.iter().map(|place| place.filter(|place| self.counts(*place, slot))).collect();
        for place in within.iter().flatten() {
            self.any[*place] = true;
        }
        let mut values = Vec::with_capacity(packed.rows);
        for position in 0..COUNTS {
            match packed.count(position, &mut values) {
                Told::No => within.iter().flatten().for_each(|place| self.told[*place] &= !(1 << position)),
                Told::All if position != REACH => self.add_all(position, &within, &values),
                told => {
                    for (row, (place, value)) in within.iter().zip(&values).enumerate() {
                        if let Some(place) = place {
                            self.add_count(*place, position, told.of(row).then_some(*value));
                        }
                    }
                }
            }
        }
    }

    fn add_all(&mut self, position: usize, places: &[Option<usize>], values: &[i64]) {
        let sums = &mut self.sums[position];
        for (place, value) in places.iter().zip(values) {
            if let Some(place) = place {
                let (sum, too_large) = sums[*place].overflowing_add(*value);
                sums[*place] = sum;
                if too_large {
                    self.told[*place] &= !(1 << position);
                }
            }
        }
    }

    fn add_count(&mut self, place: usize, position: usize, value: Option<i64>) {
        let sum = &mut self.sums[position][place];
        let added = value.filter(|value| position != REACH || *value == 0 || *sum == 0);
        match added.and_then(|value| sum.checked_add(value)) {
            Some(added) => *sum = added,
            None => self.told[place] &= !(1 << position),
        }
    }

    fn counts(&self, place: usize, slot: i64) -> bool {
        self.own.is_none() || (self.days[place].0..=self.days[place].1).contains(&slot)
    }

    fn place(&mut self, object: i64) -> Option<usize> {
        if let Some(place) = self.places.get(&object) {
            return Some(*place);
        }
        let days = match self.own {
            Some(own) => own.days_of(object)?,
            None => (i64::MIN, i64::MAX),
        };
        let place = self.objects.len();
        self.places.insert(object, place);
        self.objects.push(object);
        self.days.push(days);
        self.sums.iter_mut().for_each(|column| column.push(0));
        self.told.push(ALL_TOLD);
        self.any.push(false);
        Some(place)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::metrics::store::fold::Total;
    use crate::metrics::store::merge::Row;
    use crate::metrics::store::pack::pack;

    fn count() -> impl Strategy<Value = Option<i64>> {
        prop_oneof![1 => Just(None), 4 => (-2_i64..3).prop_map(Some), 1 => (i64::MAX - 3..i64::MAX).prop_map(Some)]
    }

    proptest! {
        #[test]
        fn packed_slots_and_rows_add_up_alike(
            slots in proptest::collection::vec(
                proptest::collection::btree_map(1_i64..6, proptest::array::uniform7(count()), 0..5),
                0..6,
            ),
        ) {
            let (mut by_rows, mut one_by_one) = (Totals::default(), BTreeMap::<i64, Total>::new());
            let mut bytes = Vec::new();
            for (slot, rows) in (0..).zip(&slots) {
                let rows: Vec<Row> =
                    rows.iter().map(|(object, values)| Row { slot, object: *object, sums: sums_from(*values) }).collect();
                for row in &rows {
                    by_rows.add(slot, row.object, &row.sums);
                    one_by_one.entry(row.object).or_default().add(&row.sums);
                }
                bytes.push((slot, pack(&rows)));
            }
            let mut by_slots = Totals::default();
            for (slot, bytes) in &bytes {
                by_slots.add_packed(*slot, bytes).unwrap();
            }
            let expected: BTreeMap<i64, Sums> =
                one_by_one.into_iter().filter_map(|(object, total)| Some((object, total.sums()?))).collect();
            prop_assert_eq!(&by_rows.into_sums().collect::<BTreeMap<_, _>>(), &expected);
            prop_assert_eq!(&by_slots.into_sums().collect::<BTreeMap<_, _>>(), &expected);
        }
    }
}
