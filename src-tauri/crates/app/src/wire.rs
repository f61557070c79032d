//! What is asked, as it comes over a wire: from a page, from the window, through the local socket.
//!
//! Whoever sends what is no command is told so without hearing anything of it back: a password may
//! stand in it, and an answer that grows with the question is not worth having.

use serde::{Deserialize, Serialize};
use serde_json::error::Category;
use serde_json::{Error, Value, json};

use crate::command::Command;
use crate::refusal::{Problem, Refusal};

/// A question to the local socket; without a page it is the folder's owner who asks.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Question<P, C> {
    /// The page for which the window asks.
    pub page: Option<P>,
    /// What it asks.
    pub ask: C,
}

/// Reads a command.
///
/// # Errors
/// A [`Refusal`] of what is none.
pub fn command(bytes: &[u8]) -> Result<Command, Refusal> {
    serde_json::from_slice(bytes).map_err(|why| refused(&why))
}

/// A command by its name on the wire.
///
/// # Errors
/// A [`Refusal`] of what is none.
pub fn command_of(name: &str, with: Value) -> Result<Command, Refusal> {
    serde_json::from_value(json!({ "command": name, "with": with })).map_err(|why| refused(&why))
}

/// Reads a line of the local socket.
///
/// # Errors
/// A [`Refusal`] of what is no question.
pub fn question<P: for<'de> Deserialize<'de>>(line: &[u8]) -> Result<Question<P, Command>, Refusal> {
    serde_json::from_slice(line).map_err(|why| refused(&why))
}

fn refused(why: &Error) -> Refusal {
    Refusal::invalid("request", Problem::Malformed, words(why))
}

/// What is wrong, in words of which none was sent.
fn words(why: &Error) -> String {
    let text = why.to_string();
    let what = match why.classify() {
        // These speak of JSON, or name a field of ours.
        Category::Syntax | Category::Eof | Category::Io => return text,
        Category::Data if text.starts_with("missing field `") => return text,
        Category::Data if text.starts_with("unknown variant `") => "a command or a word that is not known",
        Category::Data => "something is of another kind or form than it must be",
    };
    match (why.line(), why.column()) {
        (0, _) => what.to_owned(),
        (line, column) => format!("{what}, at line {line} column {column}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> Refusal {
        let refusal = command(text.as_bytes()).unwrap_err();
        assert_eq!((refusal.field.as_deref(), refusal.problem), (Some("request"), Some(Problem::Malformed)));
        refusal
    }

    #[test]
    fn a_refusal_says_what_is_wrong() {
        for (text, words) in [
            ("", "EOF while parsing"),
            ("{\"command\": \"visit_list\", ", "EOF while parsing"),
            ("x", "expected value at line 1 column 1"),
            ("{\"command\":\"visit_list\",\"with\":{\"after\":0}}", "missing field `limit`"),
            (
                "{\"command\":\"open_sesame\",\"with\":null}",
                "a command or a word that is not known, at line 1",
            ),
            (
                "{\"command\":\"visit_list\",\"with\":{\"after\":\"0\",\"limit\":1}}",
                "of another kind or form",
            ),
        ] {
            assert!(refusal(text).message.contains(words), "{text}: {}", refusal(text).message);
        }
        let refusal = command_of("visit_list", json!({ "after": "0" })).unwrap_err();
        assert!(refusal.message.ends_with("than it must be"), "{}", refusal.message);
    }

    #[test]
    fn nothing_that_was_sent_comes_back() {
        let secret = "correct horse ".repeat(1_000);
        for text in [
            format!("{{\"command\":\"step_up\",\"with\":\"{secret}\"}}"),
            format!("{{\"command\":\"step_up\",\"with\":{{\"secret\":[\"{secret}\"]}}}}"),
            format!("{{\"command\":\"visit_detail\",\"with\":{{\"id\":\"{secret}\"}}}}"),
            format!("{{\"command\":\"{secret}\"}}"),
            format!("{{\"command\":\"device_list\",\"with\":null}}{secret}"),
            format!("\"{secret}\""),
        ] {
            let message = refusal(&text).message;
            assert!(!message.contains("horse") && message.len() < 200, "{message}");
        }
        assert!(
            !refusal("{\"command\":\"step_up\",\"with\":{\"secret\":48151623}}").message.contains("4815")
        );
    }

    #[test]
    fn a_question_is_the_owners_unless_a_page_asks() {
        let ask = "\"ask\":{\"command\":\"status\",\"with\":null}";
        let owner = question::<String>(format!("{{{ask}}}").as_bytes()).unwrap();
        assert_eq!((owner.page, owner.ask.name()), (None, "status".to_owned()));
        let page = question::<String>(format!("{{\"page\":\"p\",{ask}}}\n").as_bytes()).unwrap();
        assert_eq!(page.page.as_deref(), Some("p"));
        assert!(question::<String>(b"{\"page\":\"p\"}").unwrap_err().message.contains("missing field `ask`"));
    }
}
