"""Hooks: what runs before and after each step of one optimizer, so that it and only it sees overrides."""

from __future__ import annotations

import inspect
import struct
import sys
from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from operator import itemgetter
from types import MethodType
from typing import ParamSpec, Protocol, TypeVar, cast

from rheostat.agent.groups import Overlay, ParamGroup, read_lr
from rheostat.agent.recorder import Recorder

__all__ = ["Hooks", "Watcher"]

P = ParamSpec("P")
R = TypeVar("R")
Lrs = list[float | None]
Args = tuple[object, ...]
Kwargs = dict[str, object]
Changed = tuple[Args, Kwargs] | None
Before = Callable[["Optimizer", Args, Kwargs], Changed]
After = Callable[["Optimizer", Args, Kwargs], None]

_FLOATS = frozenset({float})
_lr = itemgetter("lr")


class Handle(Protocol):
    """What takes one hook out again."""

    def remove(self) -> None: ...


class Optimizer(Protocol):
    """What is needed of an optimizer: torch's, or one shaped like it."""

    param_groups: list[ParamGroup]

    def register_step_pre_hook(self, hook: Callable[..., object]) -> Handle: ...
    def register_step_post_hook(self, hook: Callable[..., object]) -> Handle: ...
    def register_state_dict_pre_hook(self, hook: Callable[..., object]) -> Handle: ...


class Watcher(Protocol):
    """Who is asked before a step and told after it. Must not raise."""

    @property
    def recorder(self) -> Recorder | None:
        """What may be given the steps that follow their plan, in place of `taken`."""

    def decide(self, index: int, planned: Lrs, *, again: bool) -> Lrs | None:
        """The effective lrs for the step about to be taken by optimizer ``index``; None: the plan's.

        ``again``: the same step still, after a closure ran and may have moved the plan.
        """

    def taken(self, index: int, planned: Lrs, effective: Lrs) -> None:
        """Optimizer ``index`` has taken a step with these lrs."""

    def failed(self, error: Exception) -> None:
        """Something of ours went wrong; training goes on."""


class Hooks:
    """The hooks on one optimizer.

    While busy, each step asks the watcher; else it only reads the lrs. The hooks live in the optimizer's own
    dicts, which torch leaves out of pickles, copies and state dicts.
    """

    __slots__ = (
        "__weakref__",
        "_busy",
        "_depth",
        "_effective",
        "_guard",
        "_handles",
        "_index",
        "_lrs",
        "_overlay",
        "_planned",
        "_taken",
        "_watcher",
        "optimizer",
    )

    def __init__(self, optimizer: object, index: int, watcher: Watcher) -> None:
        self.optimizer = cast(Optimizer, optimizer)
        self._busy = False
        self._guard: tuple[Callable[..., object], Callable[..., object] | None] | None = None
        self._index = index
        self._watcher = watcher
        self._taken = cast(Callable[[int, list[object], list[object]], None], watcher.taken)
        self._overlay = Overlay()
        self._depth = 0
        self._lrs: list[object] = []
        self._planned: Lrs | None = None
        self._effective: Lrs = []
        self._handles: list[Handle] = []

    def install(self) -> None:
        """Register the hooks; state dicts taken while an override stands show the plan."""
        optimizer = self.optimizer
        recorder = self._watcher.recorder
        before: Before = self._before
        after: After = self._after
        if recorder is not None and not _nests(optimizer):
            before, after = _quick(self, recorder)
        self._handles = [
            optimizer.register_step_pre_hook(before),
            optimizer.register_step_post_hook(after),
        ]
        _run_first(optimizer, self._handles[-1])
        if hasattr(optimizer, "register_state_dict_pre_hook"):
            self._handles.append(optimizer.register_state_dict_pre_hook(self._before_state_dict))

    def remove(self) -> None:
        """Take the hooks out and leave the plan standing."""
        for handle in self._handles:
            handle.remove()
        self._handles.clear()
        self._overlay.restore()
        self.set_busy(False)

    def set_busy(self, busy: bool) -> None:
        """Ask the watcher before every step from the next one on, or no more."""
        self._busy = busy
        if busy and self._guard is None:
            self._put_guard()
        elif not busy and self._guard is not None:
            self._drop_guard()

    @property
    def standing(self) -> bool:
        """Whether an override stands in the groups right now, in the middle of a step."""
        return bool(self._overlay)

    def _before(self, optimizer: Optimizer, args: Args, kwargs: Kwargs) -> Changed:
        if self._depth or self._busy:
            return _untraced(Hooks._before_busy)(self, optimizer, args, kwargs)
        self._depth = 1
        groups = optimizer.param_groups
        if len(groups) == 1:
            self._lrs = [groups[0].get("lr")]
        else:
            self._lrs = _lrs_of(groups)
        return None

    def _after(self, optimizer: Optimizer, args: Args, kwargs: Kwargs) -> None:  # noqa: ARG002
        if self._depth != 1:
            self._depth = max(self._depth - 1, 0)
            return
        self._depth = 0
        if self._planned is not None:
            _untraced(Hooks._after_busy)(self)
            return
        lrs = self._lrs
        if type(lrs[0]) is float if len(lrs) == 1 else _FLOATS.issuperset(map(type, lrs)):
            self._taken(self._index, lrs, lrs)
        else:
            _untraced(Hooks._after_read)(self)

    def _put_guard(self) -> None:
        """Have a step that raises restore the plan at once: torch would not call the post-hook."""
        original: Callable[..., object] | None = getattr(self.optimizer, "step", None)
        if original is None:
            return
        overlay = self._overlay

        @wraps(original)
        def guarded(_: object, *args: object, **kwargs: object) -> object:
            try:
                return original(*args, **kwargs)
            except BaseException:
                overlay.restore()
                raise

        method = MethodType(guarded, self.optimizer)
        own = vars(self.optimizer)
        self._guard = method, own.get("step")
        own["step"] = method

    def _drop_guard(self) -> None:
        own = vars(self.optimizer)
        method, earlier = self._guard or (None, None)
        self._guard = None
        if own.get("step") is not method:
            return
        if earlier is None:
            del own["step"]
        else:
            own["step"] = earlier

    def _before_busy(self, optimizer: Optimizer, args: Args, kwargs: Kwargs) -> Changed:
        try:
            if self._depth:
                if _depth_on_stack(optimizer) > 1:
                    self._depth += 1
                    return None
                self._overlay.restore()
            self._depth = 1
            self._lrs = _lrs_of(optimizer.param_groups)
            self._planned = None
            if not self._busy or _capturing():
                return None
            self._lay(optimizer, again=False)
            return self._wrap_closure(optimizer, args, kwargs)
        except Exception as error:
            self._watcher.failed(error)
            return None

    def _lay(self, optimizer: Optimizer, *, again: bool) -> None:
        planned = [read_lr(group.get("lr")) for group in optimizer.param_groups]
        effective = self._watcher.decide(self._index, planned, again=again)
        if effective is None:
            self._planned, self._effective = planned, planned
        else:
            self._planned = planned
            self._effective = self._overlay.lay(optimizer.param_groups, planned, effective)

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

    def _after_busy(self) -> None:
        try:
            planned, self._planned = self._planned, None
            self._overlay.restore()
            self._watcher.taken(self._index, planned or [], self._effective)
        except Exception as error:
            self._watcher.failed(error)

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


def _quick(hooks: Hooks, recorder: Recorder) -> tuple[Before, After]:
    """The hooks for an optimizer whose steps never nest, recorded: without an override there is nothing to do
    before a step, and the lrs it used still stand after it.
    """
    floats: list[object] = []

    def before(optimizer: Optimizer, args: Args, kwargs: Kwargs) -> Changed:
        if hooks._busy or hooks._planned is not None:
            return _untraced(Hooks._before_busy)(hooks, optimizer, args, kwargs)
        return None

    def after(optimizer: Optimizer, args: Args, kwargs: Kwargs) -> None:
        nonlocal floats
        if hooks._planned is None:
            try:
                groups = optimizer.param_groups
                if len(groups) == 1:
                    lr = groups[0]["lr"]
                    if type(lr) is float and recorder.quick(lr):
                        return
                else:
                    lrs = list(map(_lr, groups))
                    if lrs == floats or _FLOATS.issuperset(map(type, lrs)):
                        floats = lrs
                        if recorder.quick_all(lrs):
                            return
                    else:
                        floats = []
            except (KeyError, IndexError, struct.error):
                pass
            hooks._lrs = _lrs_of(optimizer.param_groups)
        hooks._depth = 1
        hooks._after(optimizer, args, kwargs)

    return _mark(before), _mark(after)


def _run_first(optimizer: object, handle: Handle) -> None:
    """Have the post-hook of ``handle`` run before all others, so that each of these sees the plan."""
    hooks, key = getattr(optimizer, "_optimizer_step_post_hooks", None), getattr(handle, "id", None)
    if isinstance(hooks, OrderedDict) and key in hooks:
        hooks.move_to_end(key, last=False)


def _nests(optimizer: object) -> bool:
    """Whether a step may call another hooked one: two classes of its line define ``step``."""
    bodies = {
        inspect.unwrap(vars(each)["step"])
        for each in type(optimizer).__mro__
        if "step" in vars(each) and each.__name__ != "Optimizer"
    }
    return len(bodies) > 1


_untraced_functions: dict[object, object] = {}


def _mark(hook: Callable[P, R]) -> Callable[P, R]:
    """What the tracer of torch.compile reads: it calls ``hook`` as it is instead of tracing it."""
    vars(hook)["_torchdynamo_disable"] = True
    return hook


for _hook in (Hooks._before, Hooks._after, Hooks._before_state_dict):
    _mark(_hook)


def _untraced(function: Callable[P, R]) -> Callable[P, R]:
    """``function`` with the tracer off for all it calls, once torch's tracer has been loaded at all."""
    found = _untraced_functions.get(function)
    if found is None:
        disable = getattr(sys.modules.get("torch._dynamo"), "disable", None)
        if disable is None:
            return function
        found = _untraced_functions[function] = disable(function)
    return cast(Callable[P, R], found)


def _lrs_of(groups: list[ParamGroup]) -> list[object]:
    try:
        return list(map(_lr, groups))
    except KeyError:
        return [group.get("lr") for group in groups]


def _capturing() -> bool:
    """Whether a CUDA graph is being captured: what is written now would be written on each replay."""
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_initialized():
        return False
    return bool(torch.cuda.is_current_stream_capturing())


def _depth_on_stack(optimizer: object) -> int:
    """How many hooked ``step`` calls of ``optimizer`` are running: more than one in a nested call.

    One alone, while we thought to be inside a step, means that the last step raised.
    """
    count = 0
    frame = sys._getframe(1).f_back
    while frame is not None:
        code = frame.f_code
        if code.co_name == "wrapper" and code.co_filename.endswith("optimizer.py"):
            count += frame.f_locals.get("self") is optimizer
        frame = frame.f_back
    return count
