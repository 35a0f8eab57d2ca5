"""Git-native governance for quantitative research teams."""

__version__ = "0.1.0"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from quantgov.recording import log_fetch as log_fetch
    from quantgov.recording import log_result as log_result

PUBLIC = ("log_fetch", "log_result")
"""What a backtest's own code uses. Imported when asked for: every hook imports this package."""


def __getattr__(name: str) -> object:
    if name not in PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from quantgov import recording

    return getattr(recording, name)
