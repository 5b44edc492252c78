//! The file in the binary, of which a service is decoded when it is first asked for.

use std::sync::OnceLock;

use super::container::{self, inflate};
use super::model::{Service, cmp_ignore_case};

static FILE: &[u8] = include_bytes!("data/iam-data.bin");

/// A service of the index, and what its block says once that has been asked for.
pub(super) struct Slot {
    pub(super) prefix: &'static str,
    name: &'static str,
    #[cfg(test)]
    pub(super) rcp: bool,
    block: &'static [u8],
    raw: usize,
    decoded: OnceLock<Option<Service>>,
}

pub(super) struct Store {
    pub(super) version: &'static str,
    /// In the order of the prefixes.
    pub(super) slots: Vec<Slot>,
}

impl Slot {
    /// The service. The text of its block stays for the life of the program, as everything that is
    /// handed out refers to it. A block that cannot be read, which a test rules out, is no service.
    pub(super) fn service(&'static self) -> Option<&'static Service> {
        self.decoded
            .get_or_init(|| {
                let text = inflate(self.block, self.raw)?;
                Service::read(self.prefix, self.name, text.leak())
            })
            .as_ref()
    }
}

/// What is in the file. A file that cannot be read, which a test rules out, has no services.
pub(super) fn store() -> &'static Store {
    static STORE: OnceLock<Store> = OnceLock::new();
    STORE.get_or_init(|| {
        let Some(index) = container::open(FILE) else {
            return Store {
                version: "",
                slots: Vec::new(),
            };
        };
        let slots = index.services.into_iter().map(|listing| Slot {
            prefix: listing.prefix.leak(),
            name: listing.name.leak(),
            #[cfg(test)]
            rcp: listing.rcp,
            block: listing.block,
            raw: listing.raw,
            decoded: OnceLock::new(),
        });
        Store {
            version: index.version,
            slots: slots.collect(),
        }
    })
}

/// The service of this prefix, without regard to case.
pub(super) fn slot(prefix: &str) -> Option<&'static Slot> {
    let slots = &store().slots;
    let at = slots
        .binary_search_by(|slot| cmp_ignore_case(slot.prefix, prefix))
        .ok()?;
    slots.get(at)
}
