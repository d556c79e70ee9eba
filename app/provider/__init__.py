"""Speaks the fine-tuning protocol to any provider; the only importer of its SDK."""
