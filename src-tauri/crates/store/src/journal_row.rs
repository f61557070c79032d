//! An operation as it stands in the file, column by column.

use rusqlite::Row;
use uuid::Uuid;
use vakhta_domain::hlc::Hlc;
use vakhta_domain::ids::{DeskId, Incarnation, OpId};
use vakhta_domain::operation::{Hash, Operation, Writer};

use crate::columns::{Sql, signed};

/// The columns that the chain binds together, in the order of [`JournalRow::read`].
pub(crate) const COLUMNS: &str = "id, desk, incarnation, oseq, hlc, schema, kind, entity, author, \
                                  payload_hash, prev, hash, payload";

/// What stands in a row of the journal. A file may hold anything; what this program did not write
/// is unreadable, and never taken for something near it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalRow {
    /// 16 bytes.
    pub id: Vec<u8>,
    /// 16 bytes.
    pub desk: Vec<u8>,
    /// 16 bytes.
    pub incarnation: Vec<u8>,
    /// Not negative.
    pub oseq: i64,
    /// Not negative.
    pub hlc: i64,
    /// 16 bits.
    pub schema: i64,
    /// Text.
    pub kind: Vec<u8>,
    /// Text.
    pub entity: Vec<u8>,
    /// Text.
    pub author: Vec<u8>,
    /// 32 bytes.
    pub payload_hash: Vec<u8>,
    /// 32 bytes.
    pub prev: Vec<u8>,
    /// 32 bytes.
    pub hash: Vec<u8>,
    /// `None` once compacted.
    pub payload: Option<Vec<u8>>,
}

/// A column holds what this program does not write.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("its {column} is not one that was ever written")]
pub struct Unreadable {
    /// Its name.
    pub column: &'static str,
}

impl JournalRow {
    /// The row of an operation.
    #[must_use]
    pub fn of(op: Operation, hash: Hash, payload: Option<Vec<u8>>) -> Self {
        Self {
            id: op.id.0.as_bytes().to_vec(),
            desk: op.writer.desk.0.as_bytes().to_vec(),
            incarnation: op.writer.incarnation.0.as_bytes().to_vec(),
            oseq: signed(op.oseq),
            hlc: op.hlc.to_i64(),
            schema: op.schema.into(),
            kind: op.kind.into_bytes(),
            entity: op.entity.into_bytes(),
            author: op.author.into_bytes(),
            payload_hash: op.payload_hash.0.to_vec(),
            prev: op.prev.0.to_vec(),
            hash: hash.0.to_vec(),
            payload,
        }
    }

    /// The operation in it, and the hash that was stored with it.
    ///
    /// # Errors
    /// [`Unreadable`], with the first column that is.
    pub fn operation(&self) -> Result<(Operation, Hash), Unreadable> {
        let id = |bytes: &[u8], column| Uuid::from_slice(bytes).map_err(|_| Unreadable { column });
        let text = |bytes: &[u8], column| {
            std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| Unreadable { column })
        };
        let hash = |bytes: &[u8], column| bytes.try_into().map(Hash).map_err(|_| Unreadable { column });
        let oseq = u64::try_from(self.oseq).map_err(|_| Unreadable { column: "oseq" })?;
        if self.hlc < 0 {
            return Err(Unreadable { column: "hlc" });
        }
        let op = Operation {
            id: OpId(id(&self.id, "id")?),
            writer: Writer {
                desk: DeskId(id(&self.desk, "desk")?),
                incarnation: Incarnation(id(&self.incarnation, "incarnation")?),
            },
            oseq,
            hlc: Hlc::from_i64(self.hlc),
            schema: self.schema.try_into().map_err(|_| Unreadable { column: "schema" })?,
            kind: text(&self.kind, "kind")?,
            entity: text(&self.entity, "entity")?,
            author: text(&self.author, "author")?,
            payload_hash: hash(&self.payload_hash, "payload_hash")?,
            prev: hash(&self.prev, "prev")?,
        };
        Ok((op, hash(&self.hash, "hash")?))
    }

    /// Of a query for [`COLUMNS`]. Text comes as its bytes, for it may be none.
    pub(crate) fn read(row: &Row<'_>) -> Sql<Self> {
        let bytes = |column| -> Sql<Vec<u8>> { Ok(row.get_ref(column)?.as_bytes()?.to_vec()) };
        Ok(Self {
            id: bytes(0)?,
            desk: bytes(1)?,
            incarnation: bytes(2)?,
            oseq: row.get(3)?,
            hlc: row.get(4)?,
            schema: row.get(5)?,
            kind: bytes(6)?,
            entity: bytes(7)?,
            author: bytes(8)?,
            payload_hash: bytes(9)?,
            prev: bytes(10)?,
            hash: bytes(11)?,
            payload: row.get(12)?,
        })
    }
}
