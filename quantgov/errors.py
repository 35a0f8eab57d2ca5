"""Exit codes, and the exceptions that stand for them."""

EXIT_CLEAN = 0
EXIT_BLOCKED = 1
EXIT_USAGE = 2
EXIT_CANNOT_JUDGE = 3
EXIT_INTERRUPTED = 130

DEBUG = "QUANTGOV_DEBUG"
"""The environment variable that asks for tracebacks where something crashed."""


class QuantgovError(Exception):
    """What went wrong in one line, and the one command or step that mends it."""

    exit_code = EXIT_CANNOT_JUDGE

    def __init__(self, message: str, help: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.help = help


class UsageError(QuantgovError):
    """The call or the policy is wrong: nothing was judged."""

    exit_code = EXIT_USAGE


class PolicyError(UsageError):
    """quantgov.yaml cannot be used as it stands."""


class CannotJudge(QuantgovError):
    """Missing git, an unreadable object, a shallow clone: blocked, because nothing could be said."""
