"""AWS Organizations. Source: Organizations API Reference and its model."""

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
