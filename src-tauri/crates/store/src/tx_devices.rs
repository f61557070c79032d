//! Devices and the state of their logs.

use rusqlite::{OptionalExtension, Row, params};
use vakhta_app::device::{Anchor, AuthHold, EpochReason, LogPosition};
use vakhta_app::tx::{DeviceRecord, DeviceTx, TxResult};
use vakhta_domain::ids::{DeviceId, Epoch, HardwareSerial};
use vakhta_domain::operation::kind;

use crate::columns::{Sql, from_json, from_word, micros, signed, to_json, uuid, word};
use crate::journal::Draft;
use crate::tx::WriteTx;

const DEVICE_COLUMNS: &str = "id, name, url, user, direction, hold";

/// Reads [`DEVICE_COLUMNS`].
pub(crate) fn device(row: &Row<'_>) -> Sql<DeviceRecord> {
    let hold: Option<String> = row.get(5)?;
    Ok(DeviceRecord {
        id: DeviceId(uuid(row.get(0)?)?),
        name: row.get(1)?,
        url: row.get(2)?,
        user: row.get(3)?,
        direction: from_word(&row.get::<_, String>(4)?)?,
        hold: hold.as_deref().map(from_json).transpose()?,
    })
}

impl DeviceTx for WriteTx<'_> {
    fn devices(&mut self) -> TxResult<Vec<DeviceRecord>> {
        self.sql(crate::views::devices)
    }

    fn device(&mut self, id: DeviceId) -> TxResult<Option<DeviceRecord>> {
        let query = format!("SELECT {DEVICE_COLUMNS} FROM device WHERE id = ?1 AND removed = 0");
        self.sql(|connection| {
            connection.prepare_cached(&query)?.query_row([id.0.as_bytes()], device).optional()
        })
    }

    fn add_device(&mut self, device: &DeviceRecord, author: &str) -> TxResult<()> {
        self.sql(|connection| {
            connection.execute(
                "INSERT INTO device (id, name, url, user, direction) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    device.id.0.as_bytes(),
                    device.name,
                    device.url,
                    device.user,
                    device.direction.as_str()
                ],
            )
        })?;
        self.journal(None, settings(kind::DEVICE_ADDED, device, author))
    }

    fn change_device(&mut self, device: &DeviceRecord, author: &str) -> TxResult<()> {
        self.sql(|connection| {
            connection.execute(
                "UPDATE device SET name = ?2, url = ?3, user = ?4, direction = ?5 WHERE id = ?1",
                params![
                    device.id.0.as_bytes(),
                    device.name,
                    device.url,
                    device.user,
                    device.direction.as_str()
                ],
            )
        })?;
        self.journal(None, settings(kind::DEVICE_CHANGED, device, author))
    }

    fn remove_device(&mut self, id: DeviceId, author: &str) -> TxResult<()> {
        self.sql(|connection| {
            connection.execute("UPDATE device SET removed = 1 WHERE id = ?1", [id.0.as_bytes()])
        })?;
        self.journal(None, Draft::new(kind::DEVICE_REMOVED, id, author))
    }

    fn set_hold(&mut self, id: DeviceId, hold: Option<&AuthHold>) -> TxResult<()> {
        let changed = self.sql(|connection| {
            let text = hold.map(to_json).transpose()?;
            connection.execute(
                "UPDATE device SET hold = ?2 WHERE id = ?1 AND hold IS NOT ?2",
                params![id.0.as_bytes(), text],
            )
        })?;
        if changed == 0 {
            return Ok(());
        }
        let draft = Draft::new(kind::DEVICE_HOLD, id, id)
            .field("refused", hold.is_some())
            .field("tries_left", hold.and_then(|hold| hold.tries_left));
        self.journal(None, draft)
    }

    fn log_position(&mut self, id: DeviceId, hardware: &HardwareSerial) -> TxResult<Option<LogPosition>> {
        self.sql(|connection| {
            connection
                .prepare_cached(
                    "SELECT epoch, anchor FROM device_log WHERE device = ?1 AND hardware = ?2
                     ORDER BY epoch DESC LIMIT 1",
                )?
                .query_row(params![id.0.as_bytes(), hardware.0], |row| {
                    let anchor: Option<String> = row.get(1)?;
                    Ok(LogPosition {
                        epoch: Epoch(row.get(0)?),
                        anchor: anchor.as_deref().map(from_json).transpose()?,
                    })
                })
                .optional()
        })
    }

    fn removed_anchor(&mut self, hardware: &HardwareSerial) -> TxResult<Option<Anchor>> {
        self.sql(|connection| {
            let anchor: Option<String> = connection
                .query_row(
                    "SELECT anchor FROM device_log JOIN device ON device.id = device_log.device
                     WHERE device_log.hardware = ?1 AND device.removed = 1 AND anchor IS NOT NULL
                     ORDER BY device.row DESC, device_log.epoch DESC LIMIT 1",
                    [&hardware.0],
                    |row| row.get(0),
                )
                .optional()?;
            anchor.as_deref().map(from_json).transpose()
        })
    }

    fn last_epoch(&mut self, id: DeviceId) -> TxResult<Option<Epoch>> {
        self.sql(|connection| {
            let query = "SELECT max(epoch) FROM device_log WHERE device = ?1";
            connection.query_row(query, [id.0.as_bytes()], |row| Ok(row.get::<_, Option<u32>>(0)?.map(Epoch)))
        })
    }

    fn add_epoch(
        &mut self,
        id: DeviceId,
        hardware: &HardwareSerial,
        epoch: Epoch,
        reason: EpochReason,
    ) -> TxResult<()> {
        let now = self.now;
        self.sql(|connection| {
            connection.execute(
                "INSERT INTO device_log (device, epoch, hardware, reason, begun) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![id.0.as_bytes(), epoch.0, hardware.0, word(&reason), micros(now)],
            )
        })?;
        let draft = Draft::new(kind::DEVICE_EPOCH, id, id)
            .field("epoch", epoch.0)
            .field("hardware", hardware.0.as_str())
            .field("reason", word(&reason));
        self.journal(None, draft)
    }

    fn set_anchor(&mut self, id: DeviceId, epoch: Epoch, anchor: &Anchor) -> TxResult<()> {
        self.sql(|connection| {
            connection
                .prepare_cached(
                    "UPDATE device_log SET anchor = ?3, serial = ?4 WHERE device = ?1 AND epoch = ?2",
                )?
                .execute(params![id.0.as_bytes(), epoch.0, to_json(anchor)?, signed(anchor.serial.0)])
        })?;
        Ok(())
    }
}

fn settings(kind: &'static str, device: &DeviceRecord, author: &str) -> Draft {
    Draft::new(kind, device.id, author)
        .field("name", device.name.as_str())
        .field("url", device.url.as_str())
        .field("user", device.user.as_str())
        .field("direction", device.direction.as_str())
}
