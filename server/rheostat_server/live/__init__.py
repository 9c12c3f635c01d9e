"""What happens now: agents and viewers on websockets, and the runs in memory between them."""
