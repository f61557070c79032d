//! Pictures of passages, as addresses that the page can show: `picture://localhost/NAME`
//! (`http://picture.localhost/NAME` on Windows).

use std::sync::Arc;

use serde_json::{Value, json};
use tauri::http::{Method, Request, Response, StatusCode, header};
use tauri::{Manager, Runtime, UriSchemeContext, UriSchemeResponder};
use vakhta_app::refusal::{ErrorCode, Refusal};

use crate::backend::{Asker, Link};

/// A picture's name is a digest of what it shows: what was once fetched stays right.
const CACHE: &str = "private, max-age=604800, immutable";

/// Answers the page's web view.
pub fn answer<R: Runtime>(
    context: UriSchemeContext<'_, R>,
    request: Request<Vec<u8>>,
    responder: UriSchemeResponder,
) {
    let name = (request.method() == Method::GET).then(|| name(request.uri().path())).flatten();
    let Some(name) = name.map(str::to_owned) else {
        responder.respond(empty(StatusCode::NOT_FOUND));
        return;
    };
    let link = Arc::clone(context.app_handle().state::<Arc<Link>>().inner());
    tauri::async_runtime::spawn(async move {
        let answer = link.ask(Asker::Page, "picture", json!({ "name": name })).await;
        responder.respond(response(answer));
    });
}

/// 64 hex digits and nothing else.
fn name(path: &str) -> Option<&str> {
    let name = path.strip_prefix('/')?;
    let is_name = name.len() == 64 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    is_name.then_some(name)
}

fn response(answer: Result<Value, Refusal>) -> Response<Vec<u8>> {
    let jpeg = match answer {
        Ok(hex) => hex.as_str().and_then(|hex| hex::decode(hex).ok()),
        Err(refusal) if refusal.code == ErrorCode::NotReady => return empty(StatusCode::SERVICE_UNAVAILABLE),
        Err(_) => None,
    };
    let Some(jpeg) = jpeg else { return empty(StatusCode::NOT_FOUND) };
    let response = Response::builder()
        .header(header::CONTENT_TYPE, "image/jpeg")
        .header(header::CACHE_CONTROL, CACHE)
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .body(jpeg);
    response.unwrap_or_else(|_| empty(StatusCode::INTERNAL_SERVER_ERROR))
}

fn empty(status: StatusCode) -> Response<Vec<u8>> {
    let mut response = Response::new(Vec::new());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_digest_is_a_name() {
        let digest = "0123456789abcdef".repeat(4);
        assert_eq!(name(&format!("/{digest}")), Some(digest.as_str()));
        for path in
            ["/", "", "/../lock", &digest, &format!("/{digest}0"), &format!("/{}", digest.to_uppercase())]
        {
            assert_eq!(name(path), None, "{path}");
        }
    }

    #[test]
    fn a_picture_is_a_picture_and_all_else_is_missing() {
        let found = response(Ok(json!("ffd8ff")));
        assert_eq!((found.status(), found.body().as_slice()), (StatusCode::OK, &[0xff, 0xd8, 0xff][..]));
        assert_eq!(found.headers()[header::CONTENT_TYPE], "image/jpeg");
        assert_eq!(response(Ok(json!("not hex"))).status(), StatusCode::NOT_FOUND);
        let missing = Refusal::new(ErrorCode::NotFound, "there is none");
        assert_eq!(response(Err(missing)).status(), StatusCode::NOT_FOUND);
        let later = Refusal::new(ErrorCode::NotReady, "starting");
        assert_eq!(response(Err(later)).status(), StatusCode::SERVICE_UNAVAILABLE);
    }
}
