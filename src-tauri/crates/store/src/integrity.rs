//! Whether the file is whole.

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
    /// When the database cannot be read.
    pub fn quick_check(&self) -> Result<Vec<String>, WriteError> {
        self.read(|connection| {
            let mut statement = connection.prepare(&format!("PRAGMA quick_check({FINDINGS})"))?;
            let findings = statement.query_map([], |row| row.get(0))?.collect::<Sql<Vec<String>>>()?;
            Ok(findings.into_iter().filter(|finding| finding != "ok").collect())
        })
    }
}
