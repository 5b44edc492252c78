//! How a command ends: exit codes, documented here and nowhere else, and what is printed on a failure.

use crate::ui::{Complaint, Style};

/// The exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: done, or nothing to do.
    Done,
    /// 1: failed; nothing was changed, or what was changed is as it should be.
    Failed,
    /// 2: the command line, the configuration or an answer is wrong; nothing was changed.
    Usage,
    /// 3: a check found something.
    Findings,
    /// 4: a plan was carried out in part; running again continues.
    Partly,
    /// 130: cancelled by the user.
    Cancelled,
}

impl Exit {
    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Findings => 3,
            Self::Partly => 4,
            Self::Cancelled => 130,
        }
    }
}

/// A command that did not do what it was asked to.
#[derive(Debug)]
pub struct Failure {
    /// How the program ends.
    pub exit: Exit,
    /// What is printed, in this order.
    pub complaints: Vec<Complaint>,
    /// Text that has been drawn already, printed before the complaints.
    pub drawn: String,
}

impl Failure {
    /// One complaint.
    pub fn new(exit: Exit, complaint: Complaint) -> Self {
        Self {
            exit,
            complaints: vec![complaint],
            drawn: String::new(),
        }
    }

    /// Exit 1.
    pub fn failed(complaint: Complaint) -> Self {
        Self::new(Exit::Failed, complaint)
    }

    /// Exit 2.
    pub fn usage(complaint: Complaint) -> Self {
        Self::new(Exit::Usage, complaint)
    }

    /// Exit 130, with a word on what is left behind.
    pub fn cancelled(what: &str) -> Self {
        Self {
            exit: Exit::Cancelled,
            complaints: Vec::new(),
            drawn: format!("Cancelled: {what}\n"),
        }
    }

    /// The messages alone, in one line.
    pub fn summary(&self) -> String {
        let messages: Vec<&str> = self
            .complaints
            .iter()
            .map(|it| it.message.as_str())
            .collect();
        messages.join("; ")
    }

    /// Prints it to stderr.
    pub fn print(&self, style: Style) {
        let mut text = self.drawn.clone();
        for complaint in &self.complaints {
            text.push_str(&complaint.text(style));
        }
        eprint!("{text}");
    }
}

impl From<crate::cloud::CloudError> for Failure {
    fn from(error: crate::cloud::CloudError) -> Self {
        Self::failed(complaint(&error))
    }
}

/// A call to AWS that failed, for a person.
pub fn complaint(error: &crate::cloud::CloudError) -> Complaint {
    use crate::cloud::ErrorKind;
    let what = match error.kind {
        // The SDK's chain is no call, so there is no operation that failed.
        ErrorKind::Credentials if error.operation == "GetCredentials" => {
            format!("no credentials for {} ({})", error.site, error.account)
        }
        _ => format!(
            "{}:{} in {} ({}) failed",
            error.service, error.operation, error.site, error.account
        ),
    };
    let why = if error.code.is_empty() {
        error.message.clone()
    } else {
        format!("{}: {}", error.code, error.message)
    };
    let mut complaint = Complaint::new(format!("{what}: {why}"));
    if let Some(request) = &error.request_id {
        complaint = complaint.detail(format!("AWS request {request}"));
    }
    match error.kind {
        ErrorKind::Credentials => complaint.help(format!(
            "set profile or role of {} in crosspipe.toml, or log in (for example `aws sso login --profile NAME`), and run this again",
            error.site
        )),
        ErrorKind::Connection => complaint.help("check the network, the Region and AWS_ENDPOINT_URL, and run this again"),
        ErrorKind::ChangedMeanwhile => complaint.help("run `crosspipe plan` again and look at the difference"),
        ErrorKind::Throttled => complaint.help("wait a minute and run this again"),
        ErrorKind::Refused | ErrorKind::Internal => complaint,
    }
}
