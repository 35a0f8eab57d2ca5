"""quantgov.yaml cannot be used as it stands, says what has no effect, or is taken away.

Why: a policy that nobody can read protects nobody; once it lands, every check would stop with exit code 2. Without
one, whoever pushes next would bring his own.
Fix: mend the place that is named. The change itself is judged by the policy of the trunk. To go back to the defaults,
keep the file and leave `version: 1` in it.
"""

from __future__ import annotations

from quantgov.change import Change
from quantgov.message import did_you_mean
from quantgov.policy import ALWAYS_BLOCK, POLICY_FILE, Policy, problems_in
from quantgov.rule import Example, Finding, Rule, Scope
from quantgov.rules import codes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from quantgov.documents import Plain


def check(change: Change, policy: Policy) -> Iterator[Finding]:
    entry = change.head.entry(POLICY_FILE)
    written = _is_written(change, policy)
    if entry and entry.is_file:
        yield from _faults(change.head.content(entry.oid)) if written else ()
    elif entry or (written and change.head.paths(f"{POLICY_FILE}/")):  # the index has no entry for a folder
        yield Finding("is no regular file", POLICY_FILE, help="put the policy itself there")
    elif written and change.authority.entry(POLICY_FILE):
        yield Finding("is removed", POLICY_FILE, help="put it back; `version: 1` alone stands for the defaults")


def _is_written(change: Change, policy: Policy) -> bool:
    """Whether the change touches the policy, or takes a protected branch back to another one, or to none.

    A branch from before the policy takes nothing away from the trunk that it is merged into.
    """
    if change.rewound and change.branch in (*policy.protected, change.authority_name):
        return True
    return any(each.path == POLICY_FILE for each in change.touched)


def _faults(data: bytes) -> Iterator[Finding]:
    problems = problems_in(data)
    for problem in problems:
        yield Finding(problem.message, POLICY_FILE, problem.line, problem.column, problem.help)
    if not problems:
        yield from _idle_levels(data)


def _idle_levels(data: bytes) -> Iterator[Finding]:
    """Keys of `levels:` that change nothing. Such a policy loads: a later release may know the rule."""
    from quantgov import documents

    document = documents.load(data)
    assert isinstance(document.value, dict)
    levels = document.value.get("levels", {})
    assert isinstance(levels, dict)
    for key, level in levels.items():
        mark = document.key_mark(("levels", key))
        if not any(code.startswith(key) for code in codes()):
            message, help = f"{key!r} names no rule{did_you_mean(key, codes())}", "quantgov rules"
        elif key in ALWAYS_BLOCK and _lowers(level):
            message, help = f"{key} always blocks", "delete the line: a leaked key is leaked, whatever the policy says"
        else:
            continue
        yield Finding(message, POLICY_FILE, mark.line, mark.column, help)


def _lowers(level: Plain) -> bool:
    return any(each != "block" for each in (level.values() if isinstance(level, dict) else (level,)))


RULE = Rule(
    "QG001",
    "policy-invalid",
    Scope.CHANGE,
    check,
    accepts=(
        Example("a change that leaves the policy alone", policy="mode: guard", files={"a.py": "x = 1\n"}),
        Example("none, and there never was one", files={"a.py": "x = 1\n"}),
        Example(
            "the levels of a rule, of a family and of a leaked key",
            policy="mode: guard",
            files={"quantgov.yaml": "version: 1\nlevels: {QG101: warn, QG5: {live/: block}, QG301: {live/: block}}\n"},
        ),
        Example(
            "a policy that can be read", policy="mode: guard", files={"quantgov.yaml": "version: 1\nmode: govern\n"}
        ),
        Example("a file of the same name elsewhere", files={"docs/quantgov.yaml": "version: 1\nmood: guard\n"}),
    ),
    rejects=(
        Example(
            "a policy that is taken away",
            before={"quantgov.yaml": "version: 1\n"},
            files={"quantgov.yaml": None},
            finds=(("is removed", "quantgov.yaml", 0, 0),),
        ),
        Example(
            "one that is moved elsewhere",
            before={"quantgov.yaml": "version: 1\n"},
            files={"quantgov.yaml": None, "docs/quantgov.yaml": "version: 1\n"},
            finds=(("is removed", "quantgov.yaml", 0, 0),),
        ),
        Example(
            "a folder in its place",
            before={"quantgov.yaml": "version: 1\n"},
            files={"quantgov.yaml": None, "quantgov.yaml/guard": "version: 1\n"},
            finds=(("is no regular file", "quantgov.yaml", 0, 0),),
        ),
        Example(
            "levels for a rule that there is not",
            policy="mode: guard",
            files={"quantgov.yaml": "version: 1\nlevels:\n  QG508: warn\n  QG888: warn\n"},
            finds=(
                ("'QG508' names no rule; did you mean 'QG608'?", "quantgov.yaml", 3, 3),
                ("'QG888' names no rule; did you mean 'QG608'?", "quantgov.yaml", 4, 3),
            ),
        ),
        Example(
            "a level for a leaked key",
            policy="mode: guard",
            files={"quantgov.yaml": "version: 1\nlevels: {QG301: warn, QG303: {live/: block, tests/: advise}}\n"},
            finds=(
                ("QG301 always blocks", "quantgov.yaml", 2, 10),
                ("QG303 always blocks", "quantgov.yaml", 2, 23),
            ),
        ),
        Example(
            "a misspelt key",
            policy="mode: guard",
            files={"quantgov.yaml": "version: 1\nmood: guard\n"},
            finds=(("'mood' is not a known key; did you mean 'mode'?", "quantgov.yaml", 2, 1),),
        ),
        Example(
            "a pattern that is no regular expression",
            policy="mode: guard",
            files={"quantgov.yaml": "version: 1\nbranches: {pattern: feature/(.*}\n"},
            finds=(
                (
                    "branches.pattern is not a regular expression: missing ), unterminated subpattern at position 8",
                    "quantgov.yaml",
                    2,
                    21,
                ),
            ),
        ),
        Example(
            "a file that is not YAML",
            policy="mode: guard",
            files={"quantgov.yaml": "version: 1\n\tmode: guard\n"},
            finds=(("a tab indents this line", "quantgov.yaml", 2, 1),),
        ),
    ),
)
