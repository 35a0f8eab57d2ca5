"""Values that a name calls secret: the ways in which people write them, and what only looks like one."""

from __future__ import annotations

import pytest
from made_up_secrets import LOWER_DIGITS, body, letters

from quantgov.secrets.assigned import ASSIGNMENT
from quantgov.secrets.prefilter import compiled, places
from quantgov.secrets.scanner import scan

SECRET = body(32)
PASSWORD = "Kettle" + "#" + "427"
RANDOM = "xqvbz" + "kjwpfhd"  # letters alone


def found(text: str, path: str = "") -> list[str]:
    return [hit.secret.decode() for hit in scan(text.encode(), path)]


@pytest.mark.parametrize(
    "template",
    [
        'api_key = "{}"',
        "api_key: {}",
        "export API_TOKEN={}",
        "client.secret={}\n",
        'const apiSecret: string = "{}";',
        'var brokerToken string = "{}"',
        "private_key <- '{}'",
        "API_KEY ?= {}",
        "define('API_SECRET', '{}');",
        '"{{\\"apiSecret\\": \\"{}\\"}}"',
        '"source": ["api_key = \\"{}\\"\\n"]',
        'os.environ["API_TOKEN"] = "{}"',
        "<apiSecret>{}</apiSecret>",
        'token = SecretStr("{}")',
        'secret = new Secret("{}")',
        "run.py --api-key {}",
        "ENV API_TOKEN {}",
        'api_key = (\n    "{}"\n)',
        '"api_key":\n    "{}"',
        "api_secret: >-\n  {}\n",
        "- name: API_TOKEN\n  value: {}\n",
        '{{"name": "API_TOKEN", "value": "{}"}}',
    ],
)
def test_keys_are_found_however_they_are_assigned(template: str) -> None:
    assert found(template.format(SECRET)) == [SECRET]


@pytest.mark.parametrize("value", [PASSWORD, RANDOM, "jq7_pw" + "x9Lm", "Qz-" + "vkxw-prtz"])
@pytest.mark.parametrize(
    "template",
    [
        "password = '{}'",
        'login(user="x", password="{}")',
        '  "password": "{}",',
        "PGPASSWORD={}",
        "psql 'host=tsdb password={} user=quant'",
        'Server=db;Uid=quant;Pwd="{}";',
        "if password == '{}':",
        "if '{}' == password:",
        'if ("{}" != user.password) {{',
        'original_password = StringCredentialValue("{}")',
        'org.apache.kafka.PlainLoginModule required username="quant" password="{}";',
        "the password is '{}'",
        "run.py --password {}",
    ],
)
def test_passwords_are_found_however_they_are_assigned(template: str, value: str) -> None:
    assert found(template.format(value)) == [value]


@pytest.mark.parametrize(
    "line",
    [
        "password = 'correcthorsebattery'",
        'placeholder_password = "smtp_password"',
        "password: 'passwordInput'",
        "password = 'password1'",
        "user.password = 'Test-1234!'",
        '"password": "signup.form.password_label"',
        'password = "mot de passe oublie"',
        'Password: "Kennwort"',
        "password = getpass('Password for quant-1: ')",
        "password = getpass_for_quant",
        "password=user_password_2",
        "the pass momentum2024-a does nothing",
        "to pass --enable-gui=gtk3",
        "['auth_password', 'weird_227_format']",
        "api_key = os.getenv('BROKER_API_KEY_2')",
        f"token = hashlib.sha256('{SECRET}')",
        f"api_key = config.get('{SECRET}')",
        f"quantgov/token.py,sha256={SECRET},1234",
        f"token.json: {SECRET}",
        "RegOpenKeyEx = win32api.RegOpenKeyEx64Bits",
        "key = PBEWithHmacSHA256AndAES256",
        f'"key": "MFkwEwYHKoZIzj0CAQYIKoZIzj0D{body(60)}"',
        "if token > limit_2024_total: pass",
        f"nextToken = '{SECRET}'",
        f"secretName = '{SECRET}'",
        f"<token>{SECRET[:9]}(",
    ],
)
def test_names_words_and_code_are_left(line: str) -> None:
    assert found(line) == []


def test_a_value_of_a_weak_name_needs_both_cases() -> None:
    digits = body(32, LOWER_DIGITS)
    assert found(f"broker_key = '{digits}'") == []
    assert found(f"api_key = '{digits}'") == [digits]


def test_letters_that_are_words_do_not_pass_the_prefilter() -> None:
    assert places(b"password = 'correcthorse'\nlogin(password=user_password)\ntoken: Token = None\n") == []
    assert len(places(f"password = '{letters(14)}'".encode())) == 1


def test_the_value_ends_where_its_line_or_its_quote_does() -> None:
    match = compiled(ASSIGNMENT).match(b"token = a1b2c3d4e5; next")
    assert match is not None
    assert match["value"] == b"a1b2c3d4e5"


@pytest.mark.parametrize("compared", ["short", "changeme1", "your_token_here"])
def test_a_name_that_is_compared_with_no_secret(compared: str) -> None:
    assert scan(f'if "{compared}" == token:\n'.encode()) == []


def test_past_the_first_few_keywords_inside_of_a_value_are_left() -> None:
    """A hostile value has nothing else."""

    def found(before: int) -> list[str]:
        parameters = "".join(f"token_{at}=a&" for at in range(before))
        hits = scan(f'auth = "https://data.vendor.com/?{parameters}api_key={body(32)}"\n'.encode())
        return [hit.secret.decode() for hit in hits]

    assert found(0) == [body(32)]
    assert found(8) == []


@pytest.mark.parametrize("value", ["_".join(parts) for parts in (("my", "secret", "2"), ("TOKEN", "A1", "b"))])
def test_the_name_of_a_secret_is_no_password(value: str) -> None:
    assert found(f"password={value}\n") == []
