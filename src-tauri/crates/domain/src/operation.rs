//! An operation: one entry of the journal, in the shape in which desks will exchange it.
//!
//! The hash chain runs over the *hash* of the payload, in which personal fields are already
//! sealed. Erasing a person (their key) or compacting (the payload) leaves it verifiable.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::hlc::Hlc;
use crate::ids::{DeskId, Incarnation, OpId};

/// The shape of payloads. Raised when a field changes its meaning; new fields alone do not.
pub const SCHEMA: u16 = 1;

/// What an operation says: the words in [`Operation::kind`].
pub mod kind {
    /// A person was entered.
    pub const VISITOR_ADDED: &str = "visitor.added";
    /// A document, an IIN or a phone of theirs was entered, replaced or taken away.
    pub const VISITOR_IDENTITY: &str = "visitor.identity";
    /// Somebody looked at one in full.
    pub const VISITOR_REVEALED: &str = "visitor.revealed";
    /// A person's key was destroyed, and what named them removed.
    pub const VISITOR_ERASED: &str = "visitor.erased";
    /// A visit was planned.
    pub const VISIT_PLANNED: &str = "visit.planned";
    /// Something happened to a visit.
    pub const VISIT_FACT: &str = "visit.fact";
    /// A device told an event.
    pub const PASSAGE_RECORDED: &str = "passage.recorded";
    /// A picture of a passage was kept.
    pub const PASSAGE_PICTURED: &str = "passage.pictured";
    /// A device was added.
    pub const DEVICE_ADDED: &str = "device.added";
    /// A device's settings were changed.
    pub const DEVICE_CHANGED: &str = "device.changed";
    /// A device was removed; its passages stay.
    pub const DEVICE_REMOVED: &str = "device.removed";
    /// A device's log began a new life.
    pub const DEVICE_EPOCH: &str = "device.epoch";
    /// A device refused our login, or the refusal was settled.
    pub const DEVICE_HOLD: &str = "device.hold";
    /// Somebody changed settings.
    pub const SETTINGS_CHANGED: &str = "settings.changed";
    /// Somebody who works here was entered.
    pub const USER_ADDED: &str = "user.added";
    /// Their name, roles, or whether they are kept out.
    pub const USER_CHANGED: &str = "user.changed";
    /// They have a new password.
    pub const USER_PASSWORD: &str = "user.password";
    /// They have a new PIN, or none any more.
    pub const USER_PIN: &str = "user.pin";
    /// They have a new second factor.
    pub const USER_FACTOR: &str = "user.factor";
    /// They have new recovery codes.
    pub const USER_CODES: &str = "user.codes";
    /// Somebody vouches that their second factor is lost.
    pub const USER_FACTOR_LOST: &str = "user.factor_lost";
    /// Their second factor was taken away.
    pub const USER_FACTOR_GONE: &str = "user.factor_gone";
    /// Somebody came in.
    pub const USER_SIGNED_IN: &str = "user.signed_in";
    /// Somebody left.
    pub const USER_SIGNED_OUT: &str = "user.signed_out";
    /// Somebody came back to a locked desk.
    pub const USER_UNLOCKED: &str = "user.unlocked";
    /// Somebody showed anew that it is them.
    pub const USER_STEPPED_UP: &str = "user.stepped_up";
    /// Somebody was not let in, or had no right.
    pub const USER_REFUSED: &str = "user.refused";
    /// A session was ended by hand.
    pub const SESSION_ENDED: &str = "session.ended";
    /// The audit was looked at or taken out.
    pub const AUDIT_EXPORTED: &str = "audit.exported";
    /// A recovery kit was made.
    pub const KIT_MADE: &str = "kit.made";
    /// A recovery kit was confirmed.
    pub const KIT_CONFIRMED: &str = "kit.confirmed";
    /// A recovery kit has brought the secrets back.
    pub const KIT_USED: &str = "kit.used";
    /// The site has a new key.
    pub const SITE_KEY_CHANGED: &str = "site_key.changed";
    /// A backup was made.
    pub const BACKUP_MADE: &str = "backup.made";
    /// A backup was restored for trial.
    pub const BACKUP_DRILLED: &str = "backup.drilled";
    /// A backup took the place of what was there; a new life of the desk begins with it.
    pub const BACKUP_RESTORED: &str = "backup.restored";
    /// A token for programs that watch Vakhta was made, or taken away.
    pub const MONITORING_TOKEN: &str = "monitoring.token";
    /// An authority was made that other machines are to trust.
    pub const AUTHORITY_MADE: &str = "authority.made";
    /// Something needs a person.
    pub const INCIDENT_RAISED: &str = "incident.raised";
    /// The same cause again.
    pub const INCIDENT_REPEATED: &str = "incident.repeated";
    /// What was found later shows that there was nothing.
    pub const INCIDENT_WITHDRAWN: &str = "incident.withdrawn";
}

/// A SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// Before the first operation of an incarnation.
    pub const START: Self = Self([0; 32]);

    /// Of a payload.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl std::fmt::Display for Hash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::fmt::Debug for Hash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

/// Which desk wrote, and in which of its lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Writer {
    /// The desk.
    pub desk: DeskId,
    /// Its life: numbers are never used again after a restore.
    pub incarnation: Incarnation,
}

/// What the chain binds together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Its name.
    pub id: OpId,
    /// Whose.
    pub writer: Writer,
    /// Its number with that writer, counted from 1 without a hole.
    pub oseq: u64,
    /// When, for ordering among desks.
    pub hlc: Hlc,
    /// [`SCHEMA`] when it was written.
    pub schema: u16,
    /// What changed, e.g. `passage.recorded`.
    pub kind: String,
    /// What it changed.
    pub entity: String,
    /// By whose hand: a person, a device, or the clock.
    pub author: String,
    /// SHA-256 of the payload as stored.
    pub payload_hash: Hash,
    /// The hash of the operation before, of the same writer.
    pub prev: Hash,
}

impl Operation {
    /// The link of the chain.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash::of(&self.bytes())
    }

    /// What the hash is taken of. Each field is preceded by its length, so that no two different
    /// operations have the same bytes.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(256);
        let mut field = |field: &[u8]| {
            bytes.extend(u32::try_from(field.len()).unwrap_or(u32::MAX).to_be_bytes());
            bytes.extend(field);
        };
        field(b"vakhta operation 1");
        field(self.id.0.as_bytes());
        field(self.writer.desk.0.as_bytes());
        field(self.writer.incarnation.0.as_bytes());
        field(&self.oseq.to_be_bytes());
        field(&self.hlc.to_i64().to_be_bytes());
        field(&self.schema.to_be_bytes());
        field(self.kind.as_bytes());
        field(self.entity.as_bytes());
        field(self.author.as_bytes());
        field(&self.payload_hash.0);
        field(&self.prev.0);
        bytes
    }
}

/// The first place where a chain is broken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BrokenChain {
    /// A number is missing or stands twice.
    #[error("operation {found} follows {after}: something between them is missing or stands twice")]
    Hole {
        /// The last good one.
        after: u64,
        /// What came next.
        found: u64,
    },
    /// An operation does not name the hash of the one before it.
    #[error("operation {oseq} does not continue the one before it")]
    Link {
        /// Which.
        oseq: u64,
    },
    /// An operation is not what its hash says.
    #[error("operation {oseq} was changed after it was written")]
    Changed {
        /// Which.
        oseq: u64,
    },
    /// The payload is there, but is not what was hashed.
    #[error("the content of operation {oseq} was changed after it was written")]
    Payload {
        /// Which.
        oseq: u64,
    },
}

/// Walks one writer's chain.
#[derive(Clone, Debug)]
pub struct ChainCheck {
    oseq: u64,
    hash: Hash,
}

impl Default for ChainCheck {
    fn default() -> Self {
        Self { oseq: 0, hash: Hash::START }
    }
}

impl ChainCheck {
    /// Takes the next operation, its stored hash, and its payload unless that was compacted.
    ///
    /// # Errors
    /// Where the chain does not hold.
    pub fn next(&mut self, op: &Operation, stored: Hash, payload: Option<&[u8]>) -> Result<(), BrokenChain> {
        let oseq = op.oseq;
        if oseq != self.oseq + 1 {
            return Err(BrokenChain::Hole { after: self.oseq, found: oseq });
        }
        if op.prev != self.hash {
            return Err(BrokenChain::Link { oseq });
        }
        if op.hash() != stored {
            return Err(BrokenChain::Changed { oseq });
        }
        if payload.is_some_and(|payload| Hash::of(payload) != op.payload_hash) {
            return Err(BrokenChain::Payload { oseq });
        }
        self.oseq = oseq;
        self.hash = stored;
        Ok(())
    }

    /// How far it has come: the number and hash of the last good operation.
    #[must_use]
    pub fn head(&self) -> (u64, Hash) {
        (self.oseq, self.hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn chain(length: u64) -> Vec<(Operation, Hash, Vec<u8>)> {
        let mut prev = Hash::START;
        (1..=length)
            .map(|oseq| {
                let payload = format!("{{\"n\":{oseq}}}").into_bytes();
                let op = Operation {
                    id: OpId(Uuid::from_u128(u128::from(oseq))),
                    writer: Writer {
                        desk: DeskId(Uuid::from_u128(1)),
                        incarnation: Incarnation(Uuid::from_u128(2)),
                    },
                    oseq,
                    hlc: Hlc::from_i64(i64::try_from(oseq).unwrap()),
                    schema: SCHEMA,
                    kind: "passage.recorded".into(),
                    entity: "e".into(),
                    author: "door".into(),
                    payload_hash: Hash::of(&payload),
                    prev,
                };
                prev = op.hash();
                (op, prev, payload)
            })
            .collect()
    }

    fn verify(chain: &[(Operation, Hash, Vec<u8>)]) -> Result<(u64, Hash), BrokenChain> {
        let mut check = ChainCheck::default();
        for (op, hash, payload) in chain {
            check.next(op, *hash, Some(payload))?;
        }
        Ok(check.head())
    }

    #[test]
    fn a_whole_chain_holds_and_names_its_head() {
        let chain = chain(5);
        assert_eq!(verify(&chain), Ok((5, chain[4].1)));
    }

    #[test]
    fn every_kind_of_damage_is_told_apart_and_placed() {
        let mut missing = chain(5);
        missing.remove(2);
        assert_eq!(verify(&missing), Err(BrokenChain::Hole { after: 2, found: 4 }));

        let mut edited = chain(5);
        edited[2].0.author = "somebody else".into();
        assert_eq!(verify(&edited), Err(BrokenChain::Changed { oseq: 3 }));

        let mut rehashed = edited;
        rehashed[2].1 = rehashed[2].0.hash();
        assert_eq!(verify(&rehashed), Err(BrokenChain::Link { oseq: 4 }));

        let mut content = chain(5);
        content[3].2 = b"{}".to_vec();
        assert_eq!(verify(&content), Err(BrokenChain::Payload { oseq: 4 }));
    }

    #[test]
    fn a_compacted_payload_leaves_the_chain_whole() {
        let mut check = ChainCheck::default();
        for (op, hash, _) in chain(3) {
            check.next(&op, hash, None).unwrap();
        }
    }
}
