"""One file per revision; Alembic finds them by their numbers."""
