"""Alembic's entry point. The connection is handed in by `aim.db.migrate`; there is no ini file and no URL here."""

from alembic import context

from aim.db.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
