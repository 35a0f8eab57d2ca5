"""Files of environment variables: whatever stands in them breaks nothing, and hides no key."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from made_up_secrets import made_up

from quantgov.secrets.scanner import redact, scan

NAMES = ("BROKER_API_KEY", "export FEED_TOKEN", "db_password", "SECRET_KEY", "  VENDOR_SECRET")
QUOTES = ("", '"', "'")
lines = st.lists(
    st.one_of(
        st.text(st.characters(exclude_characters="\n\r\0", exclude_categories=["Cs"]), max_size=40),
        st.builds("{}={}".format, st.sampled_from(["MODE", "# note", "A.B", "export X", ""]), st.text(max_size=20)),
    ),
    max_size=6,
)


@given(st.text(max_size=300))
def test_nothing_in_such_a_file_breaks_the_search(text: str) -> None:
    for hit in scan(text.encode("utf-8", "surrogatepass"), ".env"):
        assert hit.secret


@given(
    before=lines,
    after=lines,
    name=st.sampled_from(NAMES),
    quote=st.sampled_from(QUOTES),
    sign=st.sampled_from(["=", " = ", "=  "]),
    end=st.sampled_from(["\n", "\r\n"]),
    seed=st.integers(0, 10**6),
)
def test_a_value_of_a_secret_name_is_found_on_its_line(
    before: list[str], after: list[str], name: str, quote: str, sign: str, end: str, seed: int
) -> None:
    value = made_up("<alnum:32>", seed)
    before = [line.replace("\r", "").replace("\n", "") for line in before]
    text = end.join([*before, f"{name}{sign}{quote}{value}{quote}", *after, ""])
    hits = scan(text.encode("utf-8", "surrogatepass").replace(b"\0", b""), ".env")
    (found,) = [hit for hit in hits if hit.secret == value.encode()]
    assert found.line == len(before) + 1
    assert value not in redact(text, hits)
