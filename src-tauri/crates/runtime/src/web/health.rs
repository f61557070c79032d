//! How Vakhta is, for programs that watch it: `/health` for any, little of it without the monitoring token;
//! `/metrics` with it alone.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use vakhta_app::health::{HealthLevel, HealthPart, HealthReport};

use super::Served;
use crate::health::metrics;
use crate::monitoring;

#[derive(Serialize)]
struct Little {
    level: HealthLevel,
}

/// `GET /health`: 200, or 503 where it is unhealthy.
pub(super) async fn health(State(served): State<Served>, headers: HeaderMap) -> Response {
    let report = served.core.health.report(served.core.now());
    let status = status_of(report.level != HealthLevel::Unhealthy);
    let whole = monitoring::is_known(&served.core, shown(&headers)).await;
    let answer = match whole {
        true => (status, Json(report)).into_response(),
        false => (status, Json(Little { level: report.level })).into_response(),
    };
    ([(header::CACHE_CONTROL, "no-store")], answer).into_response()
}

/// `GET /health/ready`: 200 where it can be worked with.
pub(super) async fn ready(State(served): State<Served>) -> Response {
    let report = served.core.health.report(served.core.now());
    let ready = is_ready(&report);
    (status_of(ready), if ready { "ready\n" } else { "not ready\n" }).into_response()
}

/// `GET /metrics`, with the monitoring token.
pub(super) async fn numbers(State(served): State<Served>, headers: HeaderMap) -> Response {
    if !monitoring::is_known(&served.core, shown(&headers)).await {
        let how = [(header::WWW_AUTHENTICATE, "Bearer")];
        return (StatusCode::UNAUTHORIZED, how, "the monitoring token is wanted\n").into_response();
    }
    let core = served.core.clone();
    match tokio::task::spawn_blocking(move || metrics::text(&core)).await {
        Ok(Ok(text)) => ([(header::CONTENT_TYPE, metrics::TYPE)], text).into_response(),
        other => {
            tracing::error!(?other, "the numbers could not be had");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn is_ready(report: &HealthReport) -> bool {
    let needed = [HealthPart::Database, HealthPart::Writer];
    report
        .checks
        .iter()
        .filter(|check| needed.contains(&check.part))
        .all(|check| check.level != HealthLevel::Unhealthy)
}

fn status_of(good: bool) -> StatusCode {
    if good { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
}

fn shown(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ").map(|token| token.trim().to_owned())
}
