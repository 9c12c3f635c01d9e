"""One script a schema version, named by its number."""
