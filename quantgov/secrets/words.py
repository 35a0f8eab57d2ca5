"""Words or gibberish: how usual the pairs of letters in a value are.

Counted by tools/letter_pairs.py from the names and docstrings of CPython 3.11.7's standard library, split at
underscores and capitals: each word counts by the square root of how often it stands there, up to 8. A digit of the
table is 5 plus the pair's share as a power of two of what chance would give it, from a 32nd of that (0) to 8 times as
much (8): the 26 pairs that begin with `a`, then those with `b`. Random letters have 3 on average, words 6.
"""

from __future__ import annotations

import re

PAIRS = (
    b"46772361605877060878544452"
    b"63435110541632530453501040"
    b"72437327506643831657532030"
    b"64458431711523630554521130"
    b"74786653413768465888355752"
    b"50335521700523630544501030"
    b"41237234500435420553420001"
    b"61137100501332610434300020"
    b"55766560202768761677050506"
    b"20003000100000300010300000"
    b"31236130400403210252203010"
    b"73458322802723740366521061"
    b"75248211602452660154510040"
    b"73777683604435641378552030"
    b"45673551405678660866656311"
    b"72347324603623650756413050"
    b"00000000000101000010500000"
    b"73558452704565740676543150"
    b"52638446704544663368633150"
    b"73658527802554750776534263"
    b"46545440500657360666100100"
    b"61207100500020310121000000"
    b"50235204600214420542011100"
    b"31424201400230250126100220"
    b"12323210300334350244022100"
    b"30016000400000300010000001"
)
LETTERS = b"abcdefghijklmnopqrstuvwxyz"
COMMON = {
    bytes((first, second)): PAIRS[row * 26 + column] - ord("0")
    for row, first in enumerate(LETTERS)
    for column, second in enumerate(LETTERS)
}
APART = bytes(byte if byte in LETTERS else 32 for byte in range(256))
SHORTEST = 4  # letters, below which nothing can be told
JUDGED = 64  # letters, of which the first tell as much as all
# Means below which few words of up to 7 letters, hardly any words, and few words are; and above which words are.
SHORT, SURE, USUAL, WORDS = 3.5, 3.9, 4.6, 5.0
NAMES = re.compile(rb"pass|pwd|secret|token|key|auth|cred|login|user")


def is_gibberish(value: bytes, *, sure: bool = False) -> bool:
    """Whether this looks like random letters rather than words, names or identifiers, whatever stands between them."""
    lowered = value[:JUDGED].lower()
    if NAMES.search(lowered):
        return False
    pairs = pairs_of(lowered.translate(APART).split())
    if len(pairs) < SHORTEST - 1:
        return False
    return sum(pairs) < len(pairs) * (SURE if sure else SHORT if len(pairs) < 7 else USUAL)


def is_wordy(value: bytes) -> bool:
    """Whether this is mostly words, as `PBEWithHmacSHA256AndAES` is, with digits and signs between them or not."""
    lowered = value[:JUDGED].lower()
    long = [run for run in lowered.translate(APART).split() if len(run) >= SHORTEST]
    pairs = pairs_of(long)
    return sum(map(len, long)) * 2 >= len(lowered) and sum(pairs) >= len(pairs) * WORDS


def pairs_of(runs: list[bytes]) -> list[int]:
    return [COMMON[run[at : at + 2]] for run in runs for at in range(len(run) - 1)]
