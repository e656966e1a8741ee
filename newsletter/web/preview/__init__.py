"""The preview: an issue in the writer's own browser, as each reader would see it."""
