"""The engine's addresses under /v1."""
