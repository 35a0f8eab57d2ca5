"""Tokens of where code, packages and issues are hosted."""

from __future__ import annotations

from quantgov.secrets.checksums import github
from quantgov.secrets.detector import Detector
from quantgov.secrets.naming import UUID, of_vendor
from quantgov.secrets.prefixed import token

GITHUB_ADVICE = (
    "Revoke the token at github.com/settings/tokens, or with whoever owns the app, and read the security log "
    "for what it cloned and pushed."
)
GITLAB_ADVICE = (
    "Revoke the token where it was made (profile, project, group or runner settings) and read the audit events "
    "for its use."
)
ATLASSIAN_ADVICE = "Revoke the token at id.atlassian.com under Security, and read the organization's audit log."
BITBUCKET_ADVICE = "Revoke the token or app password in Bitbucket's settings, and read the workspace's audit log."
NPM_ADVICE = "Revoke the token with `npm token revoke`, and check that no version was published that is not yours."
PYPI_ADVICE = "Delete the token in PyPI's account settings, and check the projects' history for releases not yours."
JFROG_ADVICE = "Revoke the credential in Artifactory's user profile, and look for artifacts that it deployed."

GITLAB_KINDS = (
    b"pat", b"ptt", b"dt", b"rt", b"rtr", b"cbt", b"soat", b"ft", b"imt", b"agent", b"oas", b"ffct", b"wt",
)  # fmt: skip
GITLAB_BODY = rb"[\w-]{20,1024}+(?:\.[0-9a-z]{1,4}){0,2}(?:\.[0-9a-z]{7,12})?(?![\w-])"
ATLASSIAN_BODY = rb"3xFf[\w-]{40,400}(?:(?:=|%3[dD])[0-9A-Fa-f]{8})?"
NPMRC_VALUE = rb"[\"']?(?P<secret>[\w+/-][\w+/.-]{15,400}={0,2})(?![\w+/=.-])"

ROWS = (
    token(
        "github-token",
        "GitHub token",
        (b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_", b"github_pat_"),
        rb"(?:[0-9A-Za-z]{36,255}|[0-9]{1,12}_eyJ[\w-]{8,600}\.[\w-]{8,900}\.[\w-]{20,700}|[0-9A-Za-z]{22}_[0-9A-Za-z]{59})",
        vendor="github",
        advice=GITHUB_ADVICE,
        checksum=github,
    ),
    of_vendor(
        "github-secret",
        "GitHub token or OAuth app secret",
        (b"github_", b"github-", b"githubtoken", b"githubsecret", b"gh_token", b"gh_pat"),
        rb"[0-9a-f]{40}",
        vendor="github",
        advice=GITHUB_ADVICE,
    ),
    token(
        "gitlab-token",
        "GitLab token",
        (*(b"gl" + kind + b"-" for kind in GITLAB_KINDS), b"GR1348941"),
        GITLAB_BODY,
        vendor="gitlab",
        advice=GITLAB_ADVICE,
        entropy=2.5,
    ),
    of_vendor(
        "gitlab-secret",
        "GitLab token",
        b"gitlab",
        rb"(?=[A-Z_-]{0,19}[0-9a-z])(?=[a-zA-Z_-]{0,19}[0-9])[\w-]{20}|[0-9a-f]{64}|[0-9a-f]{30}",
        vendor="gitlab",
        advice=GITLAB_ADVICE,
    ),
    Detector(
        "gitlab-session",
        "GitLab session cookie",
        (rb"_gitlab_session=[0-9a-f]{32}",),
        rb"(?P<secret>_gitlab_session=[0-9a-f]{32})(?![0-9a-f])",
        vendor="gitlab",
        public=rb"_gitlab_session=",
        advice="Sign out of all of the user's sessions in GitLab: the cookie is a login.",
    ),
    token(
        "bitbucket-token",
        "Bitbucket app password",
        (b"ATBB",),
        rb"[0-9A-Za-z]{32}",
        vendor="bitbucket",
        advice=BITBUCKET_ADVICE,
        entropy=3.0,
    ),
    of_vendor(
        "bitbucket-secret",
        "Bitbucket client ID or secret",
        b"bitbucket",
        rb"[\w=-]{64}|[0-9A-Za-z]{32}|[0-9A-Za-z]{18}|[0-9A-Za-z]{20}",
        vendor="bitbucket",
        advice=BITBUCKET_ADVICE,
    ),
    token(
        "atlassian-token",
        "Atlassian API token",
        (b"ATATT", b"ATCTT", b"ATSTT"),
        ATLASSIAN_BODY,
        vendor="atlassian",
        advice=ATLASSIAN_ADVICE,
        end=rb"(?![\w-])",
    ),
    of_vendor(
        "atlassian-secret",
        "Atlassian API token",
        (b"atlassian", b"jira", b"confluence"),
        rb"[0-9A-Za-z]{24}|[MNO][ADQTgjwz][A-Za-z0-9+/]{42}",
        vendor="atlassian",
        advice=ATLASSIAN_ADVICE,
    ),
    token(
        "npm-token",
        "npm token",
        (b"npm_",),
        rb"[0-9A-Za-z]{36}",
        vendor="npm",
        advice=NPM_ADVICE,
        checksum=github,
    ),
    Detector(
        "npm-token",
        "npm token",
        (rb"_authToken[\"']?[ \t]{0,4}[:=][ \t]{0,4}[\"']?[\w+/-]{16}",),
        rb"_authToken[\"']?[ \t]{0,4}[:=][ \t]{0,4}(?=[^\r\n]{0,60}[0-9])" + NPMRC_VALUE,
        vendor="npm",
        advice=NPM_ADVICE,
        entropy=2.5,
    ),
    Detector(
        "npm-login",
        "npm registry password",
        (rb":_password[ \t]{0,4}=[ \t]{0,4}[\"']?[\w+/-]{8}",),
        rb":_password[ \t]{0,4}=[ \t]{0,4}[\"']?(?P<secret>[\w+/-]{8,400}={0,2})(?![\w+/=.-])",
        vendor="npm",
        advice="Change the password: what stands here is no more than encoded.",
    ),
    token(
        "pypi-token",
        "PyPI token",
        (b"pypi-AgE",),
        rb"(?:IcHlwaS5vcmc|NdGVzdC5weXBpLm9yZw)?[\w-]{40,1000}",
        vendor="pypi",
        advice=PYPI_ADVICE,
    ),
    token(
        "rubygems-key",
        "RubyGems API key",
        (b"rubygems_",),
        rb"[0-9a-f]{48}",
        vendor="rubygems",
        advice="Revoke the key at rubygems.org under API keys, and check for pushed versions that are not yours.",
    ),
    Detector(
        "crates-token",
        "crates.io token",
        (rb"cio[0-9A-Za-z]{32}",),
        rb"(?<![\w+/-])(?P<secret>cio(?=[A-Za-z]{0,31}[0-9])(?=[0-9a-z]{0,31}[A-Z])[0-9A-Za-z]{32})(?![\w+/=-])",
        vendor="crates",
        public=b"cio",
        entropy=3.5,
        advice="Revoke the token at crates.io under API Tokens, and check for published versions that are not yours.",
    ),
    Detector(
        "nuget-key",
        "NuGet API key",
        (rb"oy2[0-9a-z]{43}",),
        rb"(?<![\w+/-])(?P<secret>oy2[0-9a-z]{43})(?![\w+/=-])",
        vendor="nuget",
        public=b"oy2",
        entropy=3.0,
        advice="Delete the key at nuget.org under API Keys, and check for packages that are not yours.",
    ),
    token(
        "clojars-token",
        "Clojars deploy token",
        (b"CLOJARS_",),
        rb"[0-9a-z]{60}",
        vendor="clojars",
        advice="Disable the token at clojars.org under Deploy Tokens.",
    ),
    token(
        "packagist-token",
        "Packagist token",
        (b"packagist_",),
        rb"[a-z]{3}_[0-9a-f]{60,80}",
        vendor="packagist",
        advice="Revoke the token in Private Packagist's settings.",
    ),
    token(
        "artifactory-credentials",
        "Artifactory API key",
        (b"AKCp",),
        rb"[0-9A-Za-z]{60,80}",
        vendor="artifactory",
        advice=JFROG_ADVICE,
        entropy=3.5,
    ),
    token(
        "artifactory-credentials",
        "Artifactory reference token",
        (b"cmVmdGtuOj",),  # "reftkn:" in base64
        rb"[0-9A-Za-z+/]{40,80}",
        vendor="artifactory",
        advice=JFROG_ADVICE,
    ),
    of_vendor(
        "artifactory-credentials",
        "Artifactory credential",
        (b"artifactory", b"jfrog", b"xray", b"bintray"),
        rb"[0-9A-Za-z]{73}|[0-9A-Za-z]{64}",
        vendor="artifactory",
        advice=JFROG_ADVICE,
    ),
    of_vendor(
        "gitea-token",
        "Gitea or Forgejo token",
        (b"gitea", b"forgejo", b"codeberg", b"gogs"),
        rb"[0-9a-f]{40}",
        vendor="gitea",
        advice="Delete the token in the account's settings under Applications.",
    ),
    Detector(
        "anaconda-token",
        "Anaconda.org token",
        (rb"anaconda\.org/t/[\w-]{20}", rb"anaconda\.cloud/t/[\w-]{20}"),
        rb"anaconda\.(?:org|cloud)/t/(?P<secret>[\w-]{20,80})(?![\w-])",
        vendor="anaconda",
        advice="Revoke the token at anaconda.org under Access: its channels are open to who has the address.",
    ),
    of_vendor(
        "anaconda-token",
        "Anaconda.org token",
        (b"anaconda", b"binstar"),
        rb"[a-z]{2}-" + UUID,
        vendor="anaconda",
        advice="Revoke the token at anaconda.org under Access.",
    ),
    of_vendor(
        "sourcehut-token",
        "SourceHut token",
        (b"sourcehut", b"srht"),
        rb"[\w+/-]{43,90}={0,2}",
        vendor="sourcehut",
        advice="Revoke the token at meta.sr.ht under OAuth.",
    ),
    token(
        "sourcegraph-token",
        "Sourcegraph access token",
        (b"sgp_",),
        rb"(?:(?:[0-9a-f]{16}|local)_)?[0-9a-f]{40}",
        vendor="sourcegraph",
        advice="Revoke the token in Sourcegraph's settings under Access tokens.",
    ),
    token(
        "endor-key",
        "Endor Labs key",
        (rb"endr\+",),
        rb"[0-9A-Za-z-]{16}",
        vendor="endor",
        advice="Delete the API key in Endor Labs under Access Control.",
        entropy=2.8,
    ),
    token(
        "scalingo-token",
        "Scalingo API token",
        (b"tk-us-",),
        rb"[\w-]{48}",
        vendor="scalingo",
        advice="Revoke the token in Scalingo's dashboard under API tokens.",
        end=rb"(?![\w-])",
    ),
    token(
        "openshift-token",
        "OpenShift login token",
        (b"sha256~",),
        rb"(?=[A-Za-z_-]{0,42}[0-9])[\w-]{43}",
        vendor="openshift",
        advice="Log the session out with `oc logout`, or delete the OAuthAccessToken.",
        end=rb"(?![\w-])",
    ),
    token(
        "defined-key",
        "Defined Networking API key",
        (b"dnkey-",),
        rb"[0-9a-z]{26}-[0-9a-z]{52}",
        vendor="defined",
        advice="Delete the key in Defined Networking's admin panel.",
    ),
    token(
        "clickhouse-key",
        "ClickHouse Cloud key secret",
        (b"4b1d",),
        rb"(?=[0-9a-z]{0,37}[A-Z])[0-9A-Za-z]{38}",
        vendor="clickhouse",
        advice="Delete the key in ClickHouse Cloud under API Keys.",
        traced=False,
        entropy=3.5,
        end=rb"(?![\w+/=-])",
    ),
)
