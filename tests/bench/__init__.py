"""Figures, as ratios of medians from alternating runs; never a timed test."""
