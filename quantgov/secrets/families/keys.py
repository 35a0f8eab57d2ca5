"""Private keys, in the forms that programs write them to files."""

from __future__ import annotations

from quantgov.secrets.detector import Detector

PRIVATE_KEY_ADVICE = "Replace the key pair everywhere its public half is trusted, then remove this one from history."
PEM_HEADER = rb"-----?[ ]?BEGIN[ ](?:[A-Z0-9]+[ ]){0,3}PRIVATE[ ]KEY(?:[ ]BLOCK)?[ ]?-----?"
# Armour headers, quotes and escapes may stand between the header and the key; the body may end without a footer.
PEM_BODY = rb"(?:[^-]|-(?!----)){0,400}?[A-Za-z0-9+/=]{24}(?:[A-Za-z0-9+/=]|[\s\\rn\"',+]){0,16384}"
PEM_BODY_ALONE = (
    rb"(?:\s|\\[rn]){1,8}(?:[A-Za-z-]{4,20}:[^\n-]{0,100}\n\s{0,4}){0,4}"
    rb"[A-Za-z0-9+/=]{40}(?:[A-Za-z0-9+/=]|[\s\\rn\"',+]){0,16384}"
)
PEM_FOOTER = rb"(?:-----?[ ]?END[ ][A-Z0-9 ]{1,40}-----?)?"

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
)
