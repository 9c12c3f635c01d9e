"""Who may do what: tokens, sessions, the table of routes and roles, and the gate before the app."""
