"""The tree of a schedule: its nodes, their formulas and shapes, and walks over them."""
