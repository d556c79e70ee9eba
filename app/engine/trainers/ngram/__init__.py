"""The built-in trainer: a small next-token model over hashed features. Not an LLM."""
