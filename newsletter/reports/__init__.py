"""What comes back: bounces, complaints and events of providers, read into reports."""
