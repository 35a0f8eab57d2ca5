"""Private keys and signed tokens, in the forms that programs write them to files."""

from __future__ import annotations

from quantgov.secrets.detector import Detector
from quantgov.secrets.judgement import is_lasting

PRIVATE_KEY_ADVICE = "Replace the key pair everywhere its public half is trusted, then remove this one from history."
PEM_HEADER = rb"-----?[ ]?BEGIN[ ](?:[A-Z0-9]+[ ]){0,3}PRIVATE[ ]KEY(?:[ ]BLOCK)?[ ]?-----?"
# Armour headers, quotes and escapes may stand between the header and the key; the body may end without a footer.
PEM_BODY = rb"(?:[^-]|-(?!----)){0,400}?[A-Za-z0-9+/=]{24}(?:[A-Za-z0-9+/=]|[\s\\rn\"',+]){0,16384}"
PEM_BODY_ALONE = (
    rb"(?:\s|\\[rn]){1,8}(?:[A-Za-z-]{4,20}:[^\n-]{0,100}\n\s{0,4}){0,4}"
    rb"[A-Za-z0-9+/=]{40}(?:[A-Za-z0-9+/=]|[\s\\rn\"',+]){0,16384}"
)
PEM_FOOTER = rb"(?:-----?[ ]?END[ ][A-Z0-9 ]{1,40}-----)?"
# A header in base64 that names an algorithm, a type or a key; or one of any kind, with a payload that is JSON, too.
JWT_START = rb"eyJ(?:(?:hbGci|0eXAi|raWQi|lbmMi|6aXAi)[\w-]{10,2000}\.|[\w-]{10,2000}\.(?:eyJ|e30))[\w-]{%s}"

ROWS = (
    Detector(
        name="private-key",
        title="private key",
        anchors=(rb"BEGIN[ ](?:[A-Z0-9]+[ ]){0,3}PRIVATE[ ]KEY",),
        reach=6,
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
        name="age-secret-key",
        title="age secret key",
        anchors=(rb"(?i:age-secret-key-)(?i:1|pq-1)[A-Za-z0-9]{50}",),
        pattern=rb"(?P<secret>(?i:age-secret-key-(?:pq-)?1[0-9a-z]{50,80}))(?![0-9A-Za-z])",
        public=rb"(?i:age-secret-key-)",
        traces=(b"AGE-SECRET-KEY-",),
        advice="Make a new identity, encrypt everything anew to its recipient, and drop the old recipient.",
    ),
    Detector(
        name="private-key",
        title="private key",
        anchors=(rb"encrypted[ ]secret[ ]key(?:\r?\n|\\n)RW[A-Za-z0-9+/]{40}",),
        pattern=rb"encrypted[ ]secret[ ]key(?:\r?\n|\\n)(?P<secret>RW[A-Za-z0-9+/]{100,400}={0,2})",
        public=rb"RW",
        advice=PRIVATE_KEY_ADVICE,
    ),
    Detector(
        name="private-key",
        title="private key",
        anchors=(rb':(?<="d":)"[0-9A-Za-z_-]{22}', rb':(?<="d":) "[0-9A-Za-z_-]{22}'),
        pattern=rb":[ ]?\"(?P<secret>[\w-]{22,700})\"",
        context=rb"\"kty\"|\"crv\"|\"AQAB\"",  # a JSON web key's: the rest of it is public
        advice=PRIVATE_KEY_ADVICE,
    ),
    Detector(
        name="wireguard-private-key",
        title="WireGuard key",
        anchors=(rb"(?i:privatekey)[ ]?=[ ]?[A-Za-z0-9+/]{43}=", rb"(?i:presharedkey)[ ]?=[ ]?[A-Za-z0-9+/]{43}="),
        pattern=rb"(?i:privatekey|presharedkey)[ ]?=[ ]?(?P<secret>[A-Za-z0-9+/]{43}=)",
        advice="Make a new key pair, and give every peer the new public key.",
    ),
    Detector(
        name="json-web-token",
        title="JSON web token",
        anchors=(JWT_START % b"0,8",),
        pattern=rb"(?<![\w.-])(?P<secret>"
        + JWT_START % b"0,16000"
        + rb"\.(?:[\w-]{16,4000}(?:\.[\w-]{16,16000}){0,2})?(?![\w-]))",
        public=rb"eyJ",
        judge=is_lasting,
        advice="Revoke the session or rotate the key that signed it: a token is a login until it expires.",
        traces=(b"eyJ",),
    ),
)
