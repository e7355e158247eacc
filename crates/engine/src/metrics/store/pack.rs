//! The counts of a slot, all objects side by side, as bytes.
//!
//! A window over an account adds up every row of its days; row by row that costs more than a person waits for. So each
//! slot is kept once more, column by column, and a window reads a few large values. `newest` stays the truth: what is
//! packed is made of its rows in the transaction that writes them.
//!
//! A column is `lowest`, `unit` and `width` of 0, 1, 2, 4 or 8 bytes, then for each row how many units it is above the
//! lowest. Numbers of the head are 8 bytes, the least byte first. The first column holds the objects' numbers, as steps
//! from one to the next; before each of the seven others stands whether it was told of no row, of all, or of some (then
//! a bit for each row).

use adplane_core::metrics::Sums;

use super::merge::{Change, Row};
use super::words::{sums_from, values_of};

/// Objects of a slot. Columns of one value take no room, so that nothing else bounds what a damaged head says.
const MOST: usize = 1 << 22;
/// How many counts a row has.
pub(super) const COUNTS: usize = 7;

/// Of which rows a count was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Told<'a> {
    /// Of none.
    #[default]
    No,
    /// Of all.
    All,
    /// Of those whose bit is set.
    Some(&'a [u8]),
}

impl Told<'_> {
    pub(super) fn of(self, row: usize) -> bool {
        match self {
            Self::No => false,
            Self::All => true,
            Self::Some(bits) => bits.get(row / 8).is_some_and(|byte| byte >> (row % 8) & 1 == 1),
        }
    }
}

/// A slot that was packed, its columns not read yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Packed<'a> {
    /// How many rows it has.
    pub(super) rows: usize,
    objects: Column<'a>,
    counts: [(Told<'a>, Column<'a>); COUNTS],
}

/// The objects of a slot as they are packed.
#[derive(Debug, Default)]
pub(super) struct Objects {
    rows: usize,
    lowest: i64,
    unit: u64,
    units: Vec<u8>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Column<'a> {
    lowest: i64,
    unit: u64,
    width: usize,
    units: &'a [u8],
}

/// The rows of each slot that changes, with what was known of it: both by slot and object.
pub(super) fn packed(known: &[Row], changes: &[Change]) -> Vec<(i64, Vec<u8>)> {
    changes
        .chunk_by(|one, two| one.row.slot == two.row.slot)
        .map(|changes| {
            let slot = changes[0].row.slot;
            let from = known.partition_point(|row| row.slot < slot);
            let to = known.partition_point(|row| row.slot <= slot);
            (slot, pack(&overlaid(&known[from..to], changes)))
        })
        .collect()
}

fn overlaid(known: &[Row], changes: &[Change]) -> Vec<Row> {
    let (mut known, mut rows) = (known.iter().peekable(), Vec::with_capacity(known.len() + changes.len()));
    for Change { row, .. } in changes {
        while let Some(before) = known.next_if(|known| known.object < row.object) {
            rows.push(*before);
        }
        known.next_if(|known| known.object == row.object);
        rows.push(*row);
    }
    rows.extend(known);
    rows
}

/// The rows of one slot, by object.
pub(super) fn pack(rows: &[Row]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(64 + rows.len() * 16);
    bytes.extend(u64::try_from(rows.len()).unwrap_or(u64::MAX).to_le_bytes());
    let mut before = 0;
    let steps: Vec<i64> =
        rows.iter().map(|row| row.object.wrapping_sub(std::mem::replace(&mut before, row.object))).collect();
    pack_column(&mut bytes, &steps);
    let mut columns: [Vec<Option<i64>>; COUNTS] = Default::default();
    for row in rows {
        for (column, value) in columns.iter_mut().zip(values_of(&row.sums)) {
            column.push(value);
        }
    }
    for column in columns {
        pack_counts(&mut bytes, &column);
    }
    bytes
}

fn pack_counts(bytes: &mut Vec<u8>, counts: &[Option<i64>]) {
    let told = counts.iter().filter(|count| count.is_some()).count();
    bytes.push(if told == 0 {
        NO
    } else if told == counts.len() {
        ALL
    } else {
        SOME
    });
    if told == 0 {
        return;
    }
    if told < counts.len() {
        for eight in counts.chunks(8) {
            let bits = eight.iter().enumerate().map(|(bit, count)| u8::from(count.is_some()) << bit);
            bytes.push(bits.fold(0, |byte, bit| byte | bit));
        }
    }
    // What was not told takes the place of any value that was, so that it widens nothing.
    let any = counts.iter().flatten().next().copied().unwrap_or(0);
    let values: Vec<i64> = counts.iter().map(|count| count.unwrap_or(any)).collect();
    pack_column(bytes, &values);
}

const NO: u8 = 0;
const ALL: u8 = 1;
const SOME: u8 = 2;

/// Money is told in hundredths and conversions mostly whole: no more than the micros have.
const UNITS: [u64; 7] = [1_000_000, 100_000, 10_000, 1_000, 100, 10, 1];

fn pack_column(bytes: &mut Vec<u8>, values: &[i64]) {
    let lowest = values.iter().min().copied().unwrap_or(0);
    let above = |value: &i64| value.wrapping_sub(lowest).cast_unsigned();
    let unit =
        UNITS.into_iter().find(|unit| values.iter().all(|value| above(value) % unit == 0)).unwrap_or(1);
    let most = values.iter().map(|value| above(value) / unit).max().unwrap_or(0);
    let width = match most {
        0 => 0,
        1..=0xFF => 1,
        0x100..=0xFFFF => 2,
        0x1_0000..=0xFFFF_FFFF => 4,
        _ => 8,
    };
    bytes.extend(lowest.to_le_bytes());
    bytes.extend(unit.to_le_bytes());
    bytes.push(width);
    for value in values {
        bytes.extend(&(above(value) / unit).to_le_bytes()[..usize::from(width)]);
    }
}

impl<'a> Packed<'a> {
    /// Looks where the columns are, or says what cannot be read; every length is checked here.
    pub(super) fn read(slot: i64, bytes: &'a [u8]) -> Result<Self, String> {
        Self::columns(bytes).ok_or_else(|| format!("the packed counts of slot {slot}"))
    }

    fn columns(mut rest: &'a [u8]) -> Option<Self> {
        let rows = usize::try_from(u64::from_le_bytes(take(&mut rest)?)).ok().filter(|rows| *rows <= MOST)?;
        let objects = Column::read(&mut rest, rows)?;
        let mut counts = [(Told::No, Column::default()); COUNTS];
        for (told, column) in &mut counts {
            let [mark] = take(&mut rest)?;
            *told = match mark {
                NO => continue,
                ALL => Told::All,
                SOME => Told::Some(rest.split_off(..rows.div_ceil(8))?),
                _ => return None,
            };
            *column = Column::read(&mut rest, rows)?;
        }
        rest.is_empty().then_some(Self { rows, objects, counts })
    }

    /// Whether it has these objects, and no others.
    pub(super) fn has(&self, objects: &Objects) -> bool {
        let Objects { rows, lowest, unit, units } = objects;
        let Column { lowest: own, unit: own_unit, .. } = self.objects;
        (self.rows, own, own_unit, self.objects.units) == (*rows, *lowest, *unit, units)
    }

    /// What tells its objects from those of another slot.
    pub(super) fn objects_as_packed(&self) -> Objects {
        let Column { lowest, unit, units, .. } = self.objects;
        Objects { rows: self.rows, lowest, unit, units: units.to_vec() }
    }

    /// The objects' numbers, in order.
    pub(super) fn objects(&self) -> Vec<i64> {
        let mut objects = Vec::new();
        self.objects.values(self.rows, &mut objects);
        let mut before = 0_i64;
        for object in &mut objects {
            before = before.wrapping_add(*object);
            *object = before;
        }
        objects
    }

    /// Of which rows a count was told; its values take the place of what `values` held, one for each row or none at all.
    pub(super) fn count(&self, position: usize, values: &mut Vec<i64>) -> Told<'a> {
        let (told, column) = self.counts.get(position).copied().unwrap_or_default();
        values.clear();
        if told != Told::No {
            column.values(self.rows, values);
        }
        told
    }

    /// The counts of each row, in the order of the objects.
    pub(super) fn sums(&self) -> Vec<Sums> {
        let mut rows = vec![[None; COUNTS]; self.rows];
        let mut values = Vec::new();
        for position in 0..COUNTS {
            let told = self.count(position, &mut values);
            for (row, (counts, value)) in rows.iter_mut().zip(&values).enumerate() {
                counts[position] = told.of(row).then_some(*value);
            }
        }
        rows.into_iter().map(sums_from).collect()
    }
}

impl<'a> Column<'a> {
    fn read(rest: &mut &'a [u8], rows: usize) -> Option<Self> {
        let lowest = i64::from_le_bytes(take(rest)?);
        let unit = u64::from_le_bytes(take(rest)?);
        let [width] = take(rest)?;
        if ![0, 1, 2, 4, 8].contains(&width) {
            return None;
        }
        let width = usize::from(width);
        let length = rows.checked_mul(width)?;
        Some(Self { lowest, unit, width, units: rest.split_off(..length)? })
    }

    fn values(&self, rows: usize, values: &mut Vec<i64>) {
        let value = |units: u64| self.lowest.wrapping_add(units.wrapping_mul(self.unit).cast_signed());
        match self.width {
            0 => values.extend(std::iter::repeat_n(self.lowest, rows)),
            1 => values.extend(self.units.iter().map(|byte| value(u64::from(*byte)))),
            2 => values.extend(
                self.units.as_chunks().0.iter().map(|units| value(u16::from_le_bytes(*units).into())),
            ),
            4 => values.extend(
                self.units.as_chunks().0.iter().map(|units| value(u32::from_le_bytes(*units).into())),
            ),
            _ => {
                values.extend(self.units.as_chunks().0.iter().map(|units| value(u64::from_le_bytes(*units))));
            }
        }
    }
}

/// The next bytes, as many as are asked for.
fn take<const LENGTH: usize>(rest: &mut &[u8]) -> Option<[u8; LENGTH]> {
    let (taken, left) = rest.split_first_chunk()?;
    *rest = left;
    Some(*taken)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn row(object: i64, values: [Option<i64>; COUNTS]) -> Row {
        Row { slot: 20_000, object, sums: sums_from(values) }
    }

    fn read_back(bytes: &[u8]) -> Vec<(i64, Sums)> {
        let packed = Packed::read(20_000, bytes).unwrap();
        packed.objects().into_iter().zip(packed.sums()).collect()
    }

    fn count() -> impl Strategy<Value = Option<i64>> {
        prop_oneof![
            Just(None),
            Just(Some(0)),
            (-200_i64..70_000).prop_map(Some),
            (0_i64..9_000).prop_map(|cents| Some(cents * 10_000)),
            any::<i64>().prop_map(Some),
        ]
    }

    proptest! {
        #[test]
        fn what_is_packed_reads_back(
            rows in proptest::collection::btree_map(any::<i64>(), proptest::array::uniform7(count()), 0..40),
        ) {
            let rows: Vec<Row> = rows.into_iter().map(|(object, values)| row(object, values)).collect();
            let expected: Vec<(i64, Sums)> = rows.iter().map(|row| (row.object, row.sums)).collect();
            prop_assert_eq!(read_back(&pack(&rows)), expected);
        }

        #[test]
        fn bytes_that_are_cut_or_changed_never_panic(
            values in proptest::collection::vec(proptest::array::uniform7(count()), 0..10),
            cut in any::<proptest::sample::Index>(),
            byte in any::<u8>(),
        ) {
            let rows: Vec<Row> = (1..).zip(values).map(|(object, values)| row(object, values)).collect();
            let mut bytes = pack(&rows);
            let cut = cut.index(bytes.len());
            prop_assert!(Packed::read(20_000, &bytes[..cut]).is_err());
            bytes[cut] = byte;
            if let Ok(packed) = Packed::read(20_000, &bytes) {
                packed.objects();
                packed.sums();
            }
        }
    }

    #[test]
    fn money_in_cents_takes_two_bytes() {
        let rows: Vec<Row> = (1..=1_000)
            .map(|object| row(object, [Some(object * 10_000), Some(object), None, Some(0), None, None, None]))
            .collect();
        let bytes = pack(&rows);
        assert!(bytes.len() < 1_000 * 4 + 100, "{} bytes", bytes.len());
        assert_eq!(read_back(&bytes)[999], (1_000, rows[999].sums));
    }

    #[test]
    fn changes_lie_over_what_was_known() {
        let at =
            |slot, object, spend| Row { slot, object, sums: Sums { spend: Some(spend), ..Sums::default() } };
        let known = [at(1, 1, 5), at(1, 2, 5), at(2, 1, 5), at(2, 4, 5)];
        let changes = [at(2, 1, 6), at(2, 3, 7)].map(|row| Change { row, replaces: row.object == 1 });
        let packed = packed(&known, &changes);
        assert_eq!(packed.len(), 1, "the first slot did not change");
        let expected = [at(2, 1, 6), at(2, 3, 7), at(2, 4, 5)].map(|row| (row.object, row.sums));
        assert_eq!((packed[0].0, read_back(&packed[0].1)), (2, expected.to_vec()));
    }
}
