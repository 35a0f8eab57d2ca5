"""Credentials made up at run time: none stands in a file, none was ever issued."""

from __future__ import annotations

import base64
import json
import random
import re
import string

LOWER_DIGITS = string.ascii_lowercase + string.digits
UPPER_DIGITS = string.ascii_uppercase + string.digits
ALNUM = string.ascii_letters + string.digits
HEX = "0123456789abcdef"


def body(length: int, alphabet: str = ALNUM, seed: int = 0) -> str:
    """Return random characters, digits and letters among them."""
    chosen = random.Random(f"{length} {alphabet} {seed}")  # noqa: S311  (made-up keys, nothing is protected by them)
    while True:
        drawn = "".join(chosen.choices(alphabet, k=length))
        if any(c.isdigit() for c in drawn) and any(c.isalpha() for c in drawn):
            return drawn


ALPHABETS = {
    "alnum": ALNUM,
    "lower": LOWER_DIGITS,
    "upper": UPPER_DIGITS,
    "hex": HEX,
    "HEX": HEX.upper(),
    "url": ALNUM + "-_",
    "base64": ALNUM + "+/",
    "base32": string.ascii_uppercase + "234567",
    "digits": string.digits,
    "letters": string.ascii_letters,
}


def made_up(template: str, seed: int = 0) -> str:
    """Return the template with each `<alphabet:length>` in it made up: `tk_live_<alnum:24>`."""
    drawn = random.Random(f"{template} {seed}")  # noqa: S311  (made-up keys, nothing is protected by them)

    def draw(found: re.Match[str]) -> str:
        alphabet, length = ALPHABETS[found[1]], int(found[2])
        if found[1] in ("digits", "letters"):
            return "".join(drawn.choices(alphabet, k=length))
        return body(length, alphabet, drawn.randrange(10**9))

    return re.sub(r"<(\w+):(\d+)>", draw, template)


def tickdb(seed: int = 0) -> str:
    return "tk_" + "live_" + body(24, seed=seed)


def alpaca_id() -> str:
    return "PK" + body(18, UPPER_DIGITS)


def pem(kind: str = "RSA ", newline: str = "\n") -> str:
    lines = [body(64, ALNUM + "+/", seed) for seed in range(6)]
    return newline.join([f"-----BEGIN {kind}PRIVATE " + "KEY-----", *lines, f"-----END {kind}PRIVATE " + "KEY-----"])


def jwt(length: int = 12, seed: int = 0, claims: dict[str, object] | None = None) -> str:
    """Return a token that decodes, with a subject of this length."""
    parts = ({"alg": "HS256", "typ": "JWT"}, {"sub": body(length, seed=seed), "iat": 1700000000, **(claims or {})})
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*encoded, body(43, seed=seed)])


def plugin_examples() -> dict[str, tuple[str, ...]]:
    """Return, for the name of each plugin's row, lines that hold something made up in its format."""
    dashed = "-".join(body(length, HEX) for length in (8, 4, 4, 4, 12))
    return {
        "artifactory-credentials": (f"x = AKC{body(24)} ", f'"AP3{body(24)}"'),
        "aws-access-key": ("AKIA" + body(16, UPPER_DIGITS), f"aws access key of research: '{body(40, ALNUM + '+/')}'"),
        "azure-storage-key": ("AccountKey=" + body(86, ALNUM + "+/") + "==",),
        "cloudant-credentials": (f"cloudant_password = '{letters(24)}'",),
        "discord-bot-token": (f"M{body(23)}.{body(6)}.{body(27)}",),
        "github-token": ("ghp" + "_" + body(36), "ghs" + "_" + body(36)),
        "gitlab-token": ("glpat" + "-" + body(20), "GR13" + "48941" + body(20), f"glcbt-a1_{body(24)}"),
        "ibm-cloud-iam-key": (f"ibm_cloud_iam_key = {body(43)}_",),
        "ibm-cos-hmac-key": (f"ibm_cos_secret_access_key: {body(48, HEX)}",),
        "json-web-token": (jwt(),),
        "mailchimp-key": (body(32, LOWER_DIGITS) + "-us14",),
        "npm-token": ("//registry.npmjs.org/:_auth" + f"Token=npm_{body(36)}", "//npm.corp/:_auth" + f"Token={dashed}"),
        "openai-token": (f"sk-proj-{body(20)}T3BlbkFJ{body(20)}",),
        "pypi-token": ("pypi-" + "AgEIcHlwaS5vcmc" + body(90),),
        "sendgrid-key": (f"SG.{body(22)}.{body(43)}",),
        "slack-token": (f"xoxb-123904857612-{body(24, LOWER_DIGITS)}", webhook()),
        "softlayer-credentials": (f"http://api.softlayer.com/soap/v3/{body(64, LOWER_DIGITS)}",),
        "square-oauth-secret": ("sq0csp-" + body(43),),
        "stripe-key": ("sk_" + "live_" + body(24), "rk_" + "live_" + body(24)),
        "telegram-bot-token": (f"{'5' * 4}820194:A{body(34)}",),
        "twilio-key": ("AC" + body(32, LOWER_DIGITS), "SK" + body(32, LOWER_DIGITS)),
    }


def letters(length: int) -> str:
    return "".join(random.Random(length).choices(string.ascii_lowercase, k=length))  # noqa: S311


def webhook() -> str:
    return f"https://hooks.slack.com/services/T{body(9, UPPER_DIGITS)}/B{body(9, UPPER_DIGITS)}/{body(24)}"


def putty() -> str:
    lines = "\n".join(body(64, ALNUM + "+/", seed) for seed in range(3))
    return f"PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\nPublic-Lines: 3\n{lines}\nPrivate-Lines: 3\n{lines}\n"
