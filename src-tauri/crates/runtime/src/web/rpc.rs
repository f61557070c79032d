//! Commands and pictures for the page.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use vakhta_app::command::Command;
use vakhta_app::refusal::{ErrorCode, Problem, Refusal};

use super::Served;
use crate::dispatch::{Caller, carry_out, picture as stored};

#[derive(Serialize)]
struct Refused {
    refused: Refusal,
}

/// `POST /rpc`: `{"command": …, "with": …}` to `{"reply": …, "value": …}` or `{"refused": …}`.
pub(super) async fn rpc(State(served): State<Served>, headers: HeaderMap, body: Bytes) -> Response {
    // A form of another site cannot say that it is JSON without being asked first.
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !kind.trim_start().to_ascii_lowercase().starts_with("application/json") {
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, "commands are application/json\n").into_response();
    }
    let command: Command = match serde_json::from_slice(&body) {
        Ok(command) => command,
        Err(why) => return refused(Refusal::invalid("request", Problem::Malformed, why)),
    };
    match carry_out(&served.core, Caller::Page, command).await {
        Ok(reply) => Json(reply).into_response(),
        Err(refusal) => refused(refusal),
    }
}

fn refused(refused: Refusal) -> Response {
    let status = match refused.code {
        ErrorCode::Invalid => StatusCode::BAD_REQUEST,
        ErrorCode::NotFound => StatusCode::NOT_FOUND,
        ErrorCode::Taken | ErrorCode::WrongState => StatusCode::CONFLICT,
        ErrorCode::Device => StatusCode::BAD_GATEWAY,
        ErrorCode::Forbidden => StatusCode::FORBIDDEN,
        ErrorCode::NotReady => StatusCode::SERVICE_UNAVAILABLE,
        ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    };
    (status, Json(Refused { refused })).into_response()
}

/// `GET /picture/NAME`: a picture never changes under its name.
pub(super) async fn picture(State(served): State<Served>, Path(name): Path<String>) -> Response {
    match stored(&served.core, name).await {
        Ok(jpeg) => {
            let headers = [
                (header::CONTENT_TYPE, "image/jpeg"),
                (header::CACHE_CONTROL, "private, max-age=86400, immutable"),
            ];
            (headers, jpeg).into_response()
        }
        Err(refusal) => refused(refusal),
    }
}
