"""Amazon EventBridge. Source where none is named: EventBridge API Reference and its model;
patterns: EventBridge User Guide, "Event patterns"."""

import json

from harness import DEV, REGION, SHARED, fits, has, holds, lacks, same, signatures, trust

NAME = "dev-awssdk-iam-source"
PIPELINE = f"arn:aws:codepipeline:{REGION}:{SHARED}:dev-awssdk-iam"
ROLE = f"arn:aws:iam::{SHARED}:role/events"
PATTERN = {
    "source": ["aws.codecommit"],
    "detail-type": ["CodeCommit Repository State Change"],
    "resources": [f"arn:aws:codecommit:{REGION}:{SHARED}:awssdk-iam"],
    "detail": {"event": ["referenceCreated", "referenceUpdated"], "referenceType": ["branch"], "referenceName": ["develop"]},
}
EVENT = {
    "version": "0",
    "id": "01234567-0123-0123-0123-012345678901",
    "detail-type": "CodeCommit Repository State Change",
    "source": "aws.codecommit",
    "account": SHARED,
    "time": "2026-11-21T00:00:00Z",
    "region": REGION,
    "resources": [f"arn:aws:codecommit:{REGION}:{SHARED}:awssdk-iam"],
    "detail": {"event": "referenceUpdated", "referenceType": "branch", "referenceName": "develop", "count": 7, "address": "10.0.0.5", "tags": ["red", "blue"], "flag": True, "nothing": None},
}


def run(w):
    events = w.client("events")
    raw = w.client("events", validate=False)
    signatures(w, "events", "list_rules")
    w.client("iam").create_role(RoleName="events", AssumeRolePolicyDocument=trust(None, "events.amazonaws.com"))

    with w.check("PutRule answers the rule's ARN"):
        answer = events.put_rule(Name=NAME, EventPattern=json.dumps(PATTERN), Description="starts", State="ENABLED", Tags=[{"Key": "a", "Value": "1"}])
        same(answer["RuleArn"], f"arn:aws:events:{REGION}:{SHARED}:rule/{NAME}")
    arn = f"arn:aws:events:{REGION}:{SHARED}:rule/{NAME}"
    with w.check("DescribeRule answers the rule"):
        found = events.describe_rule(Name=NAME)
        has(found, "Name", "Arn", "EventPattern", "State", "Description", "EventBusName", "CreatedBy")
        same(json.loads(found["EventPattern"]), PATTERN)
        same((found["State"], found["Description"], found["EventBusName"], found["CreatedBy"]), ("ENABLED", "starts", "default", SHARED))
        lacks(found, "ScheduleExpression", "RoleArn", "ManagedBy")
    w.refuses("DescribeRule of a rule that is not there", "ResourceNotFoundException", events.describe_rule, says="Rule absent does not exist on EventBus default.", Name="absent")
    w.refuses("accounts do not see each other's rules", "ResourceNotFoundException", w.client("events", DEV).describe_rule, Name=NAME)
    for title, code, more in (
        ("a name with a blank", "ValidationException", dict(Name="a b")),
        ("a name of 65 letters", "ValidationException", dict(Name="r" * 65)),
        ("neither pattern nor schedule", "ValidationException", dict(EventPattern=None)),
        ("a description of 513 letters", "ValidationException", dict(Description="d" * 513)),
        ("a state that does not exist", "ValidationException", dict(State="MAYBE")),
        ("a pattern that is no JSON", "InvalidEventPatternException", dict(EventPattern="{no")),
        ("a pattern that is a list", "InvalidEventPatternException", dict(EventPattern="[]")),
        ("a pattern with a bare text", "InvalidEventPatternException", dict(EventPattern=json.dumps({"source": "aws.codecommit"}))),
        ("a pattern with an empty list", "InvalidEventPatternException", dict(EventPattern=json.dumps({"source": []}))),
        ("a pattern with an unknown matcher", "InvalidEventPatternException", dict(EventPattern=json.dumps({"source": [{"sounds-like": "aws"}]}))),
        ("a pattern with two matchers in one", "InvalidEventPatternException", dict(EventPattern=json.dumps({"source": [{"prefix": "a", "suffix": "b"}]}))),
        ("a numeric matcher that is none", "InvalidEventPatternException", dict(EventPattern=json.dumps({"detail": {"count": [{"numeric": [">", "many"]}]}}))),
        ("a schedule that is none", "ValidationException", dict(EventPattern=None, ScheduleExpression="every day")),
        ("a bus that is not there", "ResourceNotFoundException", dict(EventBusName="absent")),
    ):
        given = {"Name": "refused", "EventPattern": json.dumps(PATTERN), **more}
        w.refuses(f"PutRule refuses {title}", code, raw.put_rule, **{key: value for key, value in given.items() if value is not None})
    with w.check("none of the refused rules was made"):
        same([it["Name"] for it in events.list_rules()["Rules"]], [NAME])
    with w.check("PutRule again forgets what is not given", "PutRule: omitted arguments become null; tags are not changed by an update"):
        events.put_rule(Name=NAME, EventPattern=json.dumps(PATTERN), Tags=[{"Key": "b", "Value": "2"}])
        lacks(events.describe_rule(Name=NAME), "Description")
        same(events.list_tags_for_resource(ResourceARN=arn)["Tags"], [{"Key": "a", "Value": "1"}])
    with w.check("a rule is disabled and enabled"):
        events.disable_rule(Name=NAME)
        same(events.describe_rule(Name=NAME)["State"], "DISABLED")
        events.enable_rule(Name=NAME)
        same(events.describe_rule(Name=NAME)["State"], "ENABLED")
    w.refuses("DisableRule of a rule that is not there", "ResourceNotFoundException", events.disable_rule, Name="absent")
    with w.check("tags of a rule are added and removed"):
        events.tag_resource(ResourceARN=arn, Tags=[{"Key": "c", "Value": "3"}])
        events.untag_resource(ResourceARN=arn, TagKeys=["a"])
        same(events.list_tags_for_resource(ResourceARN=arn)["Tags"], [{"Key": "c", "Value": "3"}])
    w.refuses("tags of a rule that is not there", "ResourceNotFoundException", events.list_tags_for_resource, ResourceARN=arn + "x")

    # Targets

    with w.check("PutTargets answers that none failed"):
        answer = events.put_targets(Rule=NAME, Targets=[{"Id": "pipeline", "Arn": PIPELINE, "RoleArn": ROLE}])
        same((answer["FailedEntryCount"], answer["FailedEntries"]), (0, []))
    with w.check("ListTargetsByRule answers the targets as given"):
        same(events.list_targets_by_rule(Rule=NAME)["Targets"], [{"Id": "pipeline", "Arn": PIPELINE, "RoleArn": ROLE}])
    with w.check("PutTargets with the same id replaces"):
        events.put_targets(Rule=NAME, Targets=[{"Id": "pipeline", "Arn": PIPELINE + "-2", "RoleArn": ROLE}])
        same([it["Arn"] for it in events.list_targets_by_rule(Rule=NAME)["Targets"]], [PIPELINE + "-2"])
    with w.check("ListRuleNamesByTarget finds the rule"):
        same(events.list_rule_names_by_target(TargetArn=PIPELINE + "-2")["RuleNames"], [NAME])
        same(events.list_rule_names_by_target(TargetArn=PIPELINE)["RuleNames"], [])
    w.refuses("PutTargets of a rule that is not there", "ResourceNotFoundException", events.put_targets, Rule="absent", Targets=[{"Id": "a", "Arn": PIPELINE, "RoleArn": ROLE}])
    w.refuses("PutTargets refuses a sixth target", "LimitExceededException", events.put_targets, origin="EventBridge User Guide, Quotas: five targets per rule", Rule=NAME, Targets=[{"Id": f"t{i}", "Arn": PIPELINE, "RoleArn": ROLE} for i in range(5)])
    w.refuses("PutTargets refuses an id with a blank", "ValidationException", events.put_targets, Rule=NAME, Targets=[{"Id": "a b", "Arn": PIPELINE, "RoleArn": ROLE}])
    w.refuses("PutTargets refuses no targets", "ValidationException", raw.put_targets, Rule=NAME, Targets=[])
    w.refuses("DeleteRule of a rule with targets", "ValidationException", events.delete_rule, says="Rule can't be deleted since it has targets.", Name=NAME)
    with w.check("RemoveTargets counts what it could not remove"):
        answer = events.remove_targets(Rule=NAME, Ids=["pipeline"])
        same(answer["FailedEntryCount"], 0)
        same(events.list_targets_by_rule(Rule=NAME)["Targets"], [])
    with w.check("DeleteRule succeeds, also on what is not there"):
        events.delete_rule(Name=NAME)
        events.delete_rule(Name=NAME)
    w.refuses("DescribeRule of a rule that was deleted", "ResourceNotFoundException", events.describe_rule, Name=NAME)
    with w.check("ListRules honours NamePrefix and pages"):
        for number in range(4):
            events.put_rule(Name=f"page-{number}", ScheduleExpression="rate(5 minutes)")
        events.put_rule(Name="other", ScheduleExpression="cron(0 12 * * ? *)")
        first = events.list_rules(NamePrefix="page-", Limit=3)
        same([it["Name"] for it in first["Rules"]], ["page-0", "page-1", "page-2"])
        same([it["Name"] for it in events.list_rules(NamePrefix="page-", Limit=3, NextToken=first["NextToken"])["Rules"]], ["page-3"])

    # Patterns

    detail = lambda **it: {"detail": it}
    for title, pattern, wanted in (
        ("the pattern of a branch", PATTERN, True),
        ("another branch", {**PATTERN, "detail": {**PATTERN["detail"], "referenceName": ["master"]}}, False),
        ("another account", {"account": [DEV]}, False),
        ("a field that is absent", detail(absent=["x"]), False),
        ("a prefix", detail(referenceName=[{"prefix": "dev"}]), True),
        ("a suffix", detail(referenceName=[{"suffix": "lop"}]), True),
        ("equals-ignore-case", detail(referenceName=[{"equals-ignore-case": "DEVELOP"}]), True),
        ("a wildcard", detail(referenceName=[{"wildcard": "d*p"}]), True),
        ("anything-but", detail(referenceName=[{"anything-but": ["develop"]}]), False),
        ("anything-but with a prefix", detail(referenceName=[{"anything-but": {"prefix": "rel"}}]), True),
        ("exists", detail(referenceName=[{"exists": True}]), True),
        ("exists: false on what is there", detail(referenceName=[{"exists": False}]), False),
        ("exists: false on what is absent", detail(absent=[{"exists": False}]), True),
        ("a number range", detail(count=[{"numeric": [">", 5, "<=", 7]}]), True),
        ("a number outside the range", detail(count=[{"numeric": ["<", 7]}]), False),
        ("an address range", detail(address=[{"cidr": "10.0.0.0/24"}]), True),
        ("an address outside the range", detail(address=[{"cidr": "10.0.1.0/24"}]), False),
        ("one value of a list", detail(tags=["blue", "green"]), True),
        ("true as a value", detail(flag=[True]), True),
        ("true as a text", detail(flag=["true"]), False),
        ("null", detail(nothing=[None]), True),
        ("case of values", {"source": ["AWS.CodeCommit"]}, False),
        ("$or of two fields", {"$or": [{"source": ["aws.ecr"]}, {"detail": {"count": [7]}}]}, True),
    ):
        with w.check(f"TestEventPattern: {title}"):
            same(events.test_event_pattern(EventPattern=json.dumps(pattern), Event=json.dumps(EVENT))["Result"], wanted, "Result")
    w.refuses("TestEventPattern refuses a pattern that is none", "InvalidEventPatternException", events.test_event_pattern, EventPattern='{"source": "x"}', Event=json.dumps(EVENT))
    w.refuses("TestEventPattern refuses an event that is no JSON", ("ValidationException", "InvalidEventPatternException"), events.test_event_pattern, EventPattern=json.dumps(PATTERN), Event="{no")
    w.refuses("TestEventPattern refuses an event without its fields", ("ValidationException", "InvalidEventPatternException"), events.test_event_pattern, origin="TestEventPattern: id, account, source, time, region, resources and detail-type are mandatory", EventPattern=json.dumps(PATTERN), Event='{"source": "aws.codecommit"}')

    # Buses

    with w.check("DescribeEventBus answers the default bus"):
        bus = events.describe_event_bus()
        same((bus["Name"], bus["Arn"]), ("default", f"arn:aws:events:{REGION}:{SHARED}:event-bus/default"))
    with w.check("a bus is made, opened to an account, and deleted"):
        same(events.create_event_bus(Name="pipelines")["EventBusArn"], f"arn:aws:events:{REGION}:{SHARED}:event-bus/pipelines")
        events.put_permission(EventBusName="pipelines", StatementId="Dev", Action="events:PutEvents", Principal=DEV)
        policy = json.loads(events.describe_event_bus(Name="pipelines")["Policy"])
        same([it["Sid"] for it in policy["Statement"]], ["Dev"])
        same(policy["Statement"][0]["Principal"], {"AWS": f"arn:aws:iam::{DEV}:root"})
        same([it["Name"] for it in events.list_event_buses()["EventBuses"]], ["default", "pipelines"])
        events.remove_permission(EventBusName="pipelines", StatementId="Dev")
        lacks(events.describe_event_bus(Name="pipelines"), "Policy")
    w.refuses("CreateEventBus refuses a name that is taken", "ResourceAlreadyExistsException", events.create_event_bus, Name="pipelines")
    w.refuses("RemovePermission of a statement that is not there", "ResourceNotFoundException", events.remove_permission, EventBusName="pipelines", StatementId="Absent")
    w.refuses("DescribeEventBus of a bus that is not there", "ResourceNotFoundException", events.describe_event_bus, Name="absent")
    w.refuses("the default bus is not deleted", "ValidationException", events.delete_event_bus, Name="default")
    with w.check("a rule on a bus of one's own has the bus in its ARN"):
        same(events.put_rule(Name="r", EventBusName="pipelines", EventPattern='{"source": ["x"]}')["RuleArn"], f"arn:aws:events:{REGION}:{SHARED}:rule/pipelines/r")
        holds("r" not in [it["Name"] for it in events.list_rules()["Rules"]], "the default bus lists it")
        events.delete_rule(Name="r", EventBusName="pipelines")
        events.delete_event_bus(Name="pipelines")
    with w.check("PutEvents answers an id per entry"):
        answer = events.put_events(Entries=[{"Source": "team.app", "DetailType": "x", "Detail": "{}"}])
        same(answer["FailedEntryCount"], 0)
        fits(answer["Entries"][0]["EventId"], r"[0-9a-f-]{36}")
