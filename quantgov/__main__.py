"""`hook` goes to hook.py, plain `secrets scan` and `lfs status` to cli modules of their own, `backtest` to one alone.

The whole Typer app takes far longer to load.
"""

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
    if sys.argv[1:3] == ["secrets", "scan"]:
        from quantgov.cli import quick

        request = quick.parse(sys.argv[3:])
        if request:
            gc.disable()
            quick.main(request)
    if sys.argv[1:3] == ["lfs", "status"]:
        from quantgov.cli import quick_lfs

        form = quick_lfs.parse(sys.argv[3:])
        if form:
            gc.disable()
            quick_lfs.main(form)
    if sys.argv[1:2] == ["backtest"]:  # thirty times a day
        from quantgov.cli import backtest, entry

        entry.alone(backtest.backtest, "quantgov backtest", sys.argv[2:])
    from quantgov.cli import app

    app.main()


if __name__ == "__main__":
    main()
