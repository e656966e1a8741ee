"""A newsletter's rows, table by table: read as one moment, written anywhere, compared by digest."""
