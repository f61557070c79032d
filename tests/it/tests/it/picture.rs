//! Pictures: the bytes that `vakhtad picture` gives back are the device's.

use isapi_sim::{Simulator, jpeg_of, tiny_jpeg};

use crate::desk::Desk;
use crate::device::{stranger, turnstile};

/// What ends a part too early, if one lets it.
const TRAP: &[u8] = b"\r\n--MIME_boundary\r\n}{\r\n--MIME_boundary--\r\n";
/// The same, with all that makes a part.
const WHOLE_PART: &[u8] =
    b"\r\n--MIME_boundary\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}\r\n";

/// A picture with something in its middle.
fn picture_with(trap: &[u8]) -> Vec<u8> {
    let plain = jpeg_of(3000);
    [&plain[..1500], trap, &plain[1500..]].concat()
}

async fn gives_back(desk: &mut Desk, name: &str, device: &Simulator, jpeg: &[u8]) {
    let serial = device.pass(stranger().picture(jpeg));
    let what = format!("the picture of {serial} of {name}");
    let picture = desk
        .feed()
        .until(&what, |item| {
            let fits = item.kind == "picture" && item.item["device"] == name && item.item["serial"] == serial;
            fits.then(|| item.item["picture"].as_str().expect("a name").to_owned())
        })
        .await;
    let answer = desk.ask(&["picture", &picture]).await;
    assert!(answer.status.success(), "{name}: {}", answer.stderr);
    assert!(answer.stdout == jpeg, "{name}: {} bytes for {}", answer.stdout.len(), jpeg.len());
}

async fn all_come_back(sets: &[&[&str]]) {
    let mut desk = Desk::running().await;
    for faults in sets {
        let name = if faults.is_empty() { "sound".to_owned() } else { faults.join(" ") };
        // A picture of unknown length is known to be whole when the next part comes.
        let device = turnstile(&[&["heartbeat=0.5"], *faults].concat()).await;
        desk.add_device(&device, &name, "in").await;
        let streams = u64::from(!faults.contains(&"stream-absent"));
        assert!(device.wait_streams(streams, crate::desk::BOUND).await);
        for jpeg in [tiny_jpeg(), jpeg_of(60_000), picture_with(TRAP)] {
            gives_back(&mut desk, &name, &device, &jpeg).await;
        }
        desk.all_once(&name, &device).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_12_pictures_from_the_stream_alone() {
    all_come_back(&[
        &["no-search"],
        &["no-search", "part-no-blank-line=headers"],
        &["no-search", "part-no-length"],
        &["no-search", "length-lies=9"],
        &["no-search", "length-lies=-9"],
        &["no-search", "drip=11", "chunked"],
        &["no-search", "boundary-style=angle"],
        &["no-search", "boundary-style=missing"],
        &["no-search", "xml-stream", "content-id"],
        &["no-search", "stream-duplicates"],
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_12_pictures_from_wherever_they_come_first() {
    all_come_back(&[
        &[],
        &["length-lies=9"],
        &["length-lies=-9"],
        &["part-no-length", "drip=11"],
        &["no-pictures"],
        &["no-pictures", "picture-host=192.0.2.1"],
        &["stream-absent"],
        &["search-lag=400"],
        &["announce-first", "boundary-style=dashed-rfc"],
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_12_a_picture_that_contains_a_whole_part_from_the_stream_alone() {
    let mut desk = Desk::running().await;
    let device = turnstile(&["no-search"]).await;
    desk.add_device(&device, "Gate", "in").await;
    assert!(device.wait_streams(1, crate::desk::BOUND).await);
    gives_back(&mut desk, "Gate", &device, &picture_with(WHOLE_PART)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_12_a_picture_that_contains_a_whole_part_is_fetched_from_the_log() {
    let mut desk = Desk::running().await;
    let device = turnstile(&[]).await;
    desk.add_device(&device, "Gate", "in").await;
    assert!(device.wait_streams(1, crate::desk::BOUND).await);
    gives_back(&mut desk, "Gate", &device, &picture_with(WHOLE_PART)).await;
}
