use super::*;

const TYPE: Option<&str> = Some("multipart/mixed; boundary=b");

fn split(content_type: Option<&str>, stream: &[u8]) -> Vec<StreamItem> {
    let mut splitter = Splitter::new(content_type);
    let mut items = splitter.feed(stream);
    items.extend(splitter.finish());
    items
}

/// The bodies as text, and `!` for what is malformed.
fn bodies(content_type: Option<&str>, stream: &[u8]) -> Vec<String> {
    let text = |item: StreamItem| match item {
        StreamItem::Part(part) => part.body.escape_ascii().to_string(),
        StreamItem::Malformed { .. } => "!".to_owned(),
    };
    split(content_type, stream).into_iter().map(text).collect()
}

/// What comes out before the stream has ended.
fn at_once(stream: &[u8]) -> usize {
    Splitter::new(TYPE).feed(stream).len()
}

fn picture(body: &[u8]) -> Vec<u8> {
    [b"\xff\xd8", body, b"\xff\xd9"].concat()
}

#[test]
fn an_event_and_its_picture() {
    let jpeg = picture(b"\r\n--b\r\n{}\r\n--b\n");
    let mut stream = b"--b\r\nContent-Type: application/json; charset=\"UTF-8\"\r\nContent-Length: 7\r\n\r\n{\"a\":1}\r\n--b\r\n\
        Content-Disposition: form-data; name=\"Picture\"; filename=\"Picture.jpg\"\r\nContent-Type: image/jpeg\r\n\
        Content-ID: pictureImage\r\n".to_vec();
    stream.extend(format!("Content-Length: {}\r\n\r\n", jpeg.len()).bytes());
    stream.extend(&jpeg);
    let mut splitter = Splitter::new(TYPE);
    let items = splitter.feed(&stream);
    let [StreamItem::Part(event), StreamItem::Part(image)] = items.as_slice() else { panic!("{items:?}") };
    assert_eq!(event.body, b"{\"a\":1}");
    assert_eq!(event.offset, 5);
    assert_eq!(event.content_type.as_deref(), Some("application/json; charset=\"UTF-8\""));
    assert_eq!(image.body, jpeg);
    assert_eq!(image.name.as_deref(), Some("Picture"));
    assert_eq!(image.filename.as_deref(), Some("Picture.jpg"));
    assert_eq!(image.content_id.as_deref(), Some("pictureImage"));
    assert_eq!(splitter.feed(b"\r\n--b--\r\nepilogue"), []);
    assert_eq!(splitter.finish(), []);
}

#[test]
fn boundaries_in_every_spelling() {
    for (content_type, delimiter) in [
        (Some("multipart/mixed; boundary=\"MIME_boundary\""), "--MIME_boundary"),
        (Some("multipart/mixed; boundary=<frontier>"), "--<frontier>"),
        (Some("multipart/form-data; BOUNDARY=--myboundary"), "--myboundary"),
        (Some("multipart/mixed; boundary=--myboundary"), "----myboundary"),
        (Some("multipart/mixed"), "--whatever"),
        (None, "--whatever"),
        (Some("multipart/mixed; boundary=other"), "--MIME_boundary"),
    ] {
        let stream =
            format!("\r\npreamble\r\n{delimiter}\r\nContent-Type: text/xml\r\n\r\n<a/>\r\n{delimiter}--\r\n");
        assert_eq!(bodies(content_type, stream.as_bytes()), ["<a/>"], "{content_type:?} {delimiter}");
    }
}

#[test]
fn a_document_without_a_length_comes_at_once() {
    assert_eq!(at_once(b"--b\r\nContent-Type: application/json\r\n\r\n{\"a\":{\"b\":\"}\"}}"), 1);
    assert_eq!(at_once(b"--b\r\n\r\n<?xml version=\"1.0\"?><a><b>x</b></a>"), 1);
    assert_eq!(at_once(b"--b\r\nContent-Length: 9000\r\n\r\n{\"a\":1}"), 1);
    assert_eq!(at_once(b"--b\n\n\n\n[1]"), 1);
    assert_eq!(at_once(b"--b\r\n\r\n\xef\xbb\xbf{}"), 1);
}

#[test]
fn blank_line_content_type_and_carriage_returns_may_be_missing() {
    for stream in [
        &b"--b\r\nContent-Length: 2\r\n{}\r\n--b\r\n<a/>\r\n--b--"[..],
        b"--b\n{}\n--b\n<a/>\n--b--\n",
        b"--b\r\n\r\n\r\n{}\r\n\r\n\r\n--b\r\n\r\nContent-Type: text/xml\r\n\r\n<a/>",
        b"--b\r\n{}--b\r\nContent-Length: 4\r\n\r\n\r\n\r\n<a/>--b--",
        b"--b\r\n--b\r\n\r\n--b\r\n{}\r\n--b--\r\nignored\r\n--b\r\n<a/>\r\n",
    ] {
        assert_eq!(bodies(TYPE, stream), ["{}", "<a/>"], "{}", stream.escape_ascii());
    }
    let jpeg = [b"--b\r\nContent-Type: image/jpeg\r\n", picture(b"x").as_slice(), b"\r\n--b\r\n{}"].concat();
    assert_eq!(bodies(TYPE, &jpeg), [r"\xff\xd8x\xff\xd9", "{}"]);
}

#[test]
fn a_length_that_lies_hurts_nobody() {
    let jpeg = String::from_utf8_lossy(&picture(b"x")).into_owned();
    assert_eq!(jpeg.chars().count(), 5);
    for length in [0, 1, 3, 5, 6, 7, 8, 9, 13, 30, 60, 100, 5000] {
        let event = format!("--b\r\nContent-Length: {length}\r\n\r\n{{\"a\":1}}\r\n").into_bytes();
        let image = [
            format!("--b\r\nContent-Length: {length}\r\n\r\n").as_bytes(),
            picture(b"0123456789").as_slice(),
            b"\r\n",
        ]
        .concat();
        let text =
            format!("--b\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\n\r\nsome\r\ntext\r\n")
                .into_bytes();
        let tail = b"--b\r\nContent-Type: text/xml\r\n\r\n<a/>\r\n--b--\r\n";
        let stream = [&event, &image, &event, &text, &event, tail.as_slice()].concat();
        let expected = [
            "{\\\"a\\\":1}",
            r"\xff\xd80123456789\xff\xd9",
            "{\\\"a\\\":1}",
            r"some\r\ntext",
            "{\\\"a\\\":1}",
            "<a/>",
        ];
        assert_eq!(bodies(TYPE, &stream), expected, "{length}");
    }
}

#[test]
fn a_picture_without_a_length_may_contain_the_boundary() {
    let jpeg = picture(b"\r\n--b\r\n\x01\x02\r\n--b--\r\n{\"\r\n--b\r\nnot-a header\r\n");
    let stream = [b"--b\r\n\r\n", jpeg.as_slice(), b"\r\n--b\r\n\r\n{}"].concat();
    assert_eq!(bodies(TYPE, &stream), [jpeg.escape_ascii().to_string(), "{}".to_owned()]);
    let unbroken = [b"--b\r\n\r\n", jpeg.as_slice(), b"--b\r\n\r\n{}"].concat();
    assert_eq!(bodies(TYPE, &unbroken), [jpeg.escape_ascii().to_string(), "{}".to_owned()]);
}

#[test]
fn a_picture_that_was_cut_swallows_no_event() {
    for length in ["", "Content-Length: 90000\r\n", "Content-Length: 3\r\n"] {
        for head in
            ["", "\r\n", "Content-Type: application/json\r\n\r\n", "X-Y: z\r\nContent-Length: 7\r\n\r\n"]
        {
            let mut stream = format!("--b\r\nContent-Type: image/jpeg\r\n{length}\r\n").into_bytes();
            stream.extend(b"\xff\xd8cut off\r\n--b\r\n");
            stream.extend(head.bytes());
            stream.extend(b"{\"eventType\":1}");
            let mut splitter = Splitter::new(TYPE);
            let mut items = splitter.feed(&stream);
            if length.contains("90000") {
                assert_eq!(items, []);
                items.extend(splitter.finish());
            }
            assert!(
                matches!(items.as_slice(), [StreamItem::Malformed { offset: 5, .. }, StreamItem::Part(_)]),
                "{length:?} {head:?} {items:?}"
            );
        }
    }
}

const FAKE: &[u8] = b"\r\n--b\r\nContent-Type: application/json\r\n\r\n{\"eventType\":1}\r\n";

fn with_length(length: usize, body: &[u8], tail: &[u8]) -> Vec<u8> {
    let head = format!("--b\r\nContent-Type: image/jpeg\r\nContent-Length: {length}\r\n\r\n");
    [head.as_bytes(), body, tail].concat()
}

#[test]
fn a_picture_of_the_right_length_may_contain_a_whole_part() {
    let after = b"\r\n--b\r\nContent-Type: text/xml\r\n\r\n<a/>\r\n";
    for inner in
        [FAKE, &FAKE.repeat(2), b"\r\n--b\r\nContent-Type: image/jpeg\r\n\r\n", b"\n--b\n\n<b>12345678</b>"]
    {
        let jpeg = picture(&[b"x", inner, b"y"].concat());
        let text = jpeg.escape_ascii().to_string();
        // The line break behind it is sometimes counted.
        for more in [0, 2] {
            let stream = with_length(jpeg.len() + more, &jpeg, after);
            assert_eq!(bodies(TYPE, &stream), [text.as_str(), "<a/>"], "{more}");
        }
        assert_eq!(at_once(&with_length(jpeg.len(), &jpeg, b"")), 1);
        // Without its mark, the delimiter behind the length proves it.
        let bare = &jpeg[..jpeg.len() - 2];
        let stream = with_length(bare.len(), bare, after);
        assert_eq!(bodies(TYPE, &stream), [bare.escape_ascii().to_string().as_str(), "<a/>"]);
    }
}

#[test]
fn a_length_that_swallows_parts_gives_them_back() {
    let event = "{\\\"eventType\\\":1}";
    let whole = with_length(3 + FAKE.len(), &picture(b"x"), &FAKE.repeat(2));
    assert_eq!(bodies(TYPE, &whole), [r"\xff\xd8x\xff\xd9", event, event]);
    let cut = with_length(FAKE.len() + 9, b"\xff\xd8x", &FAKE.repeat(2));
    assert_eq!(bodies(TYPE, &cut), ["!", event, event]);
    // Also of a stream that goes on, and long before a length that is out of all reason.
    assert_eq!(at_once(&cut), 3);
    assert_eq!(at_once(&with_length(9_000_000, b"\xff\xd8x", &FAKE.repeat(4))), 5);
}

#[test]
fn a_closed_stream_says_where_it_was_over() {
    let stream = b"--b\r\n\r\n{}\r\n--b--\r\n";
    for tail in [&b""[..], b"epilogue", b"\r\n--c\r\n"] {
        let mut splitter = Splitter::new(TYPE);
        let _ = splitter.feed(&[stream, tail].concat());
        assert!(splitter.may_end());
        let _ = splitter.finish();
        assert_eq!(splitter.over(), stream.len() as u64);
    }
    let mut splitter = Splitter::new(TYPE);
    let _ = splitter.feed(b"--b\r\n\r\n\xff\xd8\n");
    assert!(!splitter.may_end());
}

#[test]
fn a_picture_may_be_filled_up_with_zeros() {
    let stream = b"--b\r\n\r\n\xff\xd8x\xff\xd9\0\0\r\n--b\r\nContent-Type: text/xml\r\n\r\n<a/>";
    assert_eq!(bodies(TYPE, stream), [r"\xff\xd8x\xff\xd9\x00\x00", "<a/>"]);
}

#[test]
fn a_broken_document_comes_at_the_next_boundary_as_it_is() {
    assert_eq!(bodies(TYPE, b"--b\r\n\r\n{\"a\":\r\n--b\r\n\r\n{}"), [r#"{\"a\":"#, "{}"]);
    assert_eq!(bodies(TYPE, b"--b\r\nContent-Type: a/b\r\n--b\r\n\r\n{}"), ["!", "{}"]);
}

#[test]
fn what_is_too_long_is_left_out_and_reading_goes_on() {
    let header = [
        b"--b\r\nX: ",
        vec![b'x'; Limits::default().head + 9].as_slice(),
        b"\r\n\r\n{}\r\n--b\r\n\r\n{\"a\":1}",
    ]
    .concat();
    assert_eq!(bodies(TYPE, &header), ["!", "{\\\"a\\\":1}"]);

    let mut splitter = Splitter::new(TYPE);
    let mut items = splitter.feed(b"--b\r\nContent-Length: 99999999\r\n\r\n\xff\xd8");
    let block = vec![b'x'; 1 << 16];
    for _ in 0..170 {
        items.extend(splitter.feed(&block));
        assert!(splitter.kept() <= Limits::default().kept());
    }
    items.extend(splitter.feed(b"\r\n--b\r\n\r\n{}"));
    assert!(
        matches!(items.as_slice(), [StreamItem::Malformed { offset: 5, .. }, StreamItem::Part(_)]),
        "{items:?}"
    );
}

#[test]
fn the_end_of_a_stream_within_a_part() {
    for (stream, expected) in [
        (&b"--b\r\n\r\n{\"a\":"[..], &["!"][..]),
        (b"--b\r\nContent-Type: x", &["!"]),
        (b"--b\r\nContent-Length: 4\r\n\r\ntext", &["text"]),
        (b"--b\r\nContent-Length: 4\r\n\r\ntex", &["!"]),
        (b"--b\r\n\r\n\xff\xd8x\xff\xd9", &[r"\xff\xd8x\xff\xd9"]),
        (b"--b\r\n\r\n\xff\xd8x", &["!"]),
        (b"--b\r\nContent-Length: 99\r\n\r\n\xff\xd8x\xff\xd9\r\n--b", &[r"\xff\xd8x\xff\xd9"]),
        (b"--b\r\n\r\ntext\r\n--b--", &["text"]),
        (b"--b--", &[]),
        (b"--b\r\n", &[]),
        (b"", &[]),
    ] {
        assert_eq!(bodies(TYPE, stream), expected, "{}", stream.escape_ascii());
    }
}

#[test]
fn hostile_documents_cost_little() {
    let mut stream = b"--b\r\n\r\n<a>".to_vec();
    stream.extend(b"</a>".repeat(1 << 18));
    let started = std::time::Instant::now();
    let _ = split(TYPE, &stream);
    assert!(started.elapsed().as_secs() < 5);
}

#[test]
fn hostile_pictures_cost_little() {
    let started = std::time::Instant::now();
    let head = b"--b\r\nContent-Length: 9999999\r\n\r\n\xff\xd8".as_slice();
    for piece in [
        [b"\n--b\n".as_slice(), &b"X-A: b\n".repeat(2000), b"Content-X: y\n\n\xff\xd8"].concat(),
        [b"\n--b\n{".as_slice(), &b"}{".repeat(2000), b"\n--b\n"].concat(),
        b"\n--b\n\n\n\xff\xd9\n\n--b--\n--b\n[[]".to_vec(),
        vec![b'\n'; 999],
        [b"\xff\xd9".as_slice(), &[b' '; 999], b"--b"].concat(),
        vec![b'-'; 999],
        // Each is cut, and has a length that covers the next ones.
        b"\n--b\nContent-Length: 1000000\n\n\xff\xd8".to_vec(),
        b"\n--b\nContent-Length: 10000\n\n\xff\xd8".to_vec(),
    ] {
        let stream = [head, piece.repeat((1 << 20) / piece.len()).as_slice()].concat();
        let _ = split(TYPE, &stream);
    }
    // Lengths that all end at the same byte.
    let nested: Vec<u8> = (0..20_000)
        .flat_map(|index| {
            format!("\n--b\nContent-Length: {:07}\n\n\u{d8}", 700_000 - 33 * index).into_bytes()
        })
        .map(|byte| {
            if byte == 0xc3 {
                0xff
            } else if byte == 0x98 {
                0xd8
            } else {
                byte
            }
        })
        .collect();
    let _ = split(TYPE, &[nested.as_slice(), &vec![b'x'; 100_000], b"\n"].concat());
    assert!(started.elapsed().as_secs() < 5);
}
