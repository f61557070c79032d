//! Whether the file is whole.

use rusqlite::Connection;

use crate::columns::Sql;
use crate::opening::Store;
use crate::writer::WriteError;

/// Damage is told up to this many findings; one is enough to act on.
const FINDINGS: u32 = 10;

impl Store {
    /// Reads the whole file and looks at its pages and rows, but not whether every index fits its
    /// table. Empty when all is well. Blocks, for seconds with a large file.
    ///
    /// # Errors
    /// When the database cannot be read: of heavy damage SQLite says no more than that.
    pub fn quick_check(&self) -> Result<Vec<String>, WriteError> {
        self.read(damage)
    }
}

/// What SQLite finds wrong with a file; nothing where it is whole.
pub(crate) fn damage(connection: &Connection) -> Sql<Vec<String>> {
    let mut statement = connection.prepare(&format!("PRAGMA quick_check({FINDINGS})"))?;
    let findings = statement.query_map([], |row| row.get(0))?.collect::<Sql<Vec<String>>>()?;
    Ok(findings.into_iter().filter(|finding| finding != "ok").collect())
}

#[cfg(test)]
mod tests {
    use std::io::{Seek, SeekFrom, Write};
    use std::sync::Arc;

    use vakhta_app::secret::SecretText;
    use vakhta_secrets::{OpenOptions, Place, SiteSealer};

    use super::*;

    #[tokio::test]
    async fn damage_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let options = OpenOptions {
            place: Some(Place::Sealed),
            passphrase: Some(SecretText::new("for this test".into())),
            ..OpenOptions::default()
        };
        let secrets = vakhta_secrets::open(folder.path(), &options).unwrap();
        let sealer = Arc::new(SiteSealer::open(secrets.as_ref()).unwrap());
        let store = Store::open(folder.path(), sealer.clone()).unwrap();
        assert_eq!(store.quick_check().unwrap(), Vec::<String>::new());
        store.close().await;
        drop(store);

        let path = folder.path().join("vakhta.sqlite3");
        let connection = rusqlite::Connection::open(&path).unwrap();
        let page = connection
            .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'passage'", [], |row| {
                row.get::<_, i64>(0)
            })
            .unwrap();
        drop(connection);
        let mut file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
        file.seek(SeekFrom::Start(u64::try_from(page - 1).unwrap() * 4_096)).unwrap();
        file.write_all(&[0xaa; 4_096]).unwrap();
        drop(file);
        let store = Store::open(folder.path(), sealer).unwrap();
        // SQLite lists the damage, or gives up reading.
        assert!(store.quick_check().map_or(true, |found| !found.is_empty()));
    }
}
