"""What a link would open, in words: training opens none."""

from __future__ import annotations

from urllib.parse import parse_qs, unquote, urlsplit

LONGEST = 200


def would_open(link: str) -> str:
    """ "Training opens nothing. Would open your mail program: to support@vendor.example, subject …"."""
    parts = urlsplit(link)
    if parts.scheme == "mailto":
        subject = parse_qs(parts.query).get("subject", [""])[0]
        about = f", subject “{_short(subject)}”" if subject else ""
        return f"Training opens nothing. Would open your mail program: to {_short(unquote(parts.path))}{about}."
    return f"Training opens nothing. Would open your browser: {_short(link)}"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} …"
