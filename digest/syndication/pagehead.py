# ruff: noqa: RUF001 - the words of many languages
"""What stands between the title of a pasted page and its first paragraph: dates, bylines, captions.

The words of a picture are the hard part: they follow the title just as a standfirst does. A caption
says what can be *seen*; a standfirst says what the article will *tell*. So a caption names people,
says what they do in the present tense (or has no verb at all), and where and when the picture was
taken; a standfirst explains, contrasts, asks, and promises. Signs of both are counted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from digest.model import Author
from digest.syndication.sentences import ends_in_punctuation, ends_sentence, sentence_ends

_MAX_CAPTION_CHARS = 400
_MAX_CREDIT_CHARS = 80
_MAX_DATE_CHARS = 60
_MAX_BYLINE_CHARS = 80
_ENOUGH_SIGNS = 4
_EXPLAINING_WEIGHT = 3


@dataclass(frozen=True, slots=True)
class Caption:
    """The words of a picture."""

    caption: str
    credit: str


def _any_of(*groups: str) -> str:
    """Return a pattern for any of the words in *groups*, where ``|`` parts them, on word bounds."""
    return rf"(?<!\w)(?:{'|'.join(groups)})(?!\w)"


_PICTURE = (
    "photos?|photographs?|pictures?|pics?|images?|illustration|graphic|file photo|credits?"
    "|fotos?|foto ?credits?|fotografía|fotografia|imagens?|imagem|imagen|bild|bilder|grafik"
    "|abbildung|crédits?(?: photo)?|crédito|credito|immagine|zdjęcie|zdjęcia|fot\\.?|beeld"
    "|afbeelding|фото|світлина|світлини|ілюстрація|фотография|снимок|иллюстрация|صورة|الصورة"
    "|تصوير|צילום|תמונה|图|图片|圖|圖片|摄影|攝影|写真|画像|撮影"
)
_MARKED = re.compile(
    rf"[(\[]?(?:{_PICTURE})(?: by| von| de| di| par| por)?\s?[:：©|]\s?", re.IGNORECASE
)
_CAPTION_WORD = re.compile(
    "(?:caption|legend|légende|bildunterschrift|bildtext|leyenda|pie de foto|didascalia|legenda"
    "|podpis|onderschrift|підпис|подпись)\\s?[:：]\\s?",
    re.IGNORECASE,
)
_CREDIT_LINE = re.compile(rf"(?:©|\(c\)|copyright\b|{_MARKED.pattern})", re.IGNORECASE)
_CREDIT_AT_END = re.compile(
    rf"\s?[(\[/|–—-]?\s?(?:©|{_any_of(_PICTURE)}(?: by)?\s?[:：©]"
    r"|photo(?:graph)? by|foto (?:de|von|di))"
    r"\s?([^.!?()©:：]{2,60})[)\]]?\.?\Z",
    re.IGNORECASE,
)
_SIDES = (
    "left|right|cent(?:re|er)|l|r|from left|top|bottom|pictured|above|below|front|back|seated"
    "|standing|links|rechts|mitte|à gauche|à droite|au centre|izquierda|derecha|sinistra|destra"
    "|esquerda|direita|ліворуч|праворуч|зліва|справа|слева|po lewej|po prawej|左|右|中央|中"
)
_SURE = re.compile(
    rf"©|[(（](?:{_SIDES})[)）]|左から|左起|"
    + _any_of(
        "from left|left to right|l-r|l to r|from right|v\\.l\\.n\\.r|von links|od lewej",
        "de gauche à droite|de izquierda a derecha|da sinistra|da esquerda|зліва направо",
        "слева направо|(?:is|are) (?:seen|pictured|shown|photographed)",
        "(?:file|handout) (?:photo|image)|poses? for (?:a|the) (?:photo|picture)",
        "in this (?:photo|picture|image|handout)",
    )
    + r"|/(?:ap|afp|reuters|getty|epa|tass|dpa)(?!\w)"
    r"|(?:getty images|reuters|afp|epa|shutterstock|ap photo|unsplash)[)\]]?\.?\Z",
    re.IGNORECASE,
)
_SCENE = re.compile(
    _any_of(
        "meets?(?: with)?|shakes? hands|greets?|welcomes?|speaks?|talks? (?:to|with)|addresses",
        "arrives?|departs?|attends?|delivers?|walks?|waves?|looks? (?:on|at)|holds?|signs?",
        "poses?|stands?|sits?|visits?|gestures?|embraces?|hugs?|chats?|smiles?|listens?|reacts?",
        "gathers?|march|marches|celebrates?|plays?|rides?|inspects?|receives?|presents?",
        "rescues?|carry|carries|trifft|treffen|begrüßt|begrüßen|spricht|sprechen|steht|stehen",
        "sitzt|sitzen|besucht|schüttelt|unterzeichnet|rencontre|rencontrent|salue|accueille",
        "serre la main|prononce|assiste|visite|signe|pose|se reúne con|se reúnen|saluda|recibe",
        "habla|llega|visita|firma|posa|asiste|estrecha la mano|incontra|incontrano|saluta",
        "accoglie|parla|stringe la mano|encontra-se com|reúne-se com|cumprimenta|recebe|fala",
        "assina|aperta a mão|ontmoet|begroet|spreekt|schudt|bezoekt|ondertekent|spotyka się",
        "wita|przemawia|podpisuje|odwiedza|ściska dłoń|зустрічається|зустрічаються|вітає",
        "вітається|виступає|прибуває|тисне руку|підписує|відвідує|встречается|встречаются",
        "приветствует|выступает|прибывает|пожимает руку|подписывает|посещает",
    ),
    re.IGNORECASE,
)
_PLACE = re.compile(
    _any_of(
        "in|at|on|near|outside|above|below|beside|inside|during|before|behind|under|à|en|au|aux",
        "dans|im|am|auf|bei|vor|nel|nella|em|na|we|przy|op|bij|у|в|біля|під|возле|около",
    )
    + r" (?:(?:the|an?|their|his|her|its|la|le|les|el|los|der|dem|den|die|il|lo|de|het) )?"
    r"[^\W\d_]{2}",
    re.IGNORECASE,
)
_DATED = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)|(?<!\d)\d{1,2}[./]\d{1,2}[./]\d{2,4}(?!\d)")
_EXPLAINS = re.compile(
    r"[?!;]|"
    + _any_of(
        "but|why|how|what|whether|because|although|though|will|would|could|should|can|might",
        "must|amid|despite|hopes?|expected|experts?|says?|said|warns?|are|is|was|were|has|have",
        "had|did|does|aber|warum|wie|weil|obwohl|wird|werden|könnte|ist|sind|mais|pourquoi",
        "comment|parce|sera|est|sont|ont|était|pero|por qué|cómo|porque|será|fue|perché|sarà",
        "sono|por que|são|foi|maar|waarom|omdat|zal|zijn|heeft|dlaczego|ponieważ|będzie|jest|są",
        "był|але|чому|буде|був|була|почему|потому|будет|был|была",
    ),
    re.IGNORECASE,
)
_CALENDAR = (
    "january february march april may june july august september october november december"
    " monday tuesday wednesday thursday friday saturday sunday"
)
_NOT_NAMES = frozenset(f"{_CALENDAR} i".split())
_WORD = re.compile(r"[^\W\d_]\w*(?:[’']s?(?!\w))?")
_UNCASED = re.compile("[\u0590-\u06ff\u3040-\u30ff\u4e00-\u9fff]")


def read_caption(text: str, *, apart: bool, sure: bool = False) -> Caption | None:
    """Return the words of the picture that *text* is, or None if it belongs to the article.

    Args:
        text: a paragraph near the title.
        apart: whether page furniture stands between it and the article's text.
        sure: take only what says itself that it is about a picture.
    """
    if len(text) > _MAX_CAPTION_CHARS:
        return None
    credit = read_credit(text)
    if credit:
        return Caption("", credit)
    marked = _MARKED.match(text) or _CAPTION_WORD.match(text)
    if (
        not marked
        and not _SURE.search(text)
        and (sure or _signs(text, apart=apart) < _ENOUGH_SIGNS)
    ):
        return None
    found = _CREDIT_AT_END.search(text)
    if found and found.start() > (marked.end() if marked else 0):
        return Caption(text[: found.start()].strip(), found[1].strip())
    return Caption(text, "")


def read_credit(text: str) -> str:
    """Return whose picture it is if *text* says nothing else (``Photo: A. Name``), else ``""``."""
    match = _CREDIT_LINE.match(text)
    if not match or len(text) > _MAX_CREDIT_CHARS or ends_sentence(text):
        return ""
    name = text[match.end() :].strip(" )]:")
    # A name has its capitals; "Photo: the harbour at dawn" describes.
    words = [word for word in _WORD.findall(name) if word.lower() not in {"via", "de", "von"}]
    return name if words and not any(word[0].islower() for word in words) else ""


def _signs(text: str, *, apart: bool) -> int:
    """Count what speaks for a caption, minus what speaks against it."""
    if len(sentence_ends(text)) > 1 or _UNCASED.search(text):
        return 0
    explains = bool(_EXPLAINS.search(text))
    seen = bool(_SCENE.search(text)) or not explains  # no verb at all speaks for a caption, too
    signs = (_names_someone(text), _PLACE.search(text), _DATED.search(text), apart, seen)
    return sum(map(bool, signs)) - _EXPLAINING_WEIGHT * explains


def _names_someone(text: str) -> bool:
    names = [
        match
        for match in _WORD.finditer(text)
        if match[0][0].isupper() and match[0].lower() not in _NOT_NAMES
    ]
    # The first word is no name for its capital alone: it needs another, or a genitive.
    return any(
        match.start() > 0 or match[0][-1] in "’'" or "’s" in match[0] for match in names
    ) or (any("'s" in match[0] for match in names))


_MONTHS = (
    "jan feb mar apr jun jul aug sep sept oct nov dec januar februar märz mai juni juli oktober"
    " dezember jänner janvier février mars avril juin juillet août septembre octobre novembre"
    " décembre enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre"
    " diciembre gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre janeiro"
    " fevereiro março maio junho julho setembro outubro novembro dezembro januari februari maart"
    " mei augustus січня лютого березня квітня травня червня липня серпня вересня жовтня листопада"
    " грудня января февраля марта апреля мая июня июля августа сентября октября ноября декабря"
    " stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada"
    " grudnia"
)
_WEEKDAYS = (
    "mon tue wed thu fri sat sun montag"
    " dienstag mittwoch donnerstag freitag samstag sonntag lundi mardi mercredi jeudi vendredi"
    " samedi dimanche lunes martes miércoles jueves viernes sábado domingo lunedì martedì mercoledì"
    " giovedì venerdì sabato domenica segunda terça quarta quinta sexta feira maandag dinsdag"
    " woensdag donderdag vrijdag zaterdag zondag понеділок вівторок середа четвер п'ятниця субота"
    " неділя понедельник вторник среда пятница суббота воскресенье poniedziałek wtorek środa"
    " czwartek piątek sobota niedziela"
)
_AROUND_DATES = (
    "at am pm st nd rd th utc gmt cet cest est edt um uhr à de del le il o às om uur року года г р"
    " godz on the published posted updated last date veröffentlicht aktualisiert stand publié mis"
    " jour publicado actualizado el em pubblicato aggiornato gepubliceerd bijgewerkt op"
    " опубліковано оновлено опубликовано обновлено opublikowano t z h a p m"
)
_DATE_WORDS = frozenset(f"{_CALENDAR} {_MONTHS} {_WEEKDAYS} {_AROUND_DATES}".split())
_PLAIN_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_EAST_ASIAN_DATE = re.compile(
    r"\d{4}年\d{1,2}月\d{1,2}日[\s\d:：時时分()月火水木金土日曜一二三四五六星期]*"
)


def is_date_line(text: str) -> bool:
    """Say whether *text* is nothing but a date, perhaps with a time: the page's, not the text's."""
    text = text.strip().casefold().replace("’", "'")
    if len(text) > _MAX_DATE_CHARS:
        return False
    if _EAST_ASIAN_DATE.fullmatch(text):
        return True
    numbers = re.findall(r"\d+", text)
    if len(numbers) < 2 or not _DATED.search(text):  # noqa: PLR2004 - a day and a year
        return False
    return all(word in _DATE_WORDS for word in _PLAIN_WORD.findall(text))


_CAPITALISED = r"[^\W\d_a-z][\w’'.-]{0,30}"
_NAME = rf"{_CAPITALISED}(?: (?:de|da|van|von|der|den|la|le|bin|al|{_CAPITALISED})){{1,4}}"
_AND = ", | and | und | et | y | e | i | та | и | en | & "
_BYLINE = re.compile(
    r"(?:by|written by|words by|von|par|por|di|door|tekst:|text:|texte:|autor(?:ka)?:|auteur:"
    r"|autore:|автор(?:ка)?:|текст:|przez) ?"
    rf"((?-i:{_NAME}(?:(?:{_AND}){_NAME}){{0,4}}))",
    re.IGNORECASE,
)


def read_byline(text: str) -> tuple[Author, ...]:
    """Return the authors that a line like ``By Jane Doe and John Roe`` names; empty for others."""
    text = text.strip()
    if len(text) > _MAX_BYLINE_CHARS or ends_in_punctuation(text):
        return ()
    match = _BYLINE.fullmatch(text)
    if not match:
        return ()
    names = re.split(_AND, match[1], flags=re.IGNORECASE)
    return tuple(Author(name) for name in names) if all(n[0].isupper() for n in names) else ()
