//! `vakhtad`: Vakhta without a window, and the commands of its administrator.

mod arguments;
mod ask;
mod backup;
mod decode;
mod doctor;
mod print;
mod run;

use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;

use arguments::{Arguments, Task};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        eprintln!("vakhtad: two providers of cryptography stand in each other's way");
        return ExitCode::FAILURE;
    }
    // A command says what was asked for; what runs for years says what it does, and keeps it.
    let runs = matches!(arguments.task, Task::Run(_));
    let usual = if runs { "info" } else { "error,vakhta_secrets::open=warn" };
    vakhta_runtime::log::begin(usual, arguments.data.as_deref().filter(|_| runs), true);
    match carry_out(arguments) {
        Ok(code) => code,
        Err(why) if is_broken_pipe(&why) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("vakhtad: {why:#}");
            ExitCode::FAILURE
        }
    }
}

fn carry_out(arguments: Arguments) -> anyhow::Result<ExitCode> {
    if let Task::Isapi(isapi) = arguments.task {
        return decode::decode(&isapi);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the threads of the program could not be started")?;
    let folder = arguments.data.context("say which data folder: --data DIR, or VAKHTA_DATA")?;
    let code = match arguments.task {
        Task::Run(options) => runtime.block_on(run::run(&folder, options)),
        Task::Backup(task) => runtime.block_on(backup::backup(&folder, task, arguments.json)),
        Task::Doctor => runtime.block_on(doctor::doctor(&folder, arguments.json)),
        Task::Diagnostics { out } => runtime.block_on(doctor::diagnose(&folder, out, arguments.json)),
        Task::Recover => runtime.block_on(ask::recover(&folder)),
        other => runtime.block_on(ask::ask(&folder, other, arguments.json)),
    };
    // What still blocks (a keyring that does not answer) must not hold up the end.
    runtime.shutdown_timeout(std::time::Duration::from_millis(500));
    code
}

/// Whoever read our output has seen enough: `vakhtad passages | head`.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.downcast_ref::<std::io::Error>().is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
    })
}
