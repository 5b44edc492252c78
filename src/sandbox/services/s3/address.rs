//! Which bucket and key a request is about: path style and virtual-host style.

use percent_encoding::percent_decode_str;

use crate::sandbox::request::Request;

/// The bucket that a host names, if it names one: `bucket.localhost`, `bucket.s3.localhost`,
/// `bucket.127.0.0.1`, `bucket.s3.eu-west-1.amazonaws.com`.
fn of_host(host: &str) -> Option<&str> {
    if let Some(rest) = host
        .strip_suffix(".amazonaws.com")
        .or_else(|| host.strip_suffix(".amazonaws.com.cn"))
    {
        // The service's own part is the last `s3`: `my.s3.bucket.s3.eu-west-1`.
        return rest
            .rfind(".s3.")
            .or_else(|| rest.rfind(".s3-"))
            .or_else(|| rest.strip_suffix(".s3").map(str::len))
            .and_then(|cut| rest.get(..cut));
    }
    let rest = [".localhost", ".127.0.0.1", ".localhost.localdomain"]
        .iter()
        .find_map(|suffix| host.strip_suffix(suffix))?;
    if rest == "s3" || rest.starts_with("s3.") {
        return None;
    }
    let bare = rest
        .rfind(".s3.")
        .and_then(|cut| rest.get(..cut))
        .or_else(|| rest.strip_suffix(".s3"))
        .unwrap_or(rest);
    (!bare.is_empty()).then_some(bare)
}

/// Bucket and key; each empty where the request names none.
pub fn of(request: &Request) -> (String, String) {
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let path = request.path.strip_prefix('/').unwrap_or(&request.path);
    let host = request.host();
    if let Some(bucket) = of_host(&host) {
        return (bucket.to_owned(), decode(path));
    }
    match path.split_once('/') {
        Some((bucket, key)) => (decode(bucket), decode(key)),
        None => (decode(path), String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_styles() {
        let cases = [
            ("127.0.0.1:4566", "/b/k%20x", "b", "k x"),
            ("localhost", "/b", "b", ""),
            ("localhost", "/b/", "b", ""),
            ("localhost", "/", "", ""),
            ("b.localhost:1", "/k/l", "b", "k/l"),
            ("b.s3.localhost", "/k", "b", "k"),
            ("s3.localhost", "/b/k", "b", "k"),
            ("b.127.0.0.1", "/k", "b", "k"),
            ("a.b.s3.eu-west-1.amazonaws.com", "/k", "a.b", "k"),
            ("b.s3.amazonaws.com", "/k", "b", "k"),
            ("s3.eu-west-1.amazonaws.com", "/b/k", "b", "k"),
            ("s3.amazonaws.com", "/b//k", "b", "/k"),
        ];
        for (host, path, bucket, key) in cases {
            let request = Request {
                path: path.to_owned(),
                headers: vec![("host".to_owned(), host.to_owned())],
                ..Request::default()
            };
            assert_eq!(
                of(&request),
                (bucket.to_owned(), key.to_owned()),
                "{host}{path}"
            );
        }
    }
}
