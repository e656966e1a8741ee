"""People in and out: files that other programs wrote, and files that they can read."""
