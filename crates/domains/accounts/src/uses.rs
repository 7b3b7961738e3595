use std::collections::HashMap;

use parking_lot::Mutex;

/// Last uses that the store does not know yet, by id. A request never waits for one to be written.
#[derive(Debug, Default)]
pub(crate) struct Uses(Mutex<HashMap<String, i64>>);

impl Uses {
    /// Notes a use at `now` unless one within `interval` before is known.
    pub(crate) fn note(&self, id: &str, stored: Option<i64>, now: i64, interval: i64) {
        let due = |last: i64| now - last >= interval;
        if !stored.is_none_or(due) {
            return;
        }
        let mut uses = self.0.lock();
        if uses.get(id).copied().is_none_or(due) {
            uses.insert(id.to_owned(), now);
        }
    }

    /// The use that is not stored yet.
    pub(crate) fn get(&self, id: &str) -> Option<i64> {
        self.0.lock().get(id).copied()
    }

    /// A copy of what is to be written.
    pub(crate) fn all(&self) -> Vec<(String, i64)> {
        self.0.lock().iter().map(|(id, at)| (id.clone(), *at)).collect()
    }

    /// Forgets what was written, except where a later use came in meanwhile.
    pub(crate) fn forget(&self, written: &[(String, i64)]) {
        let mut uses = self.0.lock();
        for (id, at) in written {
            if uses.get(id) == Some(at) {
                uses.remove(id);
            }
        }
    }
}
