"""Penelope Admin: plan Penelope upgrades, follow mirror refreshes, switch features safely."""

__version__ = "0.1.0"
