"""One module per page; each is loaded when it is first shown."""
