//! Challenges out of `WWW-Authenticate` values, none of them refused for its form.

/// One challenge as it stands in the header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Raw {
    pub(super) scheme: String,
    params: Vec<(String, String)>,
}

impl Raw {
    /// The first parameter of this name, in any case.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// `qop=auth,auth-int` without quotes falls apart at its comma; this puts it together.
    fn extend_qop(&mut self, word: &str) -> bool {
        let known = word.eq_ignore_ascii_case("auth") || word.eq_ignore_ascii_case("auth-int");
        match self.params.last_mut() {
            Some((key, value)) if known && key.eq_ignore_ascii_case("qop") => {
                value.push(',');
                value.push_str(word);
                true
            }
            _ => false,
        }
    }
}

/// All challenges of one header value, in order.
pub(super) fn challenges(value: &str) -> Vec<Raw> {
    let mut found: Vec<Raw> = Vec::new();
    for item in items(value) {
        let (word, rest) = first_word(item);
        if let Some(value) = rest.strip_prefix('=') {
            if let Some(raw) = found.last_mut() {
                raw.params.push((word.to_owned(), unquoted(value)));
            }
            continue;
        }
        if rest.is_empty() && found.last_mut().is_some_and(|raw| raw.extend_qop(word)) {
            continue;
        }
        let mut raw = Raw { scheme: word.to_owned(), params: Vec::new() };
        let (key, value) = first_word(rest);
        if let Some(value) = value.strip_prefix('=') {
            raw.params.push((key.to_owned(), unquoted(value)));
        }
        found.push(raw);
    }
    found
}

/// Splits at the commas outside of quotes; empty items are no items.
fn items(value: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    let mut escaped = false;
    value
        .split(move |c| {
            if escaped {
                escaped = false;
                return false;
            }
            match c {
                '\\' if quoted => escaped = true,
                '"' => quoted = !quoted,
                ',' => return !quoted,
                _ => {}
            }
            false
        })
        .map(str::trim)
        .filter(|item| !item.is_empty())
}

/// The word up to a space or `=`, and what follows it without the spaces between.
fn first_word(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(text.len());
    let (word, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    (word, rest.trim_start())
}

/// A value without its quotes and escapes; a closing quote may be missing.
fn unquoted(value: &str) -> String {
    let value = value.trim();
    let Some(inner) = value.strip_prefix('"') else { return value.to_owned() };
    let mut text = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => break,
            '\\' => text.extend(chars.next()),
            c => text.push(c),
        }
    }
    text
}
