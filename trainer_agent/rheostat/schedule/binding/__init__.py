"""From a tree and what a run says of itself to a curve: units, shares and left-out values resolved once."""
