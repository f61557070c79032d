//! What `cargo xtask bench` and `cargo xtask torture` run: figures for the table of goals, and
//! long loops of faults. Neither is part of the tests.

mod account;
mod bench;
mod chance;
mod child;
mod emitter;
mod place;
mod process;
mod table;
mod torture;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "vakhta-bench", about = "Figures for the table of goals, and long loops of faults")]
struct Arguments {
    #[command(subcommand)]
    what: What,
    /// The program under test; the `vakhtad` beside this one otherwise.
    #[arg(long, global = true)]
    vakhtad: Option<PathBuf>,
}

#[derive(Subcommand)]
enum What {
    /// Measure, and print one table. Judges nothing.
    Bench(bench::Options),
    /// Faults, for as long as wished. Fails on any violation.
    Torture(torture::Options),
}

fn main() -> ExitCode {
    match carry_out(Arguments::parse()) {
        Ok(code) => code,
        Err(why) => {
            eprintln!("vakhta-bench: {why:#}");
            ExitCode::FAILURE
        }
    }
}

fn carry_out(arguments: Arguments) -> anyhow::Result<ExitCode> {
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        anyhow::bail!("two providers of cryptography stand in each other's way");
    }
    let vakhtad = match arguments.vakhtad {
        Some(path) => path,
        None => std::env::current_exe()?.with_file_name(format!("vakhtad{}", std::env::consts::EXE_SUFFIX)),
    };
    anyhow::ensure!(vakhtad.is_file(), "{} is not there; build vakhta-runtime", vakhtad.display());
    let vakhtad = std::path::absolute(vakhtad)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the threads of the program could not be started")?;
    match arguments.what {
        What::Bench(options) => runtime.block_on(bench::run(&vakhtad, &options)),
        What::Torture(options) => runtime.block_on(torture::run(&vakhtad, &options)),
    }
}
