"""python -m nlpkit, and the command nlpkit.

Whoever presses Ctrl-C is heard before the command line has been imported.
"""

import signal
import sys

import nlpkit
from nlpkit.cli import stopping
from nlpkit.namesake import CLASH


def main() -> None:
    """Run the command line and leave with its exit code."""
    stopping.listen()
    if not hasattr(nlpkit, "PLUGIN_API"):  # its __init__.py is another project's
        print(f"error: {CLASH}", file=sys.stderr)
        sys.exit(4)
    try:
        from nlpkit.cli.main import main as command_line

        command_line()
    except KeyboardInterrupt as error:
        sys.exit(128 + getattr(error, "number", signal.SIGINT))


if __name__ == "__main__":
    main()
