"""How the server logs: words for a terminal, or a JSON object a line for programs."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from uvicorn.config import LOGGING_CONFIG

from rheostat_server.settings import Settings

__all__ = ["log_config"]


def log_config(settings: Settings) -> dict[str, Any]:
    """What `logging.config.dictConfig` takes. Requests are not logged, so no address with a code in it is."""
    level = settings.log_level.upper()
    config: dict[str, Any] = deepcopy(LOGGING_CONFIG)
    config["loggers"]["rheostat"] = {"handlers": ["default"], "level": level, "propagate": False}
    if settings.log_format == "json":
        config["formatters"]["default"] = {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "format": "%(levelname)s %(name)s %(message)s",
            "rename_fields": {"levelname": "level", "name": "logger"},
            "timestamp": "time",
        }
    return config
