"""People with real SSH keys, each in a HOME of their own."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Signer:
    """A person whose git signs with a key of their own. `environment` is what sets this person apart.

    `public_key` is the line that a team's policy has, `key_path` the private key. HOME is made below `home`, which
    unless given is the test's own.
    """

    def __init__(self, name: str, email: str, home: Path | None = None, kind: str = "ed25519") -> None:
        self.name = name
        self.email = email
        self.home = (home or Path(os.environ["HOME"])) / "signers" / name
        self.key_path = self.home / ".ssh" / f"id_{kind}"
        self.key_path.parent.mkdir(parents=True, mode=0o700)
        command = ("ssh-keygen", "-q", "-t", kind, "-N", "", "-C", email, "-f", str(self.key_path))
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
        self.public_key = self.key_path.with_suffix(".pub").read_text().strip()
        config = self.home / ".gitconfig"
        config.write_text(
            f"[user]\n\tname = {name}\n\temail = {email}\n\tsigningkey = {self.key_path}.pub\n"
            "[gpg]\n\tformat = ssh\n[init]\n\tdefaultBranch = main\n"
        )
        self.environment = {"HOME": str(self.home), "GIT_CONFIG_GLOBAL": str(config)}

    def member(self, *roles: str, github: str = "") -> str:
        """The entry of a team that this person is, in YAML's flow style."""
        account = f", github: {github}" if github else ""
        return f"{{email: {self.email}{account}, roles: [{', '.join(roles)}], keys: [{self.public_key}]}}"


@contextmanager
def ssh_agent(folder: Path) -> Iterator[dict[str, str]]:
    """An agent of its own that holds nothing yet, and the environment in which it is found."""
    socket = folder / "agent"
    running = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 30
        while not socket.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        yield {"SSH_AUTH_SOCK": str(socket)}
    finally:
        running.terminate()
        running.wait()
