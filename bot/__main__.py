"""`python -m bot …`."""

import sys

from bot.process import begin

begin()

from bot.cli import main  # noqa: E402 - after the settings above

if __name__ == "__main__":
    sys.exit(main())
