//! The device's port: accepting, routing, and the faults of transport.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::device::{Device, lock};
use crate::documents::Trouble;
use crate::faults::Faults;
use crate::http::{Connection, Request, Response};
use crate::{search, stream, system};

/// Serves until told to stop; then closes the listener and every connection.
pub(crate) async fn serve(listener: TcpListener, device: Arc<Device>, mut stop: oneshot::Receiver<()>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = &mut stop => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => {
                let Ok((socket, _)) = accepted else { continue };
                device.count(|s| s.connections += 1);
                if !device.faults().close_on_accept {
                    connections.spawn(connection(socket, device.clone()));
                }
            }
        }
    }
    drop(listener);
    connections.shutdown().await;
}

/// Counts an open connection for as long as it lives, also when its task is aborted.
struct Open(Arc<Device>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.count(|s| s.connections_open -= 1);
    }
}

async fn connection(socket: TcpStream, device: Arc<Device>) {
    let id = {
        let mut stats = lock(&device.stats);
        stats.connections_open += 1;
        stats.connections
    };
    device.changed.notify_waiters();
    let _open = Open(device.clone());
    let mut connection = Connection::new(id, socket);
    // A client that goes away in the middle is nothing to report: clients do.
    if matches!(requests(&mut connection, &device).await, Ok(true)) {
        connection.finish().await;
    }
}

/// Answers requests until the connection ends; false when it should break off without a goodbye.
async fn requests(connection: &mut Connection, device: &Device) -> io::Result<bool> {
    while let Some(request) = connection.read_request().await? {
        let faults = device.faults();
        let path = counted_path(request.path());
        device.count(|s| *s.requests.entry(path.clone()).or_default() += 1);
        let number = device.requests_total.fetch_add(1, Ordering::Relaxed) + 1;
        if faults.hang.as_deref().is_some_and(|prefix| request.path().starts_with(prefix)) {
            connection.closed().await;
            return Ok(false);
        }
        if faults.drop_every.is_some_and(|n| number.is_multiple_of(n)) {
            return Ok(false);
        }
        if let Some(delay) = faults.slow_answer {
            tokio::time::sleep(delay).await;
        }
        let admitted = lock(&device.auth).check(&request, connection.id, &faults);
        let mut response = match admitted {
            Err(refusal) => *refusal,
            Ok(()) => {
                device.count(|s| *s.admitted.entry(path).or_default() += 1);
                match routed(device, &request, &faults) {
                    Some(response) => response,
                    None => {
                        stream::serve(connection, device).await?;
                        return Ok(true);
                    }
                }
            }
        };
        device.changed.notify_waiters();
        response.close |= request.wants_close();
        connection.write_response(&response, &faults, request.method == "HEAD").await?;
        if response.close || faults.cut_body {
            return Ok(true);
        }
    }
    Ok(true)
}

/// Pictures have a path each; they count as one.
fn counted_path(path: &str) -> String {
    if path.starts_with("/LOCALS/pic/") { "/LOCALS/pic".into() } else { path.to_owned() }
}

/// The answer to an admitted request; `None` opens a stream.
fn routed(device: &Device, request: &Request, faults: &Faults) -> Option<Response> {
    if faults.error_200.as_ref().is_some_and(|c| c.take()) {
        return Some(Trouble::DEVICE_ERROR.response(request, faults));
    }
    if faults.busy_503.as_ref().is_some_and(|c| c.take()) {
        return Some(Trouble::BUSY.response(request, faults));
    }
    let path = request.path();
    if path == "/ISAPI/Event/notification/alertStream" {
        return stream::refusal(device, request, faults);
    }
    let answer = match path.strip_prefix("/ISAPI/") {
        Some(rest) => endpoint(device, rest, request, faults),
        None => match search::picture(device, path) {
            Some(picture) if request.method == "GET" || request.method == "HEAD" => {
                Ok(Response::new(200, "image/jpeg", &*picture))
            }
            _ => Err(Trouble::NOT_FOUND),
        },
    };
    Some(answer.unwrap_or_else(|trouble| trouble.response(request, faults)))
}

fn endpoint(device: &Device, path: &str, request: &Request, faults: &Faults) -> Result<Response, Trouble> {
    match path {
        "System/time" => return system::time(device, request, faults),
        "AccessControl/AcsEvent" => return search::search(device, request, faults),
        "AccessControl/AcsEventTotalNum" => return search::total(device, request, faults),
        _ => {}
    }
    let answer = match path {
        "System/deviceInfo" => Ok(system::device_info(device, faults)),
        "System/time/timeZone" => Ok(system::time_zone(device, faults)),
        "System/capabilities" => Ok(system::capabilities(faults)),
        "AccessControl/capabilities" => Ok(system::acs_capabilities(request, faults)),
        "AccessControl/AcsEvent/capabilities" => search::capabilities(faults),
        "AccessControl/AcsWorkStatus" => system::work_status(device, faults),
        "Security/illegalLoginLock" => Ok(system::login_lock(device, faults)),
        "Security/userCheck" => Ok(system::user_check(device, faults)),
        _ => return Err(Trouble::NOT_FOUND),
    };
    if request.method != "GET" && request.method != "HEAD" {
        return Err(Trouble::METHOD);
    }
    answer
}
