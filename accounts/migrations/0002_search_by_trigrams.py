"""Search within addresses and names by index, where the database has trigrams (PostgreSQL's pg_trgm)."""

from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations

INDEXES = {"user_address_trigrams": "email_canonical", "user_name_trigrams": "display_name"}


class TrigramIndex(migrations.RunSQL):
    """As the ORM's `icontains` asks: in capitals. Nothing where the database is not PostgreSQL, as Django's own operations do."""

    def __init__(self, name, column):
        self.name, self.column = name, column
        create = f'CREATE INDEX "{name}" ON accounts_user USING gin (UPPER({column}::text) gin_trgm_ops)'
        super().__init__(create, f'DROP INDEX IF EXISTS "{name}"')

    def deconstruct(self):
        return self.__class__.__name__, [self.name, self.column], {}

    def _run_sql(self, schema_editor, sqls):
        if schema_editor.connection.vendor == "postgresql":
            super()._run_sql(schema_editor, sqls)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [TrigramExtension(), *(TrigramIndex(name, column) for name, column in INDEXES.items())]
