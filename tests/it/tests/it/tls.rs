//! Beyond this machine: TLS with the folder's own authority, met by clients that trust it, that do
//! not, and that speak no TLS at all.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use reqwest::{Certificate, Client, StatusCode, header};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::browser::{Browser, WORD, code, provider};
use crate::canary::{contains, files};
use crate::desk::{BOUND, Desk};

/// Nobody else's, and found by no resolver: the clients of these tests are told where it is.
const NAME: &str = "desk.vakhta.internal";

/// Serves to everybody under these names; gives the page's address and the port.
async fn serve(desk: &mut Desk, names: &[&str]) -> (String, u16) {
    let options = names.iter().flat_map(|name| ["--name", name]);
    let options: Vec<&str> = ["--listen", "0.0.0.0:0"].into_iter().chain(options).collect();
    let page = desk.serve_with(&options).await;
    let port = page.split("://").nth(1).and_then(|rest| rest.split(['/', ':']).nth(1));
    let port = port.and_then(|port| port.parse().ok()).unwrap_or_else(|| panic!("no port in {page}"));
    (page, port)
}

fn here(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

fn pem(desk: &Desk) -> Vec<u8> {
    std::fs::read(desk.data().join("tls/authority.pem")).expect("the authority's certificate")
}

/// As a workstation on which an administrator has installed the authority.
fn trusting(desk: &Desk, port: u16) -> Client {
    provider();
    let authority = Certificate::from_pem(&pem(desk)).expect("a certificate");
    let client = Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(BOUND);
    let client = client.tls_certs_only([authority]).resolve(NAME, here(port));
    client.build().expect("a client")
}

/// A connection by TLS alone.
async fn connect(desk: &Desk, port: u16, name: &str) -> std::io::Result<TlsStream<TcpStream>> {
    provider();
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(&pem(desk)).expect("a certificate")).expect("an authority");
    let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let stream = TcpStream::connect(here(port)).await?;
    let name = ServerName::try_from(name.to_owned()).expect("a name");
    let shaken = TlsConnector::from(Arc::new(config)).connect(name, stream);
    timeout(BOUND, shaken).await.expect("a handshake in time")
}

/// The certificate that is shown.
async fn shown(desk: &Desk, port: u16, name: &str) -> CertificateDer<'static> {
    let stream = connect(desk, port, name).await.expect("a trusted certificate");
    let certificates = stream.get_ref().1.peer_certificates().expect("certificates");
    certificates[0].clone().into_owned()
}

/// Everything that a client of `Client` says when it is not let in.
fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words += &format!(": {error}");
        cause = error.source();
    }
    words
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workstation_that_trusts_the_authority_works_and_another_does_not() {
    let mut desk = Desk::new();
    let (link, port) = serve(&mut desk, &[NAME]).await;
    assert!(link.starts_with(&format!("https://{NAME}:{port}/start/")), "{link}");
    let browser = Browser::let_in_by(trusting(&desk, port), &link).await;
    assert!(browser.cookie().starts_with(&format!("__Host-vakhta-{port}=")), "{}", browser.cookie());
    assert!(browser.kept().contains("; Secure"), "{}", browser.kept());

    let page = browser.client.get(format!("{}/", browser.base)).send().await.expect("an answer");
    assert_eq!((page.status(), page.version()), (StatusCode::OK, reqwest::Version::HTTP_11));
    assert!(page.text().await.expect("a page").contains("<html"));
    let offer = browser.call("factor_offer", json!({ "login": "admin" })).await;
    let secret = offer["secret"].as_str().expect("a secret");
    let factor = json!({ "secret": secret, "code": code(secret) });
    let draft = json!({
        "language": "en", "site": { "name": "" }, "login": "admin", "name": "Ким Дана", "password": WORD,
        "roles": ["operator"], "factor": factor,
    });
    assert_eq!(browser.call("set_up", draft).await["access"]["stage"], "signed_in");
    assert!(browser.kept().contains("; Secure"), "{}", browser.kept());

    // The page's feed and the programs', over TLS.
    let ticket = browser.ticket().await.expect("a ticket");
    let mut events =
        open(&desk, port, &format!("/ws?after=0&ticket={ticket}"), &[("origin", &browser.base)]).await;
    assert!(next(&mut events).await["next"].is_number());
    let token = std::fs::read_to_string(desk.data().join("live.token")).expect("a token");
    let bearer = format!("Bearer {token}");
    let mut live = open(&desk, port, "/live?after=0", &[("authorization", &bearer)]).await;
    assert!(next(&mut live).await["seq"].is_number());
    events.close(None).await.expect("closed");
    live.send(Message::Close(None)).await.expect("closed");

    let stranger = Client::builder().timeout(BOUND).resolve(NAME, here(port)).build().expect("a client");
    let refused = stranger.get(format!("{}/", browser.base)).send().await.expect_err("not trusted");
    assert!(refused.is_connect() && chain(&refused).contains("certificate"), "{}", chain(&refused));
    // A name for which there is no certificate.
    let other = trusting(&desk, port).get(format!("https://127.0.0.2:{port}/")).send().await;
    assert!(chain(&other.expect_err("not its name")).contains("certificate"));
    let took = desk.stop().await;
    assert!(took < Duration::from_secs(2), "{took:?}");
}

type Socket = tokio_tungstenite::WebSocketStream<TlsStream<TcpStream>>;

async fn open(desk: &Desk, port: u16, path: &str, headers: &[(&'static str, &str)]) -> Socket {
    let stream = connect(desk, port, NAME).await.expect("a connection");
    let mut request = format!("wss://{NAME}:{port}{path}").into_client_request().expect("a request");
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().expect("a value"));
    }
    client_async(request, stream).await.expect("a socket").0
}

async fn next(socket: &mut Socket) -> Value {
    loop {
        let message = timeout(BOUND, socket.next()).await.expect("a message in time");
        if let Message::Text(text) = message.expect("an open socket").expect("a message") {
            return serde_json::from_str(&text).expect("JSON");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_host_or_origin_gets_nothing() {
    let mut desk = Desk::new();
    let (link, port) = serve(&mut desk, &[NAME]).await;
    let browser = Browser::let_in_by(trusting(&desk, port), &link).await;
    let rpc = format!("{}/rpc", browser.base);
    let asked = |name: header::HeaderName, value: String| {
        let body = json!({ "command": "access", "with": null });
        let request = browser.client.post(&rpc).header(header::COOKIE, browser.cookie());
        request.json(&body).header(name, value).send()
    };
    for (name, value, status) in [
        (header::HOST, "evil.example".to_owned(), StatusCode::MISDIRECTED_REQUEST),
        (header::HOST, NAME.to_owned(), StatusCode::MISDIRECTED_REQUEST),
        (header::HOST, format!("127.0.0.2:{port}"), StatusCode::MISDIRECTED_REQUEST),
        (header::ORIGIN, format!("http://{NAME}:{port}"), StatusCode::FORBIDDEN),
        (header::ORIGIN, format!("https://{NAME}"), StatusCode::FORBIDDEN),
        (header::ORIGIN, format!("https://localhost:{port}"), StatusCode::FORBIDDEN),
        (header::ORIGIN, format!("https://{NAME}:{port}"), StatusCode::OK),
        (header::HOST, format!("localhost:{port}"), StatusCode::OK),
    ] {
        let answer = asked(name.clone(), value.clone()).await.expect("an answer");
        assert_eq!(answer.status(), status, "{name}: {value}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_stays_over_a_restart_and_is_made_anew_for_other_names() {
    let mut desk = Desk::new();
    let (_, port) = serve(&mut desk, &[NAME]).await;
    let authority = pem(&desk);
    let first = shown(&desk, port, NAME).await;
    desk.stop().await;
    let (_, port) = serve(&mut desk, &[NAME]).await;
    assert_eq!(shown(&desk, port, NAME).await, first);
    desk.kill9().await;

    let (link, port) = serve(&mut desk, &["post.vakhta.internal", NAME]).await;
    assert!(link.starts_with("https://post.vakhta.internal:"), "{link}");
    let second = shown(&desk, port, "post.vakhta.internal").await;
    assert_ne!(second, first);
    assert_eq!(shown(&desk, port, NAME).await, second);
    assert_eq!(pem(&desk), authority, "workstations trust it already");
    desk.stop().await;

    // What the authority was not made for is no use to anybody, and said before it is served.
    let foreign = ["run", "--listen", "0.0.0.0:0", "--name", "desk.example.org"];
    let refused = desk.ask(&foreign).await;
    assert!(!refused.status.success(), "{}", refused.stderr);
    assert!(refused.stderr.contains("authority --anew --name desk.example.org"), "{}", refused.stderr);
    desk.ask(&["authority", "--anew", "--name", "desk.example.org", "--json"]).await.only();
    assert_ne!(pem(&desk), authority);
    let (_, port) = serve(&mut desk, &["desk.example.org", NAME]).await;
    let third = shown(&desk, port, "desk.example.org").await;
    assert_eq!(shown(&desk, port, NAME).await, third);
    let audit = desk.list(&["audit", "--kind", "authority"]).await;
    assert_eq!(audit.len(), 2, "each was written down: {audit:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_authority_is_told_with_and_without_a_running_process() {
    let mut desk = Desk::new();
    let before = desk.ask(&["authority", "--json"]).await.only();
    serve(&mut desk, &[]).await;
    let view = desk.ask(&["authority", "--json"]).await.only();
    assert_eq!(view, before);
    assert_eq!(view["pem"].as_str().map(str::as_bytes), Some(pem(&desk).as_slice()));
    let printed = desk.ask(&["authority", "--pem"]).await;
    assert_eq!(printed.stdout, pem(&desk));
    let words = desk.ask(&["authority"]).await;
    let words = String::from_utf8(words.stdout).expect("text");
    for part in [
        view["fingerprint"].as_str().expect("a fingerprint"),
        desk.data().join("tls").join("authority.pem").to_str().expect("text"),
        "certutil -addstore Root",
        "update-ca-certificates",
    ] {
        assert!(words.contains(part), "{part} is not in {words}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_speaks_no_tls_is_closed_and_who_says_nothing_keeps_nobody_out() {
    let mut desk = Desk::new();
    let (link, port) = serve(&mut desk, &[NAME]).await;
    for said in [&b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"[..], b"\x16\x03\x01\xff\xff", b"\0\0\0\0\0"] {
        let mut stream = TcpStream::connect(here(port)).await.expect("a connection");
        stream.write_all(said).await.expect("said");
        stream.shutdown().await.expect("no more to say");
        let mut answer = Vec::new();
        // A reset is an end too.
        let _ = timeout(BOUND, stream.read_to_end(&mut answer)).await.expect("closed in time");
        assert!(!answer.windows(4).any(|part| part == b"HTTP"), "{answer:?}");
    }

    // More than there are places for unfinished handshakes; each waits for us to speak first.
    let mut silent = Vec::new();
    for _ in 0..150 {
        silent.push(TcpStream::connect(here(port)).await.expect("a connection"));
    }
    let begun = Instant::now();
    let browser = Browser::let_in_by(trusting(&desk, port), &link).await;
    assert_eq!(browser.stage().await, "set_up");
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    // The oldest had to go; the newest are given their time, and no more.
    for which in [0, 149] {
        let stream = &mut silent[which];
        let read = timeout(BOUND, stream.read(&mut [0; 1])).await.expect("closed in time");
        assert!(matches!(read, Ok(0) | Err(_)), "{read:?}");
    }
    assert_eq!(browser.stage().await, "set_up");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_private_key_is_in_any_file_in_plain_text() {
    let mut desk = Desk::new();
    desk.log_everything();
    let (_, port) = serve(&mut desk, &[NAME]).await;
    shown(&desk, port, NAME).await;
    desk.kill9().await;
    // What the text form says, and how the bytes of every such key begin, plain and in base64.
    let begin = b"\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x04";
    let needles: [&[u8]; 3] = [b"PRIVATE KEY", b"MIGHAgEAMBMGByqGSM49AgEG", begin];
    let files = files(&desk.folder());
    for name in ["tls/authority.pem", "secrets.sealed", "vakhtad.log"] {
        assert!(files.iter().any(|(path, bytes)| path.ends_with(name) && !bytes.is_empty()), "{name}");
    }
    for (path, bytes) in files {
        for needle in needles {
            assert!(!contains(&bytes, needle), "a private key stands in {}", path.display());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_recovery_kit_brings_the_authority_back_that_workstations_trust() {
    let desk = Desk::new();
    // Made before there is a kit, and made anew when there is one.
    desk.ask(&["authority", "--json"]).await.only();
    let words = ["init", "--login", "admin", "--name", "Ким Дана", "--json"];
    let mut command = desk.command(&words);
    command.env("VAKHTA_PASSWORD", WORD);
    let kit = desk.finish(command, &words).await.only()["kit"]["code"].clone();
    for anew in [&[][..], &["--anew"]] {
        let authority = desk.ask(&[&["authority", "--json"], anew].concat()).await.only();
        desk.lose_secrets();
        std::fs::remove_dir_all(desk.data().join("tls")).expect("gone too");
        let mut command = desk.command(&["recover"]);
        command.env("VAKHTA_RECOVERY_KIT", kit.as_str().expect("a code"));
        let recovered = desk.finish(command, &["recover"]).await;
        assert!(recovered.status.success(), "{}", recovered.stderr);
        assert_eq!(desk.ask(&["authority", "--json"]).await.only(), authority);
        assert_eq!(authority["pem"].as_str().map(str::as_bytes), Some(pem(&desk).as_slice()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_served_is_said_before_anything_is_opened() {
    let desk = Desk::new();
    for (options, words) in [
        (&["--listen", "192.0.2.1:8443"][..], "this machine has no address 192.0.2.1"),
        (&["--listen", "127.0.0.1:0", "--name", "desk"], "call it localhost"),
        (&["--listen", "0.0.0.0:0", "--name", "*.desk.local"], "*.desk.local"),
    ] {
        let answer = desk.ask(&[&["run"], options].concat()).await;
        assert!(!answer.status.success() && answer.stderr.contains(words), "{}", answer.stderr);
    }
    assert!(!desk.data().exists());
}
