"""What runs in a reader's own process before the reader: bounds that hold for it alone."""

import resource
from importlib import import_module


def main(script: str, memory_bytes: str, seconds: str, *arguments: str) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (int(memory_bytes), int(memory_bytes)))
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds)))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    import_module(f"app.datasets.imports.{script}").main(*arguments)
