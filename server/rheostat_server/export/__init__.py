"""A run taken out of the server: as a table, as data, as a page that stands alone."""
