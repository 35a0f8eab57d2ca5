"""What no format tells: values that a name calls secret. Where one may stand; assignments.py says whether it does."""

from __future__ import annotations

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

NAME = (
    rb"(?i:key|secret|token|passw(?:or)?d|passphrase|passcode|pass(?![a-z])|pwd|pw(?![a-z])|auth(?!or[^i])"
    rb"|cred|contrase(?:n|\xc3\xb1)a)(?P<tail>[\w.-]{0,30}+)(?:\[\d{0,4}\])?[\\\"'`\])]{0,4}[ \t]{0,8}"
)
# `:`, `=` and their kin, a type between included; the next argument; a blank; the `value` of an entry with a `name`.
SIGN = (
    rb"(?P<sign>:[ \t]?[\w.|\[\]&'*?]{1,30}[ ]?=(?!=)|[ ](?:[Ss]tring|str)[ ]=|:=|\?=|<-|={1,3}>?|!==?|:|>"
    rb"|(?<=[\"'`]),(?![ \t]*\r?\n)|\((?=[ ]?[bruf]{0,2}\\?[\"'`])|[ ]is:?[ ](?=[\"'`])|[ \t]"
    rb"|,?\s{1,40}[\"']?value[\"']?[ \t]?:|\r?\n\s{1,40}value[ ]{1,9}=)[ \t]{0,8}"
)
# The value may stand on the next line: folded in YAML, or in quotes.
TURN = rb"(?:[>|][+-]?[ \t]{0,4}\r?\n[ \t]{1,40}|[(\\]?[ \t]{0,4}\r?\n[ \t]{1,40}(?=[bruf]{0,2}[\"'`]))?"
CALL = rb"(?P<call>(?:new[ ])?[A-Za-z_][\w.:]{0,60}+\([ ]?(?=[bruf@]{0,2}\\?[\"'`]))?"
# 8 bytes or more, with a digit or a sign among the first; or letters alone, which are then weighed.
VALUE = (
    rb"(?P<quote>@?[bruf]{0,2}\\?[\"'`])?(?i:(?:bearer|basic|token)[ ])?(?!\$[A-Za-z_{(])"
    rb"(?:(?=[A-Za-z_./:+=%~-]{0,64}+[0-9!@#$^&*?])|(?=(?P<letters>[A-Za-z_-]{8,64}+)(?:[\"'`\s\\,;)<]|\Z)))"
    rb"(?P<value>(?(quote)(?:[^\"'`\r\n\\]|\\/)|[^\s\"'`,;<>()\[\]{}\\&]){8,512})(?P<next>[\"'`(\[<]?)"
)
ASSIGNMENT = NAME + SIGN + TURN + CALL + VALUE
NAME_REACH = 60  # bytes of a name before its keyword
NAME_BYTES = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"
COMPARED_REACH = 200  # bytes in which a literal stands and the name that it is compared with
SHORTEST = 8  # bytes of a value
NESTED = 4  # places inside a value that count, too: an address has parameters
