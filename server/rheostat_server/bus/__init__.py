"""What servers say to each other: live updates to who watches, commands to who holds the job's socket.

Delivery is at most once. Whatever must not be lost is in the store before it is published here.
"""

from __future__ import annotations

from rheostat_server.bus.base import Bus, BusError, BusTimeoutError, NobodyThereError, Subscription, subject
from rheostat_server.bus.local import LocalBus

__all__ = ["Bus", "BusError", "BusTimeoutError", "LocalBus", "NobodyThereError", "Subscription", "subject"]
