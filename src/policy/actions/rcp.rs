//! Which services' resources resource control policies reach.

include!("data/rcp_services.rs");

/// Whether resource control policies reach the resources of a service, by the prefix of its actions.
/// Needs none of the compressed data.
///
/// Source: AWS Organizations User Guide, "Resource control policies (RCPs)", "List of AWS services that
/// support RCPs".
pub fn supports_rcp(prefix: &str) -> bool {
    RCP_SERVICES
        .binary_search_by(|known| super::model::cmp_ignore_case(known, prefix))
        .is_ok()
}
