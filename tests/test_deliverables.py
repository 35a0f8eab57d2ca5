"""Reading what people and other programs write: Markdown, YAML, coverage, test results, code that stops orders."""

from __future__ import annotations

import pytest
from ready_strategy import covered

from quantgov import deliverables
from quantgov.deliverables import JUnit, Unreadable

FILE = "strategies/gap/signals.py"
GAP = "strategies/gap/"


def empty(text: str) -> dict[str, bool]:
    return {name: section.is_empty for name, section in deliverables.sections(text).items()}


class TestSections:
    def test_a_section_lasts_until_the_next_heading_of_its_level(self) -> None:
        text = "# Gap\n## Start\n### On Mondays\nmake start\n## Stop\n"
        assert empty(text) == {"gap": False, "start": False, "on mondays": False, "stop": True}

    @pytest.mark.parametrize(
        "content", ["> a", " > a", "", "---", "***", "<!-- a -->", "<!--\na\n-->", "<!-- a", "### More"]
    )
    def test_nothing_is_said_by_guidance_rules_comments_and_headings(self, content: str) -> None:
        assert empty(f"## Start\n{content}\n")["start"]

    @pytest.mark.parametrize("content", ["a", "- a", "```\n# a\n```", "~~~\n> a\n~~~", "<!-- b --> a", "#1 first", "é"])
    def test_anything_else_says_something(self, content: str) -> None:
        assert not empty(f"## Start\n{content}\n")["start"]

    @pytest.mark.parametrize("heading", ["## Start", "# start", "##\tSTART ##", "  ###### Start", "## Start\r"])
    def test_a_heading_may_be_written_as_people_do(self, heading: str) -> None:
        assert list(empty(f"{heading}\n")) == ["start"]

    @pytest.mark.parametrize("line", ["####### Start", "#Start", "Start", "    text"])
    def test_what_is_no_heading(self, line: str) -> None:
        assert empty(f"{line}\n") == {}

    def test_a_heading_knows_its_line_below_a_comment(self) -> None:
        assert deliverables.sections("<!--\n\n-->\n## Start\n")["start"].line == 4

    def test_of_two_with_one_name_the_first_counts(self) -> None:
        assert empty("## Start\n## Start\nmake\n") == {"start": True}

    def test_code_ends_with_the_fence_that_began_it(self) -> None:
        assert list(empty("## A\n```\n~~~\n## B\n```\n## C\n")) == ["a", "c"]

    def test_words_are_counted_without_headings_and_guidance(self) -> None:
        assert deliverables.words("# A heading\n> guidance\none two\n\n<!-- no -->\n- three\n") == 4

    def test_a_hostile_text_costs_no_more_than_its_length(self) -> None:
        for text in ("# " + " " * 300_000 + "x", "#" * 300_000, "<!--" * 100_000, "> " * 200_000, "`" * 300_000):
            deliverables.sections(text)


class TestPathsInEvidence:
    @pytest.mark.parametrize(
        ("evidence", "path"),
        [
            ("evidence/log.txt", "evidence/log.txt"),
            (" RUNBOOK.md ", "RUNBOOK.md"),
            ("tests/test_feed.py::test_reconnects", "tests/test_feed.py"),
            ("evidence/log.txt#L10-L20", "evidence/log.txt"),
            ("n/a", "n/a"),
            ("/etc/passwd", "/etc/passwd"),
        ],
    )
    def test_a_path_is_known(self, evidence: str, path: str) -> None:
        assert deliverables.path_in(evidence) == path

    @pytest.mark.parametrize(
        "evidence",
        ["", "https://fund.com/a.png", "fund/gap#12", "seen in a/b today", "v2.1", "#quant-ops", "alice@fund.com"],
    )
    def test_an_address_or_a_sentence_is_none(self, evidence: str) -> None:
        assert deliverables.path_in(evidence) == ""


BOMB = '<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><coverage>&b;</coverage>'


class TestXml:
    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (BOMB.encode(), "declares a document type, which is not read"),
            (b'<!DOCTYPE coverage SYSTEM "file:///etc/passwd"><coverage/>', "declares a document type"),
            (BOMB.encode("utf-16"), "is no XML in UTF-8"),
            (b'<?xml version="1.0" encoding="cp037"?>' + BOMB.encode("cp037"), "is no XML in UTF-8"),
            (b"", "is no XML in UTF-8"),
            (b"<coverage>", "is no XML in UTF-8"),
            (b"<coverage>\xff</coverage>", "is no XML in UTF-8"),
            (b"<coverage>&b;</coverage>", "is no XML in UTF-8"),
            (b"<coverage/>" + b" " * deliverables.MAX_XML, "has 16,777,227 bytes; 16,777,216 is the most"),
            (b"<html/>", "begins with <html>, not with <coverage>"),
        ],
    )
    def test_what_is_not_safe_to_read_is_refused(self, data: bytes, reason: str) -> None:
        with pytest.raises(Unreadable, match=reason):
            deliverables.coverage(data)

    def test_it_is_parsed_in_the_encoding_in_which_it_was_searched(self) -> None:
        declared = '<?xml version="1.0" encoding="iso-8859-1"?><testsuite><testcase name="é"/></testsuite>'
        assert JUnit(declared.encode()).passed == ["é"]

    def test_deep_nesting_breaks_nothing(self) -> None:
        depth = 100_000
        assert deliverables.coverage(b"<coverage>" + b"<a>" * depth + b"</a>" * depth + b"</coverage>") == {}


class TestCoverage:
    def test_each_line_is_told_by_the_full_path_of_its_file(self) -> None:
        assert deliverables.coverage(covered({1: 2, 3: 0}, FILE).encode()) == {f"ci/fund/{FILE}": {1: True, 3: False}}

    def test_a_line_that_two_entries_tell_of_was_run_in_both(self) -> None:
        one = '<class filename="a.py"><lines><line number="1" hits="1"/><line number="2" hits="1"/></lines></class>'
        other = '<class filename="a.py"><lines><line number="2" hits="0"/></lines></class>'
        assert deliverables.coverage(f"<coverage>{one}{other}</coverage>".encode()) == {"a.py": {1: True, 2: False}}

    @pytest.mark.parametrize("hits", ["-1", "x", "", "²", "9" * 30, "1.5"])
    def test_what_is_no_count_is_no_hit(self, hits: str) -> None:
        line = f'<class filename="a.py"><lines><line number="1" hits="{hits}"/></lines></class>'
        assert deliverables.coverage(f"<coverage>{line}</coverage>".encode()) == {"a.py": {1: False}}

    @pytest.mark.parametrize(
        ("name", "source", "is_it"),
        [
            (FILE, "/ci/fund", True),
            (FILE, ".", True),
            (f"/ci/fund/{FILE}", "/elsewhere", True),
            ("gap/signals.py", "/app", True),
            ("signals.py", "/ci/fund/strategies/gap", True),
            ("signals.py", r"C:\fund\strategies\gap", True),
            ("signals.py", "/app", False),
            ("signals.py", "/ci/fund/strategies/fade", False),
            ("signals.py", "/ci/fund/strategies/mind-the-gap", False),
            ("strategies/gap/old_signals.py", "/ci/fund", False),
        ],
    )
    def test_a_file_is_told_by_the_end_of_its_path(self, name: str, source: str, is_it: bool) -> None:
        report = deliverables.coverage(covered({1: 1}, name, source).encode())
        assert (deliverables.lines_of(FILE, GAP, report) is not None) is is_it

    def test_of_two_files_that_it_could_be_it_is_neither(self) -> None:
        assert deliverables.lines_of(FILE, GAP, {"a/gap/signals.py": {}, "b/gap/signals.py": {}}) is None

    def test_the_whole_path_goes_before_its_end(self) -> None:
        assert deliverables.lines_of(FILE, GAP, {"old/gap/signals.py": {}, f"ci/{FILE}": {1: True}}) == {1: True}

    @pytest.mark.parametrize(("path", "folder"), [("signals.py", ""), ("gap/signals.py", "gap/")])
    def test_a_strategy_may_stand_at_the_root(self, path: str, folder: str) -> None:
        assert deliverables.lines_of(path, folder, {f"ci/fund/{path}": {1: True}})
        assert not deliverables.lines_of(path, folder, {"signals.py/x": {1: True}})

    def test_a_library_s_file_is_told_by_its_whole_path(self) -> None:
        assert deliverables.lines_of("lib/a.py", GAP, {"ci/lib/a.py": {1: True}})

    @pytest.mark.parametrize(
        ("path", "content", "count"),
        [
            ("a.py", '"""Doc."""\nimport a\n\nif a:\n    # why\n    a.b(\n        1,\n    )\n', 3),
            ("a.py", "", 0),
            ("a.py", "def f(:\n\n  x\n", 2),
            ("a.c", "int a;\n\nint b;\n", 2),
        ],
    )
    def test_statements_are_counted_where_no_report_does(self, path: str, content: str, count: int) -> None:
        assert deliverables.statements(path, content.encode()) == count


def junit(*cases: str, attributes: str = "") -> JUnit:
    return JUnit(f"<testsuites><testsuite {attributes}>{''.join(cases)}</testsuite></testsuites>".encode())


def case(name: str, outcome: str = "", group: str = "test_feed") -> str:
    return f'<testcase classname="{group}" name="{name}">{outcome}</testcase>'


class TestJUnit:
    def test_tests_are_sorted_by_their_outcome(self) -> None:
        found = junit(case("a"), case("b", "<failure/>"), case("c", "<error/>"), case("d", "<skipped/>"))
        assert (found.passed, found.failed, found.skipped) == (["test_feed a"], ["test_feed b", "test_feed c"], 1)

    def test_output_beside_a_test_is_no_outcome(self) -> None:
        assert junit(case("a", "<system-out>ok</system-out>")).passed == ["test_feed a"]

    @pytest.mark.parametrize(
        ("attributes", "failed"),
        [
            ('name="feed" failures="1"', ["feed"]),
            ('errors="2"', ["the suite itself"]),
            ('failures="0" errors="0"', []),
        ],
    )
    def test_a_suite_that_failed_as_a_whole_failed(self, attributes: str, failed: list[str]) -> None:
        assert junit(case("a"), attributes=attributes).failed == failed

    def test_a_single_suite_is_a_report_too(self) -> None:
        assert JUnit(b'<testsuite><testcase name="a"/></testsuite>').passed == ["a"]

    @pytest.mark.parametrize(
        ("names", "unverified"),
        [
            (["connects", "heartbeat", "reconnects"], []),
            (["WebSocketConnection", "heart_beat", "re_connection"], []),
            (["reconnects after the connection is lost", "Heartbeat"], []),
            (["reconnects", "heartbeat"], ["connection"]),
            (["re-connect", "re connect", "disconnect", "heartbeat"], ["connection"]),
            (["connects"], ["heartbeat", "reconnection"]),
            ([], ["connection", "heartbeat", "reconnection"]),
        ],
    )
    def test_what_has_to_be_tested_is_known_by_name(self, names: list[str], unverified: list[str]) -> None:
        assert junit(*(case(name, group="t") for name in names)).unverified() == unverified

    def test_the_name_of_its_class_speaks_for_a_test(self) -> None:
        assert junit(case("backs_off", group="TestReconnect")).unverified() == ["connection", "heartbeat"]


def real(body: str) -> bool:
    lines = "".join(f"    {line}\n" for line in body.split("\n"))
    stops = deliverables.stops(f"async def cancel_all_orders(self):\n{lines}".encode())
    assert stops
    return stops[0].is_real


class TestStops:
    @pytest.mark.parametrize(
        "body",
        [
            "pass",
            "...",
            '"""Cancels all orders."""',
            '"""Cancels all orders."""\n# self.broker.cancel_all()\npass',
            "raise NotImplementedError",
            'raise NotImplementedError("broker")',
            "raise RuntimeError(self.todo())",
            "return",
            "return None",
            "return True",
            "return []",
            "return NotImplemented",
            "print('cancelled')",
            "logger.info('cancelled')",
            "self._log.warning('cancelled %s', len(self.orders))",
            "logging.getLogger(__name__).critical('cancel')",
            "warnings.warn('not there yet')",
            "return logger.info('cancelled')",
            "orders = []",
            "if self.live:\n    pass\nelse:\n    print('no')",
            "try:\n    pass\nexcept Exception:\n    logger.exception('no')",
            "def cancel(order):\n    order.cancel()",
            "cancel = lambda: self.broker.cancel_all()",
            "import broker",
            "assert False, 'later'",
            "global ORDERS",
        ],
    )
    def test_a_stub_does_nothing(self, body: str) -> None:
        assert not real(body)

    @pytest.mark.parametrize(
        "body",
        [
            "self.broker.cancel_all()",
            "await self.broker.cancel_all()",
            "logger.info('cancelling')\nself.broker.cancel_all()",
            "for order in self.orders:\n    self.broker.cancel(order)",
            "with self.lock:\n    self.orders.clear()",
            "try:\n    cancel()\nexcept Exception:\n    raise",
            "return [self.cancel(order) for order in self.orders]",
            "return self.broker.cancel_all()",
            "return self.is_flat",
            "self.state['status'] = 'SAFE'",
            "self.is_safe = True",
            "self.is_safe: bool = True",
            "self.count += 1",
            "del self.orders[:]",
            "self.exchange.error()",
        ],
    )
    def test_anything_that_acts_is_real(self, body: str) -> None:
        assert real(body)

    @pytest.mark.parametrize(
        "name", ["cancel_all", "_cancel_all_orders", "cancel_working_orders", "cancelOrders", "enter_safe_state"]
    )
    def test_functions_are_known_by_name(self, name: str) -> None:
        found = deliverables.stops(f"class A:\n  def {name}(self): pass\n".encode())
        assert [(each.name, each.line, each.column, each.is_real) for each in found or ()] == [(name, 2, 3, False)]

    @pytest.mark.parametrize("name", ["cancel", "cancel_order", "orders_cancel", "test_cancel_all_orders", "state"])
    def test_others_are_not(self, name: str) -> None:
        assert deliverables.stops(f"def {name}(): pass\n".encode()) == []

    @pytest.mark.parametrize(
        "declaration",
        [
            "class A(ABC):\n  @abstractmethod\n  def cancel_all(self): ...\n",
            "class A(ABC):\n  @abc.abstractmethod\n  def cancel_all(self): ...\n",
            "class A(Protocol):\n  def cancel_all(self): ...\n",
            "class A(typing.Protocol[T]):\n  def cancel_all(self): ...\n",
            "class A:\n  @overload\n  def cancel_all(self, now: int) -> None: ...\n",
        ],
    )
    def test_what_is_only_declared_is_neither(self, declaration: str) -> None:
        assert deliverables.stops(declaration.encode()) == []

    def test_decorators_and_other_bases_declare_nothing(self) -> None:
        code = b"class A(Feed, make()[0]):\n  @retry(3)\n  @(lambda f: f)\n  def cancel_all(self): ...\n"
        assert len(deliverables.stops(code) or ()) == 1

    @pytest.mark.parametrize("code", [b"def f(:", b"\x00", b"print 'a'", b"# coding: nonsense\n", b"\xff\xfe"])
    def test_what_cannot_be_parsed_is_told_apart_from_what_has_none(self, code: bytes) -> None:
        assert deliverables.stops(code) is None
        assert deliverables.stops(b"") == []

    @pytest.mark.parametrize("depth", [50, 500, 900, 5_000])
    def test_deep_code_breaks_nothing(self, depth: int) -> None:
        code = f"def cancel_all():\n  return {'+'.join('1' * depth)}\n"
        found = deliverables.stops(code.encode())
        assert found is None or not found[0].is_real

    def test_a_deep_body_is_not_parsed_at_the_least(self) -> None:
        calls = "a" + ".b" * 900
        found = deliverables.stops(f"def cancel_all():\n  {calls}\n".encode())
        assert found is None or not found[0].is_real

    def test_strange_escapes_are_no_news(self) -> None:
        assert deliverables.stops(b'X = "\\d"\n') == []
