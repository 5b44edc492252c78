"""AWS CodeConnections. Source where none is named: CodeConnections API Reference and its model."""

from harness import DEV, REGION, SHARED, fits, has, lacks, same, signatures, tags


def run(w):
    links = w.client("codeconnections")
    raw = w.client("codeconnections", validate=False)
    signatures(w, "codeconnections", "list_connections")
    with w.check("CreateConnection answers an ARN"):
        arn = links.create_connection(ProviderType="GitHub", ConnectionName="bys-awssdk-iam", Tags=[{"Key": "a", "Value": "1"}])["ConnectionArn"]
        fits(arn, rf"arn:aws:codeconnections:{REGION}:{SHARED}:connection/[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}")
    with w.check("a new connection waits for its handshake"):
        found = links.get_connection(ConnectionArn=arn)["Connection"]
        has(found, "ConnectionName", "ConnectionArn", "ProviderType", "OwnerAccountId", "ConnectionStatus")
        same((found["ConnectionName"], found["ProviderType"], found["OwnerAccountId"], found["ConnectionStatus"]), ("bys-awssdk-iam", "GitHub", SHARED, "PENDING"))
        lacks(found, "HostArn")
    with w.check("names of connections need not differ"):
        other = links.create_connection(ProviderType="GitHub", ConnectionName="bys-awssdk-iam")["ConnectionArn"]
        same(len({arn, other}), 2, "the number of ARNs")
    with w.check("ListConnections lists, filters by provider and pages"):
        links.create_connection(ProviderType="Bitbucket", ConnectionName="third")
        same(len(links.list_connections()["Connections"]), 3)
        same([it["ConnectionName"] for it in links.list_connections(ProviderTypeFilter="Bitbucket")["Connections"]], ["third"])
        first = links.list_connections(MaxResults=2)
        same(len(first["Connections"]), 2)
        rest = links.list_connections(MaxResults=2, NextToken=first["NextToken"])
        same(len(rest["Connections"]), 1)
        lacks(rest, "NextToken")
        same(w.client("codeconnections", DEV).list_connections()["Connections"], [])
    w.refuses("GetConnection of a connection that is not there", "ResourceNotFoundException", links.get_connection, ConnectionArn=arn[:-12] + "000000000000")
    w.refuses("GetConnection of a connection of another account", ("ResourceNotFoundException", "AccessDeniedException"), w.client("codeconnections", DEV).get_connection, ConnectionArn=arn)
    for title, more in (
        ("a name of 33 letters", dict(ConnectionName="c" * 33)),
        ("an empty name", dict(ConnectionName="")),
        ("a provider that does not exist", dict(ProviderType="SourceForge")),
    ):
        w.refuses(f"CreateConnection refuses {title}", "ValidationException", raw.create_connection, **{"ProviderType": "GitHub", "ConnectionName": "x", **more})
    w.refuses("GetConnection refuses what is no ARN", "ValidationException", raw.get_connection, ConnectionArn="connection")
    with w.check("tags of a connection are listed, added and removed"):
        links.tag_resource(ResourceArn=arn, Tags=[{"Key": "b", "Value": "2"}])
        same(tags(links.list_tags_for_resource(ResourceArn=arn)["Tags"]), {"a": "1", "b": "2"})
        links.untag_resource(ResourceArn=arn, TagKeys=["a"])
        same(tags(links.list_tags_for_resource(ResourceArn=arn)["Tags"]), {"b": "2"})
    with w.check("DeleteConnection deletes"):
        links.delete_connection(ConnectionArn=arn)
    w.refuses("GetConnection of a connection that was deleted", "ResourceNotFoundException", links.get_connection, ConnectionArn=arn)
    w.refuses("DeleteConnection of a connection that is not there", "ResourceNotFoundException", links.delete_connection, ConnectionArn=arn)
