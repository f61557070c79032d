//! What a page, the window or a program asks: the body of `/rpc`, a line of the local socket, a command
//! by its name.
//!
//! Over its WebSocket a page is only told things; what it says there is dropped unread.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use vakhta_app::command::{Command, all};
use vakhta_app::refusal::{ErrorCode, Problem, Refusal};
use vakhta_app::users::view::Place;
use vakhta_app::wire;

/// A refusal tells what is wrong; it does not say again what was sent.
const WORDS: usize = 200;

/// A page as the window names it to the service.
#[derive(Debug, Serialize, Deserialize)]
struct Page {
    token: Option<String>,
    place: Place,
    agent: Option<String>,
}

/// Never panics; what is a command is in the registry and stays the same when it is passed on, and what
/// is none is refused in few words.
///
/// # Panics
/// Where that does not hold.
pub fn run(bytes: &[u8]) {
    match wire::command(bytes) {
        Ok(command) => passed_on(&command),
        Err(refusal) => refused(&refusal),
    }
    match wire::question::<Page>(bytes) {
        Ok(question) => {
            passed_on(&question.ask);
            let again = serde_json::to_vec(&question).unwrap_or_default();
            let Ok(again) = wire::question::<Page>(&again) else { panic!("not a question any more") };
            assert_eq!(json(&again), json(&question));
        }
        Err(refusal) => refused(&refusal),
    }
    let Ok(Value::Object(mut fields)) = serde_json::from_slice(bytes) else { return };
    let name = fields.get("command").and_then(Value::as_str).unwrap_or_default().to_owned();
    match wire::command_of(&name, fields.remove("with").unwrap_or_default()) {
        Ok(command) => passed_on(&command),
        Err(refusal) => refused(&refusal),
    }
}

fn json(value: &impl Serialize) -> Value {
    match serde_json::to_value(value) {
        Ok(value) => value,
        Err(why) => panic!("cannot be passed on: {why}"),
    }
}

fn passed_on(command: &Command) {
    let value = json(command);
    let name = value.get("command").and_then(Value::as_str).unwrap_or_default();
    assert_eq!(command.name(), name);
    assert!(all().contains(&(name.to_owned(), command.permission())), "{name} is not in the registry");
    match wire::command(value.to_string().as_bytes()) {
        Ok(again) => assert_eq!(json(&again), value),
        Err(refusal) => panic!("{name} is none any more: {refusal}"),
    }
}

fn refused(refusal: &Refusal) {
    assert_eq!((refusal.code, refusal.problem), (ErrorCode::Invalid, Some(Problem::Malformed)));
    let words = refusal.message.strip_prefix("request: ").unwrap_or_default();
    assert!(!words.is_empty() && words.len() <= WORDS, "{words:?}");
}
