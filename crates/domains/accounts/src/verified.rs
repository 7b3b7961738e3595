use std::collections::HashMap;

use parking_lot::Mutex;

use crate::Identity;

/// How long an identity is believed without asking the store. Another process sees a revocation this much later.
const BELIEVED_MS: i64 = 5_000;
const MOST: usize = 10_000;

/// Tokens whose identity was established a moment ago, by hash.
#[derive(Debug, Default)]
pub(crate) struct Verified(Mutex<Entries>);

#[derive(Debug, Default)]
struct Entries {
    /// Counts the times that everything was forgotten.
    epoch: u64,
    by_hash: HashMap<blake3::Hash, (i64, Identity)>,
}

impl Verified {
    pub(crate) fn get(&self, hash: &blake3::Hash, now: i64) -> Option<Identity> {
        let entries = self.0.lock();
        let (until, identity) = entries.by_hash.get(hash)?;
        (now < *until).then(|| identity.clone())
    }

    /// To be read before the store is.
    pub(crate) fn epoch(&self) -> u64 {
        self.0.lock().epoch
    }

    /// Believes `identity` for a moment, at most until `expires_at`; not when something was revoked since `epoch`,
    /// for then the store may have been read before that.
    pub(crate) fn put(&self, epoch: u64, hash: blake3::Hash, identity: Identity, now: i64, expires_at: i64) {
        let mut entries = self.0.lock();
        if entries.epoch != epoch {
            return;
        }
        if entries.by_hash.len() >= MOST {
            entries.by_hash.retain(|_, (until, _)| now < *until);
        }
        if entries.by_hash.len() >= MOST {
            entries.by_hash.clear();
        }
        entries.by_hash.insert(hash, (expires_at.min(now + BELIEVED_MS), identity));
    }

    /// Forgets everything, after a change of what somebody may do. Such changes are rare, reading anew is cheap.
    pub(crate) fn clear(&self) {
        let mut entries = self.0.lock();
        entries.epoch += 1;
        entries.by_hash.clear();
    }
}
