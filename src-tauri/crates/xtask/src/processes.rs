//! Programs that run beside this one and end with it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::shell::words;

/// How long a program has to end when asked to.
const GRACE: Duration = Duration::from_secs(if cfg!(test) { 1 } else { 5 });

/// The programs that were started, in order. All are ended when the last clone is dropped, or
/// when this process is interrupted or told to end.
#[derive(Clone, Default)]
pub(crate) struct Processes(Arc<List>);

#[derive(Default)]
struct List(Mutex<Running>);

#[derive(Default)]
struct Running {
    children: Vec<(String, Child)>,
    over: bool,
}

impl Processes {
    /// Ends everything, then this process, at Ctrl+C, SIGTERM and SIGHUP. Once in a process.
    pub(crate) fn end_at_signals(&self) -> Outcome {
        // Weak: the handler lives as long as the process and would keep the list from being dropped.
        let list = Arc::downgrade(&self.0);
        ctrlc::set_handler(move || {
            if let Some(list) = list.upgrade() {
                list.end();
            }
            std::process::exit(130);
        })
        .map_err(|error| format!("no handler for signals: {error}"))
    }

    /// Starts a program; its output goes where `command` says.
    pub(crate) fn start(&self, name: &str, command: &mut Command) -> Outcome {
        self.spawn(name, command).map(drop)
    }

    /// Starts a program and returns the first line it writes that `pick` makes something of;
    /// what follows is shown.
    pub(crate) fn start_and_read<T: Send + 'static>(
        &self,
        name: &str,
        command: &mut Command,
        patience: Duration,
        pick: impl Fn(&str) -> Option<T> + Send + 'static,
    ) -> Outcome<T> {
        let output = self.spawn(name, command.stdout(Stdio::piped()))?;
        let (found, wait) = mpsc::sync_channel(1);
        let prefix = name.to_owned();
        thread::spawn(move || {
            for line in output.into_iter().flat_map(|pipe| BufReader::new(pipe).lines()) {
                let Ok(line) = line else { break };
                match pick(&line) {
                    Some(value) => drop(found.try_send(value)),
                    None => println!("{prefix}: {line}"),
                }
            }
        });
        wait.recv_timeout(patience)
            .map_err(|_| format!("{name} did not say that it is ready within {} s", patience.as_secs()))
    }

    fn spawn(&self, name: &str, command: &mut Command) -> Outcome<Option<std::process::ChildStdout>> {
        // Under the lock, so that a signal finds either no child or one that it can end.
        let mut running = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        if running.over {
            return Err("interrupted".into());
        }
        let mut child = command
            .stdin(Stdio::null())
            .spawn()
            .map_err(|error| format!("{name}: {}: {error}", words(command)))?;
        let output = child.stdout.take();
        running.children.push((name.to_owned(), child));
        Ok(output)
    }

    /// The first program that has ended by itself, with how.
    pub(crate) fn ended(&self) -> Option<String> {
        let mut running = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        running.children.iter_mut().find_map(|(name, child)| {
            child.try_wait().ok().flatten().map(|status| format!("{name} ended: {status}"))
        })
    }

    /// Asks all to end, the last one first, waits, and kills what is left.
    pub(crate) fn end(&self) {
        self.0.end();
    }
}

impl List {
    fn end(&self) {
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        running.over = true;
        for (_, child) in running.children.iter_mut().rev() {
            ask_to_end(child);
        }
        let until = Instant::now() + GRACE;
        for (name, mut child) in running.children.drain(..).rev() {
            while matches!(child.try_wait(), Ok(None)) && Instant::now() < until {
                thread::sleep(Duration::from_millis(20));
            }
            if matches!(child.try_wait(), Ok(None)) {
                eprintln!("{name} did not end by itself and is killed");
                let _ = child.kill();
            }
            let _ = child.wait();
        }
    }
}

impl Drop for List {
    fn drop(&mut self) {
        self.end();
    }
}

/// The library can only kill; a program that holds a database is asked first where that is
/// possible.
fn ask_to_end(child: &mut Child) {
    if matches!(child.try_wait(), Ok(Some(_))) {
        return;
    }
    let asked = cfg!(unix)
        && Command::new("sh")
            .args(["-c", "kill -TERM \"$0\"", &child.id().to_string()])
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
    if !asked {
        let _ = child.kill();
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    fn is_there(pid: &str) -> bool {
        shell(&format!("kill -0 {pid}")).stderr(Stdio::null()).status().unwrap().success()
    }

    #[test]
    fn what_was_started_ends_with_the_list() {
        let processes = Processes::default();
        let pid = processes
            .start_and_read("a", &mut shell("echo $$; exec cat /dev/zero > /dev/null"), GRACE, |line| {
                Some(line.to_owned())
            })
            .unwrap();
        assert!(is_there(&pid));
        assert_eq!(processes.ended(), None);
        drop(processes);
        assert!(!is_there(&pid));
    }

    #[test]
    fn one_that_ends_by_itself_is_told() {
        let processes = Processes::default();
        let error = processes.start_and_read("a", &mut shell("exit 3"), GRACE, |_| Some(())).unwrap_err();
        assert!(error.starts_with("a did not say"), "{error}");
        while processes.ended().is_none() {
            thread::yield_now();
        }
        assert!(processes.ended().unwrap().contains("exit status: 3"));
    }

    #[test]
    fn nothing_is_started_once_all_has_ended() {
        let processes = Processes::default();
        processes.end();
        assert!(processes.start("a", &mut shell("exit 0")).is_err());
    }

    /// The test starts itself once more, as the process that is told to end.
    #[test]
    fn nothing_is_left_when_this_process_is_told_to_end() {
        const INSIDE: &str = "XTASK_TEST_INSIDE";
        if std::env::var_os(INSIDE).is_some() {
            let processes = Processes::default();
            processes.end_at_signals().unwrap();
            // One that does as it is told, and one that does not hear.
            let deaf = "trap '' TERM; echo $$; while :; do read line; done < /dev/zero";
            for script in ["echo $$; exec cat /dev/zero > /dev/null", deaf] {
                let pid =
                    processes.start_and_read("a", &mut shell(script), GRACE, |line| Some(line.to_owned()));
                println!("pid {}", pid.unwrap());
            }
            println!("ready");
            loop {
                thread::park();
            }
        }
        for signal in ["-TERM", "-INT"] {
            let mut inside = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "processes::tests::nothing_is_left_when_this_process_is_told_to_end"])
                .arg("--nocapture")
                .env(INSIDE, "1")
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let lines = BufReader::new(inside.stdout.take().unwrap()).lines().map(Result::unwrap);
            let mut pids: Vec<String> = Vec::new();
            for line in lines.take_while(|line| line != "ready") {
                pids.extend(line.split_once("pid ").map(|(_, pid)| pid.to_owned()));
            }
            assert_eq!(pids.len(), 2, "{pids:?}");
            assert!(pids.iter().all(|pid| is_there(pid)), "{pids:?}");
            let told = shell(&format!("kill {signal} {}", inside.id())).status().unwrap();
            assert!(told.success());
            assert_eq!(inside.wait().unwrap().code(), Some(130));
            assert!(!pids.iter().any(|pid| is_there(pid)), "{signal} left {pids:?}");
        }
    }
}
