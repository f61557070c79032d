use proptest::prelude::*;

use super::*;

fn text(text: &str) -> Node {
    Node::Text(text.to_owned())
}

#[test]
fn numbers_keep_every_digit() {
    let node = parse(br#"{"cardNo":18446744073609551886,"lead":"0042","f":1.50,"ok":true,"none":null}"#);
    let node = node.unwrap();
    assert_eq!(node.text("cardNo"), Some("18446744073609551886"));
    assert_eq!(node.text("lead"), Some("0042"));
    assert_eq!(node.text("f"), Some("1.50"));
    assert_eq!(node.bool("OK"), Some(true));
    assert_eq!(node.child("none"), Some(&Node::Null));
    assert_eq!(node.text("none"), None);
}

#[test]
fn getters_forgive_types() {
    let node = parse(br#"{"a":"12","b":12,"c":"","d":"0x4B","e":"12.0","f":"1","g":-1}"#).unwrap();
    assert_eq!(
        ["a", "b", "c", "d", "e", "g", "missing"].map(|name| node.u64(name)),
        [Some(12), Some(12), None, Some(75), Some(12), None, None]
    );
    assert_eq!(node.bool("f"), Some(true));
}

#[test]
fn xml_is_read_by_local_names() {
    let body = b"\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n\
        <ns1:Root version=\"2.0\" xmlns:ns1=\"http://www.isapi.org/ver20/XMLSchema\">\r\n\
        <!-- note --><ns1:name>T&amp;A &#x41;&#66; &lt;1&gt; &quot;&apos;</ns1:name>\
        <item>1</item><item>2</item><count/><empty></empty><raw><![CDATA[<b>]]></raw></ns1:Root>\r\n\0";
    let node = parse(body).unwrap();
    let root = node.child("Root").unwrap();
    assert_eq!(root.text("name"), Some("T&A AB <1> \"'"));
    assert_eq!(root.child("item"), Some(&Node::List(vec![text("1"), text("2")])));
    assert_eq!(root.child("count"), Some(&Node::Null));
    assert_eq!(root.text("empty"), None);
    assert_eq!(root.text("raw"), Some("<b>"));
}

#[test]
fn a_bare_ampersand_does_not_cost_the_document() {
    let node = parse(b"<a><b>T&A Controller</b><c>R & D</c></a>").unwrap();
    assert_eq!(node.child("a").unwrap().text("b"), Some("T&A Controller"));
    assert_eq!(node.child("a").unwrap().text("c"), Some("R & D"));
}

#[test]
fn a_byte_order_mark_may_be_cut_off_too() {
    for cut in [&b"\xef"[..], b"\xef\xbb", b" \xef\xbb\xbf\xef\xbb"] {
        assert_eq!(parse(cut), Err(ParseError::Incomplete));
    }
    assert_eq!(parse(b"\xef\xbb\xbf"), Err(ParseError::Empty));
    assert!(matches!(parse(b"\xef\xbbx"), Err(ParseError::Malformed { .. })));
}

#[test]
fn document_types_and_bombs_are_refused() {
    let bomb = b"<!DOCTYPE x [<!ENTITY a \"aaaa\">]><x>&a;</x>";
    assert_eq!(parse(bomb), Err(ParseError::Doctype));
    assert!(matches!(parse(b"<x>&a;</x>"), Err(ParseError::Malformed { .. })));
    assert_eq!(parse("[".repeat(100_000).as_bytes()), Err(ParseError::TooDeep));
    assert_eq!(parse("{\"a\":".repeat(65).as_bytes()), Err(ParseError::TooDeep));
    assert_eq!(parse("<a>".repeat(65).as_bytes()), Err(ParseError::TooDeep));
    assert!(parse(format!("{}{}", "[".repeat(64), "]".repeat(64)).as_bytes()).is_ok());
    assert!(parse(format!("{}{}", "<a>".repeat(64), "</a>".repeat(64)).as_bytes()).is_ok());
    let large = format!("{{\"a\":\"{}\"}}", "x".repeat(SIZE_LIMIT));
    assert_eq!(parse(large.as_bytes()), Err(ParseError::TooLarge));
    let large = format!("<a>{}</a>", "x".repeat(SIZE_LIMIT));
    assert_eq!(parse(large.as_bytes()), Err(ParseError::TooLarge));
}

#[test]
fn what_is_cut_off_is_told_from_what_is_broken() {
    let json = br#"{"a":[1,{"b":"c\u00e9\n"}],"d":null}"#;
    let xml = b"<?xml version=\"1.0\"?><!-- c --><a x=\"1\"><b>t &amp; u</b><![CDATA[x]]><c/></a>";
    for whole in [&json[..], &xml[..]] {
        for length in 1..whole.len() {
            assert_eq!(parse(&whole[..length]), Err(ParseError::Incomplete), "{length} of {whole:?}");
            assert!(!is_complete(&whole[..length]));
        }
        assert!(is_complete(whole));
    }
    for broken in [&b"{\"a\" 1}"[..], b"{a:1}", b"[1 2]", b"<a></b>", b"</a>", b"hello", b"{\"a\":1}x"] {
        assert!(matches!(parse(broken), Err(ParseError::Malformed { .. })), "{broken:?}");
    }
    assert_eq!(parse(b" \r\n\0"), Err(ParseError::Empty));
}

#[test]
fn documents_one_after_the_other() {
    let body = b"{\"a\":1}\r\n<b>2</b>[3]";
    let (first, length) = parse_prefix(body).unwrap();
    assert_eq!((first.u64("a"), length), (Some(1), 7));
    let (second, more) = parse_prefix(&body[length..]).unwrap();
    assert_eq!(second.u64("b"), Some(2));
    assert_eq!(parse_prefix(&body[length + more..]), Ok((Node::List(vec![text("3")]), 3)));
}

#[test]
fn firmware_slips_are_forgiven() {
    let node = parse(b"{\"a\": ,\"b\":[1,2,],\"c\":\"x\ny\",\"d\":\"\\q\\ud83d\\ude00\\ud83d!\",}").unwrap();
    assert_eq!(node.child("a"), Some(&Node::Null));
    assert_eq!(node.child("b").unwrap().items().len(), 2);
    assert_eq!(node.text("c"), Some("x\ny"));
    assert_eq!(node.text("d"), Some("\\q\u{1f600}\u{fffd}!"));
    let node = parse(b"{\"a\":\"caf\xe9\"}").unwrap();
    assert_eq!(node.text("a"), Some("caf\u{fffd}"));
    let node = parse(b"<a>caf\xe9</a>").unwrap();
    assert_eq!(node.text("a"), Some("caf?"));
}

#[test]
fn list_items_are_located() {
    let body = br#" {"x":{"infolist":[ {"a":1},{"b":2} ]}}"#;
    let (_, length, items) = parse_list(body, "InfoList").unwrap();
    assert_eq!(length, body.len());
    assert_eq!(items, [20, 28]);
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse(&bytes);
        let _ = is_complete(&bytes);
    }

    #[test]
    fn nearly_documents_never_panic(text in r#"[\{\[<][\{\}\[\]<>/!"\\:,a&;#u0-9 =\-\?]{0,80}"#) {
        if let Ok((_, length)) = parse_prefix(text.as_bytes()) {
            prop_assert!(length <= text.len());
        }
    }
}
