//! The authority that other machines trust.

use std::sync::Arc;

use vakhta_app::refusal::{Problem, Refusal};
use vakhta_app::request::AuthorityRequest;
use vakhta_app::users::port::UserTx;
use vakhta_app::view::AuthorityView;
use vakhta_domain::operation::kind;

use super::{internal, kit, write};
use crate::authority::{Authority, Name, machine_name};
use crate::core::Core;

pub(super) async fn authority(
    core: &Arc<Core>,
    request: AuthorityRequest,
    author: String,
) -> Result<AuthorityView, Refusal> {
    let given = request.names.iter().map(|name| Name::read(name));
    let given: Vec<Name> =
        given.collect::<Result<_, _>>().map_err(|why| Refusal::invalid("names", Problem::Malformed, why))?;
    let names = given.into_iter().chain(machine_name()).collect();
    let authority = have(core, names, request.anew, author).await?;
    Ok(authority.view(core.folder.path()))
}

/// The folder's authority; made for these names where there is none or `anew` demands it, and then
/// written down and kept with the recovery kit.
pub(crate) async fn have(
    core: &Arc<Core>,
    names: Vec<Name>,
    anew: bool,
    author: String,
) -> Result<Authority, Refusal> {
    let now = core.now();
    let found = core
        .blocking(move |core| Authority::of(core.folder.path(), core.secrets.as_ref(), &names, anew, now));
    let (authority, made) =
        found.await.map_err(internal)?.map_err(|why| internal(format_args!("{why:#}")))?;
    if made {
        let fingerprint = authority.fingerprint().to_string();
        write(core, now, move |tx| {
            tx.note(kind::AUTHORITY_MADE, "authority", &author, &[("fingerprint", &fingerprint)])
        })
        .await?;
        kit::keep_up(core).await?;
    }
    Ok(authority)
}
