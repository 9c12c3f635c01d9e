"""From text to the tree and back: tokens, recursive descent, and the one canonical spelling."""
