//! What only a server can do.

use adplane_engine::metrics::store::{MetricStore, PostgresOptions, PostgresStore};

use crate::build::{With, account, reading, shown, spent, window};
use crate::server::{Database, runtime};

type DatabaseCase = (&'static str, fn(&Database) -> Result<(), String>);

pub(crate) const CASES: &[DatabaseCase] = &[
    ("served::a_newer_layout_is_refused", a_newer_layout_is_refused),
    ("served::a_schema_of_an_earlier_layout_answers_alike", a_schema_of_an_earlier_layout_answers_alike),
    (
        "served::who_was_started_before_a_layout_writes_no_more",
        who_was_started_before_a_layout_writes_no_more,
    ),
    ("served::a_schema_of_somebody_else_is_refused", a_schema_of_somebody_else_is_refused),
    ("served::a_user_without_rights_is_told_so", a_user_without_rights_is_told_so),
    ("served::a_lost_session_is_made_again", a_lost_session_is_made_again),
    ("served::several_may_open_it_at_once", several_may_open_it_at_once),
];

fn refusal(database: &Database, user: &str) -> Result<String, String> {
    let options = PostgresOptions { url: database.url_of(user).into(), roots: None };
    match runtime()?.block_on(PostgresStore::open(&options)) {
        Ok(_) => Err("it was opened".to_owned()),
        Err(error) => Ok(error.to_string()),
    }
}

fn a_newer_layout_is_refused(database: &Database) -> Result<(), String> {
    runtime()?.block_on(PostgresStore::open(&database.options())).map_err(|error| error.to_string())?;
    database.run("UPDATE adplane.layout SET version = 99")?;
    assert_eq!(
        refusal(database, "adplane")?,
        "the metrics database was written by a newer Adplane (layout 99, this one knows 5): nothing was stored; update Adplane \
         here"
    );
    Ok(())
}

fn a_schema_of_an_earlier_layout_answers_alike(database: &Database) -> Result<(), String> {
    let runtime = runtime()?;
    let answer = || {
        runtime.block_on(async {
            let store = PostgresStore::open(&database.options()).await.map_err(|error| error.to_string())?;
            let told = reading("2026-06-08", "2026-06-09", "2026-06-10T06:00:00Z")
                .with("1", "2026-06-08", spent(3))
                .with("1", "2026-06-09", spent(4))
                .with("2", "2026-06-09", spent(5));
            store.put(&account(), &told).await.map_err(|error| error.to_string())?;
            Ok::<_, String>(window(&store, "last_7d", "2026-06-10T08:00:00Z").await)
        })
    };
    let before = answer()?;
    assert_eq!(
        before.objects.values().map(|sums| sums.spend).collect::<Vec<_>>(),
        [7, 5].map(|units| Some(units * 1_000_000))
    );
    database.run(&format!(
        "{EARLIER} DROP TABLE adplane.missing, adplane.packed; UPDATE adplane.layout SET version = 2"
    ))?;
    assert_eq!(answer()?, before);
    Ok(())
}

/// Makes the layout that had the tables of now, but took readings of whatever writer.
const EARLIER: &str = "DROP TRIGGER readings_of_this_layout ON adplane.readings; DROP FUNCTION adplane.refuse_earlier_writers; \
                       ALTER TABLE adplane.readings DROP COLUMN layout; UPDATE adplane.layout SET version = 4;";

/// An earlier version that was started before the schema was carried over goes on with the session that it has.
fn who_was_started_before_a_layout_writes_no_more(database: &Database) -> Result<(), String> {
    let runtime = runtime()?;
    let spend = || {
        runtime.block_on(async {
            let store = PostgresStore::open(&database.options()).await.map_err(|error| error.to_string())?;
            let told =
                reading("2026-06-09", "2026-06-09", "2026-06-10T06:00:00Z").with("1", "2026-06-09", spent(5));
            store.put(&account(), &told).await.map_err(|error| error.to_string())?;
            Ok::<_, String>(shown(&window(&store, "yesterday", "2026-06-10T08:00:00Z").await))
        })
    };
    assert_eq!(spend()?, "1=5");
    // As a writer does that knows of no packed counts.
    database.run(&format!("{EARLIER} UPDATE adplane.newest SET spend = 9000000"))?;
    let write = "INSERT INTO adplane.readings (stream, as_of, first_day, last_day) SELECT stream, as_of + 1, 20614, 20614 \
                 FROM adplane.readings LIMIT 1";
    database.run(write)?;
    assert_eq!(spend()?, "1=9", "what it left behind is made up for");
    let refused = database.run(write).unwrap_err();
    let told =
        "a newer Adplane has changed it since this one was started: update this one and start it again";
    assert!(refused.contains(told), "{refused}");
    Ok(())
}

fn a_schema_of_somebody_else_is_refused(database: &Database) -> Result<(), String> {
    database.run("CREATE SCHEMA adplane; CREATE TABLE adplane.notes (text text)")?;
    assert_eq!(
        refusal(database, "adplane")?,
        "the schema `adplane` of the metrics database holds something else than Adplane's metrics: name another \
         place, or move that away"
    );
    database.run("DROP TABLE adplane.notes")?;
    runtime()?.block_on(PostgresStore::open(&database.options())).map_err(|error| error.to_string())?;
    Ok(())
}

fn a_user_without_rights_is_told_so(database: &Database) -> Result<(), String> {
    database.run(&format!("CREATE ROLE guest_{} LOGIN", database.name))?;
    let told = refusal(database, &format!("guest_{}", database.name))?;
    assert_eq!(
        told,
        format!("the metrics database refuses this user: permission denied for database {}", database.name)
    );
    Ok(())
}

/// Sessions that the server ends, as at a restart, cost one call at most.
fn a_lost_session_is_made_again(database: &Database) -> Result<(), String> {
    let runtime = runtime()?;
    let told = reading("2026-06-09", "2026-06-09", "2026-06-10T06:00:00Z").with("1", "2026-06-09", spent(5));
    let store =
        runtime.block_on(PostgresStore::open(&database.options())).map_err(|error| error.to_string())?;
    runtime.block_on(store.put(&account(), &told)).map_err(|error| error.to_string())?;
    database.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )?;
    runtime.block_on(async {
        let mut last = None;
        for _ in 0..3 {
            match store.put(&account(), &told).await {
                Ok(stored) => {
                    assert!(stored.is_repeated());
                    let totals = window(&store, "yesterday", "2026-06-10T08:00:00Z").await;
                    assert_eq!(shown(&totals), "1=5");
                    return Ok(());
                }
                Err(error) => {
                    assert!(error.may_pass(), "{error:?}");
                    last = Some(error.to_string());
                }
            }
        }
        Err(format!("it never came back: {last:?}"))
    })
}

fn several_may_open_it_at_once(database: &Database) -> Result<(), String> {
    runtime()?.block_on(async {
        let opened = (0..6).map(|_| {
            let options = database.options();
            tokio::spawn(async move { PostgresStore::open(&options).await.map(|_| ()) })
        });
        for opened in futures::future::join_all(opened).await {
            opened.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
        }
        Ok(())
    })
}
