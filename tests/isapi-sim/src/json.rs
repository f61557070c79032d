//! One small tree for every document the device writes, as JSON or as XML.
//!
//! serde_json is not used for writing: a device writes numbers beyond 64 bits, numbers as text
//! and text as numbers, and none of that fits a well-typed serialiser.

use std::borrow::Cow;
use std::fmt::{Display, Write};

/// A node of a document.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    /// Written bare in JSON, whatever digits it holds.
    Num(String),
    Text(String),
    Bool(bool),
    Obj(Vec<(Cow<'static, str>, Node)>),
    /// In XML the element is repeated once per item.
    List(Vec<Node>),
}

pub(crate) fn num(value: impl Display) -> Node {
    Node::Num(value.to_string())
}

pub(crate) fn text(value: impl Into<String>) -> Node {
    Node::Text(value.into())
}

pub(crate) fn obj<const N: usize>(fields: [(&'static str, Node); N]) -> Node {
    Node::Obj(fields.into_iter().map(|(k, v)| (Cow::Borrowed(k), v)).collect())
}

impl Node {
    pub(crate) fn push(&mut self, key: &'static str, value: Node) {
        if let Node::Obj(fields) = self {
            fields.push((Cow::Borrowed(key), value));
        }
    }

    /// Replaces a field in place, or appends it.
    pub(crate) fn set(&mut self, key: &str, value: Node) {
        if let Node::Obj(fields) = self {
            match fields.iter_mut().find(|(k, _)| k == key) {
                Some((_, old)) => *old = value,
                None => fields.push((Cow::Owned(key.to_owned()), value)),
            }
        }
    }

    pub(crate) fn from_serde(value: &serde_json::Value) -> Node {
        use serde_json::Value;
        match value {
            Value::Null => Node::Num("null".into()),
            Value::Bool(b) => Node::Bool(*b),
            Value::Number(n) => Node::Num(n.to_string()),
            Value::String(s) => Node::Text(s.clone()),
            Value::Array(items) => Node::List(items.iter().map(Node::from_serde).collect()),
            Value::Object(map) => {
                Node::Obj(map.iter().map(|(k, v)| (Cow::Owned(k.clone()), Node::from_serde(v))).collect())
            }
        }
    }

    /// Numbers become text and text of digits becomes numbers, as some firmware does.
    pub(crate) fn drift(&mut self) {
        match self {
            Node::Num(digits) => *self = Node::Text(std::mem::take(digits)),
            Node::Text(t) if is_json_number(t) => *self = Node::Num(std::mem::take(t)),
            Node::Text(_) | Node::Bool(_) => {}
            Node::Obj(fields) => fields.iter_mut().for_each(|(_, v)| v.drift()),
            Node::List(items) => items.iter_mut().for_each(Node::drift),
        }
    }

    /// JSON in the tabbed layout these devices print.
    pub(crate) fn to_json(&self) -> String {
        let mut out = String::with_capacity(512);
        self.write_json(&mut out, 0);
        out.push('\n');
        out
    }

    fn write_json(&self, out: &mut String, depth: usize) {
        match self {
            Node::Num(digits) => out.push_str(digits),
            Node::Text(t) => write_json_string(out, t),
            Node::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
            Node::Obj(fields) => {
                out.push_str("{\n");
                for (i, (key, value)) in fields.iter().enumerate() {
                    indent(out, depth + 1);
                    write_json_string(out, key);
                    out.push_str(":\t");
                    value.write_json(out, depth + 1);
                    out.push_str(if i + 1 < fields.len() { ",\n" } else { "\n" });
                }
                indent(out, depth);
                out.push('}');
            }
            Node::List(items) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.push_str(", ");
                    }
                    item.write_json(out, depth + 1);
                }
                out.push(']');
            }
        }
    }

    /// An XML document with `root` as its element. Keys beginning with `@` are attributes.
    pub(crate) fn to_xml(&self, root: &str, namespace: Option<&str>, prefix: Option<&str>) -> String {
        let mut out = String::with_capacity(512);
        out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        let mut attributes = String::from(" version=\"2.0\"");
        if let Some(uri) = namespace {
            let colon = if prefix.is_some() { ":" } else { "" };
            let _ = write!(attributes, " xmlns{colon}{}=\"{}\"", prefix.unwrap_or(""), escape_xml(uri));
        }
        self.write_xml(&mut out, root, prefix, &attributes);
        out
    }

    fn write_xml(&self, out: &mut String, name: &str, prefix: Option<&str>, attributes: &str) {
        let tag = match prefix {
            Some(p) => format!("{p}:{name}"),
            None => name.to_owned(),
        };
        match self {
            Node::List(items) => items.iter().for_each(|item| item.write_xml(out, name, prefix, attributes)),
            Node::Obj(fields) => {
                let _ = write!(out, "<{tag}{attributes}");
                for (key, value) in fields {
                    if let Some(attribute) = key.strip_prefix('@') {
                        let _ = write!(out, " {attribute}=\"{}\"", escape_xml(&value.plain()));
                    }
                }
                let mut children = fields.iter().filter(|(k, _)| !k.starts_with('@')).peekable();
                if children.peek().is_none() {
                    out.push_str("/>\n");
                    return;
                }
                out.push_str(">\n");
                for (key, value) in children {
                    value.write_xml(out, key, prefix, "");
                }
                let _ = writeln!(out, "</{tag}>");
            }
            _ => {
                let value = self.plain();
                let _ = if value.is_empty() {
                    writeln!(out, "<{tag}{attributes}/>")
                } else {
                    writeln!(out, "<{tag}{attributes}>{}</{tag}>", escape_xml(&value))
                };
            }
        }
    }

    fn plain(&self) -> String {
        match self {
            Node::Num(v) | Node::Text(v) => v.clone(),
            Node::Bool(b) => b.to_string(),
            Node::Obj(_) | Node::List(_) => String::new(),
        }
    }
}

fn indent(out: &mut String, depth: usize) {
    out.extend(std::iter::repeat_n('\t', depth));
}

fn is_json_number(t: &str) -> bool {
    !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit()) && (t == "0" || !t.starts_with('0'))
}

fn write_json_string(out: &mut String, value: &str) {
    out.push('"');
    for c in value.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if (c as u32) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

pub(crate) fn escape_xml(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}

/// The text of the first element with this local name, whatever its prefix.
pub(crate) fn xml_value<'a>(document: &'a str, local: &str) -> Option<&'a str> {
    let mut rest = document;
    while let Some(open) = rest.find('<') {
        let after = &rest[open + 1..];
        let end = after.find('>')?;
        let name = after[..end].split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or("");
        rest = &after[end + 1..];
        if name.rsplit(':').next() == Some(local) && !name.is_empty() && !after.starts_with('/') {
            return rest.find('<').map(|close| rest[..close].trim());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_readable_by_an_ordinary_parser() {
        let node = obj([
            ("a", num(5)),
            ("b", text("x\"y\n\u{1}")),
            ("c", Node::List(vec![obj([]), Node::Bool(true)])),
        ]);
        let value: serde_json::Value = serde_json::from_str(&node.to_json()).unwrap();
        assert_eq!(value, serde_json::json!({"a": 5, "b": "x\"y\n\u{1}", "c": [{}, true]}));
    }

    #[test]
    fn drift_swaps_numbers_and_digit_text_but_keeps_leading_zeros() {
        let mut node = obj([("n", num(5)), ("card", text("18446744073709551886")), ("zero", text("0012"))]);
        node.drift();
        let json = node.to_json();
        assert!(json.contains("\"n\":\t\"5\""), "{json}");
        assert!(json.contains("\"card\":\t18446744073709551886"), "{json}");
        assert!(json.contains("\"zero\":\t\"0012\""), "{json}");
    }

    #[test]
    fn xml_has_prefix_attributes_and_escapes() {
        let node = obj([
            ("name", text("T&A")),
            ("max", obj([("@min", num(1)), ("@max", num(30))])),
            ("e", text("")),
        ]);
        let xml = node.to_xml("Cap", Some("urn:x"), Some("ns1"));
        assert!(xml.contains("<ns1:Cap version=\"2.0\" xmlns:ns1=\"urn:x\">"), "{xml}");
        assert!(xml.contains("<ns1:name>T&amp;A</ns1:name>"), "{xml}");
        assert!(xml.contains("<ns1:max min=\"1\" max=\"30\"/>"), "{xml}");
        assert!(xml.contains("<ns1:e/>"), "{xml}");
        assert_eq!(xml_value(&xml, "name"), Some("T&amp;A"));
        assert_eq!(xml_value(&xml, "absent"), None);
    }
}
