//! What has a name in a repository, as git lists it first of all.

use super::Way;
use super::pktline::{flush, write_text};
use crate::sandbox::services::codecommit::Repository;

/// The id that stands for nothing.
pub const NONE: &str = "0000000000000000000000000000000000000000";

/// The references, with what can be asked for in the rest of the conversation.
pub fn advertise(found: &Repository, way: Way) -> Vec<u8> {
    let mut lines: Vec<(String, String)> = Vec::new();
    let default = found
        .default_branch
        .as_ref()
        .and_then(|branch| Some((branch, found.branches.get(branch)?)));
    if let (Way::Upload, Some((_, head))) = (way, default) {
        lines.push((head.clone(), "HEAD".to_owned()));
    }
    for (name, id) in found.named() {
        let on = found.objects.target(&id).and(found.objects.peeled(&id));
        let on = on.map(|on| (on.to_owned(), format!("{name}^{{}}")));
        lines.push((id, name));
        lines.extend(on.filter(|_| way == Way::Upload));
    }
    if lines.is_empty() {
        lines.push((NONE.to_owned(), "capabilities^{}".to_owned()));
    }
    let mut can = match way {
        Way::Upload => "multi_ack_detailed side-band-64k ofs-delta no-progress".to_owned(),
        Way::Receive => "report-status delete-refs ofs-delta atomic".to_owned(),
    };
    if let (Way::Upload, Some((branch, _))) = (way, default) {
        can.push_str(&format!(" symref=HEAD:refs/heads/{branch}"));
    }
    can.push_str(concat!(
        " object-format=sha1 agent=crosspipe/",
        env!("CARGO_PKG_VERSION")
    ));
    let mut to = Vec::new();
    write_text(&mut to, &format!("# service={}\n", way.service()));
    flush(&mut to);
    for (index, (id, name)) in lines.iter().enumerate() {
        match index {
            0 => write_text(&mut to, &format!("{id} {name}\0{can}\n")),
            _ => write_text(&mut to, &format!("{id} {name}\n")),
        }
    }
    flush(&mut to);
    to
}
