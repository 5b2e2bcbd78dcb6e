"""What a link would open, in words: training opens none."""

from __future__ import annotations

from urllib.parse import parse_qs, unquote, urlsplit

from penelope_admin.domain.text import filled

LONGEST = 200


def would_open(link: str) -> str:
    """ "Training opens nothing. Would open your mail program: to support@vendor.example, subject …"."""
    parts = urlsplit(link)
    if parts.scheme == "mailto":
        subject = parse_qs(parts.query).get("subject", [""])[0]
        about = filled(", subject “{}”", _short(subject))
        return f"Training opens nothing. Would open your mail program: to {_short(unquote(parts.path))}{about}."
    return f"Training opens nothing. Would open your browser: {_short(link)}"


def _short(text: str) -> str:
    return text[:LONGEST] + " …" * (len(text) > LONGEST)
