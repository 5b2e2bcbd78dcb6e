"""Requests as an inbox: a list that is found by any word, and beside it the chosen request with its next step."""

from penelope_admin.ui.pages.requests.page import RequestsPage as RequestsPage
