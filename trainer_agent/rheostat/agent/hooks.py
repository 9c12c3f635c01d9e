"""Hooks: what runs before and after each step of one optimizer, so that it and only it sees overrides."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import cast

from rheostat.agent.groups import Overlay, read_lr
from rheostat.agent.nesting import depth_on_stack, nests
from rheostat.agent.parts import Parts, StepOf
from rheostat.agent.quick import FLOATS, lrs_of, quick_hooks
from rheostat.agent.shield import Shield
from rheostat.agent.stepped import After, Args, Before, Changed, Handle, Kwargs, Lrs, Optimizer, Watcher
from rheostat.agent.tracing import capturing, mark, untraced

__all__ = ["Hooks"]


class Hooks:
    """The hooks on one optimizer.

    While ``busy``, each step asks the watcher; else it only reads the lrs. ``laid`` tells that the watcher
    was asked for the step under way. The hooks live in the optimizer's own dicts, which torch leaves out of
    pickles, copies and state dicts.
    """

    __slots__ = (
        "__weakref__",
        "_asks",
        "_depth",
        "_effective",
        "_handles",
        "_index",
        "_lrs",
        "_overlay",
        "_parts",
        "_planned",
        "_shield",
        "_taken",
        "_watcher",
        "busy",
        "laid",
        "optimizer",
    )

    def __init__(
        self, optimizer: object, index: int, watcher: Watcher, *, step_of: StepOf | None = None
    ) -> None:
        self.optimizer = cast(Optimizer, optimizer)
        self.busy = False
        self.laid = False
        self._asks = False
        self._index = index
        self._watcher = watcher
        self._taken = cast(Callable[[int, list[object], list[object]], None], watcher.taken)
        self._overlay = Overlay()
        self._shield = Shield(optimizer, self._overlay)
        self._parts = Parts(self.optimizer.param_groups, step_of)
        self._depth = 0
        self._lrs: list[object] = []
        self._planned: Lrs = []
        self._effective: Lrs = []
        self._handles: list[Handle] = []

    def install(self) -> None:
        """Register the hooks; state dicts taken while an override stands show the plan."""
        optimizer = self.optimizer
        recorder = self._watcher.recorder
        before: Before = self._before
        after: After = self._after
        if recorder is not None and not nests(optimizer) and not self._parts.numbered:
            before, after = quick_hooks(self, recorder)
        self._handles = [
            optimizer.register_step_pre_hook(before),
            optimizer.register_step_post_hook(after),
        ]
        _run_first(optimizer, self._handles[-1])
        if hasattr(optimizer, "register_state_dict_pre_hook"):
            self._handles.append(optimizer.register_state_dict_pre_hook(self._before_state_dict))
        if hasattr(optimizer, "register_load_state_dict_post_hook"):
            self._handles.append(optimizer.register_load_state_dict_post_hook(self._after_load))

    def remove(self) -> None:
        """Take the hooks out and leave the plan standing."""
        for handle in self._handles:
            handle.remove()
        self._handles.clear()
        self._overlay.restore()
        self.set_busy(False)

    def set_busy(self, busy: bool) -> None:
        """Ask the watcher before every step from the next one on, or no more."""
        self._asks = busy
        self.busy = busy or self.laid
        if busy:
            self._shield.put()
        else:
            self._shield.drop()

    @property
    def standing(self) -> bool:
        """Whether an override stands in the groups right now, in the middle of a step."""
        return bool(self._overlay)

    @contextmanager
    def around(self) -> Iterator[None]:
        """What runs inside is a step that torch does not know of, such as the replay of a CUDA graph."""
        self._before(self.optimizer, (), {})
        try:
            yield
        except BaseException:
            self._overlay.restore()
            self._depth, self.laid = 0, False
            raise
        self._after(self.optimizer, (), {})

    def _before(self, optimizer: Optimizer, args: Args, kwargs: Kwargs) -> Changed:
        if self._depth or self.busy:
            return self.before_busy(optimizer, args, kwargs)
        self._depth = 1
        groups = optimizer.param_groups
        if len(groups) == 1:
            self._lrs = [groups[0].get("lr")]
        else:
            self._lrs = lrs_of(groups)
        return None

    def _after(self, optimizer: Optimizer, args: Args, kwargs: Kwargs) -> None:  # noqa: ARG002
        if self._depth != 1:
            self._depth = max(self._depth - 1, 0)
            return
        self._finish(optimizer)

    def before_busy(self, optimizer: Optimizer, args: Args, kwargs: Kwargs) -> Changed:
        """Ask the watcher and write what it says."""
        return untraced(Hooks._ask)(self, optimizer, args, kwargs)

    def after_whole(self, optimizer: Optimizer) -> None:
        """After a step that is known not to be nested in another."""
        if not self.laid:
            self._lrs = lrs_of(optimizer.param_groups)
        self._finish(optimizer)

    def _finish(self, optimizer: Optimizer) -> None:
        self._depth = 0
        if self.laid:
            untraced(Hooks._after_laid)(self, optimizer)
            return
        lrs = self._lrs
        if optimizer.param_groups is not self._parts.whole or self._parts.numbered:
            untraced(Hooks._after_part)(self, optimizer)
        elif type(lrs[0]) is float if len(lrs) == 1 else FLOATS.issuperset(map(type, lrs)):
            self._taken(self._index, lrs, lrs)
        else:
            untraced(Hooks._after_read)(self)

    def _ask(self, optimizer: Optimizer, args: Args, kwargs: Kwargs) -> Changed:
        try:
            if self._depth:
                if depth_on_stack(optimizer) > 1:
                    self._depth += 1
                    return None
                self._overlay.restore()
            self._depth = 1
            self._lrs = lrs_of(optimizer.param_groups)
            self.laid = False
            self.busy = self._asks
            if not self._asks or capturing():
                return None
            self._lay(optimizer, again=False)
            return self._wrap_closure(optimizer, args, kwargs)
        except Exception as error:
            self._watcher.failed(error)
            return None

    def _lay(self, optimizer: Optimizer, *, again: bool) -> None:
        parts, groups = self._parts, optimizer.param_groups
        places = parts.positions(groups)
        planned = [read_lr(group.get("lr"), wait=True) for group in parts.whole]
        effective = parts.given(groups)
        if effective is None:
            effective = self._watcher.decide(self._index, planned, again=again)
        self.laid = self.busy = True
        self._planned, self._effective = planned, planned if effective is None else effective
        if effective is None:
            return
        if places is None:
            self._effective = self._overlay.lay(groups, planned, effective)
        else:
            standing = self._overlay.lay(groups, *([lrs[p] for p in places] for lrs in (planned, effective)))
            self._effective = list(effective)
            for place, lr in zip(places, standing, strict=True):
                self._effective[place] = lr

    def _wrap_closure(self, optimizer: Optimizer, args: Args, kwargs: Kwargs) -> Changed:
        """Let a closure run with the plan in place, and the overrides come back when it returns."""
        if not self._overlay:
            return None
        at = 1 if args and args[0] is optimizer else 0
        if callable(kwargs.get("closure")):
            return args, {**kwargs, "closure": self._closure(optimizer, kwargs["closure"])}
        if len(args) > at and callable(args[at]):
            return (*args[:at], self._closure(optimizer, args[at]), *args[at + 1 :]), kwargs
        return None

    def _closure(self, optimizer: Optimizer, closure: object) -> Callable[..., object]:
        run = cast(Callable[..., object], closure)

        @wraps(run)
        def on_the_plan(*args: object, **kwargs: object) -> object:
            self._overlay.restore()
            result = run(*args, **kwargs)
            try:
                self._lay(optimizer, again=True)
            except Exception as error:
                self._watcher.failed(error)
            return result

        return on_the_plan

    def _after_laid(self, optimizer: Optimizer) -> None:
        try:
            self.laid = False
            self.busy = self._asks
            self._overlay.restore()
            self._tell(optimizer, self._planned, self._effective)
        except Exception as error:
            self._watcher.failed(error)

    def _after_part(self, optimizer: Optimizer) -> None:
        try:
            self._parts.positions(optimizer.param_groups)
            planned = [read_lr(group.get("lr")) for group in self._parts.whole]
            self._tell(optimizer, planned, planned)
        except Exception as error:
            self._watcher.failed(error)

    def _tell(self, optimizer: Optimizer, planned: Lrs, effective: Lrs) -> None:
        for update in self._parts.tell(optimizer.param_groups, planned, effective):
            self._watcher.taken(self._index, *update)

    def _after_read(self) -> None:
        try:
            planned = [read_lr(lr) for lr in self._lrs]
            self._watcher.taken(self._index, planned, planned)
        except Exception as error:
            self._watcher.failed(error)

    def _before_state_dict(self, optimizer: Optimizer) -> None:  # noqa: ARG002
        try:
            self._overlay.restore()
        except Exception as error:
            self._watcher.failed(error)

    def _after_load(self, optimizer: Optimizer) -> None:
        """A loaded state has brought new group dicts, before any step shows them."""
        self._parts.whole = optimizer.param_groups


for _hook in (Hooks._before, Hooks._after, Hooks._before_state_dict, Hooks._after_load):
    mark(_hook)


def _run_first(optimizer: object, handle: Handle) -> None:
    """Have the post-hook of ``handle`` run before all others, so that each of these sees the plan."""
    hooks, key = getattr(optimizer, "_optimizer_step_post_hooks", None), getattr(handle, "id", None)
    if isinstance(hooks, OrderedDict) and key in hooks:
        hooks.move_to_end(key, last=False)
