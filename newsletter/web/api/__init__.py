"""A door for programs: `/api/v1`. FastAPI is imported when the first of them asks."""
