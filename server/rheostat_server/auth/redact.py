"""What the log must not say: secrets in headers and addresses, and a false alarm of the web server."""

from __future__ import annotations

import logging
import re

__all__ = ["Discreet"]

_QUERY = re.compile(r"(?<=[^\s\"'])\?[^\s\"']*")
_HEADER = re.compile(r"(?i)\b(authorization|cookie|set-cookie)(['\"]?\s*[:,=]\s*).*")
_DENIED = "ASGI callable returned without completing handshake."


class Discreet(logging.Filter):
    """Takes queries off addresses and values off headers that carry credentials.

    uvicorn calls a websocket that was refused with an answer an error of ours; that line is dropped, so that
    nobody can fill the log with it.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Make ``record`` fit to be written; whether it is written at all."""
        text = record.getMessage()
        if text == _DENIED:
            return False
        record.msg, record.args = _HEADER.sub(r"\1\2(hidden)", _QUERY.sub("?(hidden)", text)), None
        return True
