"""Features: what may be switched, what stays off, what is locked; a list, and the chosen one beside it."""

from penelope_admin.ui.pages.features.page import FeaturesPage as FeaturesPage
