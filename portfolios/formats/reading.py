"""From the bytes of a file to its header and rows: encoding, separator, lines before the header.

The file is read as a stream, twice: once to learn its encoding and how many lines it has, once for
its rows. What is no CSV file is said in words (`NotTabularError`); a broken row is a `Row` that
says so.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import IO

from portfolios.formats import recognise
from portfolios.formats.shape import Format, Row, plain_name

MAX_ROWS = 500_000
MAX_COLUMNS = 200
SEPARATORS = ",;\t|"
#: How many lines may stand before the header.
PREAMBLE = 20
_CHUNK = 1 << 20
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: First bytes of what people send instead.
_OTHERS = (
    (b"PK\x03\x04", "This is an Excel workbook or a ZIP archive: save or unpack it as CSV."),
    (b"\xd0\xcf\x11\xe0", "This is an old Excel workbook: save it as CSV."),
    (b"%PDF", "This is a PDF: ask for the CSV file instead."),
    (b"\x1f\x8b", "This file is compressed: unpack it first."),
    (b"{", "This is JSON, not a CSV file."),
    (b"[", "This is JSON, not a CSV file."),
    (b"<", "This is a web page, not a CSV file: download it while you are signed in there."),
)
Open = Callable[[], IO[bytes]]


class NotTabularError(Exception):
    """The file as a whole cannot be read; the message says why, with a line where it can."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What was found before the first row. `lines`: of the whole file, for progress."""

    encoding: str
    separator: str
    header: list[str]
    header_line: int
    lines: int
    format: Format | None


def look(open_file: Open) -> Sheet:
    """Learn the encoding, the separator and the header; raises `NotTabularError`."""
    encoding, lines = _encoding(open_file)
    with _text(open_file, encoding) as text:
        head = list(islice(text, PREAMBLE + 30))
    if not any(line.strip() for line in head):
        raise NotTabularError("The file is empty.")
    separator, header, at = _header(head)
    found = recognise(header)
    names = _names(header, found)
    return Sheet(encoding, separator, names, at, lines, found)


def rows(open_file: Open, sheet: Sheet) -> Iterator[Row]:
    """Every row after the header, as text; blank ones are left out."""
    names = sheet.header
    count = 0
    with _text(open_file, sheet.encoding) as text:
        for line, cells in _parsed(text, sheet.separator):
            if line <= sheet.header_line or not any(cell.strip() for cell in cells):
                continue
            count += 1
            if count > MAX_ROWS:
                raise NotTabularError(f"The file has more than {MAX_ROWS:,} rows: split it.")
            yield _row(line, names, cells)
    if not count:
        raise NotTabularError("The file has a header and no rows.")


def _encoding(open_file: Open) -> tuple[str, int]:
    """The encoding that the whole file keeps to, and its number of lines."""
    with open_file() as file:
        head = file.read(4096)
    for start, message in _OTHERS:
        if head.lstrip(b" \r\n\t\xef\xbb\xbf").startswith(start):
            raise NotTabularError(message)
    given = next((name for bom, name in _BOMS if head.startswith(bom)), "") or _utf16(head)
    for encoding in [given] if given else ["utf-8", "cp1252"]:
        lines, bad = _decodes(open_file, encoding)
        if bad is None:
            return encoding, lines
    shown = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16"}.get(given, given) or "UTF-8 or Windows-1252"
    raise NotTabularError(f"Line {bad}: this is no text in {shown}. Save the file as UTF-8.")


def _utf16(head: bytes) -> str:
    """UTF-16 without its mark: every other byte of plain text is zero."""
    if len(head) < 4:
        return ""
    even, odd = head[::2].count(0), head[1::2].count(0)
    if odd > len(head) * 0.3 and not even:
        return "utf-16-le"
    return "utf-16-be" if even > len(head) * 0.3 and not odd else ""


def _decodes(open_file: Open, encoding: str) -> tuple[int, int | None]:
    """The number of lines; and the line at which the encoding does not hold, if there is one."""
    decoder = codecs.getincrementaldecoder(encoding)()
    lines = 1
    with open_file() as file:
        while chunk := file.read(_CHUNK):
            try:
                lines += decoder.decode(chunk).count("\n")
            except UnicodeDecodeError as error:
                return 0, lines + chunk[: error.start].count(b"\n")
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return 0, lines
    return lines, None


def _text(open_file: Open, encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(open_file(), encoding=encoding, newline="")


def _parsed(
    lines: Iterator[str] | io.TextIOWrapper, separator: str
) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line they begin at; a quoted text may hold line ends, if it has an end."""
    reader = csv.reader(lines, delimiter=separator)
    while True:
        begins = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "field limit" in str(error):
                raise NotTabularError(
                    f"Line {begins}: a quoted text that begins here never ends."
                ) from error
            raise NotTabularError(f"Line {begins}: {error}.") from error
        yield begins, cells


def _header(head: Sequence[str]) -> tuple[str, list[str], int]:
    """Separator, header and its line: a known header if there is one, else the first full row."""
    candidates = [
        (separator, cells, line)
        for separator in _separators(head)
        for line, cells in islice(_parsed(iter(head), separator), PREAMBLE)
        if len(cells) > 1
    ]
    for separator, cells, line in candidates:
        if recognise(cells):
            return separator, cells, line
    full = [one for one in candidates if sum(bool(cell.strip()) for cell in one[1]) > 1]
    if not full:
        raise NotTabularError("No columns can be told apart: is it separated by , ; or tabs?")
    separator = full[0][0]
    widest = max(len(cells) for mark, cells, _ in full if mark == separator)
    first = next(one for one in full if one[0] == separator and len(one[1]) >= min(widest, 3))
    if not _is_header(first[1]):
        raise NotTabularError(
            f"Line {first[2]}: this looks like a row. A header that names the columns is needed."
        )
    return first


def _separators(head: Sequence[str]) -> list[str]:
    """Most frequent first, outside of quoted text; Excel's own `sep=;` line decides."""
    if head[0].lower().startswith("sep=") and len(head[0].strip()) == 5:
        return [head[0].strip()[4]]
    plain = ["".join(line.split('"')[::2]) for line in head]
    counts = Counter({mark: sum(line.count(mark) for line in plain) for mark in SEPARATORS})
    first = next((line for line in plain if any(mark in line for mark in SEPARATORS)), "")
    return sorted(
        (mark for mark in SEPARATORS if counts[mark]),
        key=lambda mark: (first.count(mark), counts[mark]),
        reverse=True,
    )


def _is_header(cells: Sequence[str]) -> bool:
    """Whether these are names: hardly any of them a number or a date."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    data = [
        cell for cell in filled if cell[:1].isdigit() or (cell[:1] in "+-" and cell[1:2].isdigit())
    ]
    return len(data) * 3 <= len(filled)


def _names(header: Sequence[str], found: Format | None) -> list[str]:
    """The columns' names, told apart where two are the same; not where a format needs them."""
    trimmed = [cell.strip().lstrip("\ufeff") for cell in header]
    while trimmed and not trimmed[-1]:
        trimmed.pop()
    if len(trimmed) > MAX_COLUMNS:
        raise NotTabularError(f"The file has more than {MAX_COLUMNS} columns.")
    double = [name for name, times in Counter(trimmed).items() if times > 1 and name]
    wanted = {name for column in (found.needs if found else ()) for name in column}
    for name in double:
        if name in wanted:
            raise NotTabularError(f"The column “{name}” is there twice: which one counts?")
    seen = Counter[str]()
    names = []
    for place, name in enumerate(trimmed, start=1):
        name = name or f"column {place}"  # noqa: PLW2901 - a column without a name gets one
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return _as_needed(names, found)


def _as_needed(names: list[str], found: Format | None) -> list[str]:
    """Spelled as the format spells them, whatever their case."""
    spelled = {plain_name(n): n for column in (found.needs if found else ()) for n in column}
    exact = {n for column in (found.needs if found else ()) for n in column}
    return [name if name in exact else spelled.get(plain_name(name), name) for name in names]


def _row(line: int, names: Sequence[str], cells: list[str]) -> Row:
    broken = None
    while len(cells) > len(names) and not cells[-1].strip():
        cells.pop()
    if len(cells) < len(names):
        broken = (names[len(cells)], f"The row ends after {len(cells)} of {len(names)} columns.")
    elif len(cells) > len(names):
        message = f"The row has {len(cells)} cells for {len(names)} columns: quote what has commas."
        broken = (names[-1], message)
    if broken is None:
        odd = (name for name, cell in zip(names, cells, strict=True) if "\x00" in cell)
        if (name := next(odd, None)) is not None:
            broken = (name, "Contains a character that cannot be stored.")
    return Row(line, dict(zip(names, cells, strict=False)), cells, broken)
