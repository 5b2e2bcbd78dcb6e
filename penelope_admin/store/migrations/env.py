"""Alembic's entry: runs the migrations on the connection it is given, inside that one's transaction."""

from alembic import context

from penelope_admin.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=False,  # the caller's transaction holds everything
)
context.run_migrations()
