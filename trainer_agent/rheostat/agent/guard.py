"""Guard: looks at what the job logs, and takes an override back where its rules say so."""

from __future__ import annotations

from collections.abc import Mapping

from rheostat.agent.groups import is_tensor
from rheostat.agent.steering import Steering
from rheostat.agent.values import NotLoggable, plain
from rheostat.agent.verbs import Verbs
from rheostat.control.rules import Rules, Sentry

__all__ = ["Guard"]


class Guard:
    """Releases, through the verbs of the job, what the ``rules`` hold responsible."""

    def __init__(self, rules: Rules, steering: Steering, verbs: Verbs) -> None:
        self._rules = rules
        self._sentry = Sentry(rules)
        self._steering = steering
        self._verbs = verbs

    def look(self, step: int | None, values: Mapping[str, object]) -> None:
        """Look at values logged for ``step`` (None: the one just taken), but not at one on a device."""
        metric = self._rules.metric
        value = values.get(metric)
        if value is None or (is_tensor(value) and not value.is_cpu):
            return
        try:
            number = plain(metric, value)
        except NotLoggable:
            return
        at = self._steering.step - 1 if step is None else step
        found = self._sentry.see(at, number, self._steering.stack())
        if found is not None:
            override, reason = found
            why = f"rule: {reason} {override.id} began"
            factor = self._rules.factor
            if factor is None:
                self._verbs.release(groups=override.groups, reason=why)
                done = "an override was taken back"
            else:
                self._sentry.spare(self._verbs.scale(factor, groups=override.groups, reason=why).id)
                done = f"the lr was multiplied by {factor:g}"
            self._verbs.warn(f"rule {override.id}", f"rheostat: {done}: {reason} it began")
