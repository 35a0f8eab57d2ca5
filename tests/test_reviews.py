"""What of a pull request's reviews counts as an approval."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from quantgov import reviews
from quantgov.errors import UsageError

HEAD, OLD = "a" * 40, "b" * 40


def review(login: str, state: str, commit: str = HEAD) -> dict[str, object]:
    return {"user": {"login": login}, "state": state, "commit_id": commit}


def standing(tmp_path: Path, *given: object) -> list[tuple[str, str]]:
    path = tmp_path / "reviews.json"
    path.write_text(json.dumps(list(given)))
    return [(each.login, each.commit) for each in reviews.read(str(path))]


def test_an_approval_counts_for_the_commit_it_was_given_to(tmp_path: Path) -> None:
    found = standing(tmp_path, review("bob-q", "APPROVED", OLD), review("alice-q", "APPROVED"))
    assert found == [("bob-q", OLD), ("alice-q", HEAD)]


@pytest.mark.parametrize("state", ["DISMISSED", "CHANGES_REQUESTED"])
def test_the_last_word_counts(tmp_path: Path, state: str) -> None:
    assert standing(tmp_path, review("bob-q", "APPROVED"), review("bob-q", state)) == []
    assert standing(tmp_path, review("bob-q", state), review("bob-q", "APPROVED")) == [("bob-q", HEAD)]


def test_a_comment_takes_nothing_back(tmp_path: Path) -> None:
    assert standing(tmp_path, review("bob-q", "APPROVED"), review("bob-q", "COMMENTED")) == [("bob-q", HEAD)]


def test_a_deleted_account_approves_of_nothing(tmp_path: Path) -> None:
    assert standing(tmp_path, {"user": None, "state": "APPROVED", "commit_id": HEAD}) == []


@pytest.mark.parametrize("text", ["", "{}x", '{"message": "Not Found"}', '[{"state": "APPROVED"}]', "[1]"])
def test_what_is_no_list_of_reviews_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "reviews.json"
    path.write_text(text)
    with pytest.raises(UsageError, match="is no list of reviews"):
        reviews.read(str(path))


def test_a_file_that_is_not_there_is_refused_with_the_command_that_brings_it(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read") as refused:
        reviews.read(str(tmp_path / "none.json"))
    assert "gh api" in refused.value.help
