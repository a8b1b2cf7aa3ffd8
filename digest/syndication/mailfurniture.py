"""Lines and links of a newsletter that belong to the mailing, in the languages of our readers."""

from __future__ import annotations

import re

_ONLINE = re.compile(
    r"(?i)(?:view|read|see|open)\b.{0,30}\b(?:in (?:your |a |the )?(?:web ?)?browser|online|"
    r"on the web)|(?:web|online|browser)[ -]?(?:version|ansicht)|view as (?:a )?web ?page|"
    r"im browser|online (?:lesen|ansehen)|"
    r"(?:voir|lire|afficher|ouvrir)\b.{0,30}(?:en ligne|navigateur)|version (?:en ligne|web)|"
    r"(?:ver|leer|abrir)\b.{0,30}(?:navegador|online|en línea|na web)|"
    r"(?:visualizza|leggi|apri)\b.{0,30}(?:browser|online)|"
    r"(?:bekijk|lees|open)\b.{0,30}(?:browser|online)|(?:zobacz|otwórz)\b.{0,30}przeglądar|"
    r"(?:переглянути|відкрити|читати)\b.{0,30}(?:браузері|онлайн)|"
    r"(?:посмотреть|открыть|читать)\b.{0,30}(?:браузере|онлайн)"
)
_LEAVE = re.compile(
    r"(?i)unsubscribe|opt[ -]?out|(?:manage|update|change|edit)\b.{0,25}(?:preference|subscription|"
    r"settings|profile)|email preferences|abmelden|abbestellen|austragen|newsletter[ -]?einstell|"
    r"désabonner|désinscri|se désinscrire|gérer (?:vos|mes) préférences|"
    r"darse de baja|cancelar (?:la |sua |a )?(?:suscripci|inscri|assinatura)|anular .{0,12}suscrip|"
    r"annulla(?:re)? (?:l'|l\u2019)?iscrizione|disiscri|uitschrijven|afmelden|wypisz|zrezygnuj|"
    r"відписатися|скасувати підписку|отписаться|forward (?:this|to a friend)|"
    r"(?:report|flag)\b.{0,12}(?:spam|abuse)|privacy (?:policy|notice)|add us to your address book"
)
_LEAVE_ADDRESS = re.compile(
    r"(?i)unsubscribe|/unsub\b|opt-?out|[?&/]optout|list-manage\.com/(?:unsubscribe|profile|about|"
    r"vcard)|/preferences?(?:[/?]|$)|/abmelden|/desinscription|forward-to-friend"
)
_LINES = re.compile(
    r"(?i)you(?:['\u2019]re| are)? (?:receiv(?:ed|ing)|got|getting|subscribed)\b.{0,80}"
    r"(?:because|email|mail|newsletter|list)|(?:email|message|mail|newsletter) (?:was|has been) "
    r"sent to|our mailing address|this email was|"
    r"sie (?:erhalten|bekommen) (?:diese|unsere|dies)|diese (?:e-?mail|nachricht) wurde|"
    r"vous recevez (?:ce|cet|cette)|cet e-?mail (?:a été|vous)|"
    r"(?:recibes?|recibió|está recibiendo) est[ea]|este (?:correo|e-?mail) (?:fue|se|foi)|"
    r"ricevi questa|questa e-?mail|je ontvangt deze|deze e-?mail|otrzymujesz t|"
    r"ви отримали цей|вы получили это|вы получаете|"
    r"^(?:copyright\b|\(c\)|\xa9)|all rights reserved|alle rechte vorbehalten|"
    r"tous droits réservés|todos los derechos|todos os direitos|tutti i diritti"
)
_MAX_LINK_CHARS = 80


def is_online_version(words: str) -> bool:
    """Tell whether a link called *words* leads to the mail on the web."""
    return len(words) <= _MAX_LINK_CHARS and bool(_ONLINE.search(words))


def is_furniture_link(words: str, href: str) -> bool:
    """Tell whether a link is for whoever got the mail, and for nobody who reads the article."""
    if _LEAVE_ADDRESS.search(href):
        return True
    return len(words) <= _MAX_LINK_CHARS and bool(_LEAVE.search(words))


def is_furniture(words: str) -> bool:
    """Tell whether a short paragraph speaks of the mailing."""
    return bool(_LINES.search(words.strip()))
