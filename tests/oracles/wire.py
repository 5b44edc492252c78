"""Holds what is on the wire against the service models of botocore.

boto3 itself is lenient: it drops members that it does not know and takes whatever type comes. A
client in another language is not, so every answer is looked at before boto3 reads it.
"""

import base64
import binascii
import json
import re
import xml.etree.ElementTree as xml

ISO = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")


# KMS says nothing more than these codes: what it could say would help a forger.
SILENT = {"InvalidCiphertextException", "IncorrectKeyException", "NotAuthorizedException"}

# Where AWS answers what its own model does not list. Source: IAM API Reference,
# AttachedPermissionsBoundary: "This data type can only have a value of Policy".
UNLISTED = {("PermissionsBoundaryAttachmentType", "Policy")}


def problems(operation, answer):
    """What is wrong with an answer, one sentence each."""
    protocol = operation.service_model.resolved_protocol
    status = answer["status_code"]
    body = answer["body"]
    headers = {key.lower(): value for key, value in answer["headers"].items()}
    found = []
    if protocol == "json":
        found += _json(operation, status, headers, body)
    elif protocol == "query":
        found += _query(operation, status, headers, body)
    elif protocol == "rest-xml":
        found += _rest_xml(operation, status, headers, body)
    return [f"{operation.name} (HTTP {status}): {problem}" for problem in found]


def _json(operation, status, headers, body):
    found = []
    if not headers.get("x-amzn-requestid"):
        found.append("no header x-amzn-RequestId")
    version = operation.service_model.metadata["jsonVersion"]
    if headers.get("content-type") != f"application/x-amz-json-{version}":
        found.append(f"Content-Type is {headers.get('content-type')!r}, not JSON {version}")
    if status < 300 and operation.output_shape is None:
        if body not in (b"", b"{}"):
            found.append(f"a body where the model has none: {body[:200]!r}")
        return found
    try:
        value = json.loads(body)
    except ValueError as error:
        return found + [f"the body is no JSON ({error}): {body[:200]!r}"]
    if status >= 300:
        if not value.get("__type"):
            found.append("no __type in an error")
        code = str(value.get("__type", "")).split("#")[-1]
        if code not in SILENT and not (value.get("message") or value.get("Message")):
            found.append("no message in an error")
        return found
    return found + list(_json_value(operation.output_shape, value, ""))


def _json_value(shape, value, path):
    kind = shape.type_name
    here = path or "the answer"
    if value is None:
        yield f"{here} is null, where AWS leaves it out"
    elif kind == "structure":
        if getattr(shape, "is_document_type", False):
            return
        if not isinstance(value, dict):
            yield f"{here} is no object: {value!r}"
            return
        members = {
            member.serialization.get("name", name): member
            for name, member in shape.members.items()
        }
        for name, inner in value.items():
            if name not in members:
                yield f"{path}.{name} is not in the model of {shape.name}"
            else:
                yield from _json_value(members[name], inner, f"{path}.{name}")
        for name in shape.required_members:
            if shape.members[name].serialization.get("name", name) not in value:
                yield f"{path}.{name} is missing, which the model of {shape.name} requires"
    elif kind == "list":
        if not isinstance(value, list):
            yield f"{here} is no list: {value!r}"
            return
        for index, inner in enumerate(value):
            yield from _json_value(shape.member, inner, f"{path}[{index}]")
    elif kind == "map":
        if not isinstance(value, dict):
            yield f"{here} is no map: {value!r}"
            return
        for name, inner in value.items():
            yield from _json_value(shape.value, inner, f"{path}.{name}")
    elif kind in ("string", "character"):
        if not isinstance(value, str):
            yield f"{here} is no text: {value!r}"
        elif shape.enum and value not in shape.enum:
            yield f"{here} is {value!r}, which is none of the model's values"
    elif kind in ("integer", "long"):
        if isinstance(value, bool) or not isinstance(value, int):
            yield f"{here} is no whole number: {value!r}"
    elif kind in ("double", "float"):
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            yield f"{here} is no number: {value!r}"
    elif kind == "boolean":
        if not isinstance(value, bool):
            yield f"{here} is no yes or no: {value!r}"
    elif kind == "timestamp":
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            yield f"{here} is no time in seconds: {value!r}"
        elif not 1_000_000_000 < value < 10_000_000_000:
            yield f"{here} is no time of these years: {value!r}"
    elif kind == "blob":
        try:
            base64.b64decode(value, validate=True)
        except (TypeError, ValueError, binascii.Error):
            yield f"{here} is no Base64: {value!r}"


def _local(element):
    return element.tag.rsplit("}", 1)[-1]


def _parse(body):
    try:
        return xml.fromstring(body), []
    except xml.ParseError as error:
        return None, [f"the body is no XML ({error}): {body[:200]!r}"]


def _query(operation, status, headers, body):
    found = []
    if not headers.get("x-amzn-requestid"):
        found.append("no header x-amzn-RequestId")
    if not headers.get("content-type", "").startswith("text/xml"):
        found.append(f"Content-Type is {headers.get('content-type')!r}, not text/xml")
    root, broken = _parse(body)
    if root is None:
        return found + broken
    namespace = operation.service_model.metadata["xmlNamespace"]
    if root.tag.startswith("{") and root.tag[1:].split("}")[0] != namespace:
        found.append(f"the root is {root.tag}, the namespace is {namespace}")
    if status >= 300:
        if _local(root) != "ErrorResponse":
            found.append(f"the root of an error is {_local(root)}")
        error = next((it for it in root if _local(it) == "Error"), None)
        names = {} if error is None else {_local(it): it.text for it in error}
        for name in ("Type", "Code", "Message"):
            if not names.get(name):
                found.append(f"no {name} in an error")
        if names.get("Type") not in ("Sender", "Receiver"):
            found.append(f"Type of an error is {names.get('Type')!r}")
        if not any(_local(it) == "RequestId" for it in root):
            found.append("no RequestId in an error")
        return found
    if _local(root) != f"{operation.name}Response":
        found.append(f"the root is {_local(root)}")
    metadata = next((it for it in root if _local(it) == "ResponseMetadata"), None)
    if metadata is None or not any(_local(it) == "RequestId" and it.text for it in metadata):
        found.append("no ResponseMetadata with a RequestId")
    shape = operation.output_shape
    if shape is None:
        return found
    wrapper = shape.serialization.get("resultWrapper")
    result = root
    if wrapper:
        result = next((it for it in root if _local(it) == wrapper), None)
        if result is None:
            return found + [f"no {wrapper}"]
    return found + list(_xml_value(shape, [result], "", skip={"ResponseMetadata"}))


def _rest_xml(operation, status, headers, body):
    found = []
    if not headers.get("x-amz-request-id"):
        found.append("no header x-amz-request-id")
    if status == 304 or (status >= 300 and not body and operation.http["method"] == "HEAD"):
        return found
    if status >= 300:
        root, broken = _parse(body)
        if root is None:
            return found + broken
        names = {_local(it): it.text for it in root}
        if _local(root) != "Error":
            found.append(f"the root of an error is {_local(root)}")
        for name in ("Code", "Message", "RequestId"):
            if not names.get(name):
                found.append(f"no {name} in an error")
        return found
    shape = operation.output_shape
    if shape is None:
        return found + ([f"a body where the model has none: {body[:200]!r}"] if body else [])
    payload = shape.serialization.get("payload")
    target = shape
    if payload:
        target = shape.members[payload]
        if target.type_name != "structure":
            return found
    else:
        inside = {
            name: it for name, it in shape.members.items() if "location" not in it.serialization
        }
        if not inside:
            return found + ([f"a body where the model has none: {body[:200]!r}"] if body else [])
    root, broken = _parse(body)
    if root is None:
        return found + broken
    # Its text stands in the root element itself, which botocore mends by hand.
    if operation.name == "GetBucketLocation":
        return found
    return found + list(_xml_value(target, [root], ""))


def _xml_value(shape, elements, path, skip=frozenset()):
    kind = shape.type_name
    here = path or "the answer"
    element = elements[0]
    if kind == "list":
        if shape.serialization.get("flattened"):
            items = elements
        else:
            wanted = shape.member.serialization.get("name", "member")
            items = list(element)
            for item in items:
                if _local(item) != wanted:
                    yield f"{path} holds {_local(item)}, not {wanted}"
        for index, item in enumerate(items):
            yield from _xml_value(shape.member, [item], f"{path}[{index}]")
        return
    if len(elements) > 1:
        yield f"{here} is there {len(elements)} times"
    if kind == "structure":
        members = {}
        for name, member in shape.members.items():
            if member.serialization.get("location") in ("header", "headers", "statusCode"):
                continue
            if member.serialization.get("xmlAttribute"):
                continue
            wire = member.serialization.get("name", name)
            if member.type_name == "list" and member.serialization.get("flattened"):
                wire = member.serialization.get(
                    "name", member.member.serialization.get("name", name)
                )
            members[wire] = (name, member)
        groups = {}
        for child in element:
            groups.setdefault(_local(child), []).append(child)
        for wire, children in groups.items():
            if wire in skip:
                continue
            if wire not in members:
                yield f"{path}.{wire} is not in the model of {shape.name}"
                continue
            name, member = members[wire]
            yield from _xml_value(member, children, f"{path}.{name}")
        for name in shape.required_members:
            wires = [wire for wire, (other, _) in members.items() if other == name]
            if wires and wires[0] not in groups and not _empty_flat_list(shape.members[name]):
                yield f"{path}.{name} is missing, which the model of {shape.name} requires"
    elif kind == "map":
        return
    else:
        text = element.text or ""
        if len(element):
            yield f"{here} holds elements, where the model has a {kind}"
        elif kind in ("string", "character"):
            if shape.enum and text not in shape.enum and (shape.name, text) not in UNLISTED:
                yield f"{here} is {text!r}, which is none of the model's values"
        elif kind in ("integer", "long"):
            if not re.fullmatch(r"-?\d+", text):
                yield f"{here} is no whole number: {text!r}"
        elif kind == "boolean":
            if text not in ("true", "false"):
                yield f"{here} is neither true nor false: {text!r}"
        elif kind == "timestamp":
            if not ISO.fullmatch(text):
                yield f"{here} is no ISO 8601 time in UTC: {text!r}"


def _empty_flat_list(member):
    return member.type_name == "list" and member.serialization.get("flattened")
