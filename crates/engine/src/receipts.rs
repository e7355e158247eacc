//! The vendors' ids of requests, collected around a batch of writes for the apply log.
//!
//! One write may take several requests and one request may carry several writes, so an adapter's outcome cannot hold
//! them; the HTTP client notes each as its answer comes in.

use std::cell::RefCell;
use std::future::Future;

tokio::task_local! {
    static RECEIPTS: RefCell<Vec<String>>;
}

/// Notes the vendor's id of a request; without anybody collecting, nothing happens.
pub fn note(id: &str) {
    let _ = RECEIPTS.try_with(|receipts| {
        let mut receipts = receipts.borrow_mut();
        if !id.is_empty() && receipts.last().is_none_or(|last| last != id) {
            receipts.push(id.to_owned());
        }
    });
}

/// Runs a future and returns what it gave with the ids noted meanwhile.
pub(crate) async fn collect<T>(work: impl Future<Output = T>) -> (T, Vec<String>) {
    RECEIPTS
        .scope(RefCell::default(), async {
            let done = work.await;
            (done, RECEIPTS.with(RefCell::take))
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn ids_are_kept_apart_by_batch() {
        note("before");
        let one = collect(async {
            note("a");
            note("a");
            tokio::task::yield_now().await;
            note("b");
            1
        });
        let two = collect(async {
            note("c");
            tokio::task::yield_now().await;
            2
        });
        let (one, two) = futures::future::join(one, two).await;
        assert_eq!(one, (1, vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(two, (2, vec!["c".to_owned()]));
    }
}
