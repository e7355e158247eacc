//! Requests to a vendor, counted around a piece of work: quotas are spent by the request, not by the report.
//!
//! One reading takes several requests and only the HTTP client knows of them, retries included; it notes each as it is
//! sent.

use std::cell::Cell;
use std::future::Future;

tokio::task_local! {
    static REQUESTS: Cell<u64>;
}

/// Notes that a request is sent; without anybody counting, nothing happens.
pub fn note() {
    let _ = REQUESTS.try_with(|requests| requests.set(requests.get() + 1));
}

/// Runs a future and returns what it gave with the number of requests sent meanwhile.
pub async fn count<T>(work: impl Future<Output = T>) -> (T, u64) {
    REQUESTS
        .scope(Cell::new(0), async {
            let done = work.await;
            (done, REQUESTS.with(Cell::get))
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn requests_are_counted_for_each_piece_of_work() {
        note();
        let two = count(async {
            note();
            tokio::task::yield_now().await;
            note();
            "done"
        });
        let none = count(std::future::ready(()));
        assert_eq!(futures::future::join(two, none).await, (("done", 2), ((), 0)));
    }
}
