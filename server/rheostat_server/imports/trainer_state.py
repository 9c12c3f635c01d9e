"""``trainer_state.json`` of transformers' Trainer. Pure."""

from __future__ import annotations

from rheostat_server.imports.found import Found, ImportFileError, Log

__all__ = ["read"]

_CONFIG = (
    "num_train_epochs",
    "max_steps",
    "train_batch_size",
    "logging_steps",
    "eval_steps",
    "save_steps",
    "best_metric",
    "best_model_checkpoint",
    "total_flos",
)


def read(state: object, name: str) -> Found:
    """The run whose state was saved: an entry of ``log_history`` a step, ``learning_rate`` its lr.

    Raises:
        ImportFileError: there is no log in it.
    """
    history = state.get("log_history") if isinstance(state, dict) else None
    if not isinstance(state, dict) or not isinstance(history, list):
        raise ImportFileError("the JSON is no trainer_state.json: expected a list under 'log_history'")
    log = Log(name)
    for number, entry in enumerate(history):
        step = entry.get("step") if isinstance(entry, dict) else None
        if not isinstance(entry, dict) or not isinstance(step, int) or isinstance(step, bool):
            raise ImportFileError(f"log_history[{number}] has no whole 'step'")
        for key, value in entry.items():
            if key != "step" and isinstance(value, int | float) and not isinstance(value, bool):
                log.add(str(key), step, float(value))
    total = state.get("max_steps")
    log.total = total if isinstance(total, int) and 0 < total < 1 << 53 else None
    log.config = {key: state[key] for key in _CONFIG if state.get(key) is not None}
    return log.found()
