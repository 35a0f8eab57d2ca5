"""Whether a value can be a secret at all: neither a placeholder, nor words, nor a digest, nor code."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import permutations
from math import log2
from operator import eq

from quantgov.secrets.words import is_gibberish, is_wordy

# What stands in for a secret: words, words that count only alone, signs, and forms.
STAND_INS = (
    b"example", b"sample", b"dummy", b"placeholder", b"change", b"replace", b"redacted", b"deadbeef", b"test", b"not",
    b"your", b"insert", b"fake", b"mock", b"...", b"\xe2\x80\xa6", b"***", b"xxxxx", b"${", b"$(", b"{{", b"<%",
    b"vmpuze6mv9", b"nhqptmdsjy",
)  # fmt: skip
STAND_IN = re.compile(
    rb"example|sample|dummy|placeholder|change.?me|replace|redacted|deadbeef|test_?key|not.?a.?real"
    rb"|(?:^|[^a-z])(?:your|insert|fake|mock)(?:[^a-z]|$)|yourkey|yourtoken|yoursecret"
    rb"|\.\.\.|\xe2\x80\xa6|\*\*\*|x{5}|\$\{|\$\(|\{\{|<%"
    rb"|vmpuze6mv9|nhqptmdsjy"  # the pair in Binance's documentation
)
TEMPLATE = re.compile(rb"<.*>\Z|\{.*\}\Z|%\w+%\Z|\$\w+\Z|#?\{")
DIGEST = re.compile(rb"\A(?i:sha(?:1|224|256|384|512)[-:=]|md5[-:=]|h1:|\$[0-9a-z-]{1,12}\$)")
LOCATION = re.compile(rb"\A(?:[a-z][a-z0-9+.-]{1,20}://|\.{0,2}/|~/|[A-Z]:\\|0x[0-9a-fA-F]{40}\Z)")
STRONG_NAME = re.compile(
    rb"(?i:secret|token|passw|passphrase|api[_.-]?key|access[_.-]?key|priv(?:ate)?[_.-]?key|auth[_.-]?key|authorization"
    rb"|client[_.-]?key|account[_.-]?key|service[_.-]?key|licen[cs]e[_.-]?key|encryption[_.-]?key|signing[_.-]?key|cred)"
)
SECRET_NAME = re.compile(rb"(?i:secret|passw|passphrase|api[_.-]?key)")
PASSWORD_NAME = re.compile(rb"(?i:passw(?:or)?d|passphrase|passcode|pwd|contrase|(?:^|[^a-z])(?:pass|pw)(?![a-z]))")
HARMLESS_NAME = re.compile(  # in lower case
    rb"p(?:ublic|ubkey|rimary|artition|laceholder)|foreign|cache|s(?:ort|ymbol)|key(?:word|ring|map|board|frame)|hash"
    rb"|digest|checksum|finger|listen_?key|x-amz-cred|[cx]srf|address|contract|tokeni[sz]|authority|hotkey|i18n|nonce"
    rb"|(?:page|next|prev(?:ious)?|pagination|continuation|sync|cursor|max|min|[eb]os|pad|unk|sep|mask)_?tokens?"
)
HARMLESS_END = re.compile(
    rb"(?:[_.-]|(?<=[a-z]))(?:[Ii]ds?|[Nn]ame|[Ff]ile|[Pp]ath|[Uu]r[li]|[Aa]rn|[Ff]ield|[Cc]olumn|[Ee]nv|[Tt]ype"
    rb"|[Ll]en(?:gth)?|[Uu]uid|[Ll]abel|[Tt]itle|[Tt]ext|[Hh]int|[Hh]elp|[Mm]essage|[Ee]rror|[Rr]egexp?|[Pp]attern"
    rb"|[Ff]ormat|[Pp]refix|[Ss]uffix|[Cc]lass|[Ss]chema|[Pp]olicy|[Rr]ule|[Vv]ersion|[Cc]ount|[Ss]ize|pyi?|js|json"
    rb"|ya?ml|md|txt|[Pp]em|crt|pub)\Z"
    rb"|_(?:IDS?|NAME|FILE|PATH|UR[LI]|ARN|FIELD|COLUMN|ENV|TYPE|LEN|LENGTH|UUID|LABEL|HINT|PREFIX|VERSION|SIZE)\Z"
)
UUID = re.compile(rb"\A[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")
HEX = re.compile(rb"\A(?:0x)?[0-9a-fA-F]+\Z")
CODE = re.compile(rb"[\s(){}<>;|]|\A[\[%]|\A\$(?:[A-Za-z_{]|\w+=)|\w\[|\A[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+\Z")
# Attributes with signs between them, as they stand in a line without blanks.
ATTRIBUTE = rb"[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)+"
EXPRESSION = re.compile(rb"\A!?" + ATTRIBUTE + rb"(?:[?:!=+|*%-]{1,3}" + ATTRIBUTE + rb")+\Z")
DOTTED = re.compile(rb"\A[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+\Z")
KEY_BYTES = re.compile(rb"\A[\w+/=.~:!@#%&*^?-]+\Z")
# What people write where nobody is to have a secret, whatever number stands behind it.
DUMMY = re.compile(
    rb"(?i)\A(?:[\W_]{0,3}(?:my|the|new|old|your|this|is|some|any|super|very|test(?:ing)?|demo|user|admin|root|guest|foo"
    rb"|bar|baz|abc|qwerty|asdf|pass(?:word|wd|phrase|code)?|pwd|secret|token|key|api|auth|db|login|dummy|default|fake"
    rb"|removed|random|string|value|hello|world|letmein|welcome|anonymous|anoncvs)){1,8}+[\W_]{0,3}\d{0,6}[\W_]{0,3}\Z"
)
SECRET_WORD = re.compile(rb"(?i)\A\w*(?:key|secret|token|pass|pwd|auth|cred)\w*\Z")
ODD = re.compile(rb"[^!-~]")
# How a public key of RSA, of an elliptic curve and of SSH begins in base64.
PUBLIC_KEY = re.compile(rb"MFkwEwYHKoZI|MHYwEAYHKoZI|MCowBQYDK2V|MII[BC]IjANBgkq|MIGfMA0GCSq|AAAA[BCE]3NzaC1|ssh-")

LONG = 16  # bytes from which a value is judged as a key
SHORT = 10  # bytes below which none is one
FEWEST = 6  # bytes that are meant by a password with escapes in it
BRIEF = 300  # seconds that a token lives which is made for a single look, as for a picture on GitHub


def is_placeholder(value: bytes, public: bytes = b"") -> bool:
    """Whether a person put this where a secret goes. `public` is the fixed prefix, which says nothing."""
    body = value[len(public) :].lower()
    return is_stand_in(value) or len(set(body)) <= 4 or is_sequence(body)


def is_stand_in(value: bytes) -> bool:
    """Whether words or signs in it say so."""
    lowered = value.lower()
    for word in STAND_INS:
        if word in lowered and STAND_IN.search(lowered):
            return True
    return TEMPLATE.match(value) is not None


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
PLAIN = bytes.maketrans(b"013457@$!", b"oieastasi")
CHANGES = tuple(bytes(pair) for pair in permutations((1, 2, 3), 2))


def restlessness(value: bytes) -> float:
    """Return the share of steps between digits, lower and upper case: words and names change seldom, keys often."""
    classes = value.translate(CLASSES)
    return sum(map(classes.count, CHANGES)) / len(value)


def looks_random(value: bytes) -> bool:
    classes = set(value.translate(CLASSES))
    if 1 in classes and classes & {2, 3}:
        return entropy(value) >= 3.0 and restlessness(value) >= 0.22 and not is_wordy(value)
    return 1 not in classes and is_gibberish(value, sure=True)


def is_secret_value(name: bytes, value: bytes, quoted: bool) -> bool:
    """Whether `name = value` gives a key away. A weak name (`key`, `auth`) needs mixed case: digests have none."""
    if not KEY_BYTES.match(value) or LOCATION.match(value) or (not quoted and DOTTED.match(value)):
        return False
    if len(value) < LONG:
        mixed = len(value) >= SHORT and SECRET_NAME.search(name) is not None and is_mixed(value)
        return mixed or (b"secret" in name.lower() and is_chosen(value))
    if not looks_random(value):
        return False
    if STRONG_NAME.search(name):
        return True
    return not HEX.match(value) and not UUID.match(value) and value.lower() != value != value.upper()


def is_chosen(value: bytes) -> bool:
    """Whether a person may have chosen this for a secret: letters and digits, and no dummy."""
    return {1, 2} <= set(value.translate(CLASSES)) and len(value) >= 8 and not DUMMY.match(value)


def is_mixed(value: bytes) -> bool:
    """Whether digits and letters stand as mixed as nobody but a machine mixes them."""
    return 1 in value.translate(CLASSES) and not UUID.match(value) and restlessness(value) >= 0.4


def is_password_value(value: bytes, quoted: bool) -> bool:
    """Whether a password-named value is one: no code, no dummy, and no words, unless something else stands between."""
    if CODE.search(value) or LOCATION.match(value) or DUMMY.match(value):
        return False
    if not quoted and EXPRESSION.match(value):
        return False
    classes = set(value.translate(CLASSES, b"_-."))
    if classes <= {2, 3}:
        return is_gibberish(value)
    if quoted:
        return len(classes) >= 2
    if SECRET_WORD.match(value):
        return False
    return len(classes) >= 3 or restlessness(value) >= 0.25 or is_gibberish(value)


@lru_cache(maxsize=1 << 12)  # the versions of a file repeat themselves, and so does a hostile one
def assigned_kind(name: bytes, value: bytes, quoted: bool) -> str:
    """Return "password", "secret" or, for what gives nothing away, the empty string."""
    if HARMLESS_NAME.search(name.lower()) or HARMLESS_END.search(name):
        return ""
    if DIGEST.match(value) or PUBLIC_KEY.match(value):
        return ""
    chosen = PASSWORD_NAME.search(name) is not None
    is_one = is_password_value(value, quoted) if chosen else is_secret_value(name, value, quoted)
    if not is_one or is_placeholder(value):
        return ""
    return "password" if chosen else "secret"


def is_password(value: bytes) -> bool:
    return assigned_kind(b"password", value, quoted=True) != ""


def is_encoded_password(value: bytes) -> bool:
    """Whether this, behind a user's name, is what a program encodes to log in with."""
    return not DUMMY.match(value) and not is_placeholder(value) and not CODE.search(value)


def is_url_password(value: bytes) -> bool:
    """Whether this, in an address, is a password: what matters are the bytes that are meant by `%2F` and its kin."""
    if b"%" not in value:
        return is_password(value)
    from urllib.parse import unquote_to_bytes

    meant = unquote_to_bytes(value)
    return len(meant) >= FEWEST and is_password(meant)


def is_lasting(token: bytes) -> bool:
    """Whether a JSON web token is one that is still a login by the time that anybody reads it in a commit."""
    import json
    from base64 import urlsafe_b64decode

    if is_placeholder(token, b"eyJ"):
        return False
    payload = token.split(b".")[1] if token.count(b".") == 2 else b""
    try:
        claims = json.loads(urlsafe_b64decode(payload + b"=" * (-len(payload) % 4)))
    except (ValueError, RecursionError):
        return True
    since, until = (claims.get("iat", claims.get("nbf")), claims.get("exp")) if isinstance(claims, dict) else (0, 0)
    return not (isinstance(since, int) and isinstance(until, int) and 0 < until - since <= BRIEF)


def is_local_password(value: bytes) -> bool:
    """Whether this is more than what people write for a service on their own machine, `s3cret99` included."""
    if DUMMY.match(value.rstrip(b"0123456789!").translate(PLAIN)) or not is_password(value):
        return False
    return restlessness(value) >= 0.3 or is_gibberish(value)


def is_login(value: bytes) -> bool:
    """Whether this is `user:password` in base64."""
    from binascii import Error, a2b_base64

    try:
        user, _, password = a2b_base64(value).partition(b":")
    except Error:
        return False
    return user.isalnum() and len(password) >= 6 and ODD.search(user + password) is None and not DUMMY.match(password)
