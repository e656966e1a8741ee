"""Issue → edition: Markdown tokens, a theme's page, inlined styles, plain text; a pure function."""
