use super::*;
use proptest::prelude::*;

const TYPE: Option<&str> = Some("multipart/mixed; boundary=b");

/// Pieces that streams are made of, right ones and wrong ones.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let fixed: Vec<&[u8]> = vec![
        b"--b\r\n",
        b"\r\n--b\r\n",
        b"--b\n",
        b"\r\n--b--\r\n",
        b"b\r\n",
        b"\r\n",
        b"\n",
        b"\r",
        b"-",
        b"--",
        b"{\"a\":1}",
        b"{",
        b"}",
        b"<a>",
        b"</a>",
        b"<a/>",
        b"\xff\xd8",
        b"\xff\xd9",
        b"\xff\xd8x\xff\xd9",
        b"\xef\xbb\xbf",
        b"Content-Type: image/jpeg\r\n",
        b"Content-Length: 7\r\n\r\n",
        b"Content-Length: 20\r\n",
        b"Content-Length: 5\r\n\r\n",
        b"Content-Length: 90\r\n\r\n\xff\xd8",
        b"Content-Type: x/y\r\n\r\n",
        b"X-Y: z\r\n",
        b"\0\0",
        b" ",
    ];
    prop_oneof![
        8 => prop::sample::select(fixed).prop_map(<[u8]>::to_vec),
        1 => prop::collection::vec(any::<u8>(), 0..12),
    ]
}

fn stream() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(piece(), 0..40).prop_map(|pieces| pieces.concat())
}

fn whole(content_type: Option<&str>, stream: &[u8]) -> Vec<StreamItem> {
    let mut splitter = Splitter::new(content_type);
    let mut items = splitter.feed(stream);
    items.extend(splitter.finish());
    items
}

/// A picture with anything in it but its mark, the boundary and whole parts included.
fn picture() -> impl Strategy<Value = Vec<u8>> {
    let inner = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..60),
        Just(b"\r\n--b\r\n".to_vec()),
        Just(b"\r\n--b--\r\n".to_vec()),
        Just(b"\n--b\n\r\n{".to_vec()),
        Just(b"\n--b\nContent-Type: x/y\n\n".to_vec()),
    ];
    prop::collection::vec(inner, 0..4)
        .prop_map(|inner| [b"\xff\xd8".as_slice(), &inner.concat(), b"\xff\xd9"].concat())
}

fn document() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        ("[ -~]{0,30}", any::<u32>()).prop_map(|(text, number)| {
            serde_json::to_vec_pretty(&serde_json::json!({"--b": text, "n": [number, {}]})).unwrap()
        }),
        "[a-z \n]{0,20}"
            .prop_map(|text| format!("<?xml version=\"1.0\"?>\n<a><a-b>{text}</a-b></a>").into_bytes()),
    ]
}

fn written(parts: &[Vec<u8>], with_length: bool) -> Vec<u8> {
    let mut stream = Vec::new();
    for body in parts {
        stream.extend(b"--b\r\nContent-Type: x/y\r\n");
        if with_length {
            stream.extend(format!("Content-Length: {}\r\n", body.len()).bytes());
        }
        stream.extend(b"\r\n");
        stream.extend(body);
        stream.extend(b"\r\n");
    }
    stream.extend(b"--b--\r\n");
    stream
}

fn bodies(items: Vec<StreamItem>) -> Vec<Vec<u8>> {
    let body = |item| match item {
        StreamItem::Part(part) => part.body,
        StreamItem::Malformed { reason, .. } => reason.into_bytes(),
    };
    items.into_iter().map(body).collect()
}

proptest! {
    #[test]
    fn any_bytes_are_borne(bytes in prop::collection::vec(any::<u8>(), 0..300), header in "(?s).{0,40}") {
        let _ = whole(Some(&header), &bytes);
        let _ = whole(Some(&format!("multipart/mixed; boundary={header}")), &bytes);
        let _ = whole(None, &bytes);
    }

    #[test]
    fn chunks_change_nothing(stream in stream(), cuts in prop::collection::vec(1..20_usize, 1..60), told: bool) {
        let content_type = if told { TYPE } else { None };
        let expected = whole(content_type, &stream);
        let mut splitter = Splitter::new(content_type);
        let mut items = Vec::new();
        let mut rest = stream.as_slice();
        for cut in cuts.iter().cycle() {
            let (chunk, after) = rest.split_at((*cut).min(rest.len()));
            items.extend(splitter.feed(chunk));
            rest = after;
            if rest.is_empty() {
                break;
            }
        }
        items.extend(splitter.finish());
        prop_assert_eq!(items, expected);
    }

    #[test]
    fn whatever_came_before_the_next_part_is_found(stream in stream()) {
        let mut splitter = Splitter::new(TYPE);
        let mut items = splitter.feed(&stream);
        // The first of the two may fall to a picture that the rubbish began.
        items.extend(splitter.feed(b"\r\n--b\r\nContent-Type: x/y\r\n\r\n{\"k\":1}\r\n--b\r\nContent-Type: x/y\r\n\r\n{\"k\":2}"));
        // A picture that the rubbish began may hold parts back until its length has proved wrong.
        items.extend(splitter.finish());
        let found = bodies(items).contains(&b"{\"k\":2}".to_vec());
        prop_assert!(found);
    }

    #[test]
    fn parts_with_right_lengths_come_back(
        parts in prop::collection::vec(prop_oneof![picture(), document()], 0..6),
    ) {
        prop_assert_eq!(bodies(whole(TYPE, &written(&parts, true))), parts);
    }

    #[test]
    fn documents_need_no_length(parts in prop::collection::vec(document(), 0..6)) {
        prop_assert_eq!(bodies(whole(TYPE, &written(&parts, false))), parts);
    }
}
