"""`quantgov lfs status` without Typer, whenever its command line is well-formed: loading Typer takes far longer."""

from __future__ import annotations

import os
import sys

from quantgov.errors import DEBUG, EXIT_CLEAN, EXIT_INTERRUPTED, CannotJudge, QuantgovError
from quantgov.git import Repository
from quantgov.lfs_status import LEFT, OUTSIDE, QUOTA, SHOULD_BE_POINTER, STATES, File, Pending, Status, survey
from quantgov.wording import NAMED, counted, few, printable, shown_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

TEXT, JSON = "text", "json"


def parse(argv: Sequence[str]) -> str:
    """The form that a command line asks for; empty for anything that Typer has to explain, help included."""
    if not argv:
        return TEXT
    form = argv[0].partition("=")[2] if len(argv) == 1 else argv[1] if argv[0] == "--format" else ""
    is_option = argv[0].partition("=")[0] == "--format" and len(argv) <= 2
    return form if is_option and form in (TEXT, JSON) else ""


def main(form: str) -> None:
    """Report, and leave at once: a tidy interpreter shutdown takes longer than much of the work."""
    code = answer(form)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def answer(form: str) -> int:
    """Report, and give the exit code."""
    try:
        run(form)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except QuantgovError as error:
        return _failed(error)
    except Exception as error:
        if os.environ.get(DEBUG):
            raise
        said = f"{type(error).__name__}: {error}"
        return _failed(CannotJudge(said, f"run it again with {DEBUG}=1, and report it"))
    return EXIT_CLEAN


def _failed(error: QuantgovError) -> int:
    from quantgov.cli import console

    console.fail(error)
    return error.exit_code


def run(form: str) -> None:
    repo = Repository.discover()
    status = survey(repo)
    sys.stdout.write(as_json(status) if form == JSON else "".join(f"{line}\n" for line in as_text(repo, status)))


def as_text(repo: Repository, status: Status) -> Iterator[str]:
    yield f"Git LFS, as staged (data: {status.data})"
    yield from (f"  {printable(pattern):<24} {printable(where)}" for pattern, where in status.patterns)
    yield from () if status.patterns else ("  no line of .gitattributes gives anything to it: quantgov lfs track",)
    yield ""
    yield from _files(status)
    yield from _waiting("staged", status.staged, "in the next commit")
    if status.unpushed is None:
        yield "not pushed: there is no remote"
    else:
        yield from _waiting("not pushed", status.unpushed, "uploaded by the next push")
    yield from _bandwidth(status)
    yield from _help(repo, status)


def _files(status: Status) -> Iterator[str]:
    for state in STATES:
        files = status.of(state)
        if files:
            size = shown_size(sum(file.size for file in files))
            yield f"{len(files):>7,}  {size:>10}  {STATES[state]}: {_largest(files)}"
    ignored = [file for file in status.files if file.ignored]
    if ignored:
        lines = dict.fromkeys(file.ignored for file in ignored)
        yield f"{len(ignored):>7,}  {'':>10}  tracked, but ignored by {printable(', '.join(list(lines)[:NAMED]))}"
    if not status.files:
        yield "  no data file is tracked"
    yield from (f"  {printable(each)}" for each in status.hidden)


def _largest(files: Iterable[File]) -> str:
    first = sorted(files, key=lambda file: (-file.size, file.path))
    named = [f"{printable(file.path)} ({shown_size(file.size)})" for file in first[:NAMED]]
    return few([*named, *(file.path for file in first[NAMED:])])  # making all printable would take a fifth of the time


def _waiting(title: str, waiting: Pending, what: str) -> Iterator[str]:
    size = shown_size(sum(waiting.objects.values()))
    none = "nothing through Git LFS" if waiting.plain else "nothing"
    yield f"{title}: " + (f"{counted(len(waiting.objects), 'object')}, {size}, {what}" if waiting.objects else none)
    for path, plain in sorted(waiting.plain.items(), key=lambda item: -item[1])[:NAMED]:
        yield f"  past Git LFS: {printable(path)}, {shown_size(plain)}"
    if len(waiting.plain) > NAMED:
        yield f"  and {len(waiting.plain) - NAMED:,} more"


def _bandwidth(status: Status) -> Iterator[str]:
    size = status.clone_size
    if not size:
        return
    clones = counted(QUOTA // size, "clone")
    yield f"a clone downloads {shown_size(size)}; GitHub Free gives {shown_size(QUOTA)} of bandwidth a month: {clones}"
    yield "  in CI: GIT_LFS_SKIP_SMUDGE=1 where no data is read; else keep .git/lfs in the cache between runs"


def _help(repo: Repository, status: Status) -> Iterator[str]:
    if status.stale:
        names = " ".join(map(repo.from_here, status.stale))
        yield f"on disk, {' and '.join(status.stale)} say otherwise: git add {names}"
    if status.hidden:
        yield "what an ignore line hides gets lost: quantgov lfs track"
    if (
        status.of(SHOULD_BE_POINTER, OUTSIDE, LEFT)
        or status.staged.plain
        or (status.unpushed and status.unpushed.plain)
    ):
        yield "to put right what is plain: quantgov lfs fix"
    if any(file.state.endswith("-object") for file in status.files):
        yield "to fetch what is not here: git lfs pull; to look into each: quantgov lfs fsck"


def as_json(status: Status) -> str:
    import json

    report = {
        "schema": 1,
        "data": status.data,
        "patterns": [{"pattern": pattern, "at": where} for pattern, where in status.patterns],
        "files": {state: _json_of(status.of(state)) for state in STATES},
        "ignored": [{"path": file.path, "by": file.ignored} for file in status.files if file.ignored],
        "hidden": list(status.hidden),
        "staged": _json_waiting(status.staged),
        "unpushed": _json_waiting(status.unpushed) if status.unpushed else None,
        "not_staged": list(status.stale),
        "clone": {
            "bytes": status.clone_size,
            "quota_bytes_a_month": QUOTA,
            "clones_a_month": QUOTA // status.clone_size if status.clone_size else None,
        },
    }
    return json.dumps(report, indent=2) + "\n"


def _json_of(files: Sequence[File]) -> dict[str, object]:
    listed = [{"path": file.path, "size": file.size, "oid": file.digest} for file in files]
    return {"count": len(files), "bytes": sum(file.size for file in files), "files": listed}


def _json_waiting(waiting: Pending) -> dict[str, object]:
    plain = [{"path": path, "size": size} for path, size in waiting.plain.items()]
    return {"objects": len(waiting.objects), "bytes": sum(waiting.objects.values()), "plain": plain}
