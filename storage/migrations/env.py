"""Alembic's entry: run the revisions on the connection that `storage.engine.migrate` opened."""

from alembic import context

from storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # SQLite rolls DDL back too, since BEGIN is ours
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
