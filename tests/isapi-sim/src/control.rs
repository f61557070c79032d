//! The control interface: plain HTTP and JSON on a loopback port, without a password.

use std::sync::{Arc, Mutex};

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::device::lock;
use crate::event::Pass;
use crate::faults::{Faults, list_faults};
use crate::http::{Connection, JSON, Request, Response};
use crate::script::Script;
use crate::simulator::Handle;

/// Bursts and scripts that outlast their request. They end with the control interface.
type Background = Arc<Mutex<JoinSet<()>>>;

pub(crate) async fn serve(listener: TcpListener, handle: Handle) {
    let background = Background::default();
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => {
                let Ok((socket, _)) = accepted else { continue };
                let (handle, background) = (handle.clone(), background.clone());
                connections.spawn(async move {
                    let mut connection = Connection::new(0, socket);
                    while let Ok(Some(request)) = connection.read_request().await {
                        let response = answer(&handle, &background, &request).await;
                        let close = request.wants_close();
                        if connection.write_response(&response, &Faults::default(), false).await.is_err() || close {
                            break;
                        }
                    }
                    connection.finish().await;
                });
            }
        }
    }
}

async fn answer(handle: &Handle, background: &Background, request: &Request) -> Response {
    match command(handle, background, request).await {
        Ok(Some(value)) => Response::new(200, JSON, format!("{value}\n")),
        Ok(None) => Response::new(404, JSON, "{\"error\":\"no such command, see isapi-sim --help\"}\n"),
        Err(error) => Response::new(400, JSON, format!("{}\n", json!({"error": error}))),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Burst {
    count: u32,
    #[serde(default)]
    rate: f64,
    #[serde(default)]
    person_nos: Vec<String>,
    #[serde(default)]
    wait: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Play {
    text: String,
    #[serde(default)]
    speed: f64,
}

async fn command(
    handle: &Handle,
    background: &Background,
    request: &Request,
) -> Result<Option<Value>, String> {
    let done = || Ok(Some(json!({"ok": true})));
    match (request.method.as_str(), request.path()) {
        ("GET", "/state") => Ok(Some(to_json(&handle.stats())?)),
        ("GET", "/log") => {
            let log = if request.query("all").is_some() { handle.everything() } else { handle.log() };
            Ok(Some(to_json(&log)?))
        }
        ("GET", "/faults") => Ok(Some(
            list_faults()
                .iter()
                .map(|f| json!({"name": f.name, "value": f.value, "row": f.row, "what": f.what}))
                .collect(),
        )),
        ("POST", "/pass") => Ok(Some(json!({"serial": handle.pass(read::<Pass>(request)?)}))),
        ("POST", "/burst") => burst(handle, background, read(request)?).await.map(Some),
        ("POST", "/script") => {
            let Play { text, speed } = read(request)?;
            let script = Script::parse(&text).map_err(|e| e.to_string())?;
            let steps = script.len();
            let handle = handle.clone();
            spawn(background, async move {
                if let Err(error) = handle.play(&script, speed).await {
                    eprintln!("isapi-sim: {error}");
                }
            });
            Ok(Some(json!({"steps": steps})))
        }
        ("POST", "/fault") => {
            fault(handle, &read(request)?)?;
            done()
        }
        ("POST", "/clear-faults") => {
            handle.clear_faults();
            done()
        }
        ("POST", "/clear-log") => {
            handle.clear_log();
            done()
        }
        ("POST", "/swap-hardware") => Ok(Some(json!({"serial_number": handle.swap_hardware()}))),
        ("POST", "/clock") => {
            let wish: Value = read(request)?;
            match (wish.get("offset_s").and_then(Value::as_i64), wish.get("step_s").and_then(Value::as_i64)) {
                (Some(offset), None) => handle.set_clock_offset(offset),
                (None, Some(step)) => handle.step_clock(step),
                _ => return Err("either offset_s or step_s is needed, in whole seconds".into()),
            }
            Ok(Some(json!({"device_time": handle.device_time()})))
        }
        ("POST", "/unplug") => {
            handle.unplug().await;
            done()
        }
        ("POST", "/plug") => {
            handle.plug().await.map_err(|e| e.to_string())?;
            done()
        }
        ("POST", "/password") => {
            let wish: Value = read(request)?;
            handle.set_password(wish.get("password").and_then(Value::as_str).ok_or("password is missing")?);
            done()
        }
        ("POST", "/unlock") => {
            handle.unlock();
            done()
        }
        _ => Ok(None),
    }
}

fn read<T: serde::de::DeserializeOwned>(request: &Request) -> Result<T, String> {
    let body: &[u8] = if request.body.is_empty() { b"{}" } else { &request.body };
    serde_json::from_slice(body).map_err(|e| e.to_string())
}

fn to_json(value: &impl serde::Serialize) -> Result<Value, String> {
    serde_json::to_value(value).map_err(|e| e.to_string())
}

/// `{"name": "drip"}` and `{"name": "drip", "value": 3}` switch on, a `value` of null switches off.
fn fault(handle: &Handle, wish: &Value) -> Result<(), String> {
    let name = wish.get("name").and_then(Value::as_str).ok_or("name is missing")?;
    let result = match wish.get("value") {
        Some(Value::Null | Value::Bool(false)) => handle.clear_fault(name),
        None | Some(Value::Bool(true)) => handle.set_fault(name),
        Some(Value::String(value)) => handle.set_fault(&format!("{name}={value}")),
        Some(value) => handle.set_fault(&format!("{name}={value}")),
    };
    result.map_err(|e| e.to_string())
}

async fn burst(handle: &Handle, background: &Background, wish: Burst) -> Result<Value, String> {
    let Burst { count, rate, person_nos, wait } = wish;
    if !(rate.is_finite() && rate >= 0.0) {
        return Err("rate must be 0 (as fast as possible) or more".into());
    }
    let handle = handle.clone();
    let run = async move {
        if person_nos.is_empty() {
            return handle.burst(count, rate).await;
        }
        handle
            .burst_with(count, rate, |i| Pass::granted().person(&person_nos[i as usize % person_nos.len()]))
            .await
    };
    if wait || rate == 0.0 {
        let serials = run.await;
        return Ok(json!({"first": serials.start(), "last": serials.end()}));
    }
    spawn(background, async move {
        run.await;
    });
    Ok(json!({"accepted": count}))
}

fn spawn(background: &Background, task: impl Future<Output = ()> + Send + 'static) {
    let mut tasks = lock(background);
    while tasks.try_join_next().is_some() {}
    tasks.spawn(task);
}
