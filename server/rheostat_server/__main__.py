"""``python -m rheostat_server`` is ``rheostat``."""

from __future__ import annotations

import sys

from rheostat_server.cli import main

sys.exit(main())
