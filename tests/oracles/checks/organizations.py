"""AWS Organizations. Source: Organizations API Reference and its model."""

import json

from harness import DEV, PRD, SHARED, STG, fits, has, lacks, same, signatures


def run(w):
    home = w.client("organizations", region="us-east-1")
    signatures(w, "organizations", "describe_organization")
    with w.check("DescribeOrganization answers the organization"):
        own = home.describe_organization()["Organization"]
        has(own, "Id", "Arn", "FeatureSet", "MasterAccountArn", "MasterAccountId", "MasterAccountEmail", "AvailablePolicyTypes")
        fits(own["Id"], r"o-[a-z0-9]{10,32}")
        fits(own["Arn"], rf"arn:aws:organizations::{SHARED}:organization/{own['Id']}")
        same(own["MasterAccountId"], SHARED)
    with w.check("a member sees the same organization"):
        same(w.client("organizations", DEV, region="us-east-1").describe_organization()["Organization"]["Id"], own["Id"])
    with w.check("ListAccounts lists every account"):
        accounts = home.list_accounts()["Accounts"]
        same(sorted(it["Id"] for it in accounts), sorted([SHARED, DEV, STG, PRD]))
        for it in accounts:
            has(it, "Id", "Arn", "Email", "Name", "Status", "JoinedMethod", "JoinedTimestamp")
            same(it["Status"], "ACTIVE")
            fits(it["Arn"], rf"arn:aws:organizations::{SHARED}:account/{own['Id']}/{it['Id']}")
    with w.check("ListAccounts pages"):
        first = home.list_accounts(MaxResults=3)
        same(len(first["Accounts"]), 3)
        rest = home.list_accounts(MaxResults=3, NextToken=first["NextToken"])
        same(len(rest["Accounts"]), 1)
        lacks(rest, "NextToken")
    w.refuses("ListAccounts is for the management account", "AccessDeniedException", w.client("organizations", DEV, region="us-east-1").list_accounts, origin="ListAccounts: only from the management account or a delegated administrator")
    with w.check("DescribeAccount answers an account"):
        same(home.describe_account(AccountId=DEV)["Account"]["Id"], DEV)
    w.refuses("DescribeAccount of an account that is not in it", "AccountNotFoundException", home.describe_account, AccountId="999988887777")

    scp = "SERVICE_CONTROL_POLICY"
    root = home.list_roots()["Roots"][0]["Id"]
    text = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "codecommit:*", "Resource": "*"}]})
    with w.check("CreatePolicy answers the policy"):
        made = home.create_policy(Name="NoCommits", Description="", Content=text, Type=scp)["Policy"]
        fits(made["PolicySummary"]["Arn"], rf"arn:aws:organizations::{SHARED}:policy/{own['Id']}/service_control_policy/p-[0-9a-z]{{8}}")
        same(made["Content"], text)
    policy = made["PolicySummary"]["Id"]
    w.refuses("CreatePolicy of a name that is there", "DuplicatePolicyException", home.create_policy, Name="NoCommits", Description="", Content=text, Type=scp)
    w.refuses("CreatePolicy of what is no policy", "MalformedPolicyDocumentException", home.create_policy, Name="Broken", Description="", Content="{}", Type=scp)
    w.refuses("AttachPolicy before its type is enabled", "PolicyTypeNotEnabledException", home.attach_policy, PolicyId=policy, TargetId=DEV)
    with w.check("EnablePolicyType answers the root"):
        same(home.enable_policy_type(RootId=root, PolicyType=scp)["Root"]["PolicyTypes"], [{"Type": scp, "Status": "ENABLED"}])
    w.refuses("EnablePolicyType twice", "PolicyTypeAlreadyEnabledException", home.enable_policy_type, RootId=root, PolicyType=scp)
    with w.check("a policy on an account limits its administrator, and names itself"):
        home.attach_policy(PolicyId=policy, TargetId=DEV)
        member = w.client("codecommit", DEV)
        try:
            member.list_repositories()
            raise AssertionError("was allowed")
        except member.exceptions.ClientError as error:
            same(error.response["Error"]["Code"], "AccessDeniedException")
            fits(error.response["Error"]["Message"], rf"User: .* is not authorized to perform: codecommit:ListRepositories with an explicit deny in a service control policy: {made['PolicySummary']['Arn']}")
        w.client("codecommit").list_repositories()
    with w.check("ListPoliciesForTarget lists AWS's own policy too"):
        names = [it["Name"] for it in home.list_policies_for_target(TargetId=DEV, Filter=scp)["Policies"]]
        same(names, ["FullAWSAccess", "NoCommits"])
    with w.check("ListTargetsForPolicy lists the account"):
        same([(it["TargetId"], it["Type"]) for it in home.list_targets_for_policy(PolicyId=policy)["Targets"]], [(DEV, "ACCOUNT")])
    w.refuses("DeletePolicy of one that is attached", "PolicyInUseException", home.delete_policy, PolicyId=policy)
    with w.check("a unit holds accounts, and its policies reach them"):
        unit = home.create_organizational_unit(ParentId=root, Name="tests")["OrganizationalUnit"]
        fits(unit["Id"], r"ou-[0-9a-z]{4}-[0-9a-z]{8}")
        home.move_account(AccountId=STG, SourceParentId=root, DestinationParentId=unit["Id"])
        same(home.list_parents(ChildId=STG)["Parents"], [{"Id": unit["Id"], "Type": "ORGANIZATIONAL_UNIT"}])
        home.attach_policy(PolicyId=policy, TargetId=unit["Id"])
        member = w.client("codecommit", STG)
        try:
            member.list_repositories()
            raise AssertionError("was allowed")
        except member.exceptions.ClientError as error:
            same(error.response["Error"]["Code"], "AccessDeniedException")
    with w.check("DetachPolicy and DeletePolicy undo it"):
        for target in (DEV, unit["Id"]):
            home.detach_policy(PolicyId=policy, TargetId=target)
        home.delete_policy(PolicyId=policy)
        w.client("codecommit", DEV).list_repositories()
    w.refuses("DescribePolicy of one that is gone", "PolicyNotFoundException", home.describe_policy, PolicyId=policy)
