//! Telling people of pools' money, by the policies of their namespaces.

use adplane_engine::pools::{PacedPool, is_wanted};

use crate::error::{Exit, Failure};
use crate::pipeline::Prepared;
use crate::pipeline::notices::Notices;
use crate::ui::Ui;

/// Keeps what is new of pools' money, to be sent. What cannot be kept, or not remembered as told, changes nothing else.
pub(crate) fn tell(paced: &[PacedPool], prepared: &Prepared, notices: &Notices<'_>, ui: &Ui) {
    let (desired, memory) = (&prepared.desired, prepared.state().pools());
    for one in paced.iter().filter(|one| is_wanted(&one.pool, &desired.notifications)) {
        let (namespace, name) = (&one.pool.namespace, &one.pool.name);
        let known = memory.recall(namespace, name);
        // By a clock that went back it is another day, or another period.
        if one.is_behind(&known).is_some() {
            continue;
        }
        let Some(news) = one.news(desired, &known) else { continue };
        let (first, told) = news.known;
        // What could not be kept is not remembered as told.
        if notices.keep(vec![news.told])
            && let Err(error) = memory.change(namespace, name, |known| known.tells(first, told))
        {
            ui.failure(
                &Failure::new(
                    Exit::Done,
                    format!("what was told of pool {namespace}/{name} cannot be remembered"),
                )
                .caused_by(&error)
                .hint("free the disk or the folder: until then it is told twice"),
            );
        }
    }
}
