"""Whether a value is a real person's contact or identifier, and what a whole table of them says. Knows no agency."""
