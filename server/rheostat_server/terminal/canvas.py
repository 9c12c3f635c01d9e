"""A grid of Braille dots, two across and four down in each character. Pure."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["Canvas"]

_DOTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]], dtype=np.uint8)
_BRAILLE = 0x2800
_NOBODY = -1


class Canvas:
    """Dots on ``columns`` x ``rows`` characters; each character takes the colour of what was drawn last."""

    def __init__(self, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        self._bits = np.zeros((rows, columns), dtype=np.uint8)
        self._owner = np.full((rows, columns), _NOBODY, dtype=np.int64)

    def line(self, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], owner: int) -> None:
        """Draw a line through points given in dots from the lower left corner; what lies outside is cut."""
        across, up = np.rint(x).astype(np.int64), np.rint(y).astype(np.int64)
        if len(across) == 1:
            across, up = np.repeat(across, 2), np.repeat(up, 2)
        for x0, y0, x1, y1 in zip(across[:-1], up[:-1], across[1:], up[1:], strict=True):
            dots = int(max(abs(x1 - x0), abs(y1 - y0))) + 1
            self._put(np.rint(np.linspace(x0, x1, dots)), np.rint(np.linspace(y0, y1, dots)), owner)

    def _put(self, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], owner: int) -> None:
        inside = (x >= 0) & (x < 2 * self.columns) & (y >= 0) & (y < 4 * self.rows)
        across = x[inside].astype(np.int64)
        down = 4 * self.rows - 1 - y[inside].astype(np.int64)
        np.bitwise_or.at(self._bits, (down // 4, across // 2), _DOTS[down % 4, across % 2])
        self._owner[down // 4, across // 2] = owner

    def text(self, paint: tuple[str, ...] = (), *, plain: bool = False) -> list[str]:
        """Return the rows from the top; ``paint`` are escape sequences by owner, ``plain`` draws stars."""
        return [self._row(row, paint, plain) for row in range(self.rows)]

    def _row(self, row: int, paint: tuple[str, ...], plain: bool) -> str:
        found = []
        for bits, owner in zip(self._bits[row].tolist(), self._owner[row].tolist(), strict=True):
            mark = " " if not bits else "*" if plain else chr(_BRAILLE + bits)
            colour = paint[owner % len(paint)] if paint and bits else ""
            found.append(f"{colour}{mark}\033[0m" if colour else mark)
        return "".join(found)
