//! Devices: their settings, and where reading of their logs stands.

use vakhta_domain::ids::{DeviceId, Epoch, HardwareSerial};

use crate::device::{EpochReason, LogPosition};
use crate::refusal::{Problem, Refusal};
use crate::tx::{DeviceRecord, Tx, TxResult};

/// Adds a device under a name that no other has, at an address that no other has.
///
/// # Errors
/// [`Refusal`] when the name or address is taken or not usable.
pub fn add(tx: &mut dyn Tx, device: DeviceRecord, author: &str) -> TxResult<DeviceRecord> {
    let device = DeviceRecord { name: checked_name(&device.name)?, ..device };
    refuse_doubles(tx, &device)?;
    tx.add_device(&device, author)?;
    Ok(device)
}

/// Changes what is given of a device's settings.
///
/// # Errors
/// As [`add`].
pub fn change(tx: &mut dyn Tx, changed: DeviceRecord, author: &str) -> TxResult<()> {
    let changed = DeviceRecord { name: checked_name(&changed.name)?, ..changed };
    refuse_doubles(tx, &changed)?;
    tx.change_device(&changed, author)
}

fn checked_name(name: &str) -> Result<String, Refusal> {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let problem = match name.chars().count() {
        0 => Problem::Empty,
        61.. => Problem::TooLong,
        _ if name.chars().any(char::is_control) => Problem::Malformed,
        _ => return Ok(name),
    };
    Err(Refusal::invalid("name", problem, "must have 1 to 60 characters"))
}

fn refuse_doubles(tx: &mut dyn Tx, device: &DeviceRecord) -> TxResult<()> {
    for other in tx.devices()?.iter().filter(|other| other.id != device.id) {
        if other.name.to_lowercase() == device.name.to_lowercase() {
            return Err(Refusal::taken("name", &other.name).into());
        }
        if other.url == device.url {
            return Err(Refusal::taken("url", &other.name).into());
        }
    }
    Ok(())
}

/// Finds a device by its name, case apart.
///
/// # Errors
/// [`Refusal`] when there is none.
pub fn named(tx: &mut dyn Tx, name: &str) -> TxResult<DeviceRecord> {
    let wanted = name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let found = tx.devices()?.into_iter().find(|device| device.name.to_lowercase() == wanted);
    found.ok_or_else(|| Refusal::not_found("device", name).into())
}

/// Where reading goes on for the hardware that answers now. Hardware that was never met on this
/// device begins an epoch; hardware that returns goes on with its own.
///
/// # Errors
/// When the store fails.
pub fn open_log(tx: &mut dyn Tx, id: DeviceId, hardware: &HardwareSerial) -> TxResult<LogPosition> {
    if let Some(position) = tx.log_position(id, hardware)? {
        return Ok(position);
    }
    let reason = match tx.last_epoch(id)? {
        None => EpochReason::FirstContact,
        Some(_) => EpochReason::HardwareSwapped,
    };
    // What a removed device has told of this hardware is not read again under a new name. If the
    // log is another one by now, the anchor will not be met, and reading begins anew.
    let anchor = tx.removed_anchor(hardware)?;
    let position = next_epoch(tx, id, hardware, reason)?;
    if let Some(anchor) = &anchor {
        tx.set_anchor(id, position.epoch, anchor)?;
    }
    Ok(LogPosition { anchor, ..position })
}

/// Begins the next epoch of a device's log.
///
/// # Errors
/// When the store fails.
pub fn next_epoch(
    tx: &mut dyn Tx,
    id: DeviceId,
    hardware: &HardwareSerial,
    reason: EpochReason,
) -> TxResult<LogPosition> {
    let epoch = Epoch(tx.last_epoch(id)?.map_or(1, |last| last.0 + 1));
    tx.add_epoch(id, hardware, epoch, reason)?;
    Ok(LogPosition { epoch, anchor: None })
}
