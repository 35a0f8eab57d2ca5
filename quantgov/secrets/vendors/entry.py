"""What there is to know of whoever issues a key, and what keys of one sort have in common."""

from __future__ import annotations

from typing import NamedTuple


class Kind(NamedTuple):
    """What could be done with a key of this sort, where that shows, and who usually owns such a key."""

    damage: str
    log: str
    owner: str


DATA = Kind(
    "A read-only data key: read all data that your plan pays for, use its quota up so that your own feeds stop, and "
    "pass licensed data on in your name. It moves no money.",
    "the account's usage by key and day: calls, symbols and hours that are not yours",
    "whoever looks after the market data subscriptions",
)
TRADING = Kind(
    "A trading key: place and cancel orders, also at prices that lose your money to an account of the attacker's own, "
    "and read positions and balances. Where the key may withdraw, empty the account.",
    "the account's orders, fills and transfers, and its list of sessions: what no strategy of yours did",
    "the lead of the strategy that trades with it; the trading desk",
)
WALLET = Kind(
    "The wallet itself: sign whatever its owner could, and move all that it holds, for good.",
    "every address of the wallet in a block explorer: transfers and approvals that you did not sign",
    "whoever holds the wallet; nobody else can stop a transfer",
)
CLOUD = Kind(
    "A cloud key: read and delete stored data, start machines at your expense (mining begins within minutes), and make "
    "keys of the attacker's own that outlive this one.",
    "the account's audit log by key, and its bill: machines, regions and new keys that are not yours",
    "whoever administers the cloud account",
)
DATABASE = Kind(
    "A database key: read all that its role may read, research data and positions among it, and where it may write, "
    "change or delete that without a trace in your code.",
    "the audit and query logs by user: addresses, large reads and exports that are not yours",
    "whoever runs the database",
)
CODE = Kind(
    "A key to code: read private repositories, strategies included, and where it may write, put code in that your CI "
    "and your machines will run.",
    "the organisation's audit log: clones, pushes, new keys and webhooks that are not yours",
    "whoever administers the organisation's repositories; for a personal token, its person",
)
PIPELINE = Kind(
    "A key to the pipelines: start builds, read their logs and variables - the keys of the layer ci among them - and "
    "change what is deployed.",
    "the audit log, and the list of builds and deployments: what nobody of yours started",
    "whoever runs CI and deployments",
)
PACKAGES = Kind(
    "A publishing key: release a version of your packages that runs the attacker's code wherever it is installed next.",
    "each package's list of versions, and the account's security log: releases that you did not make",
    "whoever releases the packages",
)
CHAT = Kind(
    "A messaging key: post in the team's name (a false alert, a link to log in at), and where it may read, follow "
    "channels and files.",
    "the channel itself, and the workspace's audit log: messages and readers that are not yours",
    "whoever set the bot or webhook up",
)
MAIL = Kind(
    "A sending key: send mail or texts in your name and at your expense, and read whom you write to.",
    "the log of what was sent, and the bill: messages that are not yours",
    "whoever runs notifications",
)
MODEL = Kind(
    "A model key: use models at your expense until the limit is reached (stolen keys are resold within hours), and "
    "read files, prompts and fine-tuned models that the account keeps.",
    "the account's usage by key and day, and its bill",
    "whoever pays for the account",
)
RESEARCH = Kind(
    "A research key: read experiments, parameters and models - your strategies, in short - and change or delete them.",
    "runs, models and projects that nobody of yours touched; the organisation's audit log",
    "the lead of the research team",
)
PAYMENT = Kind(
    "A payment key: read customers, accounts and payments, and refund, charge or pay out in your name.",
    "the API log by key, refunds and payouts, and who was added to the account",
    "whoever runs the finances",
)
MONITORING = Kind(
    "A monitoring key: read logs and metrics, which often hold more secrets, and hide an attack by silencing alerts.",
    "the audit log: queries, exports and silenced alerts that are not yours",
    "whoever runs monitoring",
)
VAULT = Kind(
    "A key to other keys: read every secret that its policy lets it read. Treat all of those as leaked, too.",
    "the audit log: which secrets were read, and from where",
    "whoever administers the secret manager",
)
IDENTITY = Kind(
    "A key to accounts: read users and groups, and with admin rights make accounts or log in as others.",
    "the system log: logins, new users and new keys that are not yours",
    "whoever administers accounts",
)
NETWORK = Kind(
    "A key to the network: join it as a machine of yours, or lead its names and traffic elsewhere.",
    "the list of machines and records, and the audit log: what nobody of yours added",
    "whoever administers the network",
)
HOST = Kind(
    "A way in: log in as its owner wherever the public half is trusted, or pose as the server whose key it is.",
    "the authentication log of each machine that trusted it (`journalctl -u ssh`), the issuer's certificate log",
    "whoever's machine or server it was made for",
)
SERVICE = Kind(
    "A service's key: read and change what the account keeps there, in your name and at your expense.",
    "the service's audit or API log by key: calls and addresses that are not yours",
    "whoever opened the account",
)
ANY = Kind(
    "Whatever its owner may do with it. Until its issuer and scope are known, assume the most.",
    "the issuer's access log: addresses and hours that are not yours",
    "whoever wrote the line: `git blame` names them",
)

OVERLAP = "make a second key beside the old one, deploy it, see the old one unused, then revoke the old one"
SINGLE = "only one can exist at a time: have the deployment ready, reset the key, and deploy the new one at once"
CREATE_FIRST = f"Without downtime: {OVERLAP}"
RESET = f"With a short gap: {SINGLE}"
LOGIN_RESET = (
    "With a short gap: change the password, log every session out, and deploy the new one at once; better, use an API "
    "key of its own where the broker has them"
)
GONE = "The service is closed, and its keys open nothing: look for the same value in use elsewhere"


class Vendor(NamedTuple):
    """`revoke` and `log` are an address or a menu path. Where `log` or `damage` are empty, those of the kind hold."""

    name: str
    kind: Kind
    revoke: str
    log: str = ""
    rotate: str = CREATE_FIRST
    damage: str = ""

    @property
    def misuse(self) -> str:
        """Which log to look at, and for what."""
        return self.log or self.kind.log

    @property
    def attack(self) -> str:
        """What an attacker could have done."""
        return self.damage or self.kind.damage

    @property
    def owner(self) -> str:
        """Whom to ask where the register of keys knows nobody."""
        return self.kind.owner
