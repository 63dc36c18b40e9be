"""What the scripts of this folder share. They end with a traceback when the hub does not answer as Hugging Face's does."""

import contextlib
import os

from huggingface_hub import HfApi

api = HfApi()
bob = HfApi(token=os.environ["BOB_TOKEN"])


@contextlib.contextmanager
def refused(kind, *words):
    """Expects an error of exactly this class, whose text holds the words."""
    try:
        yield
    except Exception as error:
        assert type(error) is kind, f"{type(error).__name__} in place of {kind.__name__}: {error}"
        for word in words:
            assert word in str(error), f'"{word}" is not in: {error}'
        return
    raise AssertionError(f"not refused with {kind.__name__}")


def names(items):
    return sorted(item.path for item in items)
