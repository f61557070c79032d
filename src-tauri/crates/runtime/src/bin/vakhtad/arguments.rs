//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use vakhta_app::permission::Role;
use vakhta_app::settings::Language;
use vakhta_domain::ids::VisitId;
use vakhta_domain::passage::ReaderDirection;
use vakhta_domain::visit::Profile;

/// Vakhta: knows who is expected, who is inside and who has left.
#[derive(Parser)]
#[command(name = "vakhtad", version, about, max_term_width = 100)]
pub struct Arguments {
    /// The data folder; created if need be. One process at a time works on it, and commands
    /// reach that process.
    #[arg(long, global = true, env = "VAKHTA_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// One JSON object a line instead of words.
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub task: Task,
}

#[derive(Subcommand)]
pub enum Task {
    /// Sets a new data folder up: the site and its first administrator, who takes up a second
    /// factor at the first signing in. The password comes from VAKHTA_PASSWORD or from standard
    /// input. Prints the recovery kit, once.
    Init(Init),
    /// Watches the devices until it is told to stop (Ctrl+C, SIGTERM).
    Run(Run),
    /// The people who work here: add, list, change, new password, lost second factor.
    #[command(subcommand)]
    User(User),
    /// Who did what, newest first.
    Audit(Audit),
    /// With the recovery kit alone: opens the data folder whose keyring or key file is lost. The
    /// kit's code comes from standard input.
    Recover,
    /// The recovery kit: a new one, or confirming that the present one is on paper.
    #[command(subcommand)]
    Kit(Kit),
    /// Gives the site a new key, and brings what wraps and seals under it. What was sealed before
    /// stays readable.
    NewSiteKey,
    /// Devices: add, change, list, test, remove.
    #[command(subcommand)]
    Device(Device),
    /// Visits: add, list, and what the desk does with them.
    #[command(subcommand)]
    Visit(Visit),
    /// Everything that devices told, in the order in which it was written down.
    Passages,
    /// Writes a picture of a passage to a file.
    Picture {
        /// The name that the passage gives.
        name: String,
        /// Where to; `-` for standard output.
        #[arg(long, default_value = "-")]
        out: PathBuf,
    },
    /// Incidents, oldest first.
    Incidents,
    /// The journal.
    #[command(subcommand)]
    Journal(Journal),
    /// The live feed: what happens, as it happens.
    Watch(Watch),
    /// The page's address, where Vakhta serves it. Until somebody works here it lets one browser
    /// in, once, to set the site up.
    Link,
    /// What browsers on other machines have to trust, and how: certificate, fingerprint, commands.
    /// Made where there is none yet.
    Authority(Authority),
    /// Backups: list, create, verify, restore, where they go and when.
    #[command(subcommand)]
    Backup(crate::backup::Backup),
    /// Looks at the installation and at how Vakhta is, and says what to do.
    Doctor,
    /// Writes an archive for support, without persons, secrets and addresses.
    Diagnostics {
        /// Where to; a name with the time, in the present folder, unless it is given.
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// The token that programs which watch Vakhta show at /health and /metrics.
    #[command(subcommand)]
    Monitoring(Monitoring),
    /// How Vakhta is: whether it runs, where secrets rest, the background tasks.
    Status,
    /// Tools for the devices' protocol.
    #[command(subcommand)]
    Isapi(Isapi),
}

#[derive(Subcommand)]
pub enum Monitoring {
    /// Makes another one in the place of any before it, and prints it, once.
    Make,
    /// Takes it away.
    Remove,
    /// Whether there is one.
    Show,
}

#[derive(Args)]
pub struct Run {
    /// Serves the page and the live feed here. An address that other machines reach is served by
    /// TLS: see vakhtad authority. 0.0.0.0 means all addresses of this machine.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<SocketAddr>,
    /// What browsers on other machines call this one, besides its address and its own name.
    #[arg(long = "name", value_name = "HOST", requires = "listen")]
    pub names: Vec<String>,
}

#[derive(Args)]
pub struct Authority {
    /// Prints the certificate alone.
    #[arg(long, conflicts_with = "json")]
    pub pem: bool,
    /// Makes another authority, from the next start on; every workstation must then trust that.
    #[arg(long)]
    pub anew: bool,
    /// What it may vouch for besides this machine's own name, private addresses and names that end
    /// with .local, .lan or .internal.
    #[arg(long = "name", value_name = "HOST", requires = "anew")]
    pub names: Vec<String>,
}

#[derive(Args)]
pub struct Init {
    /// As the administrator will sign in.
    #[arg(long)]
    pub login: String,
    /// As people call them.
    #[arg(long)]
    pub name: String,
    /// What they do besides administering, for example operator,supervisor.
    #[arg(long, value_delimiter = ',', value_parser = role)]
    pub also: Vec<Role>,
    /// What people call the site.
    #[arg(long, default_value = "")]
    pub site: String,
    /// Its time zone, for example Asia/Almaty; the machine's unless it is given.
    #[arg(long)]
    pub zone: Option<String>,
    /// Of this desk: ru or en; the system's unless it is given.
    #[arg(long, value_parser = language)]
    pub language: Option<Language>,
}

#[derive(Subcommand)]
pub enum User {
    /// Enters somebody; prints a password that they replace at the first signing in.
    Add {
        /// As they sign in.
        login: String,
        /// As people call them.
        #[arg(long)]
        name: String,
        /// What they do, for example operator,supervisor.
        #[arg(long, required = true, value_delimiter = ',', value_parser = role)]
        roles: Vec<Role>,
    },
    /// Everybody.
    List,
    /// Changes what is given.
    Change {
        /// As they sign in.
        login: String,
        /// As people call them.
        #[arg(long)]
        name: Option<String>,
        /// All that they do.
        #[arg(long, value_delimiter = ',', value_parser = role)]
        roles: Option<Vec<Role>>,
        /// Whether they are kept out.
        #[arg(long)]
        disabled: Option<bool>,
    },
    /// Gives somebody a new password, and lets in again who is locked out.
    Password {
        /// As they sign in.
        login: String,
    },
    /// Vouches that somebody's second factor is lost; somebody else must confirm it.
    FactorLost {
        /// As they sign in.
        login: String,
    },
    /// Takes a lost second factor away, for which somebody else has vouched.
    FactorRemove {
        /// As they sign in.
        login: String,
    },
    /// Open sessions.
    Sessions,
}

#[derive(Subcommand)]
pub enum Kit {
    /// Prints a new kit and asks for its last group. Until that is typed the one before it is good.
    Make,
    /// Asks for the last group of the present kit, from its paper.
    Confirm,
}

#[derive(Args)]
pub struct Audit {
    /// Only what this person did, by the name that they sign in with.
    #[arg(long, value_name = "LOGIN")]
    pub by: Option<String>,
    /// Only kinds that begin so, for example user.
    #[arg(long, value_name = "KIND")]
    pub kind: Vec<String>,
    /// At most this many.
    #[arg(long, default_value_t = 100)]
    pub limit: u32,
}

fn role(word: &str) -> Result<Role, String> {
    Role::named(word).ok_or_else(|| {
        let all: Vec<&str> = Role::ALL.iter().map(|role| role.as_str()).collect();
        format!("no role; the roles are {}", all.join(", "))
    })
}

fn language(word: &str) -> Result<Language, String> {
    match word {
        "ru" => Ok(Language::Ru),
        "en" => Ok(Language::En),
        _ => Err("ru or en".to_owned()),
    }
}

/// Where a device's readers lead.
#[derive(Clone, Copy, ValueEnum)]
pub enum DirectionWord {
    /// Into the site.
    In,
    /// Out of it.
    Out,
    /// Either way; the device's attendance status tells.
    Both,
}

impl From<DirectionWord> for ReaderDirection {
    fn from(word: DirectionWord) -> Self {
        match word {
            DirectionWord::In => Self::In,
            DirectionWord::Out => Self::Out,
            DirectionWord::Both => Self::Both,
        }
    }
}

#[derive(Subcommand)]
pub enum Device {
    /// Adds a device. Its password comes from VAKHTA_DEVICE_PASSWORD or from standard input,
    /// never from an argument.
    Add {
        /// What people call it.
        name: String,
        /// http://host[:port]
        #[arg(long)]
        url: String,
        /// Login name on the device.
        #[arg(long)]
        user: String,
        /// Where its readers lead.
        #[arg(long, default_value = "both")]
        direction: DirectionWord,
    },
    /// Changes what is given; a change of address, user or password lets the device be tried again.
    Change {
        /// What people call it.
        name: String,
        /// A new name.
        #[arg(long)]
        rename: Option<String>,
        #[arg(long)]
        url: Option<String>,
        #[arg(long)]
        user: Option<String>,
        #[arg(long)]
        direction: Option<DirectionWord>,
        /// A new password, from VAKHTA_DEVICE_PASSWORD or from standard input.
        #[arg(long)]
        password: bool,
    },
    /// All devices, and what is the matter with each.
    List,
    /// Speaks to a device once and tells what it found.
    Test {
        /// What people call it.
        name: String,
    },
    /// Removes a device; its passages stay.
    Remove {
        /// What people call it.
        name: String,
    },
}

/// How often a pass lets in.
#[derive(Clone, Copy, ValueEnum)]
pub enum ProfileWord {
    /// One entry, one exit.
    Single,
    /// In and out while the visit lasts.
    Multiple,
}

impl From<ProfileWord> for Profile {
    fn from(word: ProfileWord) -> Self {
        match word {
            ProfileWord::Single => Self::Single,
            ProfileWord::Multiple => Self::Multiple,
        }
    }
}

#[derive(Args)]
pub struct VisitAdd {
    /// Who comes.
    #[arg(long, value_name = "NAME")]
    pub visitor: String,
    /// To whom.
    #[arg(long, value_name = "NAME")]
    pub host: String,
    /// What for.
    #[arg(long)]
    pub purpose: Option<String>,
    /// By which number the devices will know the visitor.
    #[arg(long, value_name = "N")]
    pub person_no: Option<String>,
    /// By which card.
    #[arg(long, value_name = "N")]
    pub card_no: Option<String>,
    /// When the pass begins to be good: 2026-11-23T09:00, 09:00 of today, or RFC 3339; now,
    /// if not given.
    #[arg(long, value_name = "T")]
    pub from: Option<String>,
    /// When it ceases to be; the end of that day, if not given.
    #[arg(long, value_name = "T")]
    pub until: Option<String>,
    /// How often it lets in.
    #[arg(long, default_value = "single")]
    pub profile: ProfileWord,
}

#[derive(Subcommand)]
pub enum Visit {
    /// Plans a visit.
    Add(VisitAdd),
    /// All visits, oldest first.
    List,
    /// The desk lets the visitor in.
    CheckIn {
        #[arg(value_parser = visit_id)]
        id: VisitId,
    },
    /// The visitor has left.
    CheckOut {
        #[arg(value_parser = visit_id)]
        id: VisitId,
    },
    /// The visit is called off.
    Cancel {
        #[arg(value_parser = visit_id)]
        id: VisitId,
    },
    /// The check-out was a mistake.
    Reopen {
        #[arg(value_parser = visit_id)]
        id: VisitId,
    },
    /// What the desk did last was a mistake.
    Undo {
        #[arg(value_parser = visit_id)]
        id: VisitId,
    },
}

#[derive(Subcommand)]
pub enum Journal {
    /// Walks the chain from its beginning and tells the first broken place.
    Verify,
}

#[derive(Args)]
pub struct Watch {
    /// Begin after this place in the journal (0: at its beginning) instead of now.
    #[arg(long, value_name = "SEQ")]
    pub after: Option<i64>,
    /// Go on where the reader of this name stopped, and remember how far it came.
    #[arg(long, value_name = "NAME", conflicts_with = "after")]
    pub reader: Option<String>,
}

#[derive(Subcommand)]
pub enum Isapi {
    /// Reads a captured body (an event-search page, an alert-stream dump, a single alert) and
    /// prints one JSON object a line; needs no data folder.
    Decode {
        /// The type that the answer was sent with; without it the bytes are looked at.
        #[arg(long, value_name = "T")]
        content_type: Option<String>,
        /// The file; `-` for standard input.
        file: PathBuf,
    },
}

fn visit_id(text: &str) -> Result<VisitId, String> {
    text.parse().map_err(|_| "not the id of a visit; `vakhtad visit list` shows them".to_owned())
}
