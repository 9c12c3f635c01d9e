"""Thin adapters that put Rheostat into other people's training loops."""
