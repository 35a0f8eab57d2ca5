"""The reference of the command line, from the Typer app itself."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple, get_args

from rich.text import Text
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
from typer.main import get_command
from writing import code, fence, page, prose, table

from quantgov.cli.app import app

PROGRAM = "quantgov"
EXAMPLES = "[bold]Example"


class Command(NamedTuple):
    """A command with the words that call it, and the panel of `--help` that it stands in."""

    name: str
    panel: str
    command: TyperCommand

    @property
    def text(self) -> str:
        """Its help without the examples."""
        return Text.from_markup((self.command.help or "").partition(EXAMPLES)[0]).plain.strip()

    @property
    def examples(self) -> list[str]:
        lines = (self.command.help or "").partition(EXAMPLES)[2].split("\n")[1:]
        return [line.strip() for line in lines if line.strip()]


def commands() -> list[Command]:
    """Every command that is not hidden, the subcommands of a group beside their neighbours."""
    return list(_within(get_command(app), PROGRAM, ""))


def _within(group: object, name: str, panel: str) -> Iterator[Command]:
    if isinstance(group, TyperCommand):
        yield Command(name, panel, group)
    if isinstance(group, TyperGroup):
        for word, command in group.commands.items():
            if not command.hidden:
                its_panel = getattr(command, "rich_help_panel", None)
                yield from _within(command, f"{name} {word}", its_panel if isinstance(its_panel, str) else panel)


def panels() -> dict[str, list[Command]]:
    found: dict[str, list[Command]] = {}
    for command in commands():
        found.setdefault(command.panel, []).append(command)
    return found


def reference() -> str:
    return page(
        "# Commands",
        f"`{PROGRAM} --help` lists them, `{PROGRAM} COMMAND --help` shows one. "
        f"`{PROGRAM} --version` prints the version.",
        "Results go to standard output, everything else to standard error. "
        "The [exit code](how-it-judges.md#exit-codes) says how it ended.",
        *(part for panel, listed in panels().items() for part in (f"## {panel}", *map(_section, listed))),
    )


def command_table(prefix: str) -> str:
    """What each command does, with a link to its section of the reference at `prefix`."""
    rows = [
        (
            panel if each is listed[0] else "",
            f"[{code(each.name)}]({prefix}#{each.name.replace(' ', '-')})",
            prose(each.text.partition("\n")[0]),
        )
        for panel, listed in panels().items()
        for each in listed
    ]
    return table(("", "Command", "What it does"), rows)


def _section(command: Command) -> str:
    parameters = command.command.params
    arguments = [each for each in parameters if isinstance(each, TyperArgument) and not each.hidden]
    options = [each for each in parameters if isinstance(each, TyperOption) and not each.hidden]
    usage = " ".join((command.name, *(["[OPTIONS]"] if options else []), *map(_metavar, arguments)))
    rows = [(code(_metavar(each)), prose(each.help or "")) for each in arguments]
    option_rows = [(code(_form(each)), _meaning(each, command.command)) for each in options]
    return "\n\n".join(
        (
            f"### {command.name}",
            fence(usage),
            prose(command.text),
            *([table(("Argument", "Meaning"), rows)] if rows else []),
            *([table(("Option", "Meaning"), option_rows)] if option_rows else []),
            *([fence("\n".join(command.examples), "sh")] if command.examples else []),
        )
    )


def _meaning(option: TyperOption, command: TyperCommand) -> str:
    choices = _choices(option, command)
    one_of = f"One of: {', '.join(map(code, choices))}." if choices else ""
    return " ".join(part for part in (prose(option.help or ""), one_of, _default(option)) if part)


def _choices(option: TyperOption, command: TyperCommand) -> list[str]:
    """The values of an option that is an enumeration."""
    assert command.callback
    annotation = inspect.signature(command.callback, eval_str=True).parameters[option.name or ""].annotation
    kinds = [each for each in (annotation, *get_args(annotation)) if isinstance(each, type) and issubclass(each, Enum)]
    return [str(member.value) for kind in kinds for member in kind]


def _metavar(argument: TyperArgument) -> str:
    return argument.metavar or (argument.name or "").upper()


def _form(option: TyperOption) -> str:
    names = ", ".join((*option.opts, *option.secondary_opts))
    if option.is_flag:
        return names
    return f"{names} {option.metavar or (option.name or '').upper()}"


def _default(option: TyperOption) -> str:
    default = option.default
    shown = isinstance(default, str | int) and default != "" and not isinstance(default, bool)
    return f"Default: {code(default)}." if shown else ""
