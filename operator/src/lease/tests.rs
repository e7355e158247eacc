use std::sync::{Arc, Mutex};
use std::time::Instant;

use adplane_engine::clock::Clock;
use async_trait::async_trait;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::board::{Board, Purpose, Write};
use super::fence::Renewal;
use super::*;

const TIMING: Timing = Timing { duration: Duration::from_secs(40), margin: Duration::from_secs(20) };

/// Leases in memory, with the server's rule: what is written over must be what was read.
#[derive(Debug, Clone, Default)]
struct Cluster(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    records: BTreeMap<String, Record>,
    writes: u64,
    unreachable: bool,
}

impl Cluster {
    fn write(&self, record: &Record, exists: bool) -> Result<Record, StoreError> {
        let mut kept = self.0.lock().unwrap();
        if kept.unreachable {
            return Err(StoreError::Failed("down".into()));
        }
        let found = kept.records.get(&record.name);
        let expected = found.map(|found| found.version.clone());
        if expected != exists.then(|| record.version.clone()) {
            return Err(StoreError::Conflict);
        }
        kept.writes += 1;
        let mut stored = record.clone();
        stored.version = Some(kept.writes.to_string());
        if !exists {
            stored.uid = format!("uid-{}", kept.writes);
        }
        kept.records.insert(record.name.clone(), stored.clone());
        Ok(stored)
    }

    fn change(&self, name: &str, change: impl FnOnce(&mut Record)) {
        let mut kept = self.0.lock().unwrap();
        kept.writes += 1;
        let version = kept.writes.to_string();
        let record = kept.records.get_mut(name).unwrap();
        change(record);
        record.version = Some(version);
    }

    fn remove(&self, name: &str) {
        self.0.lock().unwrap().records.remove(name);
    }

    fn records(&self) -> Vec<Record> {
        self.0.lock().unwrap().records.values().cloned().collect()
    }

    fn shard(&self, shard: u32) -> Record {
        self.0.lock().unwrap().records[&format!("adplane-shard-{shard}")].clone()
    }
}

#[async_trait]
impl LeaseStore for Cluster {
    async fn list(&self) -> Result<Vec<Record>, StoreError> {
        if self.0.lock().unwrap().unreachable {
            return Err(StoreError::Failed("down".into()));
        }
        Ok(self.records())
    }
    async fn create(&self, record: &Record) -> Result<Record, StoreError> {
        self.write(record, false)
    }
    async fn replace(&self, record: &Record) -> Result<Record, StoreError> {
        self.write(record, true)
    }
    async fn delete(&self, record: &Record) -> Result<(), StoreError> {
        self.remove(&record.name);
        Ok(())
    }
}

/// A replica whose clock is what the test says.
struct Replica {
    board: Board,
    cluster: Cluster,
    start: Instant,
    wall: Timestamp,
}

impl Replica {
    fn new(name: &str, shards: u32, cluster: &Cluster, start: Instant) -> Self {
        let wall: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let board = Board::new(name.into(), shards, TIMING, Clock::Fixed(wall));
        Self { board, cluster: cluster.clone(), start, wall }
    }

    fn sent(&self, second: u64) -> Renewal {
        let wall = self.wall + jiff::SignedDuration::from_secs(i64::try_from(second).unwrap());
        Renewal { at: self.start + Duration::from_secs(second), wall }
    }

    fn writes(&mut self, second: u64) -> Vec<Write> {
        let records = self.cluster.records();
        self.board.decide(&records, self.start + Duration::from_secs(second))
    }

    fn carry_out(&mut self, writes: Vec<Write>, second: u64) {
        for Write { purpose, record } in writes {
            let written = match purpose {
                Purpose::Forget => {
                    self.cluster.remove(&record.name);
                    Ok(record)
                }
                _ => self.cluster.write(&record, record.version.is_some()),
            };
            if let Ok(record) = written {
                self.board.written(purpose, &record, self.sent(second));
            }
        }
    }

    fn round(&mut self, second: u64) {
        let writes = self.writes(second);
        self.carry_out(writes, second);
    }

    /// Shards that it may write to.
    fn writes_to(&self, second: u64) -> Vec<u32> {
        let now = self.sent(second);
        let fences = self.board.fences();
        let open = fences.iter().filter(|(_, fence)| fence.0.holds_at(now.at, now.wall, Duration::ZERO));
        open.map(|(shard, _)| *shard).collect()
    }

    fn holds(&self) -> Vec<u32> {
        self.board.fences().into_keys().collect()
    }
}

fn pair(shards: u32) -> (Cluster, Replica, Replica) {
    let (cluster, start) = (Cluster::default(), Instant::now());
    let first = Replica::new("first", shards, &cluster, start);
    let second = Replica::new("second", shards, &cluster, start);
    (cluster, first, second)
}

#[test]
fn accounts_have_a_shard_for_good() {
    let key = |name: &str| AccountKey { namespace: "growth".parse().unwrap(), name: name.parse().unwrap() };
    let shards: Vec<u32> =
        ["meta-eu", "google-es", "tiktok-fr"].iter().map(|name| shard_of(&key(name), 8)).collect();
    // Values of other versions: they may never change.
    assert_eq!(shards, [3, 7, 2]);
    assert_eq!(shard_of(&key("meta-eu"), 1), 0);
    let mut counts = [0_u32; 8];
    (0..8000).for_each(|number| counts[shard_of(&key(&format!("account-{number}")), 8) as usize] += 1);
    assert!(counts.iter().all(|count| (850..1150).contains(count)), "{counts:?}");
}

#[test]
fn the_first_holder_of_a_new_lease_waits_a_whole_duration() {
    let (_, mut first, _) = pair(1);
    first.round(0);
    assert_eq!(first.holds(), [0]);
    for second in (5..40).step_by(5) {
        first.round(second);
        assert_eq!(first.writes_to(second), [] as [u32; 0], "{second}");
    }
    first.round(40);
    assert_eq!(first.writes_to(40), [0]);
}

#[test]
fn of_two_racers_one_wins() {
    let (cluster, mut first, mut second) = pair(1);
    let (one, two) = (first.writes(0), second.writes(0));
    second.carry_out(two, 0);
    first.carry_out(one, 0);
    assert_eq!((first.holds(), second.holds()), (vec![], vec![0]));
    assert_eq!(cluster.shard(0).holder.as_deref(), Some("second"));
}

#[test]
fn of_two_who_take_an_expired_lease_one_wins() {
    let (cluster, mut first, mut second) = pair(1);
    let mut dead = Replica::new("dead", 1, &cluster, first.start);
    dead.round(0);
    for at in [0, 20, 39] {
        first.round(at);
        second.round(at);
        assert!(first.holds().is_empty() && second.holds().is_empty(), "{at}");
    }
    let (one, two) = (first.writes(40), second.writes(40));
    first.carry_out(one, 40);
    second.carry_out(two, 40);
    assert_eq!((first.holds(), second.holds()), (vec![0], vec![]));
    assert_eq!(cluster.shard(0).transitions, 1);
    // It waited a whole duration already.
    assert_eq!(first.writes_to(40), [0]);
}

#[test]
fn a_holder_that_cannot_renew_stops_before_another_can_write() {
    let (cluster, mut first, mut second) = pair(1);
    (0..=50).step_by(5).for_each(|at| first.round(at));
    second.round(50);
    // From here on the first one reaches nothing.
    assert_eq!(first.writes_to(69), [0]);
    assert_eq!(first.writes_to(70), [] as [u32; 0]);
    for at in 51..150 {
        second.round(at);
        assert!(first.writes_to(at).is_empty() || second.writes_to(at).is_empty(), "{at}");
        if at < 90 {
            assert!(second.holds().is_empty(), "{at}");
        }
    }
    assert_eq!(second.writes_to(149), [0]);
    // Back again, it sees that the lease is another's, and what it was given stays closed.
    let old = first.board.fences()[&0].clone();
    first.round(150);
    assert!(first.holds().is_empty());
    assert!(!old.holds() && old.is_ending());
    assert_eq!(cluster.shard(0).holder.as_deref(), Some("second"));
}

#[test]
fn what_clocks_of_others_say_is_not_compared() {
    let (cluster, mut first, mut second) = pair(1);
    first.wall = "2031-01-01T00:00:00Z".parse().unwrap();
    first.round(0);
    cluster.change("adplane-shard-0", |record| {
        record.renewed = Some("1999-01-01T00:00:00Z".parse().unwrap());
    });
    second.round(1);
    second.round(30);
    assert!(second.holds().is_empty());
}

#[test]
fn a_lease_that_was_removed_is_lost_and_its_next_holder_waits() {
    let (cluster, mut first, mut second) = pair(1);
    (0..=50).step_by(5).for_each(|at| first.round(at));
    second.round(50);
    cluster.remove("adplane-shard-0");
    second.round(51);
    assert_eq!(second.holds(), [0]);
    // The first one does not know yet.
    assert_eq!(first.writes_to(51), [0]);
    for at in 51..91 {
        assert!(second.writes_to(at).is_empty(), "{at}");
        second.round(at);
    }
    first.round(55);
    assert!(first.holds().is_empty());
    assert_eq!(second.writes_to(91), [0]);
}

#[test]
fn a_lease_whose_turn_was_edited_is_lost() {
    let (cluster, mut first, _) = pair(1);
    (0..=50).step_by(5).for_each(|at| first.round(at));
    cluster.change("adplane-shard-0", |record| record.transitions = 0);
    first.round(51);
    cluster.change("adplane-shard-0", |record| record.transitions = 7);
    let fence = first.board.fences()[&0].clone();
    first.round(52);
    assert!(fence.is_ending());
    // It may take it again, and waits.
    assert_eq!(first.holds(), [0]);
    assert!(first.writes_to(52).is_empty());
}

#[test]
fn shards_are_spread_over_replicas() {
    let (_, mut first, mut second) = pair(5);
    first.round(0);
    first.round(1);
    assert_eq!(first.holds().len(), 5);
    for at in 2..60 {
        second.round(at);
        first.round(at);
    }
    assert_eq!((first.holds().len(), second.holds().len()), (3, 2));
    for at in 60..70 {
        let (before, after) = (first.holds(), second.holds());
        second.round(at);
        first.round(at);
        assert_eq!((before, after), (first.holds(), second.holds()), "nothing moves without a reason");
    }
    // The first one dies: the second takes over what it left.
    (70..160).for_each(|at| second.round(at));
    assert_eq!(second.holds().len(), 5);
}

#[test]
fn a_shard_is_not_handed_over_while_work_is_under_way() {
    let (cluster, mut first, mut second) = pair(2);
    first.round(0);
    first.round(1);
    assert_eq!(first.holds(), [0, 1]);
    (2..50).for_each(|at| first.round(at));
    let work = first.board.fences()[&1].begin().unwrap();
    second.round(50);
    (51..55).for_each(|at| first.round(at));
    assert_eq!(cluster.shard(1).holder.as_deref(), Some("first"));
    assert!(first.board.fences()[&1].is_ending());
    drop(work);
    first.round(55);
    assert_eq!(cluster.shard(1).holder, None);
    second.round(56);
    assert_eq!((first.holds(), second.holds()), (vec![0], vec![1]));
    assert_eq!(second.writes_to(56), [1], "a shard that was handed over can be written to at once");
}

#[test]
fn a_shard_that_must_wait_is_not_handed_over_as_one_that_need_not() {
    let (cluster, mut first, mut second) = pair(2);
    first.round(0);
    first.round(1);
    (2..40).for_each(|at| {
        second.round(at);
        first.round(at);
    });
    assert_eq!(first.holds(), [0, 1]);
    assert!(second.holds().is_empty());
    first.board.stop();
    assert!(!first.board.only_waits(first.start + Duration::from_secs(40)), "shard 0 can be handed over");
    first.round(40);
    assert_eq!((cluster.shard(0).holder, cluster.shard(1).holder.as_deref()), (None, Some("first")));
    assert!(first.board.only_waits(first.start + Duration::from_secs(40)));
    first.round(41);
    assert_eq!(cluster.shard(1).holder, None);
}

#[test]
fn two_counts_of_shards_never_write_side_by_side() {
    let cluster = Cluster::default();
    let start = Instant::now();
    let mut old = Replica::new("old", 1, &cluster, start);
    let mut new = Replica::new("new", 3, &cluster, start);
    (0..50).step_by(5).for_each(|at| old.round(at));
    assert_eq!(old.writes_to(49), [0]);
    for at in 50..60 {
        old.round(at);
        new.round(at);
    }
    assert!(new.holds().is_empty(), "the count is that of the lease of shard 0");
    old.board.stop();
    old.round(60);
    new.round(61);
    new.round(62);
    assert_eq!(new.holds(), [0, 1, 2]);
    assert!(new.writes_to(62).is_empty(), "leases of another count say nothing about these");
    (63..110).for_each(|at| new.round(at));
    assert_eq!(new.writes_to(109), [0, 1, 2]);
}

#[test]
fn replicas_that_went_without_a_word_are_cleared_away() {
    let (cluster, mut first, mut second) = pair(1);
    first.round(0);
    second.round(0);
    (1..=400).for_each(|at| second.round(at));
    let names: Vec<String> = cluster.records().into_iter().map(|record| record.name).collect();
    assert_eq!(names, ["adplane-replica-second", "adplane-shard-0"]);
}

#[tokio::test]
async fn the_loop_takes_renews_and_hands_over() {
    let cluster = Cluster::default();
    let timing = Timing { duration: Duration::from_millis(600), margin: Duration::from_millis(200) };
    let start = |name: &str| Elector::new(cluster.clone(), name.to_owned(), 1, timing, Clock::System);
    let key = AccountKey { namespace: "growth".parse().unwrap(), name: "meta-eu".parse().unwrap() };
    let (elector, mut leases) = start("first");
    let stop = CancellationToken::new();
    let running = tokio::spawn(elector.run(stop.clone()));
    assert!(leases.changed().await);
    let fence = leases.fence(&key).unwrap();
    assert!(!fence.holds());
    tokio::time::sleep(Duration::from_millis(900)).await;
    assert!(fence.holds(), "renewed past its first duration");
    stop.cancel();
    running.await.unwrap();
    assert!(!fence.holds());
    assert_eq!(cluster.shard(0).holder, None);

    let (elector, mut leases) = start("second");
    let stop = CancellationToken::new();
    let running = tokio::spawn(elector.run(stop.clone()));
    assert!(leases.changed().await);
    assert!(leases.fence(&key).unwrap().holds(), "handed over, not waited for");
    cluster.0.lock().unwrap().unreachable = true;
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert!(!leases.fence(&key).unwrap().holds());
    stop.cancel();
    running.await.unwrap();
}
