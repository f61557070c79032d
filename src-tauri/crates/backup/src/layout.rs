//! What lies where at a place for backups.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use vakhta_domain::ids::DeskId;

const ENDING: &str = ".vakhta";
/// File systems of Windows know no colon.
const FORM: &str = "%Y-%m-%dT%H-%M-%SZ";

/// The folder of one desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Whose.
    pub desk: DeskId,
}

impl Layout {
    /// Where a backup lies.
    #[must_use]
    pub fn backup(&self, name: &str) -> String {
        format!("{}/{name}", self.desk)
    }

    /// The file that the recovery kit opens.
    #[must_use]
    pub fn kit(&self) -> String {
        format!("{}/recovery.sealed", self.desk)
    }

    /// The erasure register.
    #[must_use]
    pub fn erased(&self) -> String {
        format!("{}/erased.sealed", self.desk)
    }

    /// Where all pictures lie.
    #[must_use]
    pub fn pictures(&self) -> String {
        format!("{}/pictures", self.desk)
    }

    /// Where one does; `None` for what is no name of a picture.
    #[must_use]
    pub fn picture(&self, name: &str) -> Option<String> {
        is_picture(name).then(|| format!("{}/pictures/{}/{name}", self.desk, &name[..2]))
    }
}

/// The name of a backup by the moment of its snapshot.
#[must_use]
pub fn name_of(taken: Timestamp) -> String {
    format!("{}{ENDING}", taken.to_zoned(TimeZone::UTC).strftime(FORM))
}

/// The moment of a backup's snapshot by its name; `None` for what is no backup.
#[must_use]
pub fn taken_of(name: &str) -> Option<Timestamp> {
    let text = name.strip_suffix(ENDING)?;
    let moment = jiff::civil::DateTime::strptime(FORM, text).ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp();
    (name_of(moment) == name).then_some(moment)
}

/// The desk and the rest of a name at a place; `None` for what no desk has put there.
#[must_use]
pub fn split(path: &str) -> Option<(DeskId, &str)> {
    let (desk, rest) = path.split_once('/')?;
    Some((desk.parse().ok()?, rest))
}

/// 64 hex digits in small letters.
#[must_use]
pub fn is_picture(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_when_and_nothing_else_is_one() {
        let taken: Timestamp = "2026-11-23T22:00:07Z".parse().unwrap();
        assert_eq!(name_of(taken), "2026-11-23T22-00-07Z.vakhta");
        assert_eq!(taken_of(&name_of(taken)), Some(taken));
        for other in [
            "",
            "recovery.sealed",
            "2026-11-23T22-00-07Z",
            "../2026-11-23T22-00-07Z.vakhta",
            "2026-11-23T22-00-07Z.vakhta.part",
        ] {
            assert_eq!(taken_of(other), None, "{other}");
        }
    }

    #[test]
    fn a_path_that_no_desk_has_made_is_passed_over() {
        let layout = Layout { desk: DeskId(uuid::Uuid::now_v7()) };
        assert_eq!(split(&layout.backup("x")), Some((layout.desk, "x")));
        assert_eq!(split("holiday/photos"), None);
        let name = "a0".repeat(32);
        assert_eq!(layout.picture(&name).unwrap(), format!("{}/pictures/a0/{name}", layout.desk));
        assert_eq!(layout.picture("../../etc/passwd"), None);
    }
}
