"""detect-secrets' plugins, used as plain objects: one row each, imported only when its own anchor has matched.

Only `analyze_string` is called. It reads no settings, no baseline and no network, which `analyze_line` does as soon
as the global settings say so. Not used: the entropy plugins, the public-address plugin, and two of which our own rows
find all that matters: BasicAuthDetector stops at `!`, `$` and other bytes that passwords have, and PrivateKeyDetector
takes a header with no key behind it for a key.
"""

from __future__ import annotations

from functools import cache

from quantgov.secrets.judgement import is_lasting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Plugin:
    """One plugin: `anchors` are regexes that begin with a literal byte and match wherever the plugin can match.

    Where a plugin's format is an assignment (AWS secret, Cloudant, IBM, SoftLayer) the anchors are narrower: they name
    the vendor, and quantgov's own assignments find the rest. `reach` is how many bytes after its anchor it may need,
    and `begin` what its match begins with, if that is before the anchor: several of the patterns take time that
    grows with the square of what they are given. `traces` and `judge` as in detectors.
    """

    chosen = False  # by a person: what plugins find was issued
    __slots__ = (
        "advice", "anchors", "begin", "judge", "kind", "module", "name", "public", "reach", "title", "traces",
    )  # fmt: skip

    def __init__(
        self,
        module: str,
        kind: str,
        name: str,
        title: str,
        anchors: tuple[bytes, ...],
        advice: str = "",
        public: bytes = b"",
        traces: tuple[bytes, ...] = (),
        begin: bytes = b"",
        reach: int = 512,
        judge: Callable[[bytes], bool] | None = None,
    ) -> None:
        self.module = module
        self.kind = kind
        self.name = name
        self.title = title
        self.anchors = anchors
        self.advice = advice or f"Revoke this {title} at its issuer and issue a new one outside the repository."
        self.public = public
        self.traces = traces
        self.begin = begin
        self.reach = reach
        self.judge = judge


def starting(word: bytes, rest: bytes) -> tuple[bytes, ...]:
    """Return the anchor for a word and what follows it, in any case."""
    return (b"(?i:" + word + b")(?i:" + rest + b")",)


BASE64_URL = rb"[A-Za-z0-9_-]"
GITLAB_KINDS = (b"pat", b"dt", b"ft", b"soat", b"rt", b"cbt", b"imt", b"ptt", b"agent", b"oas")

ROWS = (
    Plugin(
        "artifactory",
        "ArtifactoryDetector",
        "artifactory-credentials",
        "Artifactory credential",
        (rb"AKC(?<![^\s=:\"]AKC)[a-zA-Z0-9]{10}", rb"AP(?<=[\s=:\"]AP)[0-9A-F][a-zA-Z0-9]{8}"),
    ),
    Plugin(
        "aws",
        "AWSKeyDetector",
        "aws-access-key",
        "AWS access key",
        starting(b"aws", rb"[^\n]{0,50}[\"'][0-9a-z/+]{40}[\"']"),  # its identifiers are found by rows of our own
        advice="Deactivate the key in IAM, check CloudTrail for its use, and issue a new one.",
    ),
    Plugin(
        "azure_storage_key",
        "AzureStorageKeyDetector",
        "azure-storage-key",
        "Azure storage account key",
        (rb"AccountKey=(?!Eby8vdM02xNOcqF|C2y6yDjf5/R)[a-zA-Z0-9+/=]{88}",),  # but the emulators' keys, that all know
        public=rb"AccountKey=",
        traces=(b"AccountKey=",),
    ),
    Plugin(
        "cloudant",
        "CloudantDetector",
        "cloudant-credentials",
        "Cloudant credential",
        starting(b"cloudant", rb"[_-]?(?:api)?(?:key|pw|pass|token)[^\n]{0,20}[a-z0-9]{24}"),
    ),
    Plugin(
        "discord",
        "DiscordBotTokenDetector",
        "discord-bot-token",
        "Discord bot token",
        tuple(
            first + rb"[\w-]{%d}\.[\w-]{6}\.[\w-]{27}" % size for first in (b"M", b"N", b"O") for size in (23, 24, 25)
        ),
    ),
    Plugin(
        "github_token",
        "GitHubTokenDetector",
        "github-token",
        "GitHub token",
        # None that a longer word ends with: the names in a library may have it.
        tuple(
            start + rb"(?<![A-Za-z0-9]" + start + rb")[A-Za-z0-9_]{36}"
            for start in (b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_")
        ),
        public=rb"gh[pousr]_",
        traces=(b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_"),
    ),
    Plugin(
        "gitlab_token",
        "GitLabTokenDetector",
        "gitlab-token",
        "GitLab token",
        (
            *(b"gl" + kind + b"-" + BASE64_URL + rb"{20}" for kind in GITLAB_KINDS),
            rb"GR1348941" + BASE64_URL + rb"{20}",
        ),
        public=rb"gl[a-z]{2,5}-|GR1348941",
        traces=(*(b"gl" + kind + b"-" for kind in GITLAB_KINDS), b"GR1348941"),
    ),
    Plugin(
        "ibm_cloud_iam",
        "IbmCloudIamDetector",
        "ibm-cloud-iam-key",
        "IBM Cloud IAM key",
        (
            *starting(b"ibm", rb"[\w-]{0,20}(?:key|pwd|pass|token)[^\n]{0,20}[a-z0-9_-]{44}"),
            *starting(b"iam", rb"[\w-]{0,12}(?:key|pwd|pass|token)[^\n]{0,20}[a-z0-9_-]{44}"),
        ),
    ),
    Plugin(
        "ibm_cos_hmac",
        "IbmCosHmacDetector",
        "ibm-cos-hmac-key",
        "IBM COS HMAC key",
        (
            *starting(b"ibm", rb"[\w-]{0,12}secret[\w-]{0,12}key[^\n]{0,12}[a-f0-9]{48}"),
            *starting(b"cos", rb"[\w-]{0,8}secret[\w-]{0,12}key[^\n]{0,12}[a-f0-9]{48}"),
        ),
    ),
    Plugin(
        "jwt",
        "JwtTokenDetector",
        "json-web-token",
        "JSON web token",
        (rb"eyJ[\w=-]{8,600}\.[\w=-]{8}",),
        advice="Revoke the session or rotate the key that signed it: a token is a login until it expires.",
        public=rb"eyJ",
        traces=(b"eyJ",),
        reach=4096,
        judge=is_lasting,
    ),
    Plugin(
        "mailchimp",
        "MailchimpDetector",
        "mailchimp-key",
        "Mailchimp API key",
        (rb"-us(?<=[0-9a-z]{32}-us)[0-9]",),
    ),
    Plugin(
        "npm",
        "NpmDetector",
        "npm-token",
        "npm token",
        (rb":_authToken=\s?(?:npm_.{20}|[A-Fa-f0-9-]{36})",),
        traces=(b"ken=",),
        begin=b"//",
        reach=80,
    ),
    Plugin(
        "openai",
        "OpenAIDetector",
        "openai-token",
        "OpenAI API key",
        (rb"T3BlbkFJ[A-Za-z0-9]{20}",),
        public=rb"sk-(?:proj-|svcacct-|admin-)?",
        traces=(b"T3BlbkFJ",),
        begin=b"sk-",
        reach=80,
    ),
    Plugin(
        "pypi_token",
        "PypiTokenDetector",
        "pypi-token",
        "PyPI token",
        (rb"pypi-AgE(?:IcHlwaS5vcmc|NdGVzdC5weXBpLm9yZw)[\w-]{70}",),
        public=rb"pypi-",
        traces=(b"AgEIcHlwaS5vcmc", b"AgENdGVzdC5weXBpLm9yZw"),
    ),
    Plugin(
        "sendgrid",
        "SendGridDetector",
        "sendgrid-key",
        "SendGrid API key",
        (rb"SG\." + BASE64_URL + rb"{22}\." + BASE64_URL + rb"{43}",),
        public=rb"SG\.",
        traces=(b"SG.",),
    ),
    Plugin(
        "slack",
        "SlackDetector",
        "slack-token",
        "Slack token",
        (
            *starting(b"xox", rb"[abpors]-(?:[0-9]+-)+[a-z0-9]"),
            *starting(b"https://hooks", rb"\.slack\.com/services/T\w+/B\w+/\w"),
        ),
        public=rb"(?i:xox[abpors]-|https://hooks\.slack\.com/services/)",
        traces=(*(b"xox" + kind + b"-" for kind in (b"a", b"b", b"p", b"o", b"r", b"s")), b"ks.slack.com/services/"),
    ),
    Plugin(
        "softlayer",
        "SoftlayerDetector",
        "softlayer-credentials",
        "SoftLayer credential",
        (
            *starting(b"softlayer", rb"[_-]?(?:api)?[_-]?(?:key|pwd|pass|token)[^\n]{0,20}[a-z0-9]{64}"),
            *starting(b"://api", rb"\.softlayer\.com/soap/v3(?:\.1)?/[a-z0-9]{64}"),
        ),
    ),
    Plugin(
        "square_oauth",
        "SquareOAuthDetector",
        "square-oauth-secret",
        "Square OAuth secret",
        (rb"sq0csp-[0-9A-Za-z\\_-]{43}",),
        public=rb"sq0csp-",
        traces=(b"q0csp-",),
    ),
    Plugin(
        "stripe",
        "StripeDetector",
        "stripe-key",
        "Stripe key",
        (rb"sk_live_[0-9a-zA-Z]{24}", rb"rk_live_[0-9a-zA-Z]{24}"),
        public=rb"[rs]k_live_",
        traces=(b"k_live_",),
    ),
    Plugin(
        "telegram_token",
        "TelegramBotTokenDetector",
        "telegram-bot-token",
        "Telegram bot token",
        (rb":(?<=[0-9]{8}:)A[0-9A-Za-z_-]{34}",),  # as BotFather's begin: other numbers stand before a colon, too
        advice="Send /revoke to @BotFather and give the bot its new token by the environment.",
    ),
    Plugin(
        "twilio",
        "TwilioKeyDetector",
        "twilio-key",
        "Twilio API key",
        (rb"A(?<=[^0-9A-Za-z]A)C[a-z0-9]{32}", rb"S(?<=[^0-9A-Za-z]S)K[a-z0-9]{32}"),
        public=rb"AC|SK",
    ),
)


@cache
def analyzer(plugin: Plugin) -> Callable[[str], Iterable[str]]:
    """Return the plugin's search: a line in, the secrets that it sees out."""
    from importlib import import_module

    analyze: Callable[[str], Iterable[str]] = getattr(
        import_module(f"detect_secrets.plugins.{plugin.module}"), plugin.kind
    )().analyze_string
    return analyze
