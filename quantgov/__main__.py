"""`quantgov hook …` goes straight to hook.py; anything else to the Typer app, which takes ten times as long to load."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    try:
        _run()
    except KeyboardInterrupt:  # while a module is still being imported
        sys.exit(130)


def _run() -> None:
    if sys.argv[1:2] == ["hook"] and not {"--help", "-h"}.intersection(sys.argv[2:]):
        gc.disable()  # no collection could pay for itself before a hook ends
        from quantgov import hook

        hook.main(sys.argv[2:])
    from quantgov.cli import app

    app.main()


if __name__ == "__main__":
    main()
