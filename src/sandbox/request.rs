//! A request as it came, and a reply as it goes, free of the HTTP library's types.

use bytes::Bytes;
use percent_encoding::percent_decode_str;

/// A request: everything that signing and routing look at.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The method, upper case.
    pub method: String,
    /// The path as it was sent, still percent-encoded.
    pub path: String,
    /// The query as it was sent, without the question mark.
    pub query: String,
    /// The headers in order; names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as it was sent.
    pub body: Bytes,
}

impl Request {
    /// The first value of a header, by its lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }

    /// The host without its port, in lower case.
    pub fn host(&self) -> String {
        let host = self.header("host").unwrap_or_default();
        let bare = if host.starts_with('[') {
            host.split_once(']')
                .map_or(host, |(inside, _)| inside.trim_start_matches('['))
        } else {
            host.split(':').next().unwrap_or_default()
        };
        bare.to_ascii_lowercase()
    }

    /// The query's parameters, decoded, in order. A parameter without `=` has an empty value.
    pub fn parameters(&self) -> Vec<(String, String)> {
        form(&self.query, false)
    }

    /// The first value of a query parameter.
    pub fn parameter(&self, name: &str) -> Option<String> {
        self.parameters()
            .into_iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value)
    }
}

/// Splits `a=b&c=d` and decodes both halves. `plus` says whether `+` stands for a space, as it does in
/// forms and does not in what S3 clients sign.
pub fn form(text: &str, plus: bool) -> Vec<(String, String)> {
    let decode = |part: &str| {
        let spaced = if plus {
            part.replace('+', " ")
        } else {
            part.to_owned()
        };
        percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
    };
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect()
}

/// A reply.
#[derive(Debug, Clone, Default)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Headers, names as AWS writes them.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
}

impl Reply {
    /// A reply without a body.
    pub fn empty(status: u16) -> Self {
        Self {
            status,
            ..Self::default()
        }
    }

    /// A reply with a body of a type.
    pub fn text(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        Self {
            status,
            headers: vec![("Content-Type".to_owned(), content_type.to_owned())],
            body: body.into(),
        }
    }

    /// The same reply with one more header.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}
