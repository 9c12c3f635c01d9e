"""Curves over local time, in closed form: the same bits for a float and for an array, on every machine."""
