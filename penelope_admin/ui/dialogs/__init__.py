"""Sheets: what asks before something is done."""
