//! The journal, seen by person.

use std::sync::Arc;

use vakhta_app::permission::Permission;
use vakhta_app::refusal::{Problem, Refusal};
use vakhta_app::users::port::UserTx;
use vakhta_app::users::request::AuditRequest;
use vakhta_app::users::view::AuditEntry;
use vakhta_domain::operation::kind;

use super::{read, write};
use crate::access::Actor;
use crate::core::Core;

const PAGE: u32 = 1_000;
/// Kinds that one question may name.
const KINDS: usize = 64;
/// Entries of one export.
const EXPORTED: usize = 100_000;

pub(super) async fn audit(
    core: &Arc<Core>,
    actor: &Actor,
    request: AuditRequest,
) -> Result<Vec<AuditEntry>, Refusal> {
    if request.kinds.len() > KINDS {
        return Err(Refusal::invalid("kinds", Problem::TooLong, format!("at most {KINDS}")));
    }
    let with_visitors = actor.may(Permission::SeeVisits);
    let request = AuditRequest { limit: request.limit.clamp(1, PAGE), ..request };
    read(core, move |core| core.store.audit(&request, with_visitors)).await
}

/// As CSV. That it was taken out is written down before anything is given.
pub(super) async fn export(
    core: &Arc<Core>,
    actor: &Actor,
    request: AuditRequest,
) -> Result<String, Refusal> {
    let author = actor.author.clone();
    let range = format!(
        "{}/{}",
        request.from.map(|at| at.to_string()).unwrap_or_default(),
        request.until.map(|at| at.to_string()).unwrap_or_default()
    );
    write(core, core.now(), move |tx| tx.note(kind::AUDIT_EXPORTED, "audit", &author, &[("range", &range)]))
        .await?;
    let mut csv = csv_line(["seq", "at", "author", "name", "kind", "entity", "entity name", "fields"]);
    let mut request = AuditRequest { limit: PAGE, ..request };
    let mut given = 0;
    loop {
        let page = audit(core, actor, request.clone()).await?;
        for entry in &page {
            let (seq, at) = (entry.seq.to_string(), entry.at.to_string());
            csv.push_str(&csv_line([
                &seq,
                &at,
                &entry.author,
                entry.author_name.as_deref().unwrap_or_default(),
                &entry.kind,
                &entry.entity,
                entry.entity_name.as_deref().unwrap_or_default(),
                &entry.fields,
            ]));
        }
        given += page.len();
        match page.last() {
            Some(last) if page.len() == PAGE as usize && given < EXPORTED => request.before = Some(last.seq),
            _ => return Ok(csv),
        }
    }
}

/// RFC 4180; no cell begins a formula of a spreadsheet.
fn csv_line<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let cell = |text: &str| {
        let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
        format!("\"{guard}{}\"", text.replace('"', "\"\""))
    };
    let mut line = cells.into_iter().map(cell).collect::<Vec<_>>().join(",");
    line.push_str("\r\n");
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_quoted_and_begins_no_formula() {
        assert_eq!(csv_line(["a\"b", "=1+1", "-x"]), "\"a\"\"b\",\"'=1+1\",\"'-x\"\r\n");
    }
}
