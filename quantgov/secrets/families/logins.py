"""Passwords that stand in an address or a command beside the name they belong to."""

from __future__ import annotations

from quantgov.secrets.detector import Detector

URL_LOGIN = rb"://[^\s:/?#@\[\]\"'<>`\\]{0,80}:"

ROWS = (
    Detector(
        name="url-password",
        title="password in a URL",
        anchors=(URL_LOGIN + rb"[^\s/@\"'<>`\\]{6,120}@",),
        pattern=URL_LOGIN + rb"(?P<secret>[^\s/@\"'<>`\\]{6,120})@(?!localhost|127\.|\[::1|[\w.-]{0,60}example\.)",
        chosen=True,
        advice="Change the password, and keep the URL in the environment or a secret manager.",
    ),
)
