"""Tuneboard: a shared dashboard for fine-tuning datasets and jobs."""
