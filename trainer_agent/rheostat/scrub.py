"""Keeping secrets out of what is shown of a run: by the name of a value, and by its shape. Pure."""

from __future__ import annotations

import re

__all__ = ["HIDDEN", "scrub"]

HIDDEN = "(hidden)"
_NAME = re.compile(r"token|secret|passw|key|credential|auth", re.IGNORECASE)
_SHAPE = re.compile(
    r"""
    -----BEGIN\ [A-Z ]*PRIVATE\ KEY-----.*      # up to its end, or as far as the text goes
    | (?<![A-Za-z0-9_])(?:
        sk-[A-Za-z0-9_-]{20,}                   # OpenAI, Anthropic and others
      | gh[pousr]_[A-Za-z0-9]{20,}              # GitHub
      | github_pat_[A-Za-z0-9_]{20,}
      | glpat-[A-Za-z0-9_-]{16,}                # GitLab
      | hf_[A-Za-z0-9]{20,}                     # Hugging Face
      | (?:AKIA|ASIA)[A-Z0-9]{16}               # AWS
      | AIza[A-Za-z0-9_-]{30,}                  # Google
      | xox[a-z]-[A-Za-z0-9-]{10,}              # Slack
      | (?:npm|r8)_[A-Za-z0-9]{30,}
      | pypi-[A-Za-z0-9_-]{40,}
      | eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}   # a signed JSON web token
    )
    | (?<=bearer\ )[A-Za-z0-9._~+/=-]{16,}
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_PASSWORD = re.compile(r"(?<=://)([^\s/:@]*):[^\s/@]+@")


def scrub(name: str, value: str) -> str:
    """``value`` fit to be shown under ``name``: wholly hidden, or without the parts that are secrets."""
    if _NAME.search(name):
        return HIDDEN
    return _PASSWORD.sub(rf"\1:{HIDDEN}@", _SHAPE.sub(HIDDEN, value))
