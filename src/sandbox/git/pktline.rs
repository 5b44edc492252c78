//! pkt-lines, in which git's requests and answers are written.
//!
//! Source: git's documentation, "gitprotocol-common".

/// The longest content of a line.
const LONGEST: usize = 65_516;

/// One line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line<'a> {
    /// Content, as it was sent.
    Data(&'a [u8]),
    /// `0000`, which ends a section.
    Flush,
}

impl<'a> Line<'a> {
    /// The content as text, without the line break at its end.
    pub fn text(self) -> Option<&'a str> {
        match self {
            Line::Data(data) => std::str::from_utf8(data)
                .ok()
                .map(|text| text.strip_suffix('\n').unwrap_or(text)),
            Line::Flush => None,
        }
    }
}

/// What was sent is not in lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the request is not written in git's pkt-lines")]
pub struct Malformed;

/// Takes the next line off what is left; `None` at the end.
///
/// # Errors
/// A length that is none, or that is longer than what was sent.
pub fn next<'a>(rest: &mut &'a [u8]) -> Result<Option<Line<'a>>, Malformed> {
    if rest.is_empty() {
        return Ok(None);
    }
    let (digits, after) = rest.split_at_checked(4).ok_or(Malformed)?;
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return Err(Malformed);
    }
    let digits = std::str::from_utf8(digits).map_err(|_| Malformed)?;
    let length = usize::from_str_radix(digits, 16).map_err(|_| Malformed)?;
    if length == 0 {
        *rest = after;
        return Ok(Some(Line::Flush));
    }
    // One to three are delimiters of protocol 2, which is never agreed on here.
    let length = length.checked_sub(4).ok_or(Malformed)?;
    let (data, after) = after.split_at_checked(length).ok_or(Malformed)?;
    *rest = after;
    Ok(Some(Line::Data(data)))
}

/// Writes a line. Content that is too long for one is cut.
pub fn write(to: &mut Vec<u8>, content: &[u8]) {
    let content = content.get(..LONGEST).unwrap_or(content);
    to.extend_from_slice(format!("{:04x}", content.len() + 4).as_bytes());
    to.extend_from_slice(content);
}

/// Writes a line of text.
pub fn write_text(to: &mut Vec<u8>, text: &str) {
    write(to, text.as_bytes());
}

/// Ends a section.
pub fn flush(to: &mut Vec<u8>) {
    to.extend_from_slice(b"0000");
}

/// Writes content of any length in lines that each start with the number of a band.
pub fn write_band(to: &mut Vec<u8>, band: u8, content: &[u8]) {
    for part in content.chunks(LONGEST - 1) {
        let mut line = Vec::with_capacity(part.len() + 1);
        line.push(band);
        line.extend_from_slice(part);
        write(to, &line);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines() {
        let mut bytes = Vec::new();
        write_text(&mut bytes, "want a\n");
        flush(&mut bytes);
        assert_eq!(bytes, b"000bwant a\n0000");
        let mut rest = bytes.as_slice();
        assert_eq!(next(&mut rest).unwrap().unwrap().text(), Some("want a"));
        assert_eq!(next(&mut rest), Ok(Some(Line::Flush)));
        assert_eq!(next(&mut rest), Ok(None));
        for bad in ["0", "00zz", "0001", "0003", "0008abc", "+004"] {
            assert_eq!(next(&mut bad.as_bytes()), Err(Malformed), "{bad}");
        }
    }

    #[test]
    fn bands_carry_any_length() {
        let content = vec![7u8; LONGEST * 2 + 5];
        let mut bytes = Vec::new();
        write_band(&mut bytes, 1, &content);
        let (mut rest, mut read) = (bytes.as_slice(), Vec::new());
        while let Some(Line::Data(data)) = next(&mut rest).unwrap() {
            assert_eq!(data[0], 1);
            read.extend_from_slice(&data[1..]);
        }
        assert_eq!(read, content);
    }

    proptest! {
        #[test]
        fn anything_is_read_to_an_end(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut rest = bytes.as_slice();
            while let Ok(Some(_)) = next(&mut rest) {}
        }

        #[test]
        fn what_is_written_is_read(lines in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..50), 0..9)) {
            let mut bytes = Vec::new();
            for line in &lines {
                write(&mut bytes, line);
            }
            let mut rest = bytes.as_slice();
            for line in &lines {
                prop_assert_eq!(next(&mut rest), Ok(Some(Line::Data(line))));
            }
            prop_assert_eq!(next(&mut rest), Ok(None));
        }
    }
}
