//! The page's files, and the headers that keep it to itself.

use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

/// What the front end's build left. Without it the program serves everything but the page.
#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../../ui/dist"]
#[allow_missing = true]
struct Files;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; \
     img-src 'self' data: blob:; connect-src 'self'; manifest-src 'self'; object-src 'none'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const GUARDS: [(&str, &str); 7] = [
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "geolocation=(), microphone=(), payment=(), usb=()"),
];

/// Every answer keeps the page from being framed, sniffed or fed from elsewhere; what is of
/// persons is kept by no cache but where it says so itself.
pub(super) async fn guarded(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in GUARDS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// A file of the page.
pub(super) async fn file(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    let path = if path.is_empty() { "index.html" } else { path };
    match Files::get(path) {
        Some(file) => {
            let kind = kind(file.metadata.mimetype());
            // The names never change, their content does with every version.
            let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-cache".into())];
            (headers, file.data.into_owned()).into_response()
        }
        None if path == "index.html" => {
            let words = "this vakhtad was built without its page: cargo xtask ui, then build again\n";
            (StatusCode::NOT_FOUND, words).into_response()
        }
        None => (StatusCode::NOT_FOUND, "there is no such file\n").into_response(),
    }
}

/// Nobody is left to guess in what letters a text is written.
fn kind(of: &str) -> String {
    let is_text = of.starts_with("text/") || of.ends_with("javascript") || of.ends_with("json");
    if is_text { format!("{of}; charset=utf-8") } else { of.to_owned() }
}
