"""What happens here in figures, for Prometheus: counted where it happens, shown on request."""
