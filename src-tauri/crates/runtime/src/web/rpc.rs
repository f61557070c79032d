//! Commands and pictures for the page.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use vakhta_app::refusal::{ErrorCode, Refusal};
use vakhta_app::wire;

use super::{Served, door};
use crate::access::Caller;
use crate::dispatch::{Answer, carry_out, picture as stored};

#[derive(Serialize)]
struct Refused {
    refused: Refusal,
}

/// `POST /rpc`: `{"command": …, "with": …}` to `{"reply": …, "value": …}` or `{"refused": …}`.
pub(super) async fn rpc(State(served): State<Served>, headers: HeaderMap, body: Bytes) -> Response {
    if let Some(refused) = not_json(&headers) {
        return refused;
    }
    let command = match wire::command(&body) {
        Ok(command) => command,
        Err(refusal) => return refused(refusal),
    };
    let caller = Caller::Page(door::page(&served, &headers));
    match carry_out(&served.core, &caller, command).await {
        Ok(Answer { reply, token: None }) => Json(reply).into_response(),
        Ok(Answer { reply, token: Some(token) }) => {
            ([(header::SET_COOKIE, door::cookie(&served, &token))], Json(reply)).into_response()
        }
        Err(refusal) => refused(refusal),
    }
}

/// A form of another site cannot say that it is JSON without being asked first.
pub(super) fn not_json(headers: &HeaderMap) -> Option<Response> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let json = kind.trim_start().to_ascii_lowercase().starts_with("application/json");
    (!json).then(|| (StatusCode::UNSUPPORTED_MEDIA_TYPE, "commands are application/json\n").into_response())
}

pub(super) fn refused(refused: Refusal) -> Response {
    let status = match refused.code {
        ErrorCode::Invalid => StatusCode::BAD_REQUEST,
        ErrorCode::NotFound => StatusCode::NOT_FOUND,
        ErrorCode::Taken | ErrorCode::WrongState | ErrorCode::LastAdministrator | ErrorCode::TwoPeople => {
            StatusCode::CONFLICT
        }
        ErrorCode::Device => StatusCode::BAD_GATEWAY,
        ErrorCode::SignIn => StatusCode::UNAUTHORIZED,
        ErrorCode::Forbidden
        | ErrorCode::Locked
        | ErrorCode::SecondFactor
        | ErrorCode::WrongCredential
        | ErrorCode::Expired
        | ErrorCode::WrongClock
        | ErrorCode::StepUp => StatusCode::FORBIDDEN,
        ErrorCode::TooMany => StatusCode::TOO_MANY_REQUESTS,
        ErrorCode::NotReady | ErrorCode::Damaged => StatusCode::SERVICE_UNAVAILABLE,
        ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    };
    (status, Json(Refused { refused })).into_response()
}

/// `GET /picture/NAME`: a picture never changes under its name. Kept by no cache: whoever comes
/// after at a shared desk must ask for themselves.
pub(super) async fn picture(
    State(served): State<Served>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Response {
    let caller = Caller::Page(door::page(&served, &headers));
    match stored(&served.core, &caller, name).await {
        Ok(jpeg) => ([(header::CONTENT_TYPE, "image/jpeg")], jpeg).into_response(),
        Err(refusal) => refused(refusal),
    }
}
