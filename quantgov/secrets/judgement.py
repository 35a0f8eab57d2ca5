"""Whether a value can be a secret at all: neither a placeholder, nor words, nor a digest, nor code."""

from __future__ import annotations

import re
from itertools import permutations
from math import log2
from operator import eq

PLACEHOLDER = re.compile(
    rb"(?i:example|sample|dummy|placeholder|change.?me|replace|redacted|deadbeef|test_?key|not.?a.?real"
    rb"|(?:^|[^a-z])(?:your|insert|fake|mock)(?:[^a-z]|$)|yourkey|yourtoken|yoursecret)"
    rb"|\.\.\.|\xe2\x80\xa6|\*\*\*|(?i:x{5})|\$\{|\$\(|\{\{|<%|\A<.*>\Z|\A\{.*\}\Z|\A%\w+%\Z|\A\$\w+\Z|\A#?\{"
)
DIGEST = re.compile(rb"\A(?i:sha(?:1|224|256|384|512)[-:]|md5[-:]|h1:|\$[0-9a-z-]{1,12}\$)")
LOCATION = re.compile(rb"\A(?:[a-z][a-z0-9+.-]{1,20}://|\.{0,2}/|~/|[A-Z]:\\|0x[0-9a-fA-F]{40}\Z)")
STRONG_NAME = re.compile(
    rb"(?i:secret|token|passw|passphrase|api[_.-]?key|access[_.-]?key|priv(?:ate)?[_.-]?key|auth[_.-]?key|authorization"
    rb"|client[_.-]?key|account[_.-]?key|service[_.-]?key|licen[cs]e[_.-]?key|encryption[_.-]?key|signing[_.-]?key|cred)"
)
PASSWORD_NAME = re.compile(rb"(?i:passw(?:or)?d|passphrase|passcode|pwd|contrase|(?:^|[^a-z])(?:pass|pw)(?![a-z]))")
HARMLESS_NAME = re.compile(
    rb"(?i:public|primary|foreign|cache|sort|partition|keyword|keyring|hash|digest|checksum|finger|csrf|xsrf|address"
    rb"|contract|tokeni[sz]|(?:page|next|pagination|continuation|sync|cursor|max)_?tokens?|key_?id\Z|_ids?\Z|_name\Z"
    rb"|_file\Z|_path\Z|_url\Z|_uri\Z|_arn\Z|_field\Z|_column\Z|_env\Z|_type\Z|_len(?:gth)?\Z|_uuid\Z|symbol)"
)
UUID = re.compile(rb"\A[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")
HEX = re.compile(rb"\A(?:0x)?[0-9a-fA-F]+\Z")
CODE = re.compile(rb"[\s(){}<>;|]|\A[\[%]|\A\$[A-Za-z_{]|\w\[|\A[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+\Z")
KEY_BYTES = re.compile(rb"\A[\w+/=.~:!@#%&*^?-]+\Z")


def is_placeholder(value: bytes, public: bytes = b"") -> bool:
    """Whether a person put this where a secret goes. `public` is the fixed prefix, which says nothing."""
    body = value[len(public) :]
    return PLACEHOLDER.search(value) is not None or len(set(body.lower())) <= 4 or is_sequence(body.lower())


def is_sequence(value: bytes) -> bool:
    """Whether half or more of the steps from byte to byte are one up, as in `abcdef123456`."""
    steps: int = sum(map(eq, value[1:], value.translate(ONE_UP)))
    return steps * 2 >= max(1, len(value) - 1)


def entropy(value: bytes) -> float:
    """Return Shannon's entropy in bits per byte."""
    counts = (value.count(byte) for byte in set(value))
    return -sum(count / len(value) * log2(count / len(value)) for count in counts)


def byte_class(byte: int) -> int:
    if 48 <= byte <= 57:
        return 1
    if 97 <= byte <= 122:
        return 2
    return 3 if 65 <= byte <= 90 else 0


# Tables, since a hostile content asks for a judgement every few bytes.
ONE_UP = bytes((byte + 1) % 256 for byte in range(256))
CLASSES = bytes(byte_class(byte) for byte in range(256))
CHANGES = tuple(bytes(pair) for pair in permutations((1, 2, 3), 2))


def restlessness(value: bytes) -> float:
    """Return the share of steps between digits, lower and upper case: words and names change seldom, keys often."""
    classes = value.translate(CLASSES)
    return sum(map(classes.count, CHANGES)) / len(value)


def looks_random(value: bytes) -> bool:
    classes = set(value.translate(CLASSES))
    if 1 not in classes or not classes & {2, 3}:
        return len(value) >= 24 and {2, 3} <= classes and restlessness(value) >= 0.35
    return entropy(value) >= 3.0 and restlessness(value) >= 0.22


def is_secret_value(name: bytes, value: bytes) -> bool:
    """Whether `name = value` gives a key away. A weak name (`key`, `auth`) needs mixed case: digests have none."""
    if len(value) < 16 or not KEY_BYTES.match(value) or LOCATION.match(value) or not looks_random(value):
        return False
    if STRONG_NAME.search(name):
        return True
    return not HEX.match(value) and not UUID.match(value) and value.lower() != value != value.upper()


def is_password_value(value: bytes, quoted: bool) -> bool:
    """Whether a password-named value is one: no code, and of two kinds of bytes at least, three if it has no quotes."""
    if CODE.search(value) or LOCATION.match(value):
        return False
    classes = set(value.translate(CLASSES, b"_-."))
    return len(classes) >= (2 if quoted else 3)


def assigned_kind(name: bytes, value: bytes, quoted: bool) -> str:
    """Return "password", "secret" or, for what gives nothing away, the empty string."""
    if HARMLESS_NAME.search(name) or DIGEST.match(value):
        return ""
    chosen = PASSWORD_NAME.search(name) is not None
    is_one = is_password_value(value, quoted) if chosen else is_secret_value(name, value)
    if not is_one or is_placeholder(value):
        return ""
    return "password" if chosen else "secret"
