"""Passwords that stand in an address, a command or a header beside the name they belong to."""

from __future__ import annotations

from quantgov.secrets.detector import Detector
from quantgov.secrets.judgement import is_encoded_password, is_local_password, is_login, is_url_password

URL_USER = rb"://[^\s:/?#@\[\]\"'<>`\\|]{0,80}:"
URL_PASSWORD = rb"[^\s:/@\"'<>`\\]{%s}"
NEAR = rb"(?:localhost|127\.|0\.0\.0\.0|\[::1|host\.docker|[\w.-]{0,60}example\.|[A-Za-z][\w-]{0,40}(?![\w.-]))"
CHANGE = "Change the password, and keep it in the environment or a secret manager."
ARGUMENT = rb"[\"']?(?P<secret>[^\s\"'$<{*`%\\-][^\s\"'<>{}`\\]{5,80})"
USER_ARGUMENT = rb"[\"']?[\w.@+-]{1,60}:"
BASE64 = rb"(?:[A-Za-z0-9+/]{4}){2,100}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?(?![A-Za-z0-9+/=])"

ROWS = (
    Detector(
        name="url-password",
        title="password in a URL",
        anchors=(URL_USER + URL_PASSWORD % b"5,120" + rb"@",),
        pattern=URL_USER + rb"(?P<secret>" + URL_PASSWORD % b"5,120" + rb")@(?!" + NEAR + rb")",
        chosen=True,
        judge=is_url_password,
        advice="Change the password, and keep the URL in the environment or a secret manager.",
    ),
    Detector(
        name="url-password",
        title="password in a URL",
        anchors=(URL_USER + URL_PASSWORD % b"8,120" + rb"@" + NEAR,),
        pattern=URL_USER + rb"(?P<secret>" + URL_PASSWORD % b"8,120" + rb")@" + NEAR,
        chosen=True,
        judge=is_local_password,
        advice="Change the password, and keep the URL in the environment or a secret manager.",
    ),
    Detector(
        name="url-token",
        title="token in a URL",
        anchors=(rb"://[A-Za-z0-9_-]{20,100}(?::x-oauth-basic|:)?@",),
        pattern=rb"://(?P<secret>(?=[A-Za-z_-]{0,60}[0-9])(?=[0-9_-]{0,60}[A-Za-z])[A-Za-z0-9_-]{20,100})"
        rb"(?::x-oauth-basic|:)?@(?![\w.-]{0,60}sentry)",
        entropy=3.2,
        advice="Revoke the token where it was issued: it is a login to that service.",
    ),
    Detector(
        name="sql-password",
        title="password in an SQL statement",
        anchors=(rb"(?i:identified)[ ](?:(?i:with)[ ]\w{1,40}[ ])?(?i:by)[ ](?i:password[ ])?['\"]",),
        pattern=rb"(?i:identified[ ](?:with[ ]\w{1,40}[ ])?by)[ ](?P<quote>['\"])(?P<secret>[^'\"\s]{4,80})(?P=quote)",
        chosen=True,
        advice="Change the role's password, and create roles from a file that is not in the repository.",
    ),
    Detector(
        name="sql-password",
        title="password in an SQL statement",
        anchors=(rb"(?i:password)[ ]{1,4}'?[^\s'\";]{4,80}[';]",),
        pattern=rb"(?i:password)[ ]{1,4}(?P<quote>')?(?P<secret>[^\s'\";]{4,80})(?(quote)'|;)",
        context=rb"(?i:(?:create|alter)[ ](?:user|role|login)[ ])",
        chosen=True,
        advice="Change the role's password, and create roles from a file that is not in the repository.",
    ),
    Detector(
        name="encoded-login",
        title="password that a program encodes to log in with",
        anchors=(rb"(?i:b64encode)\(\s{0,20}[bru]{0,2}[\"'][\w.@+-]{1,60}:[^\s\"':{}]{5}",),
        pattern=rb"(?i:b64encode)\(\s{0,20}[bru]{0,2}(?P<quote>[\"'])[\w.@+-]{1,60}:(?P<secret>[^\s\"':{}]{5,100})(?P=quote)",
        chosen=True,
        judge=is_encoded_password,
        advice=CHANGE,
    ),
    Detector(
        name="netrc-password",
        title="password in a .netrc entry",
        anchors=(rb"machine[ \t\n]{1,8}[\w.:-]{1,120}[ \t\n]{1,8}(?:login|user)[ \t\n]",),
        pattern=rb"machine[ \t\n]{1,8}[\w.:-]{1,120}[ \t\n]{1,8}(?:login|user)[ \t\n]{1,8}\S{1,120}\s{1,8}"
        rb"(?:password|passwd)[ \t\n]{1,8}(?P<secret>[^\s\"'<>]{6,200})",
        chosen=True,
        advice=CHANGE,
    ),
    Detector(
        name="pgpass-password",
        title="password in a .pgpass entry",
        anchors=(rb":5432:[\w*-]{1,60}:[\w*-]{1,60}:[^\s:]{6,80}",),
        pattern=rb":5432:[\w*-]{1,60}:[\w*-]{1,60}:(?P<secret>[^\s:\"']{6,80})(?![^\s])",
        chosen=True,
        advice=CHANGE,
    ),
    Detector(
        name="bearer-token",
        title="bearer token",
        anchors=(rb"(?i:bearer)[ ]{1,3}[\w.~+/-]{20}",),
        pattern=rb"(?i:bearer)[ ]{1,3}(?P<secret>(?=[A-Za-z_.-]{0,60}[0-9])[\w.~+/-]{20,1000}={0,2})",
        entropy=3.3,
        advice="Revoke the token at its issuer: whoever has it is logged in.",
    ),
    Detector(
        name="basic-login",
        title="user name and password of basic authentication",
        anchors=(rb"(?i:basic)[ ](?=[a-z]{0,12}[A-Z0-9])[A-Za-z0-9+/]{8}",),
        pattern=rb"(?i:basic)[ ](?P<secret>" + BASE64 + rb")",
        judge=is_login,
        advice=CHANGE,
    ),
    Detector(
        name="registry-login",
        title="login of a container registry",
        anchors=(rb"auth\\?\"[ ]?:[ ]?\\?\"[A-Za-z0-9+/]{8}", rb"_auth[ ]?=[ ]?\"?[A-Za-z0-9+/]{8}"),
        pattern=rb"_?auth(?:\\?\"[ ]?:[ ]?\\?\"|[ ]?=[ ]?\"?)(?P<secret>" + BASE64 + rb")",
        judge=is_login,
        advice="Revoke the token or change the password at the registry, and log in with a credential helper.",
    ),
    Detector(
        name="registry-login",
        title="login of a container registry",
        anchors=(rb"eyJhdXRocyI6[A-Za-z0-9+/]{20}",),
        pattern=rb"(?P<secret>eyJhdXRocyI6[A-Za-z0-9+/]{20,8000}={0,2})",
        public=rb"eyJhdXRocyI6",
        advice="Revoke the token or change the password at the registry, and log in with a credential helper.",
    ),
    Detector(
        name="command-password",
        title="password on a command line",
        anchors=(
            rb"docker[ ]login[ ]",
            rb"podman[ ]login[ ]",
            rb"sshpass[ ]-p",
            rb"redis-cli[ ]",
            rb"mysql[ ]",
            rb"mysqldump[ ]",
            rb"mysqladmin[ ]",
        ),
        pattern=rb"(?:(?:docker|podman)[ ]login[ ][^\n|]{0,200}?-p[ ]?|sshpass[ ]-p[ ]?|redis-cli[ ][^\n|]{0,120}?-a[ ]"
        rb"|mysql(?:dump|admin)?[ ][^\n|]{0,120}?-p)" + ARGUMENT,
        chosen=True,
        advice="Change the password: whoever reads the script, or the list of processes, has it.",
    ),
    Detector(
        name="command-password",
        title="password on a command line",
        anchors=tuple(flag + USER_ARGUMENT + rb"[^\s]{5}" for flag in (rb"-u ", rb"--user[ =]", rb"--proxy-user[ =]")),
        pattern=rb"-(?:u[ ]|-(?:proxy-)?user[ =])"
        + USER_ARGUMENT
        + rb"(?P<secret>[^\s\"'$<{*`%\\-][^\s\"'<>{}`\\]{4,80})",
        context=rb"(?i:curl|wget|https?://)",
        chosen=True,
        advice="Change the password: whoever reads the script, or the list of processes, has it.",
    ),
    Detector(
        name="command-password",
        title="password on a command line",
        anchors=(rb"(?i:convertto-securestring)[ ][^\n]{0,40}[\"']",),
        pattern=rb"(?i:convertto-securestring)[ ](?:-\w{1,20}[ ]){0,3}[\"'](?P<secret>[^\"'\s]{6,80})[\"']",
        chosen=True,
        advice=CHANGE,
    ),
)
