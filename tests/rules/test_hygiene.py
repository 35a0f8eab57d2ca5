"""Notebooks and paths, beyond the examples of their rules: where findings stand, what they advise, what is no fault."""

from __future__ import annotations

import json

import pytest
from core_builders import change_of

from quantgov import policy, rules
from quantgov.engine import judge
from quantgov.rule import Failed, Level, Ruling, Skipped


def rulings(code: str, files: dict[str, str | bytes], before: dict[str, str | bytes] | None = None) -> list[Ruling]:
    (outcome,) = judge(change_of(files, before), [rules.find(code)[0]], policy.Policy({}))
    return list(outcome.rulings) if isinstance(outcome, Failed) else []


def found(path: str, content: str | bytes) -> list[str]:
    """The paths that QG506 names, by the beginning of its message."""
    return [each.finding.key for each in rulings("QG506", {path: content})]


def notebook(*sources: str, count: int = 1, output: str = "") -> str:
    outputs = [{"output_type": "stream", "text": output}] if output else []
    cells = [
        {"cell_type": "code", "execution_count": count, "metadata": {}, "outputs": outputs, "source": source}
        for source in sources
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}, indent=1)


# Outputs and order


@pytest.mark.parametrize("path", ["a b.ipynb", "-a.ipynb", "it's.ipynb"])
def test_the_advice_on_outputs_can_be_typed(path: str) -> None:
    (ruling,) = rulings("QG504", {path: notebook("x", output="*" * (1 << 20))})
    quoted = {"a b.ipynb": "'a b.ipynb'", "-a.ipynb": "-- -a.ipynb", "it's.ipynb": "'it'\"'\"'s.ipynb'"}[path]
    assert ruling.finding.help == f"quantgov notebook strip {quoted}"


def test_outputs_that_grow_are_the_same_fault() -> None:
    small, large = ({"a.ipynb": notebook("x", output="*" * size)} for size in (2 << 20, 3 << 20))
    assert [each.old for each in rulings("QG504", {**large}, {**small})] == [True]


def test_the_largest_cell_is_named() -> None:
    half = "*" * (600 << 10)
    (ruling,) = rulings("QG504", {"a.ipynb": notebook("a", "b", output=half)})
    assert ruling.finding.message == "1.2 MiB of outputs (limit 1 MiB), 600.1 KiB of them in cell 1"


def test_another_order_is_the_same_fault_and_the_advice_ends_with_git_add() -> None:
    def ran(*counts: int) -> dict[str, str | bytes]:
        cells = [{"cell_type": "code", "source": "x", "execution_count": count, "outputs": []} for count in counts]
        return {"a b.ipynb": json.dumps({"cells": cells})}

    (ruling,) = rulings("QG505", ran(5, 4, 3), ran(2, 1))
    assert ruling.old
    assert ruling.finding.help == "Restart Kernel and Run All Cells, save, then git add -- 'a b.ipynb'"


def test_all_three_only_advise_in_research() -> None:
    files: dict[str, str | bytes] = {"a.ipynb": notebook('open("/home/a/b")', "x", output="*" * (1 << 20))}
    for code in ("QG504", "QG505", "QG506"):
        assert {each.level for each in rulings(code, files)} == {Level.ADVISE}


def test_other_files_are_no_notebooks() -> None:
    for code in ("QG504", "QG505"):
        assert rulings(code, {"a.json": notebook("x", "y", output="*" * (1 << 20))}) == []


# Paths


@pytest.mark.parametrize(
    ("literal", "path"),
    [
        ('"/home/alice/x.csv"', "/home/alice/x.csv"),
        ("'/Users/alice/My Data/x.csv'", "/Users/alice/My"),
        ("f'/Users/alice/{name}.csv'", "/Users/alice/{name}.csv"),
        ('b"/home/alice/x"', "/home/alice/x"),
        (r'"C:\\Users\\alice\\x.csv"', r"C:\\Users\\alice\\x.csv"),
        (r'R"D:\data\x.csv"', r"D:\data\x.csv"),
        (r'"D:\data\x.csv"', r"D:\data\x.csv"),
        ('"d:/data/x.csv"', "d:/data/x.csv"),
        ('"/mnt/c/Users/alice/x"', "/mnt/c/Users/alice/x"),
        ('"/media/alice/disk/x"', "/media/alice/disk/x"),
        ('"/Volumes/My Disk/x"', "/Volumes/My Disk/x"),
        ('"/root/gap/x"', "/root/gap/x"),
        ('"/content/drive/MyDrive/x"', "/content/drive/MyDrive/x"),
        ('"/kaggle/input/x"', "/kaggle/input/x"),
        ('"sqlite:////home/alice/x.db"', "/home/alice/x.db"),
        ('"file:///home/alice/x"', "/home/alice/x"),
        ('"cp /home/alice/x ."', "/home/alice/x"),
        ('"""\nATTACH \'/home/alice/x.db\'\n"""', "/home/alice/x.db"),
        ('"/shared/results/gap"', "/shared/results/gap"),
    ],
)
def test_a_place_on_one_machine_is_found(literal: str, path: str) -> None:
    assert found("a.py", f"x = read({literal})\n") == [path]


@pytest.mark.parametrize(
    "literal",
    [
        '"https://api.fund.com/home/alice/x"', '"https://x.com:8080/Users/alice/x"', '"/v1/market/kline"',
        '"/home/{user}/x"', '"/Users/%s/x" % user', "f'{root}/home/alice/x'", 'root + "/data/x"', 'r"/home/[^/]+/"',
        '"/home/linuxbrew/.linuxbrew"', '"/home/index"', '"/mnt/"', '"/shared/links/x"', '"/dev/null"', '"/tmp/x"',
        '"/etc/hosts"', '"/usr/bin/env"', '"/proc/1"', '"~/data/x.csv"', '"../data/x.csv"', '"s3://home/alice/x"',
        r'r"[a-z]:\d+"', r'"Q:\nWhat?"', r'"é:\u00e9t\u00e9"', r'"C:\u00e9t\u00e9"', r'r"C:\Windows\x"',
        '"C:/Program Files/x"', '"-v $(pwd)/a:/home/node/app"', '"D:/"',
        'os.environ.get("TEAM_DATA_DIR", "/shared/data")',
        'os.environ.get(\n    "TEAM_DATA_DIR",\n    "/shared/data",\n)',
    ],
)  # fmt: skip
def test_what_is_no_place_on_one_machine_is_not(literal: str) -> None:
    assert found("a.py", f"import os\n\n\nx = read({literal})\n") == []


@pytest.mark.parametrize(
    "text",
    [
        '"""Reads /home/alice/x."""\n', "'Reads /home/alice/x.'\n", "# /home/alice/x\n", 'x = 1  # "/home/alice/x"\n',
        'def f():\n    # first\n    """Reads /home/alice/x."""\n', '"""Reads /home/alice/x.\n',
    ],
)  # fmt: skip
def test_comments_and_docstrings_are_not_code(text: str) -> None:
    assert found("a.py", text) == []


@pytest.mark.parametrize(
    "text",
    [
        'x = [\n    "/home/alice/x",\n]\n', 'x = (\n    "a"\n    "/home/alice/x"\n)\n', 'x = \\\n  "/home/alice/x"\n',
        'print "/home/alice/x"\n', 'x = 1 if\n"\n"/home/alice/x")', "x = '# ' + '/home/alice/x'\n",
        "x = [  # these\n    '/home/alice/x']\n",
    ],
)  # fmt: skip
def test_code_that_looks_like_either_or_cannot_be_parsed_is_judged(text: str) -> None:
    assert found("a.py", text) == ["/home/alice/x"]


@pytest.mark.parametrize(
    ("path", "text", "paths"),
    [
        ("a.R", 'setwd("d:\\\\")\n', ["d:\\\\"]),
        ("a.r", "f <- function() {\n  '/home/alice/x'\n}\n", ["/home/alice/x"]),
        ("a.jl", 'cd("K:/")\nx = "/home/alice/x"\n', ["K:/", "/home/alice/x"]),
        ("a.pyx", 'x = "/home/alice/x"\n', ["/home/alice/x"]),
        ("run.sh", 'D="/home/alice/x"  # /home/bob/x\ncd ${TEAM_DATA_DIR:-/shared/data}\n', ["/home/alice/x"]),
        ("run.bash", "x#y /home/alice/x >/mnt/c/log\n", ["/home/alice/x", "/mnt/c/log"]),
        ("a.md", '"/home/alice/x"', []),
        ("a.yaml", 'x: "/home/alice/x"', []),
        ("test/a.py", 'x = "/home/alice/x"', []),
        ("src/test_a.py", 'x = "/home/alice/x"', []),
        ("fixtures/a.R", 'x = "/home/alice/x"', []),
        ("protest/a.py", 'x = "/home/alice/x"', ["/home/alice/x"]),
    ],
)
def test_languages_and_folders(path: str, text: str, paths: list[str]) -> None:
    assert found(path, text) == paths


@pytest.mark.parametrize(
    ("source", "paths"),
    [
        ('%matplotlib inline\nx = "/home/alice/x"', ["/home/alice/x"]),
        ("!cp /home/alice/x .\n  %cd /Users/alice/x", ["/home/alice/x", "/Users/alice/x"]),
        ("%%time\nx = '/home/alice/x'  # '/home/bob/x'", ["/home/alice/x"]),
        ("%%bash\ncd /home/alice/x # /home/bob/x", ["/home/alice/x"]),
    ],
)
def test_cells_of_notebooks(source: str, paths: list[str]) -> None:
    assert sorted(found("a.ipynb", notebook(source))) == sorted(paths)


def test_outputs_and_prose_of_notebooks_are_not_code() -> None:
    prose = json.dumps({"cells": [{"cell_type": "markdown", "source": 'x = "/home/alice/x"'}]})
    assert found("a.ipynb", notebook("x", output="/home/alice/x")) == found("b.ipynb", prose) == []


def test_a_notebook_with_a_path_that_cannot_be_read_is_not_clean() -> None:
    (outcome,) = judge(change_of({"a.ipynb": "/home/alice/x"}), [rules.find("QG506")[0]], policy.Policy({}))
    assert isinstance(outcome, Skipped)


def test_a_program_of_megabytes_is_left_unjudged() -> None:
    (outcome,) = judge(change_of({"a.py": " " * (17 << 20)}), [rules.find("QG506")[0]], policy.Policy({}))
    assert isinstance(outcome, Skipped)
    assert outcome.unjudged[0].reason == "17 MiB, more than is read of a program"


def test_each_place_is_told_and_stays_the_same_fault_when_it_moves() -> None:
    two = 'x = ("/home/a/x", "/home/a/y")\n'
    assert [(each.finding.line, each.finding.column) for each in rulings("QG506", {"a.py": two})] == [(1, 7), (1, 20)]
    assert [each.old for each in rulings("QG506", {"a.py": "\n" + two}, {"a.py": two})] == [True, True]


@pytest.mark.parametrize("path", ["a.py", "a.sh", "a.ipynb"])
@pytest.mark.parametrize("end", ["\n", " "])
def test_however_many_there_are_each_is_looked_at_once(path: str, end: str) -> None:
    many = 5_000
    text = f"x = '/home/alice/x'{end}" * many
    assert len(found(path, notebook(text) if path == "a.ipynb" else text)) == many


def test_columns_are_counted_in_characters() -> None:
    (ruling,) = rulings("QG506", {"a.py": "\n\xe9 = '\xe9', '/home/a/x'\n".encode()})
    assert (ruling.finding.line, ruling.finding.column) == (2, 11)


def test_the_shared_folder_has_its_variable() -> None:
    helps = [each.finding.help for each in rulings("QG506", {"a.py": 'x = "/shared/raw", "/shared/results"\n'})]
    assert helps == ['os.environ["TEAM_DATA_DIR"]', 'os.environ["BACKTEST_OUTPUT_DIR"]']


def test_a_line_may_be_waived_where_it_stands() -> None:
    text = 'x = "/home/alice/x"  # quantgov: ignore[QG506] the colocated host has no other disk\n'
    (ruling,) = rulings("QG506", {"a.py": text})
    assert ruling.waived
