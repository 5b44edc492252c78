"""Three truths, wildcards and policy variables: the ground the slow reading of IAM policies stands on.

Written to be read, not to be fast. True and False are Python's own; None is "cannot be said".
"""

UNKNOWN = None

# How often each rule came out as what, for the coverage report: {rule: {True: n, False: n, None: n}}.
TALLY = {}


# A rule whose outcomes are turned round, to see whether anything depends on it.
TURNED = [None]


def note(rule, truth):
    """Counts one outcome of a rule and hands the outcome on."""
    TALLY.setdefault(rule, {True: 0, False: 0, UNKNOWN: 0})[truth] += 1
    return truth is False if rule == TURNED[0] else truth


def not3(a):
    """Kleene's negation."""
    return UNKNOWN if a is UNKNOWN else not a


def all3(truths):
    """Kleene's conjunction: one False decides, then one Unknown spoils."""
    truths = list(truths)
    if any(t is False for t in truths):
        return False
    return UNKNOWN if any(t is UNKNOWN for t in truths) else True


def any3(truths):
    """Kleene's disjunction: one True decides, then one Unknown spoils."""
    truths = list(truths)
    if any(t is True for t in truths):
        return True
    return UNKNOWN if any(t is UNKNOWN for t in truths) else False


def agree3(truths):
    """One of several readings is the right one, and it is not known which: all the same, or Unknown."""
    truths = list(truths)
    first = truths[0]
    return first if all(t is first for t in truths) else UNKNOWN


class Context:
    """The request's context: keys without case, values as lists of text, and whether it is complete."""

    def __init__(self, given, is_open):
        self.is_open = is_open
        self.values = {}
        for key, value in given.items():
            values = value if isinstance(value, list) else [value]
            self.values[key.lower()] = [as_text(v) for v in values]

    def get(self, key):
        """The values of a key; an empty list is a key that resolved to nothing, which is absent.

        Source: IAM User Guide, multivalued context keys ("null dataset") and the Null operator."""
        return self.values.get(key.lower()) or None

    def may_come(self, key):
        """Whether the context is open and nothing was said of the key."""
        return self.is_open and key.lower() not in self.values


def as_text(value):
    """JSON numbers and booleans in policies and contexts are their text. Source: IAM policy grammar."""
    if value is True:
        return "true"
    if value is False:
        return "false"
    return str(value)


# Tokens of a pattern: a one-character text is itself, ANY is `*`, ONE is `?`, and a tuple is a
# variable that could not be filled in.
ANY = ("any",)
ONE = ("one",)
UNRESOLVED = ("unresolved",)
SEVERAL = ("several",)
OPEN = ("open",)
VARIABLE = ("variable",)


def tokens(pattern, version, context, wildcards):
    """Splits a pattern into tokens, filling variables in.

    Variables exist from Version 2012-10-17 on; before, the text stands for itself.
    `${*}`, `${?}` and `${$}` are the characters. A value filled in brings no wildcards along.
    Source: IAM User Guide, policy variables."""
    out = []
    at = 0
    while at < len(pattern):
        if version == "2012-10-17" and pattern.startswith("${", at):
            end = pattern.find("}", at)
            if end > 0:
                out.extend(variable(pattern[at + 2 : end], context))
                at = end + 1
                continue
        character = pattern[at]
        if wildcards and character == "*":
            out.append(ANY)
        elif wildcards and character == "?":
            out.append(ONE)
        else:
            out.append(character)
        at += 1
    return out


def variable(inside, context):
    """What stands for `${inside}`: the characters of its value, or the mark of one that has none."""
    if inside in ("*", "?", "$"):
        return [inside]
    key, comma, default = inside.partition(",")
    key = key.strip()
    values = context.get(key)
    if values is None:
        if context.may_come(key):
            note("variable: missing, context open", UNKNOWN)
            return [OPEN]
        default = default.strip()
        if comma and len(default) >= 2 and default[0] == default[-1] == "'":
            note("variable: default", True)
            return list(default[1:-1])
        note("variable: resolved", False)
        return [UNRESOLVED]
    if len(values) > 1:
        note("variable: of several values", False)
        return [SEVERAL]
    note("variable: resolved", True)
    return list(values[0])


def has_variable(pattern, version):
    """Whether the text names a variable other than the three escapes."""
    if version != "2012-10-17":
        return False
    at = pattern.find("${")
    while at >= 0:
        end = pattern.find("}", at)
        if end < 0:
            return False
        if pattern[at + 2 : end] not in ("*", "?", "$"):
            return True
        at = pattern.find("${", end)
    return False


def glob(pattern, text):
    """Whether tokens match a text. `*` is any run of characters, none too; `?` is exactly one.

    The table of "the first i tokens match the first j characters", filled row by row."""
    row = [True] + [False] * len(text)
    for token in pattern:
        if token == ANY:
            reached = False
            next_row = []
            for here in row:
                reached = reached or here
                next_row.append(reached)
        else:
            next_row = [False]
            for j, character in enumerate(text):
                next_row.append(row[j] and (token == ONE or token == character))
        row = next_row
    return row[-1]


def match_text(pattern, version, context, text, wildcards, ignore_case=False):
    """A text against one policy value. Returns True, False, Unknown, UNRESOLVED or SEVERAL.

    A variable without a value matches nothing, neither as text nor as nothing."""
    parts = tokens(pattern, version, context, wildcards)
    if SEVERAL in parts:
        return SEVERAL
    if UNRESOLVED in parts:
        return UNRESOLVED
    if OPEN in parts:
        return UNKNOWN
    if ignore_case:
        parts = [t.lower() if isinstance(t, str) else t for t in parts]
        text = text.lower()
    return glob(parts, text)


def split_pattern(pattern, version):
    """The six components of an ARN pattern as text, or None if it has not six.

    A colon inside of `${...}` is no separator."""
    parts = [""]
    at = 0
    while at < len(pattern):
        if version == "2012-10-17" and pattern.startswith("${", at) and "}" in pattern[at:]:
            end = pattern.index("}", at)
            parts[-1] += pattern[at : end + 1]
            at = end + 1
            continue
        if pattern[at] == ":" and len(parts) < 6:
            parts.append("")
        else:
            parts[-1] += pattern[at]
        at += 1
    return parts if len(parts) == 6 else None


def match_arn(pattern, version, context, arn):
    """An ARN against an ARN pattern, each of the six components on its own.

    Source: IAM User Guide, ARN condition operators ("checked separately") and Resource.
    Returns True, False, Unknown, UNRESOLVED or SEVERAL."""
    wanted = split_pattern(pattern, version)
    given = arn.split(":", 5)
    if wanted is None:
        return note("ARN: pattern of fewer than six parts", UNKNOWN)
    if len(given) != 6:
        return False
    found = [match_text(w, version, context, g, True) for w, g in zip(wanted, given)]
    if any(f is False for f in found):
        return False
    for without in (SEVERAL, UNRESOLVED):
        if without in found:
            return without
    return all3(found)
