"""The agent: what watches and steers the lr from inside a training job."""

from __future__ import annotations

from rheostat.agent.agent import Agent, RheostatWarning
from rheostat.agent.attach import AttachError, attach

__all__ = ["Agent", "AttachError", "RheostatWarning", "attach"]
