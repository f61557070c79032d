//! What the desk does with visits, and what its screen shows.

use std::sync::Arc;

use vakhta_app::permission::Permission;
use vakhta_app::refusal::Refusal;
use vakhta_app::request::{PageRequest, SearchRequest, VisitAct, VisitDraft};
use vakhta_app::view::{SearchReply, Snapshot, VisitDetail, VisitView};
use vakhta_app::visits;
use vakhta_domain::ids::VisitId;

use super::{devices, read, settings, status, write};
use crate::access::Actor;
use crate::core::Core;

pub(super) async fn snapshot(core: &Arc<Core>, actor: &Actor) -> Result<Snapshot, Refusal> {
    let now = core.now();
    let day = core.site().day_of(now);
    let page = read(core, move |core| core.store.desk_page(day, now)).await?;
    // What a role may not see does not leave the core.
    let (mut visits, passages) =
        if actor.may(Permission::SeeVisits) { (page.visits, page.passages) } else { Default::default() };
    visits.iter_mut().for_each(|visit| offer(actor, visit));
    let incidents = if actor.may(Permission::SeeIncidents) { page.incidents } else { Vec::new() };
    let devices = if actor.may(Permission::SeeDevices) { devices::list(core).await? } else { Vec::new() };
    Ok(Snapshot {
        now,
        seq: page.seq,
        visits,
        passages,
        incidents,
        devices,
        settings: settings::seen(core, actor).await?,
        status: status(core, actor),
    })
}

pub(super) async fn visit_add(
    core: &Arc<Core>,
    mut draft: VisitDraft,
    author: String,
) -> Result<VisitView, Refusal> {
    let now = core.now();
    let usual = core.site().usual_until(draft.from.unwrap_or(now));
    draft.until.get_or_insert(usual);
    let id = write(core, now, move |tx| visits::add(tx, &draft, now, &author)).await?;
    visit(core, id).await
}

pub(super) async fn visit_act(core: &Arc<Core>, act: VisitAct, author: String) -> Result<VisitView, Refusal> {
    let now = core.now();
    write(core, now, move |tx| visits::act(tx, act.id, act.action, now, &author)).await?;
    visit(core, act.id).await
}

async fn visit(core: &Arc<Core>, id: VisitId) -> Result<VisitView, Refusal> {
    let now = core.now();
    let visit = read(core, move |core| core.store.visit(id, now)).await?;
    visit.ok_or_else(|| Refusal::not_found("visit", id))
}

pub(super) async fn visit_detail(
    core: &Arc<Core>,
    actor: &Actor,
    id: VisitId,
) -> Result<VisitDetail, Refusal> {
    let now = core.now();
    let detail = read(core, move |core| core.store.visit_detail(id, now)).await?;
    let mut detail = detail.ok_or_else(|| Refusal::not_found("visit", id))?;
    offer(actor, &mut detail.visit);
    Ok(detail)
}

pub(super) async fn visit_list(
    core: &Arc<Core>,
    actor: &Actor,
    page: PageRequest,
) -> Result<Vec<VisitView>, Refusal> {
    let now = core.now();
    let mut visits = read(core, move |core| core.store.visits(page, now)).await?;
    visits.iter_mut().for_each(|visit| offer(actor, visit));
    Ok(visits)
}

/// What may be done with a visit is offered to those alone who may do it.
pub(super) fn offer(actor: &Actor, visit: &mut VisitView) {
    if !actor.may(Permission::ManageVisits) {
        visit.actions.clear();
        if let Some(turn) = &mut visit.turns {
            turn.actions.clear();
        }
    }
}

pub(super) async fn search(
    core: &Arc<Core>,
    actor: &Actor,
    request: SearchRequest,
) -> Result<SearchReply, Refusal> {
    let now = core.now();
    let mut visits = read(core, move |core| core.store.search(&request.text, request.limit, now)).await?;
    visits.iter_mut().for_each(|visit| offer(actor, visit));
    Ok(SearchReply { visits })
}
