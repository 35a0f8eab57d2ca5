"""What a row of a detectors' table is: plain data, compiled only once the prefilter has hit."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Detector:
    """A credential with a published format.

    name, title: what reports call it; `vendor` is the key of who issues it, in vendors.py.
    anchors: regexes that match wherever `pattern` can match. Each begins with three literal bytes or more, whatever
        their case. Where a format has none, with one literal byte, and is of a fixed length in all: what must stand
        before that byte is a lookbehind right after it, `:(?<=[0-9]{8}:)[0-9A-Za-z_-]{35}`.
    pattern: begins where the anchor does; its group `secret` is what must not be shown.
    reach: bytes before the anchor in which the pattern may begin, for a format whose literal stands in its middle.
    context: a regex that must match within 400 bytes around, or in the path; empty if the format speaks for itself.
    public: a regex for the secret's fixed prefix, which may be shown.
    entropy: bits per byte that the secret, without its prefix, must have at least.
    checksum: says whether the secret's own checksum holds; one that does is no placeholder, whatever it looks like.
    chosen: a person chose it, so it is judged as a password and none of it is shown.
    judge: says whether the secret can be one, in place of the usual judgement.
    traces: bytes of which every such credential holds one; with them it is looked for in binary content, too.
    in_binary: the pattern in binary content, where it is another one: text around a header says nothing there.
    advice: what to do first when it leaks; `quantgov secrets respond` tells the rest.
    """

    __slots__ = (
        "advice", "anchors", "checksum", "chosen", "context", "entropy", "in_binary", "judge", "name", "pattern",
        "public", "reach", "title", "traces", "vendor",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        title: str,
        anchors: tuple[bytes, ...],
        pattern: bytes,
        *,
        vendor: str = "",
        advice: str = "",
        context: bytes = b"",
        public: bytes = b"",
        reach: int = 0,
        entropy: float = 0.0,
        checksum: Callable[[bytes], bool] | None = None,
        chosen: bool = False,
        judge: Callable[[bytes], bool] | None = None,
        traces: tuple[bytes, ...] = (),
        in_binary: bytes = b"",
    ) -> None:
        self.name = name
        self.title = title
        self.vendor = vendor
        self.anchors = anchors
        self.pattern = pattern
        self.advice = advice or f"Revoke this {title} at its issuer and issue a new one outside the repository."
        self.context = context
        self.public = public
        self.reach = reach
        self.entropy = entropy
        self.checksum = checksum
        self.chosen = chosen
        self.judge = judge
        self.traces = traces
        self.in_binary = in_binary or pattern
