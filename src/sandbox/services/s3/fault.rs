//! Errors as S3 writes them.

use super::refusal_of;
use crate::sandbox::protocol::xml::Xml;
use crate::sandbox::request::Reply;
use crate::sandbox::service::Fault;
use crate::sandbox::sigv4::AuthFault;

/// An error with the further elements and headers that S3 gives some.
#[derive(Debug, Clone, PartialEq)]
pub struct S3Fault {
    /// Code, message and status.
    pub fault: Fault,
    /// Further elements of the body.
    pub elements: Vec<(&'static str, String)>,
    /// Headers.
    pub headers: Vec<(&'static str, String)>,
}

impl From<Fault> for S3Fault {
    fn from(fault: Fault) -> Self {
        Self {
            fault,
            elements: Vec::new(),
            headers: Vec::new(),
        }
    }
}

impl S3Fault {
    /// A fault with a status.
    pub fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Fault::new(code, message).status(status).into()
    }

    /// A request that was not believed.
    pub fn refused(fault: &AuthFault) -> Self {
        let mut refused = Self::from(refusal_of(fault));
        if let AuthFault::Mismatch(canonical) = fault
            && !canonical.is_empty()
        {
            refused
                .elements
                .push(("CanonicalRequest", canonical.clone()));
        }
        if let AuthFault::UnknownKey(key) = fault {
            refused.elements.push(("AWSAccessKeyId", key.clone()));
        }
        refused
    }

    /// The same with one more element in its body.
    #[must_use]
    pub fn element(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.elements.push((name, value.into()));
        self
    }

    /// The same with a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The reply.
    pub fn reply(&self, resource: &str, request_id: &str) -> Reply {
        let mut reply = if self.fault.status == 304 {
            Reply::empty(304)
        } else {
            let mut xml = Xml::document();
            xml.within("Error", |xml| {
                xml.leaf("Code", &self.fault.code)
                    .leaf("Message", &self.fault.message);
                for (name, value) in &self.elements {
                    xml.leaf(name, value);
                }
                xml.leaf("Resource", resource)
                    .leaf("RequestId", request_id)
                    .leaf("HostId", &format!("{request_id}-crosspipe"));
            });
            Reply::text(self.fault.status, "application/xml", xml.finish())
        };
        for (name, value) in &self.headers {
            reply = reply.with(name, value.clone());
        }
        reply
    }
}

/// Access denied, without a reason, as other accounts are told.
pub fn denied() -> S3Fault {
    S3Fault::new(403, "AccessDenied", "Access Denied")
}

/// A body that is not the XML that was expected.
pub fn malformed() -> S3Fault {
    S3Fault::new(
        400,
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema",
    )
}

/// An argument that cannot be.
pub fn argument(message: impl Into<String>, name: &str, value: &str) -> S3Fault {
    S3Fault::new(400, "InvalidArgument", message)
        .element("ArgumentName", name)
        .element("ArgumentValue", value)
}

/// A request that makes no sense.
pub fn invalid(message: impl Into<String>) -> S3Fault {
    S3Fault::new(400, "InvalidRequest", message)
}

/// Something that only AWS itself has.
pub fn not_implemented() -> S3Fault {
    S3Fault::new(
        501,
        "NotImplemented",
        "A header or query parameter that you provided implies functionality that is not implemented.",
    )
}
