//! Pictures: a constant valid JPEG, and a way to make one that confuses stream parsers.

/// A grey 8×8 baseline JPEG, complete with its tables.
const TINY_HEAD: &[u8] = &[
    0xff, 0xd8, 0xff, 0xe0, 0x00, 0x10, b'J', b'F', b'I', b'F', 0x00, 0x01, 0x01, 0x00, 0x00, 0x01, 0x00,
    0x01, 0x00, 0x00, 0xff, 0xdb, 0x00, 0x43, 0x00,
];
const TINY_TAIL: &[u8] = &[
    // Frame: 8 bits, 8×8, one component.
    0xff, 0xc0, 0x00, 0x0b, 0x08, 0x00, 0x08, 0x00, 0x08, 0x01, 0x01, 0x11, 0x00,
    // DC table with the single code 0 -> category 0, AC table with the single code 0 -> end of block.
    0xff, 0xc4, 0x00, 0x14, 0x00, 0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x00, 0xff, 0xc4, 0x00,
    0x14, 0x10, 0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x00,
    // Scan: DC difference 0, end of block, padded with ones; end of image.
    0xff, 0xda, 0x00, 0x08, 0x01, 0x01, 0x00, 0x00, 0x3f, 0x00, 0x3f, 0xff, 0xd9,
];

/// A small valid JPEG (grey, 8×8).
pub fn tiny_jpeg() -> Vec<u8> {
    let mut out = TINY_HEAD.to_vec();
    out.extend(std::iter::repeat_n(1, 64));
    out.extend_from_slice(TINY_TAIL);
    out
}

/// A valid JPEG of about `size` bytes: the tiny one with comment segments of pseudo-random bytes.
pub fn jpeg_of(size: usize) -> Vec<u8> {
    let tiny = tiny_jpeg();
    let mut wanted = size.saturating_sub(tiny.len());
    let mut segments = Vec::new();
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    while wanted > 4 {
        let length = (wanted - 4).min(60_000);
        let payload: Vec<u8> = (0..length)
            .map(|_| {
                // xorshift: reproducible, and full of bytes that upset text parsers.
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                (state >> 32) as u8
            })
            .collect();
        segments.extend(comment(&payload));
        wanted -= length + 4;
    }
    insert_after_start(&tiny, &segments)
}

/// The same picture with `text` in a comment segment right after its start: still a valid JPEG.
pub(crate) fn with_comment(picture: &[u8], text: &[u8]) -> Vec<u8> {
    insert_after_start(picture, &comment(text))
}

fn comment(payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len() + 2).unwrap_or(u16::MAX);
    let mut out = vec![0xff, 0xfe];
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(payload);
    out
}

fn insert_after_start(picture: &[u8], segments: &[u8]) -> Vec<u8> {
    let at = picture.len().min(2);
    [&picture[..at], segments, &picture[at..]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_padded_picture_has_about_the_wanted_size_and_whole_segments() {
        for size in [0, 400, 5_000, 200_000] {
            let picture = jpeg_of(size);
            assert!(
                picture.len() + 8 >= size
                    && picture.starts_with(&[0xff, 0xd8])
                    && picture.ends_with(&[0xff, 0xd9])
            );
            let mut at = 2;
            while picture[at + 1] != 0xda {
                assert_eq!(picture[at], 0xff, "segment at {at} of {size}");
                at += 2 + usize::from(u16::from_be_bytes([picture[at + 2], picture[at + 3]]));
            }
        }
    }
}
