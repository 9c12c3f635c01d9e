"""The shield: around ``step`` while overrides may stand, so that a step that raises leaves the plan."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from types import MethodType

from rheostat.agent.groups import Overlay

__all__ = ["Shield"]


class Shield:
    """Restores the plan when a step raises: torch would not call the post-hook."""

    __slots__ = ("_optimizer", "_overlay", "_put")

    def __init__(self, optimizer: object, overlay: Overlay) -> None:
        self._optimizer = optimizer
        self._overlay = overlay
        self._put: tuple[Callable[..., object], Callable[..., object] | None] | None = None

    def put(self) -> None:
        """Put it around ``step``, unless it is there."""
        original: Callable[..., object] | None = getattr(self._optimizer, "step", None)
        if original is None or self._put is not None:
            return
        overlay = self._overlay

        @wraps(original)
        def guarded(_: object, *args: object, **kwargs: object) -> object:
            try:
                return original(*args, **kwargs)
            except BaseException:
                overlay.restore()
                raise

        method = MethodType(guarded, self._optimizer)
        own = vars(self._optimizer)
        self._put = method, own.get("step")
        own["step"] = method

    def drop(self) -> None:
        """Take it off, unless someone has put something else there since."""
        own = vars(self._optimizer)
        method, earlier = self._put or (None, None)
        self._put = None
        if method is None or own.get("step") is not method:
            return
        if earlier is None:
            del own["step"]
        else:
            own["step"] = earlier
