"""What is said is said whole in every language, and operators can change it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from babel import Locale
from samples import sample_context

from digest.errors import TemplateError
from digest.rendering import Renderer, bundled_templates
from digest.rendering.catalogues import OWN, Catalogues, Phrase, entries_of, names_in
from digest.rendering.phrases import FALLBACK, PHRASES
from digest.rendering.wording import Wording, language_name
from digest.steps.site.privacy import CONTEXT, DESCRIBED

LANGUAGES = ("en", "ar", "de", "es", "fr", "uk")
HEADER = (
    'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
)


PLURAL = (
    'msgid "articles_count"\nmsgid_plural "articles_count"\nmsgstr[0] "a"\nmsgstr[1] "b {count}"\n'
)


def override(root: Path, text: str, language: str = "en", header: str = HEADER) -> Path:
    """Write a catalogue of the operator's below *root*, the templates."""
    path = root / "locale" / f"{language}.po"
    path.parent.mkdir(exist_ok=True)
    path.write_text(header + text)
    return path


def test_these_languages_are_spoken() -> None:
    assert tuple(PHRASES) == LANGUAGES
    assert len(PHRASES) == len(LANGUAGES)
    assert "de" in PHRASES
    assert "ja" not in PHRASES
    assert "../locale/de" not in PHRASES
    with pytest.raises(KeyError):
        PHRASES["ja"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_the_same(language: str) -> None:
    everything, forms, _ = entries_of(OWN / f"{language}.po")
    keys = [entry.key for entry in everything]
    english = {entry.key: entry for entry in entries_of(OWN / f"{FALLBACK}.po")[0]}
    assert len(set(keys)) == len(keys)
    found = [entry for entry in everything if "\x04" not in entry.key]
    assert {entry.key for entry in found} == set(english)
    for entry in found:
        original = english[entry.key].forms
        assert (len(entry.forms) > 1) == (len(original) > 1), entry.key
        assert len(entry.forms) in {1, forms}, entry.key
        wanted = names_in(original[-1])
        assert names_in(entry.forms[-1]) == wanted, entry.key
        assert all(names_in(form) <= wanted for form in entry.forms), entry.key
        assert all(form == form.strip() for form in entry.forms), entry.key


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_what_is_told_of_peoples_data_is_told_in_every_language(language: str) -> None:
    """The privacy page's English stands in the program; the catalogues have the rest."""
    wording = Wording(language, "UTC")
    told = [text for item in DESCRIBED.values() for text in (item.title, item.why, item.kept)]
    told += [text for item in DESCRIBED.values() for text in item.columns.values()]
    entries = {
        entry.key.partition("\x04")[2]: entry.forms[0]
        for entry in entries_of(OWN / f"{language}.po")[0]
        if entry.key.startswith(f"{CONTEXT}\x04")
    }
    assert set(entries) == {text for text in told if text}
    for text, own in entries.items():
        assert names_in(own) == names_in(text), text
        assert own == own.strip()
        assert wording.translated(text, CONTEXT) == own
    assert wording.translated("shoe size", CONTEXT) == "shoe size"


@pytest.mark.parametrize("language", LANGUAGES)
def test_plurals_are_those_of_the_language(language: str) -> None:
    """By CLDR, whose rules Babel has."""
    _, forms, choose = entries_of(OWN / f"{language}.po")
    rule = Locale(language).plural_form
    by_form: dict[int, set[str]] = {}
    for number in range(201):
        by_form.setdefault(choose(number), set()).add(str(rule(number)))
    assert set(by_form) == set(range(forms))
    assert all(len(tags) == 1 for tags in by_form.values())


@pytest.mark.parametrize(
    ("language", "number", "said"),
    [
        ("en", 1, "1 article"),
        ("en", 2, "2 articles"),
        ("fr", 0, "0 article"),
        ("uk", 1, "1 стаття"),
        ("uk", 3, "3 статті"),
        ("uk", 11, "11 статей"),
        ("uk", 21, "21 стаття"),
        ("ar", 2, "مقالتان"),
        ("ar", 5, "5 مقالات"),
        ("ja", 1, "1 article"),
    ],
)
def test_a_number_decides_about_the_form(language: str, number: int, said: str) -> None:
    assert Wording(language, "UTC").phrase("articles_count", count=number) == said


def test_a_phrase_is_its_form_for_many() -> None:
    phrase = Phrase("one", "many", choose=lambda number: int(number != 1))
    assert phrase == "many"
    assert [phrase.for_number(number) for number in (1, 2)] == ["one", "many"]
    assert Phrase("all").for_number(7) == "all"


@pytest.mark.parametrize(
    ("code", "name"), [("en", "English"), ("de", "Deutsch"), ("fr", "Français"), ("x-y", "English")]
)
def test_a_language_is_called_what_its_speakers_call_it(code: str, name: str) -> None:
    assert language_name(code) == name


def test_operators_change_phrases_and_add_languages(tmp_path: Path) -> None:
    path = override(tmp_path, 'msgid "unsubscribe"\nmsgstr "Leave"\n')
    override(tmp_path, 'msgid "unsubscribe"\nmsgstr "Disiscriviti"\n', "it")
    override(tmp_path, 'msgid "unsubscribe"\nmsgstr "yIjaH"\n', "tlh")
    phrases = Catalogues([tmp_path])
    assert phrases.check() == []
    assert phrases["tlh"]["unsubscribe"] == "yIjaH", "also one that Babel does not know"
    assert phrases["en"]["unsubscribe"] == "Leave"
    assert phrases["en"]["archive"] == "Earlier issues"
    assert phrases["de"]["unsubscribe"] == "Abbestellen"
    assert phrases["it"]["unsubscribe"] == "Disiscriviti"
    assert phrases["it"]["archive"] == "Earlier issues"
    assert PHRASES["en"]["unsubscribe"] == "Unsubscribe"
    assert Wording("it-CH", "UTC", phrases).phrase("unsubscribe") == "Disiscriviti"
    path.write_text(HEADER + 'msgid "unsubscribe"\nmsgstr "Away"\n\nmsgid "archive"\nmsgstr ""\n')
    assert phrases["en"]["unsubscribe"] == "Away", "read again when it changed"
    assert phrases["en"]["archive"] == "Earlier issues"
    renderer = Renderer([tmp_path, bundled_templates()])
    assert "Away: https://" in renderer.briefing(sample_context()).text


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ('msgid "unsuscribe"\nmsgstr "Leave"\n', 6, "did you mean 'unsubscribe'?"),
        ('msgid "qqqqqq"\nmsgstr "Leave"\n', 6, "there is no phrase 'qqqqqq'"),
        ('msgid "by"\nmsgstr "By {author}"\n', 6, "'by' has to name {authors} in braces"),
        ('msgid "more"\nmsgstr "More {of}"\n', 6, "'more' has to name nothing in braces"),
        ('msgid "by"\nmsgstr "By {authors"\n', 6, "a brace too many or too few"),
        ('msgid "consent"\nmsgstr "Yes"\n', 6, "it is what people have agreed to"),
        ('msgid "by"\nmsgstr "By {authors}\n', 7, "this is no line of a gettext catalogue"),
        ('msgid "more"\nnonsense "Leave"\n', 7, "this is no line"),
        ('msgstr "Leave"\n\nmsgid "more"\n', 8, ""),
        ('msgctxt "privacy"\nmsgid "{a} days."\nmsgstr "{b}"\n', 7, "has to name {a} in braces"),
        (PLURAL + 'msgstr[2] "c {count}"\n', 6, "more translations than num_plurals"),
        (PLURAL.replace("b {count}", "b {number}"), 6, "'articles_count' has to name {count}"),
    ],
)
def test_a_broken_catalogue_is_found_with_file_and_line(
    tmp_path: Path, text: str, line: int, reason: str
) -> None:
    path = override(tmp_path, text)
    (problem,) = Renderer([tmp_path, bundled_templates()]).check()
    assert (problem.where, problem.line) == (str(path), line)
    assert reason in problem.reason


def test_a_broken_catalogue_hides_no_broken_template(tmp_path: Path) -> None:
    path = override(tmp_path, 'msgid "by"\nmsgstr "By {author}"\n')
    (tmp_path / "email").mkdir()
    (tmp_path / "email" / "briefing.txt").write_text("{{ nonsense }}")
    found = Renderer([tmp_path, bundled_templates()]).check()
    assert [Path(problem.where).name for problem in found] == [path.name, "briefing.txt"]
    (tmp_path / "email" / "briefing.txt").write_text("{% nonsense %}")
    found = Renderer([tmp_path, bundled_templates()]).check()
    assert [Path(problem.where).name for problem in found] == ["briefing.txt", path.name]


def test_what_cannot_be_read_sends_nothing(tmp_path: Path) -> None:
    """As with templates: an error that names the file, instead of a mail in the wrong words."""
    path = override(tmp_path, 'msgid "by"\nmsgstr "By {authors}\n', "de")
    renderer = Renderer([tmp_path, bundled_templates()])
    sample = sample_context()
    german = replace(sample, briefing=replace(sample.briefing, language="de"))
    with pytest.raises(TemplateError, match=r"de\.po:7"):
        renderer.briefing(german)
    path.write_bytes(HEADER.encode() + b'msgid "by"\nmsgstr "\xff"\n')
    with pytest.raises(TemplateError, match=r"de\.po: cannot be read as UTF-8"):
        renderer.briefing(german)
    path.write_text(HEADER.replace("n != 1", "n !! 1"))
    with pytest.raises(TemplateError, match=r"de\.po:1: has a wrong Plural-Forms"):
        renderer.briefing(german)
    path.write_text(HEADER.replace("nplurals=2", "nplurals=x"))
    with pytest.raises(TemplateError, match=r"de\.po:1: is no gettext catalogue"):
        renderer.briefing(german)


def test_nobody_changes_what_people_agree_to(tmp_path: Path) -> None:
    override(tmp_path, 'msgid "consent"\nmsgstr "Yes"\n')
    assert Catalogues([tmp_path])["en"]["consent"] == PHRASES["en"]["consent"]
