"""The scanner by its public surface: what is found, where, how it is shown, and what is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up_secrets import ALNUM, HEX, UPPER_DIGITS, alpaca_id, body, jwt, letters, pem, putty, tickdb

from quantgov.secrets.detector import Detector
from quantgov.secrets.families import FAMILIES, rows
from quantgov.secrets.families.plugins import Plugin
from quantgov.secrets.hit import Hit
from quantgov.secrets.scanner import redact, scan, skip_reason

SECRET = body(40)
PASSWORD = "Kettle" + "#" + "427"
DIGEST = body(64, HEX)
UUID = "-".join(body(length, HEX) for length in (8, 4, 4, 4, 12))


def names(text: str, path: str = "") -> list[str]:
    return [hit.detector for hit in scan(text.encode(), path)]


def test_tickdb_key_is_found_and_shown_by_its_prefix_only() -> None:
    key = "tk_" + "live_" + body(24)
    (hit,) = scan(f'import os\n\n    api_key = "{key}"  # never\n'.encode(), "src/feed.py")
    assert (hit.detector, hit.title, hit.line, hit.column) == ("tickdb-api-key", "TickDB API key", 3, 16)
    assert hit.secret == key.encode()
    assert hit.redacted == f"{key[:11]}… (32 characters)"
    assert hit.advice.endswith(".")
    assert key not in repr(hit)


@pytest.mark.parametrize("stage", ["live", "test"])
def test_both_kinds_of_tickdb_key_are_found_in_a_call(stage: str) -> None:
    assert names(f'feed = Feed("tk_{stage}_{body(16)}")') == ["tickdb-api-key"]


def test_a_tickdb_key_of_fewer_than_16_characters_is_none() -> None:
    assert names(f'feed = Feed("tk_live_{body(15)}")') == []


def test_alpaca_pair_in_a_call_is_found_as_two() -> None:
    text = f'import alpaca_trade_api\napi = REST("{alpaca_id()}",\n  secret_key="{SECRET}", paper=True)\n'
    assert [(hit.detector, hit.line) for hit in scan(text.encode())] == [("alpaca-key-id", 2), ("alpaca-secret-key", 3)]


def test_alpaca_key_id_needs_alpaca_near_or_in_the_path() -> None:
    line = f'x = ["{alpaca_id()}"]'
    assert names(line) == []
    assert names(line, "brokers/alpaca.py") == ["alpaca-key-id"]
    assert names("# alpaca\n" + line) == ["alpaca-key-id"]


@pytest.mark.parametrize("prefix", ["PK", "AK", "CK"])
def test_alpaca_key_ids_prefixes(prefix: str) -> None:
    assert names(f"APCA_ID={prefix}{alpaca_id()[2:]}") == ["alpaca-key-id"]


@pytest.mark.parametrize(
    "line",
    [
        f"APCA_API_SECRET_KEY={SECRET}",
        f'ALPACA_SECRET = "{SECRET}"',
        f"os.environ['APCA_API_SECRET_KEY'] = '{SECRET}'",
        f'{{"alpaca_secret": "{SECRET}"}}',
        f'Alpaca_Secret: str = "{SECRET}"',
    ],
)
def test_alpaca_secret_by_its_name(line: str) -> None:
    assert names(line) == ["alpaca-secret-key"]


@pytest.mark.parametrize("kind", ["RSA ", "EC ", "OPENSSH ", "ENCRYPTED ", "", "DSA "])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\\n"])
def test_pem_blocks_are_found_whole(kind: str, newline: str) -> None:
    block = pem(kind, newline)
    (hit,) = scan(f'key = """{block}"""\n'.encode())
    assert (hit.detector, hit.line, hit.column) == ("private-key", 1, 10)
    assert hit.secret.decode() == block
    assert hit.redacted.startswith(f"-----BEGIN {kind}PRIVATE KEY-----")


def test_pem_with_armour_headers_and_pgp_blocks() -> None:
    lines = "\n".join(body(64, ALNUM + "+/", seed) for seed in range(4))
    begin, end = "-----BEGIN PGP PRIVATE KEY" + " BLOCK-----", "-----END PGP PRIVATE KEY BLOCK-----"
    assert names(f"{begin}\nVersion: GnuPG v2\n\n{lines}\n=ab1c\n{end}\n") == ["private-key"]
    begin = "-----BEGIN RSA PRIVATE" + " KEY-----"
    assert names(f"{begin}\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,{body(32, HEX)}\n\n{lines}") == [
        "private-key"
    ]
    begin = "---- BEGIN SSH2 ENCRYPTED PRIVATE" + " KEY ----"
    assert names(f"{begin}\n{lines}\n") == ["private-key"]
    assert names(putty()) == ["private-key"]


@pytest.mark.parametrize(
    "text",
    [
        'if b"-----BEGIN RSA PRIVATE KEY-----" in data:\n    raise Leak(path)\n',
        "-----BEGIN PUBLIC KEY-----\n" + body(64) + "\n-----END PUBLIC KEY-----\n",
        "-----BEGIN RSA PRIVATE KEY-----\n...\n-----END RSA PRIVATE KEY-----\n",
        "PuTTY-User-Key-File-2: ssh-rsa",
    ],
)
def test_headers_alone_and_public_keys_are_no_keys(text: str) -> None:
    assert names(text) == []


@pytest.mark.parametrize(
    "line",
    [
        f'BROKER_KEY = "{SECRET}"',
        f"export BROKER_TOKEN={SECRET}",
        f"api_key: {body(32, HEX)}",
        f'session = Feed(api_key="{body(18)}")',
        f'"{{\\"apiKey\\": \\"{SECRET}\\"}}"',
        f"config['api_secret'] = '{SECRET}'",
        f'secret_key: str = "{SECRET}"',
        f"https://api.vendor.com/v2/bars?apikey={body(32, HEX)}&x=1",
        f'client.set_secret("{SECRET}")',
        f'api_key = "{UUID}"',
        f'token := "{SECRET}"',
        f"my_private_key = '{letters(12)}{letters(13).upper()}{SECRET}'",
        f"SIGNING-KEY => '{body(44, ALNUM + '+/')}='",
    ],
)
def test_random_values_with_secret_names_are_found(line: str) -> None:
    assert names(line) == ["assigned-secret"]


@pytest.mark.parametrize(
    "line",
    [
        'password = "{}"',
        "DB_PASS: '{}'",
        "passwd={}",
        "{{'pwd': '{}'}}",
        "login(user, pw='{}')",
        "tr_passphrase = `{}`",
    ],
)
def test_passwords_are_found_and_nothing_of_them_is_shown(line: str) -> None:
    (hit,) = scan(line.format(PASSWORD).encode())
    assert (hit.detector, hit.secret, hit.redacted) == ("assigned-password", PASSWORD.encode(), "… (10 characters)")


def test_url_passwords_are_found_with_the_bytes_that_passwords_have() -> None:
    (hit,) = scan(f"engine = create_engine('postgresql://quant:{PASSWORD}$x!@tsdb.internal:5432/ticks')".encode())
    assert (hit.detector, hit.redacted) == ("url-password", "… (13 characters)")


@pytest.mark.parametrize(
    "line",
    [
        'api_key = os.environ["TICKDB_API_KEY"]',
        'api_key = os.environ.get("TICKDB_API_KEY_2", settings.key1234567890abcdef("x"))',
        "def f(token: str, secret_key=None, password: str = '') -> None: ...",
        'parser.add_argument("--api-key", default="TICKDB_API_KEY_2")',
        "TICKDB_API_KEY=your_dev_key_here",
        "TICKDB_API_KEY=tk_live_your_key_here",
        "TICKDB_API_KEY=tk_live_" + "x" * 24,
        "TICKDB_API_KEY=tk_live_" + "abcdefghijklmnop12345678",
        'api_key = "tk_live_abc123..."',
        "api_key: ${{ secrets.BROKER_KEY_12345 }}",
        "POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:?set it 1}",
        "password: {{ vault_password_2024 }}",
        "password=%DB_PASSWORD_1%",
        "password = $DB_PASSWORD_1",
        'password = "<your password 1>"',
        'password = "changeme123"',
        "password=settings.DB_PASSWORD_1",
        "password = getpass('Password of user 12: ')",
        "password_hash = '$6$rounds$" + body(43) + "'",
        'if check_password("$2b$12$' + body(43) + '"): pass',
        "postgres://user:password@db.internal/ticks",
        "postgres://quant:s3cret99@localhost:5432/ticks",
        "postgres://${USER}:${PASS}@db.internal/ticks",
        "sha256: " + DIGEST,
        "oid sha256:" + DIGEST,
        f'{{ url = "https://files.example.org/a.whl", hash = "sha256:{DIGEST}", size = 157 }}',
        f'"integrity": "sha512-{body(86)}=="',
        f"token: sha256:{DIGEST}",
        f"    --hash=sha256:{DIGEST}",
        f"cache_key = '{SECRET}'",
        f"key: {UUID}",
        f"key = '{DIGEST}'",
        f"id: {UUID}",
        "commit: " + DIGEST[:40],
        "isin: US0378331005",
        "usdc_token = '0x" + body(40, HEX) + "'",
        "token_address = '" + SECRET + "'",
        "token_url = 'https://auth.vendor.com/oauth2/token1/" + body(20) + "'",
        "secret_file = '/run/secrets/broker-1a2B3c4D5e6F7g8H'",
        "tokens_per_batch = 16384000000000000",
        "FACTOR_KEYS = ['momentum_12_1', 'value_btm_quarterly_2024']",
        "sort(key='close_price_adjusted_20d')",
        "secret = '" + "A1" * 20 + "'",
        "secret = '" + "bcdefghijklmnopqrstuvwx12345'",
        "author = 'Robert Roman 1234567890'",
        "strategy: momentum-passport-2024-v12",
        "let pw=$2=class extends Base{}",
        "n={apiPassphrase:f.value?a.exchange&&a.apiKey:0}",
        "syn keyword phpClasses contained ArrayObject APCIterator APCuIterator",
        "http://user:he%2F%2Fo@pypi.company.com/simple",
        "http://user:%24%7BPASS_1%7D@pypi.company.com/simple",
        f'"listenKey": "{body(60)}"',
        f'"apiKey": "vmPUZE6mv9{body(54)}"',
        "| etrade-password | E*TRADE password |",
    ],
)
def test_what_is_no_secret_is_left_alone(line: str) -> None:
    assert names(line) == []


def test_rows_of_numbers_do_not_pass_the_prefilter() -> None:
    rows = "".join(f"2024-01-{day:02}T09:30:00Z,AAPL,{day / 7:.10f},{day * 12345}\n" for day in range(1, 29))
    assert scan(rows.encode(), "results/pnl.csv") == []


def test_hits_come_in_order_and_one_for_each_secret() -> None:
    first, second = tickdb(1), tickdb(2)
    text = f"token: {second}\nsecret_key_token = '{first}' if key else '{second}'\n"
    assert [(hit.line, hit.column) for hit in scan(text.encode())] == [(1, 8), (2, 21), (2, 68)]


def test_columns_count_characters_and_lines_end_in_any_way() -> None:
    key = tickdb()
    text = f"a\r\nb\rc\n# é™ {key} und {key}\r\n"
    assert [(hit.line, hit.column) for hit in scan(text.encode())] == [(4, 6), (4, 43)]


def test_broken_bytes_count_as_one_column_each() -> None:
    (hit,) = scan(b"# \xe9\xe8 " + tickdb().encode())
    assert (hit.line, hit.column) == (1, 6)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "latin-1"])
def test_encodings(encoding: str) -> None:
    marks = {"utf-16-le": "\ufeff", "utf-16-be": "\ufeff"}
    data = (marks.get(encoding, "") + f"é = 1\r\nkey = '{tickdb()}'\r\n").encode(encoding)
    assert skip_reason(data) is None
    assert [(hit.detector, hit.line, hit.column) for hit in scan(data)] == [("tickdb-api-key", 2, 8)]


def test_binary_content_is_searched_for_known_formats_only_and_says_so() -> None:
    data = b"\x89PNG\0" + f"password = '{PASSWORD}' broker_key = '{SECRET}'".encode()
    assert (scan(data), skip_reason(data)) == ([], "binary")
    late = b" " * 9000 + b"\0 " + tickdb().encode()
    assert (names(late.decode()), skip_reason(late)) == (["tickdb-api-key"], None)
    assert (scan(b""), skip_reason(b"")) == ([], None)


def test_a_minified_line_is_searched_to_its_end() -> None:
    github = "ghp" + "_" + body(36)
    text = '{"a":"b"},' * 500 + f'"{github}",' + '{"a":"b"},' * 500 + f'"{tickdb()}"'
    assert [(hit.detector, hit.column) for hit in scan(text.encode())] == [
        ("github-token", 5002),
        ("tickdb-api-key", 10045),
    ]


def test_long_tokens_are_whole_where_lines_have_no_end() -> None:
    tokens = [jwt(1500, seed) for seed in range(4)]
    hits = scan(("x" * 700 + " ".join(tokens) + " y" * 5000).encode())
    assert [hit.secret.decode() for hit in hits] == tokens


def test_a_file_full_of_keys_gives_each_of_them() -> None:
    text = "\n".join(tickdb(seed) for seed in range(2000))
    assert [hit.line for hit in scan(text.encode())] == list(range(1, 2001))


def test_redact_leaves_nothing_of_a_secret_in_a_text() -> None:
    block = pem()
    text = f"password = '{PASSWORD}'\nkey = {tickdb()}\n{block}\n"
    hits = scan(text.encode())
    shown = redact(text, hits)
    assert len(hits) == 3
    assert PASSWORD not in shown
    assert tickdb() not in shown
    assert not any(line in shown for line in block.splitlines()[1:-1])
    assert shown.startswith("password = '… (10 characters)'\nkey = tk_live_")
    assert block.splitlines()[2] not in redact(f"line: {block.splitlines()[2]}", hits)
    assert redact("nothing", []) == "nothing"


def test_redact_shows_a_key_once_on_a_line_of_its_own_or_not() -> None:
    for newline in ("\n", "\\n"):
        text = f'key = "{pem(newline=newline)}"'
        hits = scan(text.encode())
        assert redact(text, hits) == f'key = "{hits[0].redacted}"'
        assert redact(pem().split("\n")[1], scan(pem().encode())).startswith("-----BEGIN RSA PRIVATE KEY-----")


def test_redact_takes_the_longer_secret_first() -> None:
    def hit(secret: bytes, shown: str) -> Hit:
        return Hit("x", "x", 1, 1, secret, shown, "x")

    assert redact("abcd abcdefgh", [hit(b"abcd", "[1]"), hit(b"abcdefgh", "[2]")]) == "[1] [2]"


@pytest.mark.parametrize(
    "row", [row for family in FAMILIES for row in rows(family)], ids=lambda row: f"{row.name}-{row.anchors[0]!r}"
)
def test_rows_of_the_tables_are_complete(row: Detector | Plugin) -> None:
    assert all([row.name, row.title, row.anchors, row.advice])


text_around = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff"), max_size=60)


@given(before=text_around, after=text_around, seed=st.integers(0, 10**6), encoding=st.sampled_from(["utf-8", "utf-16"]))
def test_a_key_is_found_anywhere_and_never_shown_whole(before: str, after: str, seed: int, encoding: str) -> None:
    key = tickdb(seed)
    text = f"{before} {key} {after}"
    hits = scan(text.encode(encoding))
    assert key.encode() in [hit.secret for hit in hits]
    assert all(hit.secret.decode() not in hit.redacted + repr(hit) for hit in hits)
    assert key not in redact(text, hits)


@given(st.binary(max_size=400))
def test_no_content_breaks_the_scanner(data: bytes) -> None:
    assert all(hit.secret for hit in scan(b"api_key='" + data + b"' password=" + data))


@pytest.mark.parametrize(
    "name",
    ["broker_key", "BROKER_SECRET", "brokerToken", "db_pass", "Pwd", "db_pw", "X-Auth", "broker_cred", "contraseña"],
)
def test_each_keyword_makes_a_name_secret(name: str) -> None:
    assert [hit.secret.decode() for hit in scan(f'{name}: "{SECRET}"'.encode())] == [SECRET]


def test_an_lfs_pointer_and_nothing_else_is_not_searched() -> None:
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{body(64, HEX)}\nsize 1234\n"
    assert scan(pointer.encode()) == []
    assert names(pointer + tickdb()) == ["tickdb-api-key"]
    assert names(pointer.replace("1234", tickdb())) == ["tickdb-api-key"]
    assert names(pointer.replace(body(64, HEX), tickdb())) == ["tickdb-api-key"]


AWS_ID = "AKIA" + body(16, UPPER_DIGITS)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"?X-Amz-Credential={AWS_ID}%2F20300101%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Date=20300101T000000Z", []),
        (f"Authorization: AWS4-HMAC-SHA256 Credential={AWS_ID}/20300101/eu-west-1/s3/aws4_request", []),
        (f"https://ticks.s3.amazonaws.com/a?AWSAccessKeyId={AWS_ID}&Expires=1&Signature=x", []),
        (f"AWSAccessKeyId={AWS_ID}\n", ["aws-access-key"]),
        (f"{AWS_ID}/20300101/eu-west-1/s3", ["aws-access-key"]),
    ],
)
def test_who_signed_a_request_is_no_secret(text: str, found: list[str]) -> None:
    assert names(text) == found


@pytest.mark.parametrize(
    ("claims", "found"),
    [
        ({"exp": 1700000300}, []),
        ({"exp": 1700000301}, ["json-web-token"]),
        ({"exp": 1600000000}, ["json-web-token"]),
        ({"exp": "soon"}, ["json-web-token"]),
        ({}, ["json-web-token"]),
    ],
)
@pytest.mark.parametrize("text", ["![image](https://images.host.io/a.png?jwt={})", "session {}"])
def test_a_token_that_lives_for_minutes_is_dead_in_a_commit(
    text: str, claims: dict[str, object], found: list[str]
) -> None:
    assert names(text.format(jwt(400, claims=claims))) == found


def test_escapes_in_a_password_count_as_what_they_mean() -> None:
    assert names("http://user:" + "p%40" + body(8) + "@pypi.company.com/simple") == ["url-password"]
