"""Commands on the server's side: checked, worded, recorded through their whole life, foreseen. Pure."""
