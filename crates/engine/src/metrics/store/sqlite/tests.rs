//! What only a file can do: be foreign, damaged, locked, full. What both stores do is in `tests/tests/metrics`.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use adplane_core::address::{Kind, Platform};
use adplane_core::ids::{AccountId, ExternalId};
use adplane_core::metrics::{Granularity, MetricRow, Reading, Slot, Sums, resolve};
use adplane_core::money::Currency;
use adplane_core::time::Zone;
use rusqlite::Connection;
use tempfile::TempDir;

use super::open::prepare;
use super::{Place, SqliteOptions, SqliteStore, put, undo_rest};
use crate::metrics::store::{AsOf, MetricStore, StoreAccount, StoreError};

struct Desk {
    _folder: TempDir,
    path: PathBuf,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/metrics.db");
        Self { _folder: folder, path }
    }

    fn options(&self) -> SqliteOptions {
        SqliteOptions { patience: Duration::from_millis(50), ..SqliteOptions::new(&self.path) }
    }

    fn open(&self) -> Result<SqliteStore, StoreError> {
        SqliteStore::open(&self.options())
    }

    fn write(&self, bytes: &[u8]) {
        fs::create_dir_all(self.path.parent().unwrap()).unwrap();
        fs::write(&self.path, bytes).unwrap();
    }
}

fn account() -> StoreAccount {
    StoreAccount {
        platform: Platform::Meta,
        id: AccountId::new("1").unwrap(),
        currency: Currency::parse("EUR").unwrap(),
        zone: Zone::parse("Europe/Madrid").unwrap(),
    }
}

fn reading(objects: usize, spend: i64, as_of: &str) -> Reading {
    let day = "2026-06-09".parse().unwrap();
    let rows = (0..objects)
        .map(|object| MetricRow {
            id: ExternalId::new(object.to_string()).unwrap(),
            slot: Slot::day(day),
            sums: Sums { spend: Some(spend), ..Sums::default() },
        })
        .collect();
    Reading {
        level: Kind::Ad,
        granularity: Granularity::Day,
        from: day,
        to: day,
        attribution: "7d_click".to_owned(),
        as_of: as_of.parse().unwrap(),
        rows,
    }
}

fn message(error: &StoreError, desk: &Desk) -> String {
    error.to_string().replace(desk.path.to_str().unwrap(), "FILE")
}

#[test]
fn a_file_of_somebody_else_is_refused_and_left_alone() {
    let text = Desk::new();
    text.write(b"spend,clicks\n12.50,3\nthis is a table that somebody keeps here, and no database at all\n");
    let other = Desk::new();
    fs::create_dir_all(other.path.parent().unwrap()).unwrap();
    Connection::open(&other.path)
        .unwrap()
        .execute_batch("CREATE TABLE notes (text); PRAGMA user_version = 3")
        .unwrap();
    for desk in [text, other] {
        let before = fs::read(&desk.path).unwrap();
        let error = desk.open().unwrap_err();
        assert_eq!(
            message(&error, &desk),
            "`FILE` holds something else than Adplane's metrics: name another place, or move that away"
        );
        assert_eq!(fs::read(&desk.path).unwrap(), before);
    }
}

#[test]
fn a_newer_layout_is_refused_and_left_alone() {
    let desk = Desk::new();
    drop(desk.open().unwrap());
    Connection::open(&desk.path).unwrap().execute_batch("PRAGMA user_version = 99").unwrap();
    let error = desk.open().unwrap_err();
    assert_eq!(
        message(&error, &desk),
        "`FILE` was written by a newer Adplane (layout 99, this one knows 5): nothing was stored; update Adplane here"
    );
}

#[test]
fn layouts_are_made_one_from_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("metrics.db");
    let place = Place("the file".to_owned());
    let first = "CREATE TABLE one (number INTEGER) STRICT; INSERT INTO one VALUES (1);";
    let second = "ALTER TABLE one ADD COLUMN word TEXT; UPDATE one SET word = 'kept';";
    let mut connection = Connection::open(&path).unwrap();
    prepare(&mut connection, &place, &[first]).unwrap();
    prepare(&mut connection, &place, &[first, second]).unwrap();
    prepare(&mut connection, &place, &[first, second]).unwrap();
    let row: (i64, String) = connection
        .query_row("SELECT number, word FROM one", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    assert_eq!(row, (1, "kept".to_owned()));

    let broken =
        prepare(&mut connection, &place, &[first, second, "DROP TABLE one; SELECT nonsense FROM nowhere;"]);
    assert!(broken.is_err());
    let rows: i64 = connection.query_row("SELECT count(*) FROM one", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 1, "a layout that fails changes nothing");
}

/// Makes the layout that had the tables of now, but took readings of whatever writer.
const EARLIER: &str =
    "DROP TRIGGER readings_of_this_layout; ALTER TABLE readings DROP COLUMN layout; PRAGMA user_version = 4;";

/// An earlier version that was started before the file was carried over goes on with the file that it has open.
#[tokio::test]
async fn who_was_started_before_a_layout_writes_no_more() {
    let desk = Desk::new();
    let store = desk.open().unwrap();
    store.put(&account(), &reading(3, 5, "2026-06-10T08:00:00Z")).await.unwrap();
    drop(store);
    let earlier = Connection::open(&desk.path).unwrap();
    // As a writer does that knows of no packed counts.
    earlier.execute_batch(&format!("{EARLIER} UPDATE newest SET spend = 9")).unwrap();
    let mut write = earlier
        .prepare("INSERT INTO readings (stream, as_of, first_day, last_day) VALUES (1, ?1, 20614, 20614)")
        .unwrap();
    write.execute([1]).unwrap();
    let store = desk.open().unwrap();
    assert_eq!(spent(&store).await.unwrap(), [Some(9); 3], "what it left behind is made up for");
    let refused = write.execute([2]).unwrap_err().to_string();
    let told =
        "a newer Adplane has changed it since this one was started: update this one and start it again";
    assert!(refused.contains(told), "{refused}");
    let stored = store.put(&account(), &reading(3, 7, "2026-06-10T09:00:00Z")).await.unwrap();
    assert_eq!((stored.changed, spent(&store).await.unwrap()), (3, vec![Some(7); 3]));
}

#[tokio::test]
async fn a_file_of_an_earlier_layout_answers_alike() {
    let desk = Desk::new();
    let store = desk.open().unwrap();
    store.put(&account(), &reading(3, 5, "2026-06-10T08:00:00Z")).await.unwrap();
    store.put(&account(), &reading(3, 7, "2026-06-10T09:00:00Z")).await.unwrap();
    let told = spent(&store).await.unwrap();
    assert_eq!(told, [Some(7); 3]);
    drop(store);
    let packed = |connection: &Connection| {
        connection.query_row("SELECT counts FROM packed", [], |row| row.get::<_, Vec<u8>>(0)).unwrap()
    };
    let connection = Connection::open(&desk.path).unwrap();
    let before = packed(&connection);
    connection
        .execute_batch(&format!("{EARLIER} DROP TABLE missing; DROP TABLE packed; PRAGMA user_version = 2"))
        .unwrap();
    let store = desk.open().unwrap();
    assert_eq!(spent(&store).await.unwrap(), told);
    assert_eq!(packed(&connection), before);

    connection.execute("UPDATE packed SET counts = substr(counts, 1, 40)", []).unwrap();
    assert_eq!(
        message(&spent(&store).await.unwrap_err(), &desk),
        "`FILE` holds the packed counts of slot 20613, which this version cannot read"
    );
}

/// What each object spent on the day of [`reading`].
async fn spent(store: &SqliteStore) -> Result<Vec<Option<i64>>, StoreError> {
    let now = "2026-06-10T12:00:00Z".parse().unwrap();
    let span = resolve(&"yesterday".parse().unwrap(), now, &account().zone, None, None).unwrap();
    let totals = store.window(&account(), Kind::Ad, &span, AsOf::Latest).await?;
    Ok(totals.objects.values().map(|sums| sums.spend).collect())
}

#[tokio::test]
async fn a_damaged_file_says_what_to_do() {
    let desk = Desk::new();
    let store = desk.open().unwrap();
    store.put(&account(), &reading(2_000, 5, "2026-06-10T08:00:00Z")).await.unwrap();
    drop(store);
    let mut bytes = fs::read(&desk.path).unwrap();
    let half = bytes.len() / 2;
    bytes[half..].fill(0x5a);
    fs::write(&desk.path, &bytes).unwrap();
    let put = match desk.open() {
        Ok(store) => store.put(&account(), &reading(2_000, 6, "2026-06-10T09:00:00Z")).await.map(|_| ()),
        Err(error) => Err(error),
    };
    let error = put.unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error:?}");
    assert!(
        message(&error, &desk).contains("move it away, together with its `-wal` and `-shm` files, and run")
    );
}

#[tokio::test]
async fn a_locked_file_is_busy_and_loses_nothing() {
    let desk = Desk::new();
    let store = desk.open().unwrap();
    let other = Connection::open(&desk.path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = store.put(&account(), &reading(3, 5, "2026-06-10T08:00:00Z")).await.unwrap_err();
    assert!(error.may_pass(), "{error:?}");
    assert_eq!(
        message(&error, &desk),
        "`FILE` is in use by another process: nothing was stored; run again when that is done"
    );
    other.execute_batch("COMMIT").unwrap();
    let stored = store.put(&account(), &reading(3, 5, "2026-06-10T08:00:00Z")).await.unwrap();
    assert_eq!(stored.changed, 3);
}

#[tokio::test]
async fn a_full_disk_loses_nothing() {
    let desk = Desk::new();
    let store = desk.open().unwrap();
    store.put(&account(), &reading(3, 5, "2026-06-10T08:00:00Z")).await.unwrap();
    let pages = |most: u32| {
        store.writer.lock().unwrap().pragma_update(None, "max_page_count", most).unwrap();
    };
    pages(1);
    let error = store.put(&account(), &reading(20_000, 6, "2026-06-10T09:00:00Z")).await.unwrap_err();
    assert_eq!(
        message(&error, &desk),
        "no room is left for `FILE`: nothing was stored and nothing was lost; make room and run again"
    );
    assert_eq!(content(&store), [(0, 5), (1, 5), (2, 5)]);
    pages(1_000_000);
    let stored = store.put(&account(), &reading(20_000, 6, "2026-06-10T09:00:00Z")).await.unwrap();
    assert_eq!(stored.changed, 20_000);
}

/// Stopped after any number of steps of SQLite's machine, a reading is there as a whole or not at all.
#[test]
fn stopped_at_any_step_a_reading_is_whole_or_absent() {
    let desk = Desk::new();
    let store = desk.open().unwrap();
    let place = Place("the file".to_owned());
    let mut connection = store.writer.lock().unwrap();
    put::put(&mut connection, &place, &account(), &reading(4, 5, "2026-06-10T08:00:00Z")).unwrap();
    let before = dump(&connection);
    let (mut stopped, mut steps) = (0, 1);
    loop {
        // Once only: what follows is undone as after a failure.
        let taken = AtomicU32::new(0);
        let stop = move || taken.fetch_add(1, Ordering::Relaxed) == steps;
        connection.progress_handler(1, Some(stop)).unwrap();
        let result = put::put(&mut connection, &place, &account(), &reading(5, 6, "2026-06-10T09:00:00Z"));
        connection.progress_handler(0, None::<fn() -> bool>).unwrap();
        let error = match result {
            Ok(stored) => {
                assert_eq!(stored.changed, 5);
                break;
            }
            Err(error) => error,
        };
        stopped += 1;
        undo_rest(&connection).unwrap();
        assert_eq!(dump(&connection), before, "after {steps} steps");
        // Every step at first, then in strides, since a reading takes thousands.
        steps += if steps < 400 { 1 } else { 37 };
        assert!(steps < 100_000, "it never comes to an end: {error}");
    }
    assert!(stopped > 200, "only {stopped} places to stop were found");
    drop(connection);
    assert_eq!(content(&store), [(0, 6), (1, 6), (2, 6), (3, 6), (4, 6)]);
}

fn content(store: &SqliteStore) -> Vec<(i64, i64)> {
    let reader = store.reader.lock().unwrap();
    let mut select = reader
        .prepare("SELECT CAST(o.vendor_id AS INTEGER), n.spend FROM newest n JOIN objects o ON o.id = n.object ORDER BY 1")
        .unwrap();
    select.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
}

/// Every row of every table.
fn dump(connection: &Connection) -> Vec<String> {
    ["accounts", "streams", "objects", "readings", "newest", "older", "doubts", "missing"]
        .iter()
        .flat_map(|table| {
            let mut select = connection.prepare(&format!("SELECT * FROM {table}")).unwrap();
            let columns = select.column_count();
            let rows = select.query_map([], |row| {
                let values: Vec<String> =
                    (0..columns).map(|column| format!("{:?}", row.get_ref(column).unwrap())).collect();
                Ok(format!("{table}: {}", values.join(", ")))
            });
            rows.unwrap().map(Result::unwrap).collect::<Vec<_>>()
        })
        .collect()
}
