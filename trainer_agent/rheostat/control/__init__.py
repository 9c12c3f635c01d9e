"""Override arithmetic, limits and command states: pure, no I/O, no clock."""
