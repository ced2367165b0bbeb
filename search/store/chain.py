"""Chain of digests: each line of a log bears a digest of itself and of all lines above it."""

import hashlib

from search.store.rules import RuleError

DIGITS = 32  # hexadecimal digits of a digest
_KEY, _END = b', "digest": "', b'"}'


def _parts(line: bytes) -> tuple[bytes, str | None]:
    """Return a line without its digest, and the digest; None if it bears none."""
    start = len(line) - len(_KEY) - DIGITS - len(_END)
    if start < 0 or not line.startswith(_KEY, start) or not line.endswith(_END):
        return line, None
    digest = line[start + len(_KEY) : -len(_END)]
    return line[:start] + b"}", digest.decode(errors="replace")


class Chain:
    """Chain over the lines of a log, in order.

    A log of an earlier version has lines without a digest. The chain runs over them too, so the
    first digest below them covers them.

    Attributes:
        lines: number of lines in the chain.
        bare: number of lines without a digest, which are the first ones.
        digest: digest of the last line; empty before the first.
        marked_digest: digest of the marked line; empty before it.
    """

    def __init__(self, marked: int = 0) -> None:
        """Begin without lines.

        Args:
            marked: number of the line whose digest is kept, counted from 1; 0 for none.
        """
        self.lines, self.bare, self.digest = 0, 0, ""
        self._marked, self.marked_digest = marked, ""

    def _next(self, body: bytes) -> str:
        digest = hashlib.sha256(self.digest.encode())
        digest.update(body)
        return digest.hexdigest()[:DIGITS]

    def link(self, body: bytes) -> bytes:
        """Return a JSON object with its digest as the last key; `add` takes it into the chain."""
        return body[:-1] + _KEY + self._next(body).encode() + _END

    def contradicts(self, line: bytes) -> bool:
        """Return whether a line bears another digest than it has at the end of this chain."""
        body, stated = _parts(line)
        return stated is not None and stated != self._next(body)

    def add(self, line: bytes) -> None:
        """Take a line into the chain.

        Raises:
            RuleError: the digest is not that of the line at this place, or is missing below lines
                that bear one.
        """
        body, stated = _parts(line)
        digest = self._next(body)
        if stated is None:
            if self.bare < self.lines:
                raise RuleError("`digest` is missing, which the lines above bear")
            self.bare += 1
        elif stated != digest:
            raise RuleError(
                f"`digest` must be {digest}, that of this line below those above it, got "
                f"{stated}: a line was altered, lost, moved or doubled"
            )
        self.digest, self.lines = digest, self.lines + 1
        if self.lines == self._marked:
            self.marked_digest = digest
