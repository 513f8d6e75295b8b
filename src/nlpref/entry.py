"""How a program ends when it does not end as usual: with one clear line, never a traceback for what can be foreseen."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from nlpref.errors import NlprefError

__all__ = ["clean_end"]


@contextmanager
def clean_end(interrupted: str = "interrupted") -> Iterator[None]:
    """End the process with one line for errors made on purpose, for files that cannot be used, and for Ctrl-C.

    Args:
        interrupted: What to say after Ctrl-C; the exit status is then 130.
    """
    try:
        yield
    except NlprefError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.stderr.write(f"\n{interrupted}\n")
        sys.exit(130)
    except BrokenPipeError:  # whoever read the output has seen enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # so that flushing at exit does not fail as well
        sys.exit(1)
    except OSError as error:
        sys.exit(f"error: {error.filename or 'a file'} cannot be used: {error.strerror or error}")
