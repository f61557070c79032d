//! `vakhtad isapi decode`: what an administrator sends to support.

use std::io::{Read, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;

use crate::arguments::Isapi;

/// A capture is at most this long, in bytes.
const LIMIT: u64 = 512 * 1024 * 1024;

pub fn decode(isapi: &Isapi) -> anyhow::Result<ExitCode> {
    let Isapi::Decode { content_type, file } = isapi;
    let mut body = Vec::new();
    if file == Path::new("-") {
        std::io::stdin().lock().take(LIMIT).read_to_end(&mut body)?;
    } else {
        let opened = std::fs::File::open(file).with_context(|| file.display().to_string())?;
        opened.take(LIMIT).read_to_end(&mut body).with_context(|| file.display().to_string())?;
    }
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for object in vakhta_isapi::decode::decode(&body, content_type.as_deref()) {
        writeln!(out, "{object}")?;
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}
