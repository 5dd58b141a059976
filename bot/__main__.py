"""`python -m bot …`."""

import os
import sys
import warnings

# Before any library loads OpenMP: its idle threads must sleep, or they slow the one that works ten times.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
warnings.filterwarnings("ignore", category=DeprecationWarning)  # of libraries that Rasa pins
warnings.filterwarnings("ignore", message=".*(pkg_resources|declarative_base|URL object).*")

from bot.cli import main  # noqa: E402 - after the settings above

if __name__ == "__main__":
    sys.exit(main())
