"""`quantgov demo`."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence

import typer
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from quantgov import demo as runner
from quantgov import scenes
from quantgov.cli import console
from quantgov.cli.forms import Form
from quantgov.demo import ACCEPTED, Result, Sandbox, Scene
from quantgov.errors import EXIT_BLOCKED, EXIT_INTERRUPTED, QuantgovError
from quantgov.wording import counted

INTRODUCTION = (
    "A small quant team's repository, made for this and thrown away after it. Git, the hooks and Git LFS are the "
    "real ones; nothing of yours is read or changed."
)
INDENT = "    "


def demo(
    keep: str = typer.Option("", "--keep", metavar="DIR", help="Play in DIR, a new folder, and leave it to look at."),
    form: Form = typer.Option(Form.TEXT, "--format", help="How to report."),
) -> None:
    """Show every guard at work in a throw-away repository: each bad commit refused, each good one accepted.

    [bold]Examples[/bold]

      quantgov demo

      quantgov demo --keep /tmp/quantgov-demo
    """
    sandbox = runner.open_sandbox(keep)
    try:
        sandbox.prepare()
        results = _play(sandbox) if form is Form.JSON else _walk_through(sandbox)
    except KeyboardInterrupt:
        raise typer.Exit(EXIT_INTERRUPTED) from None
    finally:
        sandbox.remove()
    if form is Form.JSON:
        console.write(runner.as_json(results))
    if not results[-1].ok:
        _name(results[-1], sandbox)
        raise typer.Exit(EXIT_BLOCKED)


def _walk_through(sandbox: Sandbox) -> list[Result]:
    _paragraph(Text(INTRODUCTION), "")
    start = time.perf_counter()
    results = _play(sandbox, shown=True)
    _conclude(results, time.perf_counter() - start)
    if sandbox.kept:
        _what_to_look_at(sandbox)
    return results


def _play(sandbox: Sandbox, *, shown: bool = False) -> list[Result]:
    """Every result up to the first that is otherwise than expected."""
    results: list[Result] = []
    for number, scene in enumerate(scenes.SCENES, 1):
        if shown:
            _open(number, scene)
        for result in runner.play(scene, sandbox):
            results.append(result)
            if shown:
                _show(result)
        if not results[-1].ok:
            break
    return results


def _open(number: int, scene: Scene) -> None:
    _print(Text())
    _print(Rule(Text(f"{number:2}  {scene.title}", style="bold"), align="left", style="dim"))
    _paragraph(Text(scene.why, style="italic"))


def _show(result: Result) -> None:
    _print(Text())
    if result.step.shown:
        _paragraph(Text(result.step.shown, style="cyan"))
    for command in result.commands:
        _paragraph(Text(f"$ {command}", style="bold"), hanging="  ")
    for line in _lines(result):
        _paragraph(line, hanging="  ")
    _paragraph(_verdict(result))


def _lines(result: Result) -> Iterator[Text]:
    """What is worth reading: a hook's verdict, which is its first line, and the retry command where there is one."""
    encoding = console.OUT.encoding
    output = result.output.encode(encoding, "replace").decode(encoding)
    lines = [line for line in output.split("\n") if line.strip()]
    start = next((at for at, line in enumerate(lines) if line.startswith("quantgov: ")), 0)
    end = start + (result.step.lines if result.ok else len(lines))
    retry = [line.strip() for line in lines[end:] if "try again with" in line]
    for line in [*lines[start:end], *retry]:
        yield _painted(line)
    left_out = len(lines[end:]) - len(retry)
    if left_out and result.got != ACCEPTED:
        yield Text(f"({counted(left_out, 'more line')})", style="dim")


def _painted(line: str) -> Text:
    head, fix, command = line.partition(" - fix: ")
    if "refused: " in head:
        return Text.assemble((head, "red"), fix, (command, "green"))
    return Text(line, style="dim")


def _verdict(result: Result) -> Text:
    if not result.ok:
        return Text(f"{_mark(False)} expected: {result.step.expected}; got: {result.got}", style="bold red")
    colour = "green" if result.got == ACCEPTED else "red"
    took = f"  {result.ms:.0f} ms"
    return Text.assemble((f"{_mark(True)} ", "green"), (result.got, f"bold {colour}"), (took, "dim"))


def _conclude(results: Sequence[Result], seconds: float) -> None:
    _print(Text())
    _print(_table(results))
    _print(Text())
    if all(each.ok for each in results):
        count = len({each.scene.title for each in results})
        _print(Text(f"Every scene went as expected: {count} in {seconds:.1f} s.", style="bold green"))
    added = runner.added_ms(results)
    if added:
        _paragraph(Text(_cost(added)), "")


def _table(results: Sequence[Result]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("", "scene", "expected", "got"):
        table.add_column(name)
    table.add_column("ms", justify="right", no_wrap=True)
    scene = ""
    for each in results:
        style = "green" if each.ok else "bold red"
        title = each.scene.title if each.scene.title != scene else ""
        mark, got = Text(_mark(each.ok), style=style), Text(each.got, style="" if each.ok else style)
        table.add_row(mark, title, each.step.expected, got, f"{each.ms:.0f}")
        scene = each.scene.title
    return table


def _cost(added: Sequence[float]) -> str:
    return (
        f"The hooks added {statistics.median(added):.0f} ms to an accepted commit here: "
        f"the median of {len(added)}, each timed against the same commit without any hook."
    )


def _what_to_look_at(sandbox: Sandbox) -> None:
    _print(Text("\nKept. To look around:"))
    for command in (
        f"cd {sandbox.research}",
        "git log --graph --oneline --all",
        "git show HEAD~5    # the data manifest, and the results as an LFS pointer",
        "git show HEAD~4    # a result on record, with its code",
        "cat quantgov.yaml .gitattributes",
        f"cat {scenes.PASSPORT}",
        "ls .git/hooks ../server.git/hooks",
        "quantgov check --all",
    ):
        console.OUT.print(Text(INDENT + command, style="bold"))  # unwrapped, to be copied


def _name(wrong: Result, sandbox: Sandbox) -> None:
    message = f"the demo stopped: {wrong.scene.title!r} was to be {wrong.step.expected}, and was: {wrong.got}"
    help = f"cd {sandbox.research}" if sandbox.kept else "quantgov demo --keep DIR leaves the repository to look at"
    console.fail(QuantgovError(message, help))


def _mark(good: bool) -> str:
    marks = ("✘", "✔") if console.OUT.encoding.startswith("utf") else ("x", "ok")
    return marks[good]


def _print(what: Text | Rule | Table) -> None:
    console.OUT.print(what, soft_wrap=False)


def _paragraph(text: Text, indent: str = INDENT, hanging: str = "") -> None:
    """Wrapped to the terminal, without the padding with which Rich fills a line to its end."""
    width = max(console.OUT.width - len(indent) - len(hanging), 20)
    for at, line in enumerate(text.wrap(console.OUT, width)):
        line.rstrip()
        console.OUT.print(Text(indent + (hanging if at else "")) + line)
