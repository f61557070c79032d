//! The registry and everything in it as TypeScript, for the page. `cargo xtask generate` writes
//! it to `ui/src/api/types.ts`; `cargo xtask test` says when that is not what stands here.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use ts_rs::{Config, TS, TypeVisitor};
use vakhta_domain::device_time::Certainty;
use vakhta_domain::event_code::Verdict;
use vakhta_domain::identity::IdentityKind;
use vakhta_domain::incident::{IncidentKind, IncidentStatus, Severity, WithdrawnBecause};
use vakhta_domain::passage::{Direction, ReaderDirection};
use vakhta_domain::visit::{Origin, Profile, Status};

use crate::backups::plan::BackupTarget;
use crate::command;
use crate::device::DeviceState;
use crate::permission::Permission;
use crate::refusal::Refusal;

const HEAD: &str = "// Generated from the Rust contract by `cargo xtask generate`. Do not edit.\n\n\
                    // Times are RFC 3339 in UTC unless their field says otherwise.\n\n";

/// The contract, as a TypeScript module.
#[must_use]
pub fn typescript() -> String {
    let config = Config::new().with_large_int("number");
    let mut found = Found { config: &config, types: BTreeMap::new() };
    let mut list = Commands { found: &mut found, text: String::new() };
    command::each(&mut list);
    let commands = list.text;
    found.look_at::<Refusal>();
    // Flattened into a device and into a view; the page has words for each alone.
    found.look_at::<DeviceState>();
    found.look_at::<BackupTarget>();
    let mut module = HEAD.to_owned();
    let _ = write!(
        module,
        "/** Every command: what it takes and what it gives. */\nexport type Commands = {{\n{commands}}};\n\n"
    );
    for (name, words) in words() {
        let words: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
        let _ = write!(module, "export type {name} = {};\n\n", words.join(" | "));
    }
    for text in found.types.values() {
        module.push_str(text);
    }
    module
}

/// Every named type that a command mentions, by name.
struct Found<'a> {
    config: &'a Config,
    types: BTreeMap<String, String>,
}

impl Found<'_> {
    fn look_at<T: TS + 'static + ?Sized>(&mut self) {
        if T::output_path().is_some() {
            let name = T::ident(self.config);
            if self.types.contains_key(&name) {
                return;
            }
            let text = format!("{}export {}\n\n", T::docs().unwrap_or_default(), T::decl(self.config));
            self.types.insert(name, text);
        }
        T::visit_dependencies(self);
        T::visit_generics(self);
    }
}

impl TypeVisitor for Found<'_> {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        self.look_at::<T>();
    }
}

struct Commands<'a, 'b> {
    found: &'a mut Found<'b>,
    text: String,
}

impl command::Visitor for Commands<'_, '_> {
    fn command<Q: TS + 'static, A: TS + 'static>(&mut self, variant: &str, permission: Permission) {
        if permission == Permission::Own {
            // Not for pages.
            return;
        }
        self.found.look_at::<Q>();
        self.found.look_at::<A>();
        let (name, config) = (snake(variant), self.found.config);
        let _ =
            writeln!(self.text, "  {name}: {{ request: {}; reply: {} }};", Q::name(config), A::name(config));
    }
}

/// `VisitAdd` as it goes over the wire: `visit_add`.
pub(crate) fn snake(variant: &str) -> String {
    let mut name = String::new();
    for letter in variant.chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

/// A list of all variants that stops compiling when one is added.
macro_rules! all {
    ($type:ident: $($variant:ident),+) => {{
        let name = |value: $type| match value { $($type::$variant => snake(stringify!($variant)),)+ };
        vec![$(name($type::$variant)),+]
    }};
}

/// The enums of the domain, which knows nothing of TypeScript.
fn words() -> Vec<(&'static str, Vec<String>)> {
    vec![
        (
            "VisitStatus",
            all!(Status: Requested, Declined, Expected, CheckedIn, Away, CheckedOut, Cancelled, NoShow),
        ),
        ("Profile", all!(Profile: Single, Multiple)),
        ("Origin", all!(Origin: Desk, Door, Automatic, Import)),
        ("ReaderDirection", all!(ReaderDirection: In, Out, Both)),
        ("Direction", all!(Direction: In, Out, Seen)),
        ("Certainty", all!(Certainty: Measured, Received, Uncertain)),
        ("Verdict", all!(Verdict: Granted, Refused, None)),
        ("IncidentKind", all!(IncidentKind: ExitWithoutEntry, ExpiredPass, EntryOnCancelled)),
        ("Severity", all!(Severity: Low, Medium, High, Critical)),
        ("IncidentStatus", all!(IncidentStatus: New, Investigating, Resolved, FalseAlarm)),
        ("WithdrawnBecause", all!(WithdrawnBecause: EntryReadLater, NobodyWentThrough, Other)),
        ("IdentityKind", all!(IdentityKind: Document, Iin, Phone)),
        ("FactKind", fact_kinds()),
    ]
}

/// `planned`, and the kinds of facts, as the domain calls them.
fn fact_kinds() -> Vec<String> {
    use vakhta_domain::visit::{FactId, FactKind};
    let revokes = FactId(String::new());
    let kinds = [
        FactKind::Requested,
        FactKind::Approved,
        FactKind::Declined,
        FactKind::Cancelled,
        FactKind::Entered,
        FactKind::Left,
        FactKind::ClosedAutomatically,
        FactKind::Reopened { revokes: revokes.clone() },
        FactKind::NotPassed { revokes: revokes.clone() },
        FactKind::Undone { revokes },
    ];
    std::iter::once("planned").chain(kinds.iter().map(FactKind::as_str)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_knows_every_type_that_it_mentions() {
        let module = typescript();
        for name in ["VisitView", "DeviceState", "EventBatch", "Refusal", "DeskAction", "Settings"] {
            assert!(module.contains(&format!("export type {name} = ")), "{name}: {module}");
        }
        assert!(module.contains("  visit_add: { request: VisitDraft; reply: VisitView };"), "{module}");
        assert!(!module.contains("bigint"), "{module}");
    }

    #[test]
    fn what_only_the_owner_may_is_not_offered_to_pages() {
        assert!(!typescript().contains("watch:"));
    }
}
