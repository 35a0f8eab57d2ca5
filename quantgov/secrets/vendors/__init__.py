"""Who issues which key: where to revoke it, how to rotate it, where its misuse shows, what could be done with it.

Plain data, one entry for each `vendor` that a detector's row names. Menu paths are the vendors' own words.
"""

from __future__ import annotations

from quantgov.secrets.vendors import brokers, clouds, data, services, tools
from quantgov.secrets.vendors.entry import ANY, HOST, IDENTITY, RESET, WALLET, Vendor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

VENDORS: Mapping[str, Vendor] = {**brokers.TABLE, **data.TABLE, **clouds.TABLE, **tools.TABLE, **services.TABLE}

PRIVATE_KEY = Vendor(
    "whoever trusts the public half",
    HOST,
    "Take its public half out wherever it stands: authorized_keys, GitHub's and GitLab's SSH keys, service accounts; "
    "have the authority revoke a certificate for it",
    "",
    "Without downtime: make a new pair (`ssh-keygen -t ed25519`), have both public halves trusted, deploy the new "
    "private half, then take the old public half out",
)
PASSWORD = Vendor(
    "the service that it opens",
    ANY,
    "Change the password at the service, and end the sessions that it opened",
    "the service's login log: addresses and hours that are not yours",
    "Without downtime: make a second account with the same rights, deploy it, then lock the first; where there can be "
    "only one, have the deployment ready and change it at once",
    "Log in as its owner, here and wherever the same password is used.",
)
SESSION = Vendor(
    "whoever signed it",
    IDENTITY,
    "End the session it belongs to; a token that cannot be revoked is ended by rotating the key that signed it",
    "the service's access log by the subject of the token (its middle part, decoded, names it)",
    RESET,
    "Do whatever the login that it stands for may do, until it runs out.",
)
ENCRYPTION = Vendor(
    "whoever encrypts to it",
    WALLET,
    "Nothing revokes it: whoever holds it reads all that was ever encrypted to it. Take its public half out of every "
    "list of recipients",
    "where the encrypted files were read; there is no log of decryption",
    "Without downtime: make a new pair, encrypt everything to it as well, then drop the old one; rotate every secret "
    "that stood in those files",
    "Read everything that was ever encrypted to it.",
)
UNKNOWN = Vendor(
    "its issuer",
    ANY,
    "Find out who issued it (the variable's name and the code around it tell), and revoke it in that console",
)

GENERIC: Mapping[str, Vendor] = {
    "age-secret-key": ENCRYPTION,
    "private-key": PRIVATE_KEY,
    "password": PASSWORD,
    "login": PASSWORD,
    "json-web-token": SESSION,
    "bearer-token": SESSION,
}
"""By a word in the name of detectors whose format does not tell who issued it."""
PLUGINS: Mapping[str, str] = {
    "artifactory-credentials": "artifactory",
    "aws-access-key": "aws",
    "azure-storage-key": "azure",
    "cloudant-credentials": "ibm",
    "discord-bot-token": "discord",
    "github-token": "github",
    "gitlab-token": "gitlab",
    "ibm-cloud-iam-key": "ibm",
    "ibm-cos-hmac-key": "ibm",
    "mailchimp-key": "mailchimp",
    "npm-token": "npm",
    "openai-token": "openai",
    "pypi-token": "pypi",
    "sendgrid-key": "sendgrid",
    "slack-token": "slack",
    "softlayer-credentials": "ibm",
    "square-oauth-secret": "square",
    "stripe-key": "stripe",
    "telegram-bot-token": "telegram",
    "twilio-key": "twilio",
}
"""Whose keys detect-secrets' plugins find, by the name of the plugin's row."""


def slug_of(detector: str) -> str:
    """The vendor whose keys the rows of this name find; empty where the format does not tell."""
    from quantgov.secrets.detector import Detector
    from quantgov.secrets.families import FAMILIES, rows

    named = (row for family in FAMILIES for row in rows(family) if row.name == detector)
    own = next((row.vendor for row in named if isinstance(row, Detector) and row.vendor), "")
    return own or PLUGINS.get(detector, "")


def of_detector(detector: str) -> Vendor:
    """What there is to know of whoever issued what this detector finds."""
    generic = (each for word, each in GENERIC.items() if word in detector)
    return VENDORS.get(slug_of(detector)) or next(generic, UNKNOWN)
