//! Endpoints about the device itself.

use crate::clock::Zone;
use crate::config::Kind;
use crate::device::{Device, lock, zone};
use crate::documents::{Trouble, json, ok, xml};
use crate::faults::{Faults, Refusal};
use crate::http::{Request, Response};
use crate::json::{Node, num, obj, text, xml_value};

/// `System/deviceInfo`: XML, also when JSON is asked for.
pub(crate) fn device_info(device: &Device, faults: &Faults) -> Response {
    let preset = device.config.kind.preset();
    let state = lock(&device.state);
    let node = obj([
        ("deviceName", text(device.config.display_name())),
        ("deviceID", text("255")),
        ("model", text(preset.model)),
        ("serialNumber", text(&*state.serial_number)),
        ("macAddress", text(state.mac())),
        ("firmwareVersion", text(preset.firmware)),
        ("firmwareReleasedDate", text("build 220915")),
        ("encoderVersion", text("V2.4")),
        ("encoderReleasedDate", text("build 210802")),
        ("deviceType", text(preset.device_type)),
        ("telecontrolID", num(255)),
        ("hardwareVersion", text("0x1001000")),
    ]);
    xml(faults, "DeviceInfo", &node)
}

/// `System/time`, both ways.
pub(crate) fn time(device: &Device, request: &Request, faults: &Faults) -> Result<Response, Trouble> {
    match request.method.as_str() {
        "GET" => {
            let now = device.now_text(faults);
            let state = lock(&device.state);
            let node = obj([
                ("timeMode", text(state.time_mode.clone())),
                ("localTime", text(now)),
                ("timeZone", text(zone(&state, faults).text.clone())),
            ]);
            Ok(xml(faults, "Time", &node))
        }
        "PUT" => {
            set_time(device, request, faults)?;
            Ok(ok(request, faults))
        }
        _ => Err(Trouble::METHOD),
    }
}

fn set_time(device: &Device, request: &Request, faults: &Faults) -> Result<(), Trouble> {
    let body = std::str::from_utf8(&request.body).map_err(|_| Trouble::BAD_XML)?;
    let mode =
        xml_value(body, "timeMode").filter(|m| ["NTP", "manual"].contains(m)).ok_or(Trouble::BAD_CONTENT)?;
    let mut state = lock(&device.state);
    if let Some(text) = xml_value(body, "timeZone").filter(|t| !t.is_empty()) {
        state.zone = Zone::parse(text).map_err(|_| Trouble::BAD_CONTENT)?;
    }
    if mode == "manual"
        && let Some(local) = xml_value(body, "localTime").filter(|t| !t.is_empty())
    {
        let wished = zone(&state, faults).read(local).ok_or(Trouble::BAD_CONTENT)?;
        // Relative to the whole clock, so that also a clock made wrong by a fault can be set.
        state.clock_offset_ms += wished - device.now_ms(&state, faults);
    }
    mode.clone_into(&mut state.time_mode);
    Ok(())
}

/// `System/time/timeZone`: plain text.
pub(crate) fn time_zone(device: &Device, faults: &Faults) -> Response {
    let state = lock(&device.state);
    Response::new(200, "text/plain", zone(&state, faults).text.clone())
}

/// `System/capabilities`.
pub(crate) fn capabilities(faults: &Faults) -> Response {
    let node = obj([
        ("SysCap", obj([("isSupportHttpHosts", Node::Bool(false)), ("isSupportTimeZone", Node::Bool(true))])),
        // Declared by a lying device although the endpoint answers 404.
        ("isSupportSubscribeEvent", Node::Bool(faults.capability_lies)),
        ("isSupportAcs", Node::Bool(true)),
        ("isSupportEventNotification", Node::Bool(!faults.stream_absent)),
    ]);
    xml(faults, "DeviceCap", &node)
}

/// `AccessControl/capabilities`.
pub(crate) fn acs_capabilities(request: &Request, faults: &Faults) -> Response {
    let lies = faults.capability_lies;
    let node = obj([
        ("isSupportAcsEvent", Node::Bool((faults.no_search == Refusal::Off) != lies)),
        ("isSupportAcsEventTotalNum", Node::Bool(faults.no_search == Refusal::Off && !faults.no_total)),
        ("isSupportAcsWorkStatus", Node::Bool(!faults.no_work_status)),
        ("isSupportUserInfo", Node::Bool(false)),
        ("isSupportCardInfo", Node::Bool(false)),
        ("isSupportFDLib", Node::Bool(false)),
        ("isSupportRemoteControlDoor", Node::Bool(false)),
        ("isSupportRemoteCheck", Node::Bool(false)),
    ]);
    if request.wants_json() {
        json(&obj([("AccessControl", node)]))
    } else {
        xml(faults, "AccessControl", &node)
    }
}

/// `AccessControl/AcsWorkStatus`.
pub(crate) fn work_status(device: &Device, faults: &Faults) -> Result<Response, Trouble> {
    if faults.no_work_status || faults.capability_lies {
        return Err(Trouble::NOT_FOUND);
    }
    let numbers = |list: &[u32]| Node::List(list.iter().map(num).collect());
    let readers = if device.config.kind == Kind::TurnstileOut { [2] } else { [1] };
    let status = obj([
        ("doorLockStatus", numbers(&[0])),
        ("doorStatus", numbers(&[4])),
        ("magneticStatus", numbers(&[0])),
        ("antiSneakStatus", text("close")),
        ("hostAntiDismantleStatus", text("close")),
        ("cardReaderOnlineStatus", numbers(&readers)),
        ("cardReaderVerifyMode", numbers(&[20])),
        ("batteryVoltage", num(0)),
        ("powerSupplyStatus", text("ACPowerSupply")),
        ("cardNum", num(0)),
    ]);
    Ok(json(&obj([("AcsWorkStatus", status)])))
}

/// `Security/illegalLoginLock`.
pub(crate) fn login_lock(device: &Device, faults: &Faults) -> Response {
    let (tries, seconds) = lock(&device.auth).lock_policy(faults);
    let node = obj([
        ("enabled", Node::Bool(true)),
        ("maxIllegalLoginTimes", num(tries)),
        ("maxIllegalLoginLockTime", num(seconds)),
    ]);
    xml(faults, "IllegalLoginLock", &node)
}

/// `Security/userCheck`, for a request with the right password.
pub(crate) fn user_check(device: &Device, faults: &Faults) -> Response {
    let left = lock(&device.auth).tries_left(faults);
    let node = obj([
        ("statusValue", num(200)),
        ("statusString", text("OK")),
        ("isDefaultPassword", Node::Bool(false)),
        ("isRiskPassword", Node::Bool(false)),
        ("isActivated", Node::Bool(true)),
        ("lockStatus", text("unlock")),
        ("retryLoginTime", num(left)),
    ]);
    xml(faults, "userCheck", &node)
}
