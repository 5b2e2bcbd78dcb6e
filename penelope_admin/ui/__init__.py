"""The window: shows values and calls services through `operations`. Qt only, no rules."""
