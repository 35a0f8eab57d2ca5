"""quantgov's own detectors: one row of plain data each, compiled only once the prefilter has hit.

A new detector is a new row. `anchors` feed the prefilter, `pattern` confirms at the place the prefilter found.
"""

from __future__ import annotations


class Detector:
    """A credential with a published format.

    anchors: regexes that each begin with a literal byte and match wherever `pattern` can match.
    pattern: begins where an anchor does; its group `secret` is what must not be shown.
    context: a regex that must match within 400 bytes around, or in the path; empty if the format speaks for itself.
    public: a regex for the secret's fixed prefix, which may be shown.
    chosen: a person chose it, so it is judged as a password and none of it is shown.
    traces: bytes of which every such credential holds one; with them it is looked for in binary content, too.
    in_binary: the pattern in binary content, where it is another one: text around a header says nothing there.
    """

    __slots__ = ("advice", "anchors", "chosen", "context", "in_binary", "name", "pattern", "public", "title", "traces")

    def __init__(
        self,
        name: str,
        title: str,
        anchors: tuple[bytes, ...],
        pattern: bytes,
        advice: str,
        context: bytes = b"",
        public: bytes = b"",
        chosen: bool = False,
        traces: tuple[bytes, ...] = (),
        in_binary: bytes = b"",
    ) -> None:
        self.name = name
        self.title = title
        self.anchors = anchors
        self.pattern = pattern
        self.advice = advice
        self.context = context
        self.public = public
        self.chosen = chosen
        self.traces = traces
        self.in_binary = in_binary or pattern


URL_LOGIN = rb"://[^\s:/?#@\[\]\"'<>`\\]{0,80}:"
ALPACA = rb"(?i:alpaca|apca|tradeapi)"  # the last is the name that its SDK is imported as
ALPACA_IDS = (rb"PK[A-Z0-9]{16}", rb"AK[A-Z0-9]{16}", rb"CK[A-Z0-9]{16}")
ALPACA_ADVICE = "Regenerate the key pair in the Alpaca dashboard: anyone who holds it can place orders on the account."
PRIVATE_KEY_ADVICE = "Replace the key pair everywhere its public half is trusted, then remove this one from history."
PEM_HEADER = rb"-----?[ ]?BEGIN[ ](?:[A-Z0-9]+[ ]){0,3}PRIVATE[ ]KEY(?:[ ]BLOCK)?[ ]?-----?"
# Armour headers, quotes and escapes may stand between the header and the key; the body may end without a footer.
PEM_BODY = rb"(?:[^-]|-(?!----)){0,400}?[A-Za-z0-9+/=]{24}(?:[A-Za-z0-9+/=]|[\s\\rn\"',+]){0,16384}"
PEM_BODY_ALONE = (
    rb"(?:\s|\\[rn]){1,8}(?:[A-Za-z-]{4,20}:[^\n-]{0,100}\n\s{0,4}){0,4}"
    rb"[A-Za-z0-9+/=]{40}(?:[A-Za-z0-9+/=]|[\s\\rn\"',+]){0,16384}"
)
PEM_FOOTER = rb"(?:-----?[ ]?END[ ][A-Z0-9 ]{1,40}-----?)?"

DETECTORS = (
    Detector(
        name="tickdb-api-key",
        title="TickDB API key",
        anchors=(rb"tk_(?:live|test)_[0-9A-Za-z]{16}",),
        pattern=rb"(?P<secret>tk_(?:live|test)_[0-9A-Za-z]{16,64})(?![0-9A-Za-z])",
        public=rb"tk_(?:live|test)_",
        traces=(b"k_live_", b"k_test_"),
        advice="Revoke the key in the TickDB console and issue a new one.",
    ),
    Detector(
        name="alpaca-key-id",
        title="Alpaca key ID",
        anchors=ALPACA_IDS,
        pattern=rb"(?<![0-9A-Za-z])(?P<secret>[PAC]K(?=[A-Z]{0,23}[0-9])[A-Z0-9]{16,24})(?![0-9A-Za-z])",
        context=ALPACA,
        public=rb"[PAC]K",
        advice=ALPACA_ADVICE,
    ),
    Detector(
        name="alpaca-secret-key",
        title="Alpaca secret key",
        anchors=ALPACA_IDS,  # the secret is the argument after the key ID
        pattern=rb"[PAC]K[A-Z0-9]{16,24}[\"'],\s{0,40}(?:\w{1,30}\s?=\s?)?[\"'](?P<secret>[0-9A-Za-z/+]{40,44})[\"']",
        context=ALPACA,
        advice=ALPACA_ADVICE,
    ),
    Detector(
        name="alpaca-secret-key",
        title="Alpaca secret key",
        anchors=tuple(
            word + rb"[\w.-]{0,40}(?i:secret)[^\n]{0,40}[0-9A-Za-z/+]{40}"
            for word in (rb"APCA", rb"ALPACA", rb"Alpaca", rb"alpaca")
        ),
        pattern=ALPACA
        + rb"[\w.-]{0,40}(?i:secret)[\w\"'\]\).-]{0,20}\s{0,8}(?:[:=,(]|:=|:\s?str\s?=)\s{0,8}[\"']?"
        + rb"(?P<secret>[0-9A-Za-z/+]{40,44})(?![0-9A-Za-z/+])",
        advice=ALPACA_ADVICE,
    ),
    Detector(
        name="private-key",
        title="private key",
        anchors=(rb"----(?=-?[ ]?BEGIN[ ](?:[A-Z0-9]+[ ]){0,3}PRIVATE[ ]KEY)",),
        pattern=rb"(?P<secret>" + PEM_HEADER + PEM_BODY + PEM_FOOTER + rb")",
        public=PEM_HEADER,
        traces=(b"ATE KEY",),
        in_binary=rb"(?P<secret>" + PEM_HEADER + PEM_BODY_ALONE + PEM_FOOTER + rb")",
        advice=PRIVATE_KEY_ADVICE,
    ),
    Detector(
        name="private-key",
        title="private key",
        anchors=(rb"PuTTY-User-Key-File-[0-9]:",),
        pattern=rb"(?P<secret>PuTTY-User-Key-File-[0-9]:(?:[^P]|P(?!uTTY-User-Key|rivate-Lines)){0,3000}+"
        + rb"Private-Lines:[ ][0-9]+\s+[A-Za-z0-9+/=\s]{24,8000})",
        public=rb"PuTTY-User-Key-File-[0-9]",
        traces=(b"Y-User-Key-File-",),
        advice=PRIVATE_KEY_ADVICE,
    ),
    Detector(
        name="url-password",
        title="password in a URL",
        anchors=(URL_LOGIN + rb"[^\s/@\"'<>`\\]{6,120}@",),
        pattern=URL_LOGIN + rb"(?P<secret>[^\s/@\"'<>`\\]{6,120})@(?!localhost|127\.|\[::1|[\w.-]{0,60}example\.)",
        chosen=True,
        advice="Change the password, and keep the URL in the environment or a secret manager.",
    ),
)

# Parts of names whose values are secret. Each is met in lower, upper and title case.
KEYWORDS = (
    b"key",
    b"secret",
    b"token",
    b"pass",
    b"pw",
    b"auth",
    b"cred",
    b"contrase",
)

ASSIGNED_SECRET = Detector(
    name="assigned-secret",
    title="secret assigned to a name",
    anchors=(),
    pattern=b"",
    advice="Revoke the value where it was issued, and read it from the environment or a secret manager instead.",
)
ASSIGNED_PASSWORD = Detector(
    name="assigned-password",
    title="password assigned to a name",
    anchors=(),
    pattern=b"",
    chosen=True,
    advice="Change the password, and read it from the environment or a secret manager instead.",
)
