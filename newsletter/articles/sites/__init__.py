"""The folders of four site generators → posts: read as files, never run."""
