"""The page *Databases*: each copy's life, what can be done, what happened, and what was found."""

from penelope_admin.ui.pages.databases.page import DatabasesPage

__all__ = ["DatabasesPage"]
