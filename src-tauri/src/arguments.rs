//! The command line, and the folders that follow from it.

use std::env;
use std::path::PathBuf;

use anyhow::Context;
use clap::Parser;

/// `vakhta`
#[derive(Debug, Parser)]
#[command(name = "vakhta", version, about = "Visitors, devices and passages at a security desk")]
pub struct Arguments {
    /// The data folder; the platform's own place when not given
    #[arg(long, env = "VAKHTA_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Start without a window: in the tray, or minimised where there is none
    #[arg(long)]
    pub hidden: bool,
}

/// Where things are kept.
#[derive(Clone, Debug)]
pub struct Places {
    /// What the core works on.
    pub data: PathBuf,
    /// What only the window needs: its size, its web view's files. Nothing is lost with it.
    pub window: PathBuf,
    /// Whether the data folder is another than the platform's.
    pub chosen: bool,
}

impl Places {
    /// The folders, absolute.
    ///
    /// # Errors
    /// When the system does not say where data belongs.
    pub fn of(arguments: &Arguments) -> anyhow::Result<Self> {
        let chosen = arguments.data.clone().filter(|path| !path.as_os_str().is_empty());
        let is_chosen = chosen.is_some();
        let data = match chosen {
            Some(data) => data,
            None => usual(|name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute()))
                .context("the system does not say where data belongs; give --data DIR")?,
        };
        let data = std::path::absolute(&data).with_context(|| format!("{}", data.display()))?;
        let window = data.join("window");
        Ok(Self { data, window, chosen: is_chosen })
    }
}

/// The platform's place for data, by its environment.
fn usual(variable: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    if cfg!(windows) {
        variable("LOCALAPPDATA").map(|local| local.join("Vakhta"))
    } else {
        variable("XDG_DATA_HOME")
            .or_else(|| variable("HOME").map(|home| home.join(".local/share")))
            .map(|data| data.join("vakhta"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn the_usual_place_is_the_platforms() {
        let home = |name: &str| (name == "HOME").then(|| PathBuf::from("/h/a"));
        assert_eq!(usual(home), Some(PathBuf::from("/h/a/.local/share/vakhta")));
        let both = |name: &str| Some(PathBuf::from(if name == "HOME" { "/h/a" } else { "/data" }));
        assert_eq!(usual(both), Some(PathBuf::from("/data/vakhta")));
        assert_eq!(usual(|_| None), None);
    }

    #[test]
    fn a_folder_that_is_given_counts() {
        let arguments = Arguments::parse_from(["vakhta", "--data", "somewhere", "--hidden"]);
        let places = Places::of(&arguments).unwrap();
        assert!(places.chosen && places.data.is_absolute() && arguments.hidden);
        assert_eq!(places.window, places.data.join("window"));
    }
}
