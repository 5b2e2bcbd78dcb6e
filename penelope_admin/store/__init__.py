"""What is kept, and how: SQLAlchemy tables, migrations, the activity log's hash chain, backups."""
