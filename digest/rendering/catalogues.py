"""Catalogues: the phrases of each language, as gettext files that translators know how to edit.

``locale/<language>.po`` has those that come with Digest; operators change phrases, or add a
language, by such files of their own in ``templates/locale/``, with only what they want to change.
A file is read when its language is first spoken, so that commands that say nothing cost nothing.
"""

from __future__ import annotations

import difflib
import io
import re
import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from gettext import c2py
from pathlib import Path
from typing import TYPE_CHECKING, Self

from digest.errors import Problem, TemplateError

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

FALLBACK = "en"
"""The language of what another one does not say."""

OWN = Path(__file__).parent / "locale"
"""The catalogues that come with Digest."""

NUMBER = "count"
"""The value that decides which form of a phrase with several is taken."""

AGREED = frozenset({"consent"})
"""What people agree to: the record of it has to be what they saw, wherever they saw it."""

_LINE = re.compile(
    r"\s*(?:#.*|(?:(?:msgctxt|msgid|msgid_plural|msgstr(?:\[\d\])?)\s+)?"
    r'"(?:[^"\\]|\\.)*"\s*)?'
)
_SUFFIX = ".po"
_FOLDER = "locale"


class Phrase(str):
    """A text with values in braces; what it is itself is its form for many.

    Where it depends on a number, :meth:`for_number` has the form for each.
    """

    __slots__ = ("_choose", "_forms")

    def __new__(cls, *forms: str, choose: Callable[[int], int] = lambda _: 0) -> Self:
        """Return a phrase of *forms*; *choose* says which one is for a number."""
        phrase = super().__new__(cls, forms[-1])
        phrase._forms = forms
        phrase._choose = choose
        return phrase

    _forms: tuple[str, ...]
    _choose: Callable[[int], int]

    def for_number(self, number: int) -> str:
        """Return the form for *number* of what it is about."""
        last = len(self._forms) - 1
        return self._forms[min(self._choose(number), last) if last else 0]


class Catalogues(Mapping[str, Mapping[str, Phrase]]):
    """Phrases by language (BCP 47, primary subtag) and key.

    Every language has every key: what it does not say itself is English.
    """

    def __init__(self, folders: Sequence[Path] = ()) -> None:
        """Read ``locale/`` of *folders*, templates of the operator's; the first one goes before."""
        self._folders = (*(folder / _FOLDER for folder in folders), OWN)
        self._read: dict[str, tuple[tuple[int, ...], Mapping[str, Phrase]]] = {}

    def __iter__(self) -> Iterator[str]:
        """Yield the languages, English first."""
        found = {path.stem for folder in self._folders for path in folder.glob(f"*{_SUFFIX}")}
        yield FALLBACK
        yield from sorted(found - {FALLBACK})

    def __len__(self) -> int:
        """Return how many languages there are."""
        return sum(1 for _ in self)

    def __contains__(self, language: object) -> bool:
        """Return whether there is a catalogue of *language*."""
        return isinstance(language, str) and bool(self._files(language))

    def __getitem__(self, language: str) -> Mapping[str, Phrase]:
        """Return the phrases of *language*, read again if a file has changed.

        Raises:
            KeyError: if there is no such language.
            TemplateError: if a file of it is broken; it names file and line.
        """
        files = self._files(language)
        if not files:
            raise KeyError(language)
        stamp = tuple(path.stat().st_mtime_ns for path in files)
        known = self._read.get(language)
        if known is None or known[0] != stamp:
            phrases = dict(self[FALLBACK]) if language != FALLBACK else {}
            for path in reversed(files):
                phrases |= _phrases_in(path)
            known = self._read[language] = stamp, phrases
        return known[1]

    def check(self) -> list[Problem]:
        """Return what is wrong with the operator's files, by file and line."""
        english = Catalogues()[FALLBACK]
        return [
            problem
            for folder in self._folders
            if folder != OWN
            for path in sorted(folder.glob(f"*{_SUFFIX}"))
            for problem in _problems_of(path, english)
        ]

    def _files(self, language: str) -> list[Path]:
        if not language.isalnum():
            return []
        paths = (folder / f"{language}{_SUFFIX}" for folder in self._folders)
        return [path for path in paths if path.is_file()]


@dataclass(frozen=True, slots=True)
class Entry:
    """A phrase as it stands in a file."""

    key: str
    forms: tuple[str, ...]
    line: int


def entries_of(path: Path) -> tuple[list[Entry], int, Callable[[int], int]]:
    """Return the phrases of the file, how many forms its language has, and which is for a number.

    Entries without a translation, or marked as doubtful, are left out.

    Raises:
        TemplateError: if it is no catalogue; it names file and line.
    """
    catalog = _catalog(path)
    found = []
    for message in catalog:
        keys, texts = message.id, message.string or ""
        key = keys if isinstance(keys, str) else keys[0]
        if message.context:
            key = in_context(message.context, key)
        forms = (texts,) if isinstance(texts, str) else tuple(texts)
        if key and all(forms) and not message.fuzzy:
            found.append(Entry(key, forms, message.lineno or 1))
    try:
        choose = c2py(catalog.plural_expr)
    except ValueError as error:
        raise TemplateError(str(path), f"has a wrong Plural-Forms: {error}", 1) from None
    return found, catalog.num_plurals, choose


def _catalog(path: Path) -> Catalog:
    from babel.messages.pofile import PoFileError, read_po  # noqa: PLC0415 - only for those who speak

    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise TemplateError(str(path), f"cannot be read as UTF-8 text: {error}") from None
    for number, line in enumerate(text.splitlines(), start=1):
        # Babel takes a text without an end for a text.
        if not _LINE.fullmatch(line):
            raise TemplateError(str(path), "this is no line of a gettext catalogue", number)
    try:
        return read_po(io.StringIO(text), locale=_locale(path.stem), abort_invalid=True)
    except PoFileError as error:
        raise TemplateError(str(path), str(error), (error.lineno or 0) + 1) from None
    except ValueError as error:
        raise TemplateError(str(path), f"is no gettext catalogue: {error}", 1) from None


def _locale(language: str) -> str | None:
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415 - the same

    try:
        return str(Locale.parse(language))
    except (UnknownLocaleError, ValueError):
        return None


def _phrases_in(path: Path) -> dict[str, Phrase]:
    found, _, choose = entries_of(path)
    own = path.parent == OWN
    return {
        entry.key: Phrase(*entry.forms, choose=choose)
        for entry in found
        if own or entry.key not in AGREED
    }


def _problems_of(path: Path, english: Mapping[str, Phrase]) -> list[Problem]:
    try:
        found, _, _ = entries_of(path)
    except TemplateError as error:
        return [error.problem]
    problems = []
    for entry in found:
        reason = _reason(entry, english)
        if reason:
            problems.append(Problem(str(path), reason, entry.line))
    return problems


def _reason(entry: Entry, english: Mapping[str, Phrase]) -> str:
    """Return what is wrong with *entry*; empty: nothing."""
    context, _, text = entry.key.rpartition("\x04")
    if entry.key not in english and not context:
        near = difflib.get_close_matches(text, english, n=1)
        return f"there is no phrase {text!r}" + (f"; did you mean {near[0]!r}?" if near else "")
    if entry.key in AGREED:
        return f"{text!r} cannot be changed here: it is what people have agreed to"
    wanted = names_in(english.get(entry.key, Phrase(text)))
    for form in entry.forms:
        try:
            named = names_in(form)
        except ValueError as error:
            return f"{text!r} has a brace too many or too few: {error}"
        # A form for one number may leave the number out: "one article".
        missing, unknown = wanted - named - {NUMBER}, named - wanted
        if missing or unknown:
            names = ", ".join(f"{{{name}}}" for name in sorted(wanted)) or "nothing"
            return f"{text!r} has to name {names} in braces"
    return ""


def in_context(context: str, text: str) -> str:
    """Return the key of *text*, which is English, where it stands in *context* (gettext's own)."""
    return f"{context}\x04{text}"


def names_in(phrase: str) -> set[str]:
    """Return the names in braces.

    Raises:
        ValueError: if there is a brace too many or too few.
    """
    return {name for _, name, _, _ in string.Formatter().parse(phrase) if name is not None}
