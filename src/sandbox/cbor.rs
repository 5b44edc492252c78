//! CBOR as JSON values, for the one service whose SDK client speaks Smithy RPC v2 CBOR.
//!
//! `aws-sdk-codeconnections` sends `POST /service/CodeConnections_20231201/operation/<Operation>`
//! with `smithy-protocol: rpc-v2-cbor` and a CBOR map as body, where boto3 and the AWS CLI send
//! JSON 1.0 to `/`. The members are the same, so a request becomes JSON by [`decode`] and an answer
//! becomes CBOR by [`encode`]. An error is a map with `__type` and `message`; every answer repeats
//! the `smithy-protocol` header. Source: Smithy 2.0, "Smithy RPC v2 CBOR protocol"; RFC 8949.

use serde_json::{Map, Number, Value};

/// Bytes that are not the CBOR of a JSON-like value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the body is not CBOR: {0}")]
pub struct CborError(&'static str);

/// How deep lists and maps may be nested.
const MAX_DEPTH: usize = 64;

/// A CBOR item as a JSON value; an empty body is an empty map. Tags are dropped, so that a timestamp
/// becomes its number. Byte strings are refused: none of the operations has one.
///
/// # Errors
/// Says what is wrong with the bytes.
pub fn decode(bytes: &[u8]) -> Result<Value, CborError> {
    if bytes.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    let mut reader = Reader { rest: bytes };
    let value = reader.value(0)?;
    match reader.rest {
        [] => Ok(value),
        _ => Err(CborError("bytes are left after the value")),
    }
}

/// A JSON value as CBOR.
pub fn encode(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    write(value, &mut out);
    out
}

struct Reader<'b> {
    rest: &'b [u8],
}

/// The length of a string, list or map; none where it ends with a break.
type Length = Option<u64>;

const BREAK: u8 = 0xff;

impl Reader<'_> {
    fn byte(&mut self) -> Result<u8, CborError> {
        let (first, rest) = self
            .rest
            .split_first()
            .ok_or(CborError("it ends too early"))?;
        self.rest = rest;
        Ok(*first)
    }

    fn number(&mut self, bytes: usize) -> Result<u64, CborError> {
        (0..bytes).try_fold(0, |number, _| Ok((number << 8) | u64::from(self.byte()?)))
    }

    fn length(&mut self, low: u8) -> Result<Length, CborError> {
        match low {
            0..=23 => Ok(Some(u64::from(low))),
            24 => self.number(1).map(Some),
            25 => self.number(2).map(Some),
            26 => self.number(4).map(Some),
            27 => self.number(8).map(Some),
            31 => Ok(None),
            _ => Err(CborError("a length of a reserved kind")),
        }
    }

    fn at_break(&mut self) -> bool {
        match self.rest.split_first() {
            Some((&BREAK, rest)) => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    /// Whether another item of a list or map follows.
    fn another(&mut self, left: &mut Length) -> bool {
        match left {
            Some(0) => false,
            Some(count) => {
                *count -= 1;
                true
            }
            None => !self.at_break(),
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, CborError> {
        if depth > MAX_DEPTH {
            return Err(CborError("it is nested too deep"));
        }
        let first = self.byte()?;
        let (major, low) = (first >> 5, first & 0x1f);
        match major {
            0 => Ok(self.definite(low)?.into()),
            1 => {
                let number = self.definite(low)?;
                i64::try_from(number)
                    .map(|number| Value::from(-1 - number))
                    .map_err(|_| CborError("a negative number that is too large"))
            }
            3 => self.text(low).map(Value::String),
            4 => {
                let mut left = self.length(low)?;
                let mut items = Vec::new();
                while self.another(&mut left) {
                    items.push(self.value(depth + 1)?);
                }
                Ok(Value::Array(items))
            }
            5 => {
                let mut left = self.length(low)?;
                let mut members = Map::new();
                while self.another(&mut left) {
                    let Value::String(name) = self.value(depth + 1)? else {
                        return Err(CborError("a map's key is not a text"));
                    };
                    members.insert(name, self.value(depth + 1)?);
                }
                Ok(Value::Object(members))
            }
            6 => {
                self.definite(low)?;
                self.value(depth + 1)
            }
            7 => self.simple(low),
            _ => Err(CborError("a byte string has no place here")),
        }
    }

    fn definite(&mut self, low: u8) -> Result<u64, CborError> {
        self.length(low)?
            .ok_or(CborError("a number without a length"))
    }

    fn text(&mut self, low: u8) -> Result<String, CborError> {
        let Some(length) = self.length(low)? else {
            let mut whole = String::new();
            while !self.at_break() {
                let first = self.byte()?;
                if first >> 5 != 3 || first & 0x1f == 31 {
                    return Err(CborError("a piece of a text that is none"));
                }
                whole.push_str(&self.text(first & 0x1f)?);
            }
            return Ok(whole);
        };
        let length = usize::try_from(length).map_err(|_| CborError("a text that is too long"))?;
        let (text, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or(CborError("it ends within a text"))?;
        self.rest = rest;
        String::from_utf8(text.to_vec()).map_err(|_| CborError("a text that is not UTF-8"))
    }

    fn simple(&mut self, low: u8) -> Result<Value, CborError> {
        let float = match low {
            20 => return Ok(Value::Bool(false)),
            21 => return Ok(Value::Bool(true)),
            22 | 23 => return Ok(Value::Null),
            26 => f64::from(f32::from_bits(
                u32::try_from(self.number(4)?).unwrap_or_default(),
            )),
            27 => f64::from_bits(self.number(8)?),
            _ => return Err(CborError("a simple value of an unknown kind")),
        };
        Ok(Number::from_f64(float).map_or(Value::Null, Value::Number))
    }
}

fn head(major: u8, length: u64, out: &mut Vec<u8>) {
    let major = major << 5;
    match length {
        0..=23 => out.push(major | u8::try_from(length).unwrap_or_default()),
        24..=0xff => out.extend([major | 24, u8::try_from(length).unwrap_or_default()]),
        _ => {
            out.push(major | 27);
            out.extend(length.to_be_bytes());
        }
    }
}

fn size(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

fn write(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.push(0xf6),
        Value::Bool(false) => out.push(0xf4),
        Value::Bool(true) => out.push(0xf5),
        Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
            (Some(number), _, _) => head(0, number, out),
            (None, Some(number), _) => head(1, (-1 - number).unsigned_abs(), out),
            (None, None, number) => {
                out.push(0xfb);
                out.extend(number.unwrap_or_default().to_bits().to_be_bytes());
            }
        },
        Value::String(text) => {
            head(3, size(text.len()), out);
            out.extend(text.as_bytes());
        }
        Value::Array(items) => {
            head(4, size(items.len()), out);
            items.iter().for_each(|item| write(item, out));
        }
        Value::Object(members) => {
            head(5, size(members.len()), out);
            for (name, value) in members {
                head(3, size(name.len()), out);
                out.extend(name.as_bytes());
                // A time is tagged as one: by their names, as no other member is called so.
                if value.is_number() && name.ends_with("Timestamp") {
                    head(6, 1, out);
                }
                write(value, out);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_value_survives_both_ways() {
        let long = "x".repeat(300);
        for value in [
            json!({}),
            json!({"Connections": [{"ConnectionName": "orders", "n": 0}], "NextToken": null, "on": true, "off": false}),
            json!([
                23,
                24,
                255,
                256,
                65536,
                4_294_967_296_u64,
                u64::MAX,
                -1,
                -24,
                -25,
                i64::MIN,
                1.5,
                -0.25
            ]),
            json!({ "한글": long }),
        ] {
            assert_eq!(decode(&encode(&value)).unwrap(), value);
        }
    }

    #[test]
    fn what_the_sdk_sends_is_understood() {
        // {_ "MaxResults": 100, "NextToken": (_ "a", "b"), "t": 1(1.5f)}
        let bytes = b"\xbf\x6aMaxResults\x18\x64\x69NextToken\x7f\x61a\x61b\xff\x61t\xc1\xfa\x3f\xc0\x00\x00\xff";
        assert_eq!(
            decode(bytes).unwrap(),
            json!({"MaxResults": 100, "NextToken": "ab", "t": 1.5})
        );
        assert_eq!(decode(b"").unwrap(), json!({}));
    }

    #[test]
    fn broken_bytes_are_refused_without_harm() {
        for bytes in [
            &b"\xbf"[..],
            b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff",
            b"\x7b\xff\xff\xff\xff\xff\xff\xff\xff",
            b"\xa1\x01\x02",
            b"\x41a",
            b"\x61\xff",
            b"\x00\x00",
            b"\x1c",
            b"\xf8\x01",
        ] {
            assert!(decode(bytes).is_err(), "{bytes:x?}");
        }
        assert!(decode(&[0x81; 100_000]).is_err());
    }
}
