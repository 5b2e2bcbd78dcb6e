"""The decisions, as pure functions of policy and facts: no Qt, no SQL, no files, no clock of their own."""
