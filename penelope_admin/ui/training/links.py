"""What a link would open, in words: training opens none."""

from __future__ import annotations

from urllib.parse import parse_qs, unquote

from penelope_admin.domain.text import filled

LONGEST = 200


def would_open(link: str) -> str:
    """ "Training opens nothing. Would open your mail program: to support@vendor.example, subject …"."""
    if link.startswith("mailto:"):
        to, _, query = link.removeprefix("mailto:").partition("?")
        subject = parse_qs(query).get("subject", [""])[0]
        about = filled(", subject “{}”", _short(subject))
        return f"Training opens nothing. Would open your mail program: to {_short(unquote(to))}{about}."
    return f"Training opens nothing. Would open your browser: {_short(link)}"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} …"
