//! Which services resource control policies are about.

use super::actions::supports_rcp;

/// Whether RCPs are evaluated for an action that is given in lower case.
///
/// `kms:RetireGrant` is out of their reach. Source: AWS Organizations User Guide, "Resource control
/// policies (RCPs)".
pub(super) fn reach(service: &str, folded_action: &str) -> bool {
    supports_rcp(service) && folded_action != "kms:retiregrant"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_they_reach() {
        assert!(reach("s3", "s3:getobject"));
        assert!(!reach("kms", "kms:retiregrant"));
        assert!(!reach("ec2", "ec2:runinstances"));
    }
}
