"""All SQL of the program's own rows, by subject: small functions of a connection that take and give plain records."""
