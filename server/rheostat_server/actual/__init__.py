"""What a run's lr really was, as a schedule: the plan and the overrides that acted on it."""
