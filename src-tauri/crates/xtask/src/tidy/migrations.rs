//! An applied migration is never edited: what was released is known by its hash.
//!
//! `migrations/sqlite.sha256` lists the files of `migrations/sqlite` as `sha256sum` would.
//! Line ends do not count, since a checkout on Windows may have others.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::{File, Finding, Tree};
use crate::Outcome;

const FOLDER: &str = "migrations/";
const DATABASES: &[&str] = &["sqlite", "postgres"];

/// Every migration is recorded, unchanged, and numbered without a gap.
pub(super) fn append_only(tree: &Tree) -> Vec<Finding> {
    DATABASES.iter().flat_map(|database| of_database(tree, database)).collect()
}

fn of_database(tree: &Tree, database: &str) -> Vec<Finding> {
    let list = format!("{FOLDER}{database}.sha256");
    let recorded = tree.files.iter().find(|file| file.path == list).map(|file| recorded(&file.text));
    let recorded = recorded.unwrap_or_default();
    let files = migrations(tree, database);
    let mut findings = Vec::new();
    for (index, (name, file)) in files.iter().enumerate() {
        if name.split('_').next() != Some(format!("{:04}", index + 1).as_str()) {
            findings.push(Finding::new(&file.path, format!("is to be numbered {:04}_", index + 1)));
        }
        match recorded.get(name) {
            None => findings.push(Finding::new(&file.path, "is not recorded: cargo xtask tidy --bless")),
            Some(hash) if *hash != hash_of(&file.text) => findings.push(Finding::new(
                &file.path,
                "was changed after it was recorded; an applied migration is never edited, add a new one",
            )),
            Some(_) => {}
        }
    }
    for name in recorded.keys().filter(|name| !files.contains_key(*name)) {
        findings.push(Finding::new(&list, format!("{name} is recorded, but no longer there")));
    }
    findings
}

/// Adds what is new to the lists; changes nothing that is there.
pub(super) fn bless(root: &Path) -> Outcome {
    let tree = super::read()?;
    for database in DATABASES {
        let list = root.join(format!("{FOLDER}{database}.sha256"));
        let mut text = match fs::read_to_string(&list) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(format!("{}: {error}", list.display())),
        };
        let added = add_new(&mut text, &migrations(&tree, database));
        for name in &added {
            println!("tidy: {database}/{name} recorded");
        }
        if !added.is_empty() {
            fs::write(&list, text).map_err(|error| format!("{}: {error}", list.display()))?;
        }
    }
    Ok(())
}

fn add_new(list: &mut String, files: &BTreeMap<String, &File>) -> Vec<String> {
    let known = recorded(list);
    let new = files.iter().filter(|(name, _)| !known.contains_key(*name));
    new.map(|(name, file)| {
        let _ = writeln!(list, "{}  {name}", hash_of(&file.text));
        name.clone()
    })
    .collect()
}

fn migrations<'a>(tree: &'a Tree, database: &str) -> BTreeMap<String, &'a File> {
    let folder = format!("{FOLDER}{database}/");
    let named = |file: &'a File| Some((file.path.strip_prefix(&folder)?.to_owned(), file));
    tree.files.iter().filter_map(named).filter(|(name, _)| name.ends_with(".sql")).collect()
}

fn recorded(list: &str) -> BTreeMap<String, String> {
    list.lines()
        .filter_map(|line| line.split_once("  "))
        .map(|(hash, name)| (name.trim().to_owned(), hash.to_owned()))
        .collect()
}

fn hash_of(text: &str) -> String {
    let digest = Sha256::digest(text.replace("\r\n", "\n").as_bytes());
    digest.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "migrations/sqlite/0001_spine.sql";

    fn list(text: &str) -> String {
        format!("{}  0001_spine.sql\n", hash_of(text))
    }

    #[test]
    fn the_hash_is_sha_256_and_blind_to_line_ends() {
        assert_eq!(hash_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(hash_of("a\r\nb\n"), hash_of("a\nb\n"));
    }

    #[test]
    fn a_changed_an_unrecorded_a_missing_and_a_misnumbered_migration_are_found() {
        let check = |files: &[(&str, &str)], list: &str| {
            let mut files = files.to_vec();
            files.push(("migrations/sqlite.sha256", list));
            append_only(&Tree::of(&files)).into_iter().map(|finding| finding.wrong).collect::<Vec<_>>()
        };
        assert_eq!(check(&[(ONE, "CREATE")], &list("CREATE")), [""; 0]);
        assert!(check(&[(ONE, "CREATE TABLE")], &list("CREATE"))[0].contains("was changed"));
        assert!(check(&[(ONE, "CREATE")], "")[0].contains("--bless"));
        assert!(check(&[], &list("CREATE"))[0].contains("no longer there"));
        let gap = check(&[("migrations/sqlite/0003_a.sql", "A")], &format!("{}  0003_a.sql\n", hash_of("A")));
        assert!(gap[0].contains("0001_"));
    }

    #[test]
    fn blessing_adds_and_never_changes() {
        let tree = Tree::of(&[(ONE, "changed"), ("migrations/sqlite/0002_more.sql", "new")]);
        let mut text = list("first");
        let added = add_new(&mut text, &migrations(&tree, "sqlite"));
        assert_eq!(added, ["0002_more.sql"]);
        assert_eq!(recorded(&text)["0001_spine.sql"], hash_of("first"));
        assert_eq!(recorded(&text)["0002_more.sql"], hash_of("new"));
    }
}
