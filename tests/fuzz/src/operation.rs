//! An operation of the journal: the bytes that its hash is taken of, and its row in the file.
//!
//! An input is read in both ways: as those bytes, with a reader of their own that knows nothing but
//! that each field is preceded by its length; and as columns of any content.

use uuid::Uuid;
use vakhta_domain::hlc::Hlc;
use vakhta_domain::ids::{DeskId, Incarnation, OpId};
use vakhta_domain::operation::{ChainCheck, Hash, Operation, Writer};
use vakhta_store::JournalRow;

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    /// Of the hashed bytes: four bytes of length, and the field.
    fn field(&mut self) -> Option<&'a [u8]> {
        let length = u32::from_be_bytes(self.array()?);
        self.take(usize::try_from(length).ok()?)
    }

    fn fixed<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.field()?.try_into().ok()
    }

    fn text(&mut self) -> Option<String> {
        String::from_utf8(self.field()?.to_vec()).ok()
    }

    /// Of a column: one byte of length, and as much of it as there is.
    fn column(&mut self) -> Vec<u8> {
        let length = self.array::<1>().map_or(0, |[length]| usize::from(length));
        self.take(length.min(self.0.len())).unwrap_or_default().to_vec()
    }

    fn number(&mut self) -> i64 {
        self.array().map_or(0, i64::from_be_bytes)
    }
}

/// Reads the bytes that a hash is taken of.
fn hashed(bytes: &[u8]) -> Option<Operation> {
    let mut reader = Reader(bytes);
    if reader.field()? != b"vakhta operation 1" {
        return None;
    }
    let uuid = |bytes: [u8; 16]| Uuid::from_bytes(bytes);
    let op = Operation {
        id: OpId(uuid(reader.fixed()?)),
        writer: Writer {
            desk: DeskId(uuid(reader.fixed()?)),
            incarnation: Incarnation(uuid(reader.fixed()?)),
        },
        oseq: u64::from_be_bytes(reader.fixed()?),
        hlc: Hlc::from_i64(Some(i64::from_be_bytes(reader.fixed()?)).filter(|hlc| *hlc >= 0)?),
        schema: u16::from_be_bytes(reader.fixed()?),
        kind: reader.text()?,
        entity: reader.text()?,
        author: reader.text()?,
        payload_hash: Hash(reader.fixed()?),
        prev: Hash(reader.fixed()?),
    };
    reader.0.is_empty().then_some(op)
}

fn row(reader: &mut Reader<'_>) -> JournalRow {
    JournalRow {
        id: reader.column(),
        desk: reader.column(),
        incarnation: reader.column(),
        oseq: reader.number(),
        hlc: reader.number(),
        schema: reader.number(),
        kind: reader.column(),
        entity: reader.column(),
        author: reader.column(),
        payload_hash: reader.column(),
        prev: reader.column(),
        hash: reader.column(),
        payload: Some(reader.column()).filter(|payload| !payload.is_empty()),
    }
}

/// Never panics; what can be read is written again byte by byte as it was; no change of a row that
/// the chain holds goes unnoticed, but for a payload that is taken away.
///
/// # Panics
/// Where that does not hold.
pub fn run(bytes: &[u8]) {
    if let Some(op) = hashed(bytes) {
        assert_eq!(op.bytes(), bytes, "other bytes for the same operation");
        rows(&JournalRow::of(op, Hash::of(bytes), None), &mut Reader(bytes));
    }
    let mut reader = Reader(bytes);
    let row = row(&mut reader);
    rows(&row, &mut reader);
}

fn rows(row: &JournalRow, changes: &mut Reader<'_>) {
    let (op, hash) = match row.operation() {
        Ok(read) => read,
        Err(why) => return assert!(!why.column.is_empty()),
    };
    // An operation's number is not negative and a row's fits 63 bits, so that nothing saturates.
    if i64::try_from(op.oseq).is_ok() {
        assert_eq!(&JournalRow::of(op.clone(), hash, row.payload.clone()), row, "another row");
    }
    let _ = ChainCheck::default().next(&op, hash, row.payload.as_deref());
    let payload = row.payload.clone().unwrap_or_default();
    let first = Operation { oseq: 1, prev: Hash::START, payload_hash: Hash::of(&payload), ..op };
    let hash = first.hash();
    let good = JournalRow::of(first, hash, Some(payload));
    assert!(holds(&good), "its own row does not hold");
    let changed = changed(&good, changes);
    let compacted = JournalRow { payload: None, ..good.clone() };
    assert!(changed == good || changed == compacted || !holds(&changed), "not noticed: {changed:?}");
}

fn holds(row: &JournalRow) -> bool {
    let Ok((op, hash)) = row.operation() else { return false };
    ChainCheck::default().next(&op, hash, row.payload.as_deref()).is_ok()
}

/// The row with one column as the input has it.
fn changed(row: &JournalRow, input: &mut Reader<'_>) -> JournalRow {
    let mut changed = row.clone();
    let which = input.array::<1>().map_or(0, |[which]| which % 13);
    match which {
        0 => changed.id = input.column(),
        1 => changed.desk = input.column(),
        2 => changed.incarnation = input.column(),
        3 => changed.oseq = input.number(),
        4 => changed.hlc = input.number(),
        5 => changed.schema = input.number(),
        6 => changed.kind = input.column(),
        7 => changed.entity = input.column(),
        8 => changed.author = input.column(),
        9 => changed.payload_hash = input.column(),
        10 => changed.prev = input.column(),
        11 => changed.hash = input.column(),
        _ => changed.payload = Some(input.column()).filter(|payload| !payload.is_empty()),
    }
    changed
}
