"""Formats that no prefix tells: a value of the vendor's shape, right beside the vendor's name.

`named(b"tiingo", rb"[0-9a-f]{40}")` gives the anchors and the pattern for, among others,

    TIINGO_API_KEY=...                tiingo.token: ...             "tiingoKey": "..."
    var tiingoToken string = "..."    Tiingo API token is ...       TiingoClient({'api_key': '...'})
    https://api.tiingo.com/daily?token=...      get("https://api.tiingo.com/daily", params={"token": "..."})

and for the first secret-named entry of a section, a dictionary or a call that begins with the vendor's name.
"""

from __future__ import annotations

from functools import partial
from operator import eq

from quantgov.secrets.detector import Detector
from quantgov.secrets.judgement import CLASSES, ONE_UP, assigned_kind, is_stand_in, restlessness

UUID = rb"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
KEY = rb"(?i:key|token|secret|auth|passw|pwd|cred|app_?id)"
"""What a name has in it whose value is secret."""
END = rb"(?![\w+/-]|=\w)"
QUOTED = rb"(?:@?[bruf]{0,2}\\{0,2}[\"'`])?(?i:(?:bearer|token|basic)[ ])?"
CLOSED = rb"[\"'`\\\])]{0,4}+"  # what ends a name that is itself a string, a subscript or an escaped string
TYPE = rb"(?::[ \t]?[\w.|\[\] ]{1,30}(?==)|[ \t]\w{1,12}[ \t](?==))?"
OPERATOR = rb"(?:::?=|[.?+]=|={1,3}>?|!==?|<?->?|>(?:\r?\n)?|[:,(|]|value=)"
PLAIN = rb"(?i:[_.-]?(?:api|client|rest|sdk|data|live|prod|hq)){0,2}"
"""What a name may have in it besides the vendor's and still be of nothing but the vendor's key."""
OPENED = (
    rb"[\w.-]{0,40}+" + CLOSED + rb"(?:[ \t]{0,3}(?:=>|[:=])?[ \t]{0,3}[({\[]|[,:]?[ \t]{0,3}(?=\r?\n)|(?<=[\"']),)"
)
ADDRESS = rb"[\w.-]{0,40}+[:/][^\s\"'<>`?]{0,200}+"
ASSIGNED = rb"[\w.-]{0,24}+(?:[ ]is)?" + CLOSED + rb"(?:[ \t]{0,20}" + TYPE + OPERATOR + rb"|[ \t])"
ENTRY = rb"[\w-]{0,16}+" + CLOSED + rb"[ \t]{0,8}(?:=>|:=|[:=,])"
PASSWORD = rb"(?i:passw(?:or)?d|passphrase|passcode|pwd|pass(?![a-z]))"
CHOSEN = (
    rb"[^\s\"'`\\]{6,64}(?=[ \t]{0,8}(?:[\r\n]|\Z))|[^\s\"'`,;<>&\\]{6,64}|(?<=\")[^\s\"\\]{6,64}|(?<=')[^\s'\\]{6,64}"
)
CHOSEN_END = rb"(?=[\s\"'`,;<>&\\]|\Z)"
LOGIN_ADVICE = "Change the password at {} and end its open sessions: whoever has it can do all that the account may."
LETTERS = b"abcdefghijklmnopqrstuvwxyz"
SHORT = 6  # bytes of a name
COUNTED = 0.85  # of the steps from byte to byte that are none or one up: no key counts that much


def forms(label: bytes, bare: bool) -> bytes:
    """Return what may stand between a vendor's name and a value. Nearly everywhere all of it fails within a few bytes.

    label: what the rest of the name has in it. bare: whether the vendor's name alone may be what the value is of.
    """
    forms = [
        rb"[\w. -]{0,30}?" + label + ASSIGNED,
        rb"(?:" + OPENED + rb"|" + ADDRESS + rb"(?:\?[^\s\"'<>`]{0,200}+)?[\"'`])[^;]{0,240}?" + label + ENTRY,
        rb"[\w.-]{0,40}+(?:[:/][^\s\"'<>`?]{0,200}+)?\?(?:[^\s\"'<>`]{0,240}?&)?[\w.-]{0,20}?"
        + label
        + rb"[\w-]{0,12}+=",
    ]
    if bare:
        forms.append(PLAIN + CLOSED + rb"[ \t]{0,20}" + TYPE + rb"(?::=|={1,3}>?|<-|[:(])")
    return rb"(?:" + b"|".join(forms) + rb")[ \t]{0,20}" + QUOTED


KEYED = forms(KEY, bare=True)
KEYED_ONLY = forms(KEY, bare=False)
WITH_PASSWORD = forms(PASSWORD, bare=False)
NAMED = ASSIGNED + rb"[ \t]{0,20}" + QUOTED
SHARED = (KEYED, KEYED_ONLY, WITH_PASSWORD, NAMED)
"""What nearly all anchors have in common, for the index to hold once."""


def named(
    words: bytes | tuple[bytes, ...], value: bytes, between: bytes = KEYED, *, end: bytes = END
) -> tuple[tuple[bytes, ...], bytes]:
    """Return the anchors and the pattern for a value of this shape beside one of these names."""
    words = (words,) if isinstance(words, bytes) else words
    anchors = tuple(name(word) + between + b"(?:" + value + b")" + end for word in words)
    either = b"(?:" + b"|".join(name(word).replace(b".", rb"\.") for word in words) + b")"
    return anchors, either + between + b"(?P<secret>" + value + b")" + end


def name(word: bytes) -> bytes:
    """Return the pattern of a name. A short one stands inside of many words: none of those is meant."""
    if len(word) > SHORT:
        return rb"(?i:" + word + b")"
    first, rest = word[:1], rb"(?i:" + word[1:] + b")"
    inside = rb"(?<![A-Za-z]" + first.lower() + rest + rb")(?<![A-Z]" + first.upper() + rest + b")"
    return rb"(?i:" + word + b")" + inside


def is_issued(value: bytes) -> bool:
    """Whether a vendor may have issued this value, whose shape and name say so already.

    What counts, repeats itself soon or is words is a stand-in. Less random ones are believed than where only a name
    speaks.
    """
    body = bytes(filter(CLASSES.__getitem__, value.lower()))
    if is_stand_in(value) or len(set(body)) <= 4 or body.isdigit():
        return False
    counted: int = sum(map(eq, body[1:], body.translate(ONE_UP))) + sum(map(eq, body[1:], body))
    if counted >= (len(body) - 1) * COUNTED or any(body[at:] == body[:-at] for at in range(1, len(body) // 2 + 1)):
        return False
    return any(map(b"0123456789".__contains__, value)) or restlessness(value) >= 0.3


def of_vendor(
    name: str,
    title: str,
    words: bytes | tuple[bytes, ...],
    value: bytes,
    *,
    vendor: str,
    advice: str,
    public: bytes = b"",
) -> Detector:
    """Return the row for keys that nothing but the vendor's name beside them tells."""
    anchors, pattern = named(words, value)
    return Detector(name, title, anchors, pattern, vendor=vendor, advice=advice, public=public, judge=is_issued)


def login(vendor: str, title: str, words: tuple[bytes, ...]) -> Detector:
    """Return the row for the password to an account, beside the vendor's name or in its section."""
    return Detector(
        f"{vendor}-password",
        f"{title} password",
        *named(words, CHOSEN, WITH_PASSWORD, end=CHOSEN_END),
        vendor=vendor,
        advice=LOGIN_ADVICE.format(title),
        chosen=True,
        judge=partial(is_password_beside, words),
    )


def is_password_beside(words: tuple[bytes, ...], value: bytes) -> bool:
    """Whether this is a password, and not the vendor's own name as people write it: `E*TRADE`."""
    return bytes(filter(LETTERS.__contains__, value.lower())) not in words and is_password(value)


def is_password(value: bytes) -> bool:
    """Whether a person chose this: it may begin as code does."""
    return any(assigned_kind(b"password", each, quoted=True) for each in (value, value.lstrip(b"%[$")))
