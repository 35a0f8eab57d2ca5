"""Detectors that a team writes in its policy: what they find, how it is told, and which ones are refused."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from core_builders import change_of, verdict_of
from hypothesis import given
from hypothesis import strategies as st
from made_up_secrets import HEX, body, tickdb

from quantgov import secrets
from quantgov.errors import PolicyError
from quantgov.policy import load, problems_in
from quantgov.reports import github, json, sarif, text
from quantgov.secrets import scanner, team
from quantgov.secrets.hit import Hit
from quantgov.secrets.team import Team, faults, literal, matches

PATTERN = "fgw_[0-9a-zA-Z]{24}"
KEY = "fgw_" + body(24)
OTHER = "fgw_" + body(24, seed=1)


def entry(pattern: str = PATTERN, *examples: str, **more: object) -> dict[str, object]:
    return {"name": "fund-gateway-key", "pattern": pattern, "examples": list(examples) or [KEY], **more}


def made(*given: dict[str, object]) -> Team:
    assert faults(given) == []
    return Team(given, "quantgov.yaml")


TEAM = made(entry())


def hits(content: str | bytes, path: str = "", by: Team = TEAM) -> list[Hit]:
    return scanner.scan(content.encode() if isinstance(content, str) else content, path, by)


def names(content: str | bytes, path: str = "", by: Team = TEAM) -> list[str]:
    return [hit.detector for hit in hits(content, path, by)]


# --- what is found


def test_a_hit_has_a_place_and_what_the_policy_says_of_it() -> None:
    by = made(entry(title="Fund key", advice="Tell the desk."))
    (hit,) = hits(f"import os\n\nfeed = Feed('{KEY}')\n", by=by)
    assert (hit.detector, hit.title, hit.line, hit.column) == ("fund-gateway-key", "Fund key", 3, 14)
    assert (hit.secret.decode(), hit.advice) == (KEY, "Tell the desk.")
    assert hit.redacted == f"{KEY[:7]}… (28 characters)"


def test_a_name_makes_a_title_and_the_usual_advice() -> None:
    (hit,) = hits(KEY)
    assert hit.title == "Fund gateway key"
    assert hit.advice.startswith("Revoke this Fund gateway key at its issuer")


@pytest.mark.parametrize(
    ("pattern", "key", "shown"),
    [
        (PATTERN, KEY, 7),
        ("(?:fgw|fgx)_[0-9a-zA-Z]{24}", KEY, 3),
        ("[0-9A-F]{12}-fgw", body(12, HEX.upper()) + "-fgw", 2),
        ("(?i)FGW_[0-9a-z]{24}", KEY, 3),
    ],
)
def test_what_is_shown_is_the_literal_beginning_and_an_eighth_of_the_rest(pattern: str, key: str, shown: int) -> None:
    (hit,) = hits(key, by=made(entry(pattern, key)))
    assert hit.redacted == f"{key[:shown]}… ({len(key)} characters)"


@pytest.mark.parametrize(
    "value",
    ["fgw_" + "x" * 24, "fgw_" + "abcdefghijklmnop12345678", "fgw_your0example0key0here000", "fgw_" + "A1" * 12],
)
def test_placeholders_are_none(value: str) -> None:
    assert names(value) == []


def test_upper_and_lower_case_differ_unless_the_pattern_says_otherwise() -> None:
    assert names(KEY.upper()) == []
    assert names(KEY.upper(), by=made(entry("(?i)fgw_[0-9a-z]{24}"))) == ["fund-gateway-key"]


def test_a_match_is_the_leftmost_and_as_long_as_it_can_be() -> None:
    key = "fgw_" + body(40)
    assert [hit.secret.decode() for hit in hits(f"{key} {KEY}", by=made(entry("fgw_[0-9a-zA-Z]{24,40}")))] == [key, KEY]
    either = made(entry("cd[0-9]{9}|abcd[0-9]{9}yz", "cd246813579"))
    assert [hit.secret for hit in hits("x abcd135792468yz", by=either)] == [b"abcd135792468yz"]


def test_eight_bytes_behind_the_beginning_are_the_least() -> None:
    by = made(entry("fgw_[0-9a-z]{4,24}", "fgw_" + body(20, HEX)))
    assert names("fgw_client fgw_a1b2c3d", by=by) == []
    assert names("fgw_a1b2c3d9", by=by) == ["fund-gateway-key"]


def test_lines_have_a_beginning_and_an_end() -> None:
    by = made(entry(r"^FGW_TOKEN=[0-9a-z]{20}$", "FGW_TOKEN=" + body(20, HEX)))
    assert [hit.line for hit in hits(f"A=1\nFGW_TOKEN={body(20, HEX, 1)}\nB=2\n", by=by)] == [2]


SHARED = body(32, HEX)
BY_CONTEXT = made(entry("[0-9a-f]{32}", SHARED, context=["gateway", "fund.internal"]))


@pytest.mark.parametrize(
    ("content", "path", "found"),
    [
        (f"x = '{SHARED}'", "", False),
        (f"x = '{SHARED}'  # of the Gateway", "", True),
        (f"x = '{SHARED}'", "feeds/gateway.py", True),
        (f"https://fund.internal/?x={SHARED}", "", True),
        (f"https://fund-internal/?x={SHARED}", "", False),
        (f"gateway{' ' * 500}'{SHARED}'", "", False),
    ],
)
def test_context_tells_what_a_form_does_not(content: str, path: str, found: bool) -> None:
    assert names(content, path, BY_CONTEXT) == ["fund-gateway-key"] * found


def test_a_built_in_format_wins_and_a_telling_name_does_not() -> None:
    by = made(entry(), {"name": "any-live-key", "pattern": "tk_live_[0-9a-zA-Z]{24,32}", "examples": [tickdb(1)]})
    assert names(f"a = '{tickdb()}'\nAPI_KEY = '{KEY}'\nAPI_SECRET = '{body(40)}'\n", by=by) == [
        "tickdb-api-key",
        "fund-gateway-key",
        "assigned-secret",
    ]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "latin-1"])
def test_encodings(encoding: str) -> None:
    assert [(hit.detector, hit.line, hit.column) for hit in hits(f"é\r\nkey '{KEY}'".encode(encoding))] == [
        ("fund-gateway-key", 2, 6)
    ]


def test_a_large_content_is_searched_to_its_end() -> None:
    content = b"x = 1\n" * (1 << 20) + KEY.encode()
    assert [hit.line for hit in hits(content)] == [(1 << 20) + 1]


def test_a_run_in_which_a_match_begins_at_every_byte_costs_no_more_than_its_length() -> None:
    run = body(1 << 20, HEX).encode()
    before = time.process_time()
    spans = BY_CONTEXT.spans(run)
    assert time.process_time() - before < 9
    assert [(start, end) for start, end, _ in spans] == [(at, at + 32) for at in range(0, 1 << 20, 32)]


# --- the literal that a pattern begins with


@pytest.mark.parametrize(
    ("pattern", "begins"),
    [
        (PATTERN, b"fgw_"),
        ("fgw_(live|test)_[a-z]{24}", b"fgw_"),
        (r"fgw\.x\|[a|b]{9}", b"fgw.x|"),
        (r"FGW-KEY=[a-z]{9}", b"FGW-KEY="),
        ("fgw_?[a-z]{9}", b"fgw"),
        (r"fgw\.*[a-z]{9}", b"fgw"),
        ("fgw{2}[a-z]{9}", b"fg"),
        ("fgw_[)(|]{9}", b"fgw_"),
        ("fgw_[]|]{9}", b"fgw_"),
        ("fgw_[[:alnum:]|]{9}", b"fgw_"),
        (r"fgw\b[a-z]{9}", b"fgw"),
        ("fgw_[a-z]{9}|x[0-9]{9}", b""),
        ("fgw_[)]|x[0-9]{9}", b""),
        (r"fgw_\Q(\E|x[0-9]{9}", b""),
        ("fgw_(?#()|x[0-9]{9}", b""),
        ("fgw_(?ix) # (\n|x[0-9]{9}", b""),
        ("(?i)fgw_[a-z]{9}", b""),
        ("[f]gw_[a-z]{9}", b""),
    ],
)
def test_the_literal_that_a_pattern_begins_with(pattern: str, begins: bytes) -> None:
    assert literal(pattern) == begins


PIECES = st.sampled_from(
    ["f", "g", "_", r"\.", "[fg]", "[|)]", "(?:f|g_)", "f?", "g{2}", r"\b", "|", "(f|", ")", "(?i)"]
)


@given(pieces=st.lists(PIECES, min_size=1, max_size=6), content=st.text("fgFG_.|)", max_size=80))
def test_whatever_a_pattern_matches_begins_with_its_literal(pieces: list[str], content: str) -> None:
    pattern = "".join(pieces) + "[fg_]{8}"
    if team.refusal(pattern) is None:
        data = content.encode()
        begins = literal(pattern)
        for _, start, _ in matches((pattern.encode(),), (b"",), data):
            assert data.startswith(begins, start)


# --- the policy's own examples

DOCUMENT = f"""\
version: 1
secrets:
  detectors:
    - name: fund-gateway-key
      pattern: '{PATTERN}'
      examples: ['{KEY}', "key {OTHER} here"]
      not: [fgw_example]
"""


def test_examples_in_the_policy_are_no_leak_there_and_are_one_elsewhere() -> None:
    assert names(DOCUMENT, "quantgov.yaml") == []
    assert len(names(DOCUMENT, "docs/quantgov.yaml")) == 2


def test_everything_else_in_the_policy_is() -> None:
    leaked = "fgw_" + body(24, seed=2)
    assert [(hit.detector, hit.line) for hit in hits(f"{DOCUMENT}# {leaked} {tickdb()}\n", "quantgov.yaml")] == [
        ("fund-gateway-key", 8),
        ("tickdb-api-key", 8),
    ]
    example = DOCUMENT.replace("fgw_example", tickdb())
    assert names(example, "quantgov.yaml") == ["tickdb-api-key"]


@pytest.mark.parametrize("broken", [DOCUMENT + "mood: x\n", DOCUMENT + "\t: x\n", f"# {KEY}\n"])
def test_a_policy_that_cannot_be_read_has_no_examples(broken: str) -> None:
    assert set(names(broken, "quantgov.yaml")) == {"fund-gateway-key"}


# --- what is refused


def refusals(*given: dict[str, object]) -> list[tuple[tuple[str | int, ...], str]]:
    return [(place, message) for place, message, help in faults(given) if help]


LINEAR = "cannot be searched for in linear time, Hyperscan says: "


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        (r"(fgw_)[a-z]{9}\1", LINEAR + "Back-references are unsupported"),
        ("fgw_(?=[a-z]{9})", LINEAR + "Zero-width assertions are not supported"),
        ("(?<!x)fgw_[a-z]{9}", LINEAR + "Zero-width assertions are not supported"),
        ("fgw_[a-z]++", LINEAR + "Possessive quantifiers are not supported"),
        ("fgw_([a-z]{9}", LINEAR + "Missing close parenthesis for group started at index 4"),
        ("[a-z]{20,900}x[0-9]{20,900}", "cannot be searched for, Hyperscan says: Pattern is too large"),
        ("[a-z]*", "matches the empty text"),
        (".+", "matches what is no credential: 'def backtest(prices: pd.DataFrame, lookb…'"),
        (r"\w{8,}", "matches what is no credential: 'backtest'"),
        ("[0-9]{12}", "matches what is no credential: '414213562373'"),
        ("[0-9a-f]{40}", f"matches what is no credential: {team.DIGESTS.split()[1].decode()!r}"),
        ("f" * 501, "has 501 characters; at most 500"),
        ("(?:(?:a{1,100}){1,100}){1,100}", "repeats 1,010,000 times in all; at most 10,000"),
        ("fgé_[a-z]{9}", "has other characters than the printable ones of ASCII"),
        ("fgw_\0[a-z]{9}", "has other characters than the printable ones of ASCII"),
    ],
)  # fmt: skip
def test_patterns_that_are_refused(pattern: str, message: str) -> None:
    assert refusals(entry(pattern)) == [((0, "pattern"), f"secrets.detectors[0].pattern {message}")]


def test_refusing_takes_no_time_either() -> None:
    before = time.process_time()
    for pattern in ("(a{1,500}){1,500}", "((((x{100}){100}){100}){100})", "(?:[a-z]{1,99}.{1,99}){50}", "(" * 400):
        assert team.refusal(pattern)
    assert time.process_time() - before < 2


def test_an_example_is_found_and_a_counter_example_is_not_or_the_policy_is_refused() -> None:
    short, almost = "fgw_" + body(23), "x" + KEY
    ((place, message),) = refusals(entry(PATTERN, KEY, short, **{"not": ["fgw_x", almost]}))
    assert (place, message) == (
        (0, "examples", 1),
        f"secrets.detectors[0].examples[1] is not matched by the pattern: {short[:6]}… (27 characters)",
    )
    ((place, message),) = refusals(entry(PATTERN, KEY, **{"not": ["fgw_x", almost]}))
    assert (place, message) == (
        (0, "not", 1),
        "secrets.detectors[0].not[1] is matched by the pattern, and must not be: xfg… (29 characters)",
    )
    assert KEY not in message
    assert refusals(entry("fgw_[0-9a-z]{2,9}", "fgw_a1b2"))  # too short to be found in any file


def test_names_are_used_once() -> None:
    twice = "secrets.detectors[1].name is 'fund-gateway-key', as is secrets.detectors[0]"
    assert refusals(entry(), entry()) == [((1, "name"), twice)]
    for taken in ("tickdb-api-key", "assigned-secret", "private-key", "github-token"):
        ((place, message),) = refusals(entry(name=taken))
        assert (place, message) == ((0, "name"), f"secrets.detectors[0].name is {taken!r}, as is a built-in detector")


def test_each_faulty_entry_is_told_of() -> None:
    bad = [entry("(", name="a"), entry(name="b"), entry("[a-z]*", name="c")]
    assert [place for place, _ in refusals(*bad)] == [(0, "pattern"), (2, "pattern")]


def test_there_are_not_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [entry(f"k{at}_[a-z0-9]" + "{24}", f"k{at}_{body(24, HEX)}", name=f"k{at}") for at in range(51)]
    assert refusals(*many[:50]) == []
    assert refusals(*many) == [((), "secrets.detectors has 51 entries; at most 50")]
    monkeypatch.setattr(team, "refused", lambda patterns: "Resource limit exceeded" if len(patterns) > 1 else "")
    message = "secrets.detectors are too many at once, Hyperscan says: Resource limit exceeded"
    assert refusals(*many[:2]) == [((), message)]


@pytest.fixture
def no_hyperscan(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delattr(secrets, "multi", raising=False)
    monkeypatch.setitem(sys.modules, "quantgov.secrets.multi", None)
    team.database.cache_clear()
    yield
    team.database.cache_clear()


@pytest.mark.usefixtures("no_hyperscan")
def test_without_hyperscan_they_are_refused_not_ignored() -> None:
    with pytest.raises(PolicyError) as caught:
        load(DOCUMENT.encode())
    assert caught.value.message == ("quantgov.yaml:4:5: secrets.detectors need Hyperscan, and it is not installed here")
    assert caught.value.help.startswith("pip install hyperscan; ")
    with pytest.raises(PolicyError, match="need Hyperscan"):  # the wheel went away after the policy was read
        names(KEY)
    assert load(b"version: 1\n").team is None


# --- in the policy, and through the engine


def test_the_policy_says_line_and_column() -> None:
    (problem,) = problems_in(DOCUMENT.replace(PATTERN, PATTERN + "(?=x)").encode())
    assert (problem.line, problem.column) == (5, 16)
    (problem,) = problems_in(DOCUMENT.replace(OTHER, "nothing").encode())
    assert (problem.line, problem.column) == (6, 50)
    with pytest.raises(PolicyError, match=r"quantgov\.yaml:5:16 \(main\): .*Zero-width assertions are not supported"):
        load(DOCUMENT.replace(PATTERN, PATTERN + "(?=x)").encode(), source="main")


def test_files_messages_and_names_are_searched_and_no_report_holds_the_key() -> None:
    judging = load(DOCUMENT.encode(), "d" * 40, "main")
    found = verdict_of([change_of({"a.py": f"x = '{KEY}'\n", f"{OTHER}.md": "x"}, branch=f"x/{KEY}")], judging=judging)
    leaks = [(each.code, each.finding.path) for each in found.rulings if each.code.startswith("QG30")]
    assert leaks == [("QG301", "a.py"), ("QG303", ""), ("QG303", "")]
    assert "QG101" in [each.code for each in found.rulings]  # it quotes the branch
    for report in (text.render(found, full=True), github.render(found), json.render(found), sarif.render(found)):
        assert "Fund gateway key fgw_" in report
        assert KEY not in report


def test_the_policy_is_judged_with_its_own_examples_in_it() -> None:
    judging = load(DOCUMENT.encode(), "d" * 40, "main")
    found = verdict_of([change_of({"quantgov.yaml": DOCUMENT})], select=["QG301", "QG001"], judging=judging)
    assert found.rulings == []
    copied = verdict_of([change_of({"copy.yaml": DOCUMENT})], select=["QG301"], judging=judging)
    assert len(copied.rulings) == 2


PROBE = """
import sys
from quantgov import policy
from quantgov.secrets import scanner
used = policy.Policy({values!r})
assert scanner.scan({content!r}, "a.py", used.team) == []
print(*(name for name in ("hyperscan", "quantgov.secrets.team", "yaml") if name in sys.modules))
"""


@pytest.mark.parametrize(
    ("detectors", "content", "loaded"),
    [
        (None, b"x = 1\n", ""),
        ([entry()], b"x = 1\n", "quantgov.secrets.team"),
        ([entry()], b"fgw_client = 1\n", "hyperscan quantgov.secrets.team"),
        ([entry("(?:fgw|fgx)_[0-9a-zA-Z]{24}")], b"x = 1\n", "hyperscan quantgov.secrets.team"),
    ],
)
def test_what_a_hook_loads(detectors: list[dict[str, object]] | None, content: bytes, loaded: str) -> None:
    values = {"version": 1, "secrets": {"detectors": detectors} if detectors else {}}
    program = PROBE.format(values=values, content=content)
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == loaded
