"""The change that an example describes, in a real repository: written by `git fast-import`, read by the entrances."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from quantgov import entrance
from quantgov.change import Change
from quantgov.examples import EARLIER_MESSAGE, laid_over, moment, trunk_files
from quantgov.git import MODE_FILE, MODE_SUBMODULE, Repository, encode
from quantgov.rule import Example, Stage
from quantgov.tree import blob_oid

NOTHING = "0" * 40
SIDE = "side"
ORIGIN = '[remote "origin"]\n\turl = nowhere\n'
Files = Mapping[str, str | bytes]


class RealRepository:
    """`work` is where the change is made, `bare` the server that is asked to take it.

    `tips` are the example's commits, the trunk's first (nothing where the example creates it), its own last.
    """

    def __init__(self, folder: Path, template: Path, example: Example) -> None:
        self.example = example
        self.work = folder / "work"
        self.bare = folder / "bare.git"
        self.git_dir = self.work / ".git"
        shutil.copytree(template, self.work)
        self.tips = self._import(folder / "marks")
        if example.merge:
            self._set("refs/remotes/origin/side", self._git("rev-parse", f"refs/tags/{SIDE}").strip())
        self._make_server(template)

    @property
    def author(self) -> dict[str, str]:
        """What git is told of the author of a commit that is about to be made."""
        name, _, email = self.example.author.rstrip(">").partition(" <")
        return {"GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": email}

    def prepare(self, stage: Stage) -> Path:
        """Bring the repository to where that entrance is called; the folder to call it in."""
        if stage in Stage.COMMIT | Stage.MESSAGE:
            self._git("read-tree", self.tips[-1])
            self._check_out()
        elif self.tips[0] != NOTHING:
            self._set("refs/heads/main" if stage is Stage.SNAPSHOT else "refs/remotes/origin/main", self.tips[0])
        return self.bare if stage is Stage.RECEIVE else self.work

    def change(self, repo: Repository, stage: Stage) -> Change:
        built = self._built(repo, stage)
        built.landing.now = moment(self.example) or built.landing.now
        return built

    def _built(self, repo: Repository, stage: Stage) -> Change:
        example, base, tip = self.example, self.tips[0], NOTHING if self.example.deleted else self.tips[-1]
        ref = f"refs/heads/{example.branch}" if example.branch else "refs/tags/v1"
        if stage is Stage.COMMIT:
            return entrance.staged(repo)
        if stage is Stage.MESSAGE:
            return entrance.drafted(repo, example.message)
        if stage is Stage.PUSH:
            return entrance.pushed(repo, "origin", [f"{ref} {tip} {ref} {base}"])[0]
        if stage is Stage.RANGE:
            return entrance.ranged(repo, base, tip, example.branch or None)
        if stage is Stage.RECEIVE:
            return entrance.received(repo, [f"{base} {tip} {ref}"])[0]
        return entrance.snapshot(repo, tip)

    def _check_out(self) -> None:
        """HEAD at the last commit but one, and a merge under way where the example merges."""
        parent = self.tips[-2]
        ref = f"refs/heads/{self.example.branch}" if self.example.branch else "HEAD"
        if ref != "HEAD":
            (self.git_dir / "HEAD").write_text(f"ref: {ref}\n")
        if parent != NOTHING:
            self._set("refs/remotes/origin/main", self.tips[0])
            self._set(ref, parent)
        if self.example.merge:
            (self.git_dir / "MERGE_HEAD").write_text(self._git("rev-parse", f"refs/tags/{SIDE}"))

    def _make_server(self, template: Path) -> None:
        shutil.copytree(template / ".git", self.bare)
        config = self.bare / "config"
        config.write_text(config.read_text().replace("bare = false", "bare = true"))
        (self.bare / "objects/info").mkdir(exist_ok=True)
        (self.bare / "objects/info/alternates").write_text(f"{self.git_dir / 'objects'}\n")
        if self.tips[0] != NOTHING:
            (self.bare / "refs/heads/main").write_text(f"{self.tips[0]}\n")
        if self.example.merge:
            (self.bare / "refs/heads/side").write_text(self._git("rev-parse", f"refs/tags/{SIDE}"))

    def _set(self, ref: str, oid: str) -> None:
        path = self.git_dir / ref
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{oid}\n")

    def _import(self, marks: Path) -> list[str]:
        with (self.git_dir / "config").open("a") as config:
            config.write(ORIGIN)
        self._git("fast-import", "--quiet", f"--export-marks={marks}", stdin=self._stream())
        known = dict(line.split() for line in marks.read_text().splitlines())
        return [known.get(f":{number}", NOTHING) for number in range(1, len(self.example.earlier) + 3)]

    def _stream(self) -> bytes:
        example = self.example
        states = laid_over(trunk_files(example), (*example.earlier, example.files))
        last = len(states)
        parts = [] if example.created else [self._commit("tags/trunk", 1, EARLIER_MESSAGE, states[0])]
        if example.merge:
            parts.append(self._commit(f"tags/{SIDE}", 100, EARLIER_MESSAGE, states[0], 1))
        for number, state in enumerate(states[1:], 2):
            message = example.message if number == last else EARLIER_MESSAGE
            parents = [] if example.created and number == 2 else [number - 1]
            merged = [100] if example.merge and number == last else []
            parts.append(self._commit("tags/change", number, message, state, *parents, *merged))
        return b"".join(parts)

    def _commit(self, ref: str, number: int, message: str, files: Files, *parents: int) -> bytes:
        text = message.encode()
        lines = [
            f"reset refs/{ref}\ncommit refs/{ref}\nmark :{number}",
            *(f"{role} {self.example.author} 1700000000 +0000" for role in ("author", "committer")),
            f"data {len(text)}\n{message}",
            *(f"{'from' if at == 0 else 'merge'} :{parent}" for at, parent in enumerate(parents)),
            "deleteall\n",
        ]
        entries = (self._entry(path, content) for path, content in files.items())
        return "\n".join(lines).encode() + b"".join(entries) + b"\n"

    def _entry(self, path: str, given: str | bytes) -> bytes:
        data = given.encode() if isinstance(given, str) else given
        mode = self.example.modes.get(path, MODE_FILE)
        name = b'"' + encode(path).replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n") + b'"'
        if mode == MODE_SUBMODULE:
            return b"M %o %s %s\n" % (mode, blob_oid(data).encode(), name)
        return b"M %o inline %s\ndata %d\n%s\n" % (mode, name, len(data), data)

    def _git(self, *args: str, stdin: bytes = b"") -> str:
        done = subprocess.run(["git", *args], cwd=self.work, input=stdin, capture_output=True)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()
