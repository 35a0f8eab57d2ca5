"""What git calls: build the Change of that hook, judge it, print, exit.

While everything passes only the light half of the standard library and this package's lean modules are imported.
"""

from __future__ import annotations

import os
import sys

from quantgov import entrance, message, skips
from quantgov.cache import Cache
from quantgov.errors import DEBUG, EXIT_CANNOT_JUDGE, EXIT_CLEAN, EXIT_INTERRUPTED, QuantgovError, UsageError
from quantgov.git import Repository, decode
from quantgov.judging import judgement
from quantgov.reports import text
from quantgov.verdict import Verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from quantgov.change import Change

REFUSED_MESSAGE = "REFUSED_MESSAGE"


class Call:
    """How a hook was called: its arguments, its options, its environment, and what came on standard input."""

    __slots__ = ("args", "debug", "environment", "ignore", "select", "stdin")

    def __init__(self, args: Sequence[str], environment: Mapping[str, str], stdin: Callable[[], bytes]) -> None:
        self.args: list[str] = []
        self.select: list[str] = []
        self.ignore: list[str] = []
        self.debug = bool(environment.get(DEBUG))
        self.environment = environment
        self.stdin = stdin
        self._read(list(args))

    def _read(self, given: list[str]) -> None:
        while given:
            word = given.pop(0)
            option, equals, value = word.partition("=")
            if word == "--debug":
                self.debug = True
            elif option in ("--select", "--ignore"):
                codes = value if equals else given.pop(0) if given else ""
                wanted = self.select if option == "--select" else self.ignore
                wanted += [code.strip() for code in codes.split(",") if code.strip()]
            else:
                self.args.append(word)


def pre_commit(repo: Repository, call: Call) -> int:
    """What is staged. Under the pre-commit framework's --from-ref and --to-ref: that range."""
    before, after = call.environment.get("PRE_COMMIT_FROM_REF"), call.environment.get("PRE_COMMIT_TO_REF")
    change = entrance.ranged(repo, before, after) if before and after else entrance.staged(repo)
    return _judge(repo, call, [change], "commit")


def pre_merge_commit(repo: Repository, call: Call) -> int:
    """A merge without conflicts, which never runs pre-commit."""
    return _judge(repo, call, [entrance.staged(repo, merging=True)], "merge")


def prepare_commit_msg(repo: Repository, call: Call) -> int:
    """Puts the data manifest of the newest staged record, else its template, into a backtest's message without one."""
    from quantgov import drafting

    return drafting.prepare(repo, *_message_arguments(call))


def commit_msg(repo: Repository, call: Call) -> int:
    """The message, cleaned as git will clean it, with what is staged. A refused one is kept for the next try."""
    path = _message_arguments(call)[0]
    repo.start_config()
    given = message.read(path)
    comment = message.comment_char(repo.comment_setting(), given)
    edited = call.environment.get("GIT_EDITOR") != ":"
    mode = message.cleanup_mode(repo.config("commit.cleanup"), edited)
    cleaned = message.clean(given, comment, mode, edited=edited)
    code = _judge(repo, call, [entrance.drafted(repo, cleaned)], "commit message")
    if code != EXIT_CLEAN:
        _keep_refused(repo, cleaned, call.environment.get("GIT_PREFIX", ""))
    elif call.environment.get(skips.VARIABLE):
        from quantgov import drafting

        drafting.record_skips(repo, path, skips.of_environment(call.environment))
    return code


def pre_push(repo: Repository, call: Call) -> int:
    """Every ref that is pushed, branch or tag, new, moved or deleted."""
    remote = call.args[0] if call.args else call.environment.get("PRE_COMMIT_REMOTE_NAME", "origin")
    lines = _ref_lines(call) or _framework_push(call.environment)
    return _judge(repo, call, entrance.pushed(repo, remote, lines), "push")


def pre_receive(repo: Repository, call: Call) -> int:
    """Every ref that the server is asked to take, before any of them moves."""
    return _judge(repo, call, entrance.received(repo, _ref_lines(call)), "push")


HOOKS = {
    "pre-commit": pre_commit,
    "pre-merge-commit": pre_merge_commit,
    "prepare-commit-msg": prepare_commit_msg,
    "commit-msg": commit_msg,
    "pre-push": pre_push,
    "pre-receive": pre_receive,
}


def run(argv: Sequence[str]) -> int:
    """Run the hook that `argv` names and return its exit code. Whatever goes wrong blocks, and says why."""
    name = argv[0] if argv else ""
    call = Call(argv[1:], os.environ, lambda: sys.stdin.buffer.read())
    try:
        if name not in HOOKS:
            raise UsageError(f"{name!r} is no hook of quantgov", f"one of: {', '.join(HOOKS)}")
        return HOOKS[name](Repository.discover(), call)
    except QuantgovError as error:
        return _stop(call, f"{error.message}{f' - {error.help}' if error.help else ''}", error.exit_code)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except Exception as error:
        return _stop(call, f"{type(error).__name__}: {error} - run it again with {DEBUG}=1", EXIT_CANNOT_JUDGE)


def main(argv: Sequence[str]) -> None:
    """Run a hook and leave at once: a tidy interpreter shutdown costs a fifth of its time."""
    code = run(argv)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _judge(repo: Repository, call: Call, changes: Sequence[Change], subject: str) -> int:
    cache = Cache.of(repo.common_dir)
    passed_over = skips.of_environment(call.environment)
    verdict = Verdict(
        [judgement(change, cache, select=call.select, ignore=call.ignore, skips=passed_over) for change in changes]
    )
    sys.stderr.write(text.render(verdict, subject=subject, colour=_is_terminal(call), debug=call.debug))
    return verdict.exit_code


def _stop(call: Call, said: str, code: int) -> int:
    """What stops a hook may quote the policy or a command line, and those may hold a key."""
    from quantgov.tally import without_secrets

    sys.stderr.write(f"quantgov: blocked: {without_secrets(said)}\n")
    if call.debug:
        import traceback

        sys.stderr.write(without_secrets(traceback.format_exc()))
    return code


def _message_arguments(call: Call) -> list[str]:
    if not call.args:
        raise UsageError("git passes the message's file to this hook", "quantgov hook commit-msg .git/COMMIT_EDITMSG")
    source = call.environment.get("PRE_COMMIT_COMMIT_MSG_SOURCE", "")
    return call.args if len(call.args) > 1 or not source else [*call.args, source]


def _framework_push(environment: Mapping[str, str]) -> list[str]:
    """The pre-commit framework drops git's ref lines and tells of the first one in the environment."""
    tip = environment.get("PRE_COMMIT_TO_REF")
    if not tip:
        return []
    local, remote = environment.get("PRE_COMMIT_LOCAL_BRANCH", tip), environment.get("PRE_COMMIT_REMOTE_BRANCH", tip)
    return [f"{local} {tip} {remote} {environment.get('PRE_COMMIT_FROM_REF') or '0' * len(tip)}"]


def _ref_lines(call: Call) -> list[str]:
    """Split at newlines only: a branch may be named with any other character that Python takes for one."""
    return [line for line in decode(call.stdin()).split("\n") if line]


def _keep_refused(repo: Repository, cleaned: str, prefix: str) -> None:
    """Without git's own notes and `commit -v`'s diff, which the next try would take for the message.

    Git runs hooks at the top of the working tree; `prefix` is the folder below it that the user stands in.
    """
    from shlex import quote

    path = os.path.join(repo.git_dir, REFUSED_MESSAGE)
    message.write(path, cleaned + "\n")
    inside = path.startswith(os.getcwd() + os.sep)
    shown = os.path.relpath(path, os.path.join(os.getcwd(), prefix)) if inside else path
    sys.stderr.write(f"  your message is kept; try again with: git commit -e -F {quote(shown)}\n")


def _is_terminal(call: Call) -> bool:
    return sys.stderr.isatty() and "NO_COLOR" not in call.environment and call.environment.get("TERM") != "dumb"
