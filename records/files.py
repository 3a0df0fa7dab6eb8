"""Files and bytes of input, gzip or plain, read with bounds; whatever is wrong with them becomes a problem."""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, cast

from attrs import frozen

from .. import limits
from .problems import TOO_LARGE, UNREADABLE, InputProblem, Place

if TYPE_CHECKING:
    from collections.abc import Iterator

SAVE_AS_UTF8: Final = "Save it as UTF-8."
_GZIP: Final = b"\x1f\x8b"
_PIECE: Final = 1_000_000
_BOM: Final = "\ufeff"
_FAULTS: Final = (OSError, EOFError, zlib.error, ValueError)


@frozen
class Input:
    """One file, or the bytes of standard input; `name` is what people call it."""

    name: str
    path: Path | None = None
    data: bytes = b""

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """The content as a stream of bytes, decompressed; raises what reading a file raises."""
        with self.path.open("rb") if self.path is not None else io.BytesIO(self.data) as raw:
            start = raw.read(2)
            raw.seek(0)
            if start == _GZIP:
                with gzip.open(raw, "rb") as plain:
                    yield cast("BinaryIO", plain)
            else:
                yield cast("BinaryIO", raw)

    def fault(self, error: Exception) -> InputProblem:
        """The problem that an exception of reading stands for."""
        if isinstance(error, UnicodeDecodeError):
            return InputProblem(UNREADABLE, "It is not UTF-8 text.", Place(self.name), SAVE_AS_UTF8)
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error) or type(error).__name__
        return InputProblem(UNREADABLE, f"It can't be read: {reason}.", Place(self.name))

    def head(self, size: int) -> bytes | InputProblem:
        """The first bytes."""
        try:
            with self.open() as stream:
                return stream.read(size)
        except _FAULTS as error:
            return self.fault(error)

    def text(self) -> str | InputProblem:
        """The whole text, at most `limits.MAX_PATIENT_BYTES`."""
        try:
            with self.open() as stream:
                decoder = codecs.getincrementaldecoder("utf-8")()
                parts: list[str] = []
                size = 0
                # In pieces: asked for at most n bytes at once, Python takes n bytes of memory first.
                while raw := stream.read(_PIECE):
                    size += len(raw)
                    if size > limits.MAX_PATIENT_BYTES:
                        mend = "Write one patient a line (JSON lines): lines are read one by one."
                        return InputProblem(TOO_LARGE, f"It is larger than {limits.MAX_PATIENT_BYTES} bytes.", Place(self.name), mend)
                    parts.append(decoder.decode(raw))
                parts.append(decoder.decode(b"", final=True))
            return "".join(parts).removeprefix(_BOM)
        except _FAULTS as error:
            return self.fault(error)

    def lines(self) -> Iterator[tuple[int, str] | InputProblem]:
        """The lines that are not blank, with their numbers from 1; a line that can't be read is a problem."""
        try:
            with self.open() as stream:
                number = 0
                while raw := stream.readline(limits.MAX_PATIENT_BYTES + 1):
                    number += 1
                    if len(raw) > limits.MAX_PATIENT_BYTES:
                        problem = f"The line is longer than {limits.MAX_PATIENT_BYTES} bytes."
                        yield InputProblem(TOO_LARGE, problem, Place(self.name, line=number))
                        return
                    try:
                        text = raw.decode("utf-8")
                    except UnicodeDecodeError:
                        yield InputProblem(UNREADABLE, "The line is not UTF-8 text.", Place(self.name, line=number), SAVE_AS_UTF8)
                        continue
                    if number == 1:
                        text = text.removeprefix(_BOM)
                    if text.strip():
                        yield number, text
        except _FAULTS as error:
            yield self.fault(error)
