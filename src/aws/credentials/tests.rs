use super::*;

#[test]
fn session_names_keep_to_what_sts_takes() {
    for (user, name) in [
        (Some("kim"), "crosspipe-kim"),
        (Some("Kim Ü. / admin"), "crosspipe-Kim.admin"),
        (Some("김"), "crosspipe"),
        (None, "crosspipe"),
    ] {
        assert_eq!(session_name(user), name);
    }
    assert_eq!(session_name(Some(&"x".repeat(200))).len(), 64);
}

#[test]
fn credentials_are_renewed_before_they_end() {
    let ending = |seconds: u64| {
        Credentials::builder()
            .access_key_id("AKIA")
            .secret_access_key("secret")
            .expiry(SystemTime::now() + Duration::from_secs(seconds))
            .provider_name("test")
            .build()
    };
    assert!(lasts(&ending(3600), RENEW_BEFORE));
    assert!(!lasts(&ending(60), RENEW_BEFORE));
    assert!(!lasts(&ending(0), Duration::ZERO));
    // Of a short life a third is left, of a long one five minutes.
    assert_eq!(early(&ending(3600)), RENEW_BEFORE);
    assert!(early(&ending(60)) <= Duration::from_secs(20));
    assert!(early(&ending(60)) > Duration::from_secs(15));
}
