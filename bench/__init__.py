"""The budgets, measured: contenders side by side in one run, reported as ratios with their spread."""
