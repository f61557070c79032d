//! A real S3 service on this machine, with what services do wrong.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use base64::Engine;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use s3s::Body;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

pub const BUCKET: &str = "watch";
pub const KEY: &str = "vakhta-tests";
pub const SECRET: &str = "the secret of the key of these tests";

/// What the service does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Fault {
    None,
    /// Takes everything and keeps nothing, and says that all is well.
    Lies,
    /// Is full.
    Full,
    /// Cuts the connection in the middle of what it is sent.
    Cuts,
    /// Never answers.
    Hangs,
    /// Takes the first part of a large file, and no other.
    Stalls,
}

/// The service; gone when dropped.
pub struct S3 {
    folder: TempDir,
    fault: Arc<AtomicU8>,
    pub endpoint: String,
    /// Of the authority that vouches for it, where it is served by TLS.
    pub authority: Option<String>,
    serving: tokio::task::JoinHandle<()>,
}

impl Drop for S3 {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl S3 {
    pub async fn start() -> Self {
        Self::start_with(None).await
    }

    /// By TLS, with a certificate that nobody knows.
    pub async fn start_secure() -> Self {
        crate::browser::provider();
        let made = rcgen::generate_simple_self_signed(vec!["localhost".into()]).expect("a certificate");
        let key =
            rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
        let config = rustls::ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .expect("a configuration");
        let text = base64::engine::general_purpose::STANDARD.encode(made.cert.der());
        let pem = format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n");
        Self::start_with(Some((TlsAcceptor::from(Arc::new(config)), pem))).await
    }

    async fn start_with(secure: Option<(TlsAcceptor, String)>) -> Self {
        let folder = TempDir::new().expect("a folder");
        std::fs::create_dir(folder.path().join(BUCKET)).expect("a bucket");
        let mut builder = S3ServiceBuilder::new(s3s_fs::FileSystem::new(folder.path()).expect("a service"));
        builder.set_auth(SimpleAuth::from_single(KEY, SECRET));
        let service = builder.build();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let fault = Arc::new(AtomicU8::new(Fault::None as u8));
        let (acceptor, authority) = secure.unzip();
        let endpoint = match acceptor {
            Some(_) => format!("https://localhost:{port}"),
            None => format!("http://127.0.0.1:{port}"),
        };
        let serving = tokio::spawn(serve(listener, acceptor, service, Arc::clone(&fault)));
        Self { folder, fault, endpoint, authority, serving }
    }

    pub fn switch(&self, fault: Fault) {
        self.fault.store(fault as u8, Ordering::SeqCst);
    }

    /// What the service keeps, without its own notes.
    pub fn files(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        walk(&self.folder.path().join(BUCKET), &mut found);
        found
    }

    /// What it keeps of uploads that were begun and not ended.
    pub fn unfinished(&self) -> usize {
        let entries = std::fs::read_dir(self.folder.path()).expect("a folder").flatten();
        entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(".upload")).count()
    }

    /// The backups among them.
    pub fn backups(&self) -> Vec<PathBuf> {
        let mut backups = self.files();
        backups.retain(|path| path.extension().is_some_and(|ending| ending == "vakhta"));
        backups.sort();
        backups
    }
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() { walk(&path, found) } else { found.push(path) }
    }
}

async fn serve(
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    service: S3Service,
    fault: Arc<AtomicU8>,
) {
    while let Ok((socket, _)) = listener.accept().await {
        let (service, fault, acceptor) = (service.clone(), Arc::clone(&fault), acceptor.clone());
        tokio::spawn(async move {
            match acceptor {
                None => connection(socket, service, fault).await,
                Some(acceptor) => {
                    if let Ok(secure) = acceptor.accept(socket).await {
                        connection(secure, service, fault).await;
                    }
                }
            }
        });
    }
}

async fn connection(
    socket: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    service: S3Service,
    fault: Arc<AtomicU8>,
) {
    let answer = service_fn(move |request: Request<Incoming>| {
        let (service, fault) = (service.clone(), fault.load(Ordering::SeqCst));
        async move { answer(&service, fault, request).await }
    });
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(socket), answer).await;
}

async fn answer(
    service: &S3Service,
    fault: u8,
    request: Request<Incoming>,
) -> Result<Response<Body>, std::io::Error> {
    let writes = matches!(*request.method(), Method::PUT | Method::POST);
    let is = |wanted: Fault| fault == wanted as u8;
    let later = request.uri().query().is_some_and(|query| query.contains("partNumber=2"));
    if is(Fault::Hangs) || later && is(Fault::Stalls) {
        std::future::pending::<Infallible>().await;
    }
    if writes && is(Fault::Full) {
        let full = "<Error><Code>QuotaExceeded</Code><Message>the bucket is full</Message></Error>";
        let response = Response::builder().status(StatusCode::FORBIDDEN).body(Body::from(full.to_owned()));
        return response.map_err(std::io::Error::other);
    }
    if writes && is(Fault::Cuts) {
        // A service that fails ends the connection.
        return Err(std::io::Error::other("cut"));
    }
    if writes && is(Fault::Lies) {
        let response = Response::builder().header("etag", "\"0\"").body(Body::empty());
        return response.map_err(std::io::Error::other);
    }
    service.call(request.map(Body::from)).await.map_err(|why| std::io::Error::other(format!("{why:?}")))
}
