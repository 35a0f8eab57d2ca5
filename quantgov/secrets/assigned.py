"""The rows for what no format tells: values whose names say that they are secret."""

from __future__ import annotations

from quantgov.secrets.detector import Detector

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
