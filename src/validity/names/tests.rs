use super::*;

type Check = fn(&str) -> Result<(), NameError>;

#[test]
fn what_each_service_takes() {
    let long = |n: usize| "a".repeat(n);
    let cases: Vec<(Check, Vec<String>, Vec<String>)> = vec![
        (
            check_bucket,
            vec![
                "abc".into(),
                "bys-awssdk-iam-artifacts-202949997891-ap-northeast-2".into(),
                long(63),
            ],
            vec![
                "ab".into(),
                long(64),
                "Abc".into(),
                "-abc".into(),
                "abc-".into(),
                "a..b".into(),
                "192.168.0.1".into(),
                "xn--abc".into(),
                "abc-s3alias".into(),
                "abc--x-s3".into(),
                "한국어".into(),
                String::new(),
            ],
        ),
        (
            check_role_name,
            vec![
                "bys-dev-awssdk-iam-deploy".into(),
                long(64),
                "a+=,.@-_".into(),
            ],
            vec![
                long(65),
                "a b".into(),
                "a/b".into(),
                "역할".into(),
                String::new(),
            ],
        ),
        (
            check_role_path,
            vec!["/".into(), "/cicd/".into(), "/a/b/".into()],
            vec![
                "cicd".into(),
                "/cicd".into(),
                "cicd/".into(),
                "//".into(),
                "/a b/".into(),
                String::new(),
            ],
        ),
        (
            check_key_alias,
            vec!["alias/x".into(), "alias/a/b_c-1".into()],
            vec![
                "x".into(),
                "alias/".into(),
                "alias/aws/s3".into(),
                "alias/a.b".into(),
                "alias/a:b".into(),
            ],
        ),
        (
            check_repository,
            vec!["awssdk-iam".into(), "a.b_c".into()],
            vec!["a/b".into(), "x.git".into(), long(101)],
        ),
        (
            check_branch,
            vec![
                "develop".into(),
                "feature/login".into(),
                "릴리스/1.0".into(),
                "a.b".into(),
            ],
            vec![
                "a b".into(),
                "a..b".into(),
                "/a".into(),
                "a/".into(),
                "a//b".into(),
                ".a".into(),
                "a/.b".into(),
                "a.lock".into(),
                "a.lock/b".into(),
                "a.".into(),
                "@".into(),
                "a@{b".into(),
                "-a".into(),
                "a~1".into(),
                "a:b".into(),
                "a\\b".into(),
                "refs/heads/main".into(),
                String::new(),
            ],
        ),
        (
            check_project,
            vec!["dev-awssdk-iam".into()],
            vec!["a".into(), "-ab".into(), "a.b".into(), long(151)],
        ),
        (
            check_pipeline,
            vec!["dev-awssdk-iam".into(), "a@b.c_d".into()],
            vec!["a/b".into(), "a b".into(), long(101)],
        ),
        (
            check_rule,
            vec!["dev-awssdk-iam-source".into()],
            vec![long(65), "a@b".into()],
        ),
        (
            check_image_repository,
            vec![
                "dev-awssdk-iam".into(),
                "team/app".into(),
                "a__b".into(),
                "a---b".into(),
            ],
            vec![
                "Dev".into(),
                "a".into(),
                "-ab".into(),
                "ab-".into(),
                "a___b".into(),
                "a..b".into(),
                "a//b".into(),
                "a._b".into(),
                "/ab".into(),
            ],
        ),
        (
            check_image_tag,
            vec!["a41f9c2".into(), "_x".into()],
            vec![".x".into(), "-x".into(), long(129), "a/b".into()],
        ),
        (
            check_deploy_application,
            vec!["a+=,.@_-".into()],
            vec!["a b".into(), long(101)],
        ),
        (
            check_deployment_config,
            vec!["mine".into()],
            vec!["CodeDeployDefault.Mine".into()],
        ),
        (
            check_connection,
            vec!["bys-awssdk-iam".into(), long(32)],
            vec![long(33), String::new()],
        ),
        (
            check_task_family,
            vec!["dev_awssdk-iam".into()],
            vec!["a.b".into(), long(256)],
        ),
        (
            check_target_group,
            vec!["blue".into()],
            vec![long(33), "-a".into(), "a-".into(), "a_b".into()],
        ),
        (
            check_tag_key,
            vec!["team".into(), "비용".into(), "a:b/c".into()],
            vec![
                "aws:x".into(),
                "AWS:x".into(),
                "a#b".into(),
                String::new(),
                long(128),
            ],
        ),
        (
            check_tag_value,
            vec![String::new(), "값 1".into()],
            vec!["a#b".into(), long(256)],
        ),
        (
            check_external_id,
            vec!["ab:c/d".into()],
            vec!["a".into(), "a b".into()],
        ),
        (
            check_mfa_serial,
            vec![
                "arn:aws:iam::558846431111:mfa/kim".into(),
                "GAHT12345678".into(),
            ],
            vec!["x".into()],
        ),
        (
            check_role_description,
            vec!["Größe".into(), String::new()],
            vec!["한국어".into(), "—".into()],
        ),
        (check_role_session_name, vec!["ab".into()], vec!["a".into()]),
        (
            check_policy_name,
            vec!["boundary".into()],
            vec!["a/b".into()],
        ),
    ];
    for (check, right, wrong) in cases {
        for name in right {
            assert_eq!(check(&name), Ok(()), "{name}");
        }
        for name in wrong {
            assert!(check(&name).is_err(), "{name}");
        }
    }
}

#[test]
fn the_fault_says_where() {
    let error = check_role_name("bys dev").unwrap_err();
    assert_eq!(
        error.to_string(),
        "IAM role name 'bys dev': a space at character 4 is not allowed"
    );
    assert_eq!(error.at, Some(3));
    let error = check_connection(&"a".repeat(40)).unwrap_err();
    assert_eq!(error.limit, Some(32));
    assert!(error.to_string().ends_with("40 characters, 32 are allowed"));
}

proptest::proptest! {
    #[test]
    fn no_text_is_too_strange(text in ".*") {
        let checks: [Check; 12] = [check_bucket, check_role_name, check_role_path, check_key_alias, check_repository, check_branch, check_project, check_pipeline, check_rule, check_image_repository, check_image_tag, check_tag_key];
        for check in checks {
            let _ = check(&text);
        }
    }
}
