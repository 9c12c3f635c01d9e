"""What can be said of a plan: extremes, jumps, area, doubts, few points that draw it, what a trace does."""
