"""The world outside: the settings file, mail drafts, calendars, spreadsheets, time zones."""
