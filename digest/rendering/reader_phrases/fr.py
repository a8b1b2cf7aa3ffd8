"""French."""

# ruff: noqa: RUF001 - French apostrophes look like accents to the linter

from __future__ import annotations

PHRASES = {
    "consent": (
        "Je souhaite recevoir «\u00a0{briefing}\u00a0» de {publication} par courriel. "
        "Je peux me désabonner à tout moment, par le lien de chaque message."
    ),
    "subscribe_title": "S’abonner",
    "subscribe_text": (
        "Nous envoyons d’abord un court message, pour nous assurer que l’adresse est la vôtre. "
        "Rien d’autre ne vient avant votre confirmation."
    ),
    "subscribe_check_title": "Encore une étape",
    "subscribe_check_text": "Veuillez vérifier votre choix et appuyer sur le bouton.",
    "email_label": "Votre adresse électronique",
    "email_problem": "Nous ne pouvons pas écrire à cette adresse. Veuillez la vérifier.",
    "briefings_label": "Ce que vous souhaitez recevoir",
    "briefing_problem": "Veuillez en choisir au moins un.",
    "language_label": "Langue des messages sur votre abonnement",
    "timezone_label": "Votre fuseau horaire",
    "timezone_hint": "Par exemple Europe/Zurich. Vide\u00a0: celui de la publication.",
    "trap_label": "Veuillez laisser ce champ vide",
    "subscribe_button": "S’abonner",
    "asked_title": "Veuillez consulter votre messagerie",
    "asked_text": (
        "Si cette adresse peut être abonnée, un message avec un bouton de confirmation est en "
        "route. Avant que vous l’ayez pressé, vous ne recevez rien d’autre."
    ),
    "asked_hint": (
        "Toujours rien après quelques minutes\u00a0? Regardez dans les indésirables. Une adresse "
        "reçoit au plus un tel message par jour."
    ),
    "go_back": "Revenir d’où vous venez",
    "confirm_title": "Confirmez votre abonnement",
    "confirm_text": "Appuyez sur le bouton pour recevoir dès le prochain numéro\u00a0:",
    "confirm_button": "Oui, je m’abonne",
    "confirmed_title": "Bienvenue",
    "confirmed_text": "Vous êtes abonné. Le prochain numéro vous parviendra\u00a0:",
    "confirmed_hint": "Au bas de chaque message, un lien permet de choisir ou de partir.",
    "confirm_suppressed": (
        "Cette adresse figure parmi celles auxquelles nous n’écrivons pas\u00a0; rien n’a changé. "
        "Écrivez-nous si vous souhaitez qu’elle en soit retirée."
    ),
    "latest_issue": "Lire le dernier numéro\u00a0: {title}",
    "stale_title": "Ce lien n’a plus d’effet",
    "stale_text": (
        "Il a déjà servi, a expiré ou est incomplet. "
        "Indiquez votre adresse, et nous vous en enverrons un nouveau."
    ),
    "stale_confirm_text": (
        "Il a déjà servi, a expiré ou est incomplet. Si vous n’êtes pas abonné, veuillez vous "
        "inscrire encore une fois."
    ),
    "unknown_title": "Nous ne savons pas à qui est ce lien",
    "unknown_text": (
        "Il a peut-être été coupé en route. Indiquez votre adresse, et nous vous enverrons un "
        "lien pour partir ou pour choisir."
    ),
    "links_title": "Votre abonnement",
    "links_text": (
        "Ce que nous conservons de vous n’est montré et modifié qu’avec un lien envoyé à votre "
        "adresse. Il fonctionne 30 minutes, une fois."
    ),
    "links_choice": "Que souhaitez-vous faire\u00a0?",
    "links_preferences": "Choisir ce que je reçois, suspendre ou changer d’adresse",
    "links_export": "Télécharger tout ce qui est conservé de moi",
    "links_erase": "Faire effacer tout ce qui est conservé de moi",
    "links_button": "M’envoyer le lien",
    "links_asked_title": "Veuillez consulter votre messagerie",
    "links_asked_text": (
        "Si cette adresse est abonnée ici, un message avec le lien est en route. "
        "Il fonctionne 30 minutes."
    ),
    "leave_title": "Se désabonner de {briefing}",
    "leave_text": "Appuyez sur le bouton, et vous n’en recevrez plus.",
    "leave_button": "Se désabonner",
    "leave_other": "Ou choisir ce que vous recevez, et quand",
    "left_title": "Vous êtes désabonné",
    "left_text": "Vous ne recevrez plus «\u00a0{briefing}\u00a0». Nous regrettons votre départ.",
    "left_undo_text": "Était-ce une erreur\u00a0?",
    "left_undo_button": "Me réabonner",
    "undone_title": "Vous êtes de nouveau abonné",
    "undone_text": "«\u00a0{briefing}\u00a0» continue de vous parvenir, comme avant.",
    "preferences_title": "Votre abonnement",
    "preferences_text": "Pour {email}.",
    "preferences_briefings": "Ce que vous recevez",
    "preferences_pause": "Suspendre jusqu’au",
    "preferences_pause_hint": (
        "Les numéros parus avant ce jour ne vous sont pas envoyés ensuite. "
        "Vide\u00a0: pas de suspension."
    ),
    "preferences_topics": "Seulement ces sujets",
    "preferences_topics_hint": "Aucun choisi\u00a0: tous.",
    "preferences_feed": "Votre propre flux",
    "preferences_feed_hint": (
        "Ce que cette lettre vous enverrait, dans un lecteur de flux. "
        "Quiconque a l’adresse peut aussi le lire."
    ),
    "preferences_cadence": "À quel rythme",
    "cadence_each": "Chaque numéro",
    "cadence_weekly": "Une fois par semaine",
    "format_label": "Aspect des messages",
    "format_html": "Avec images",
    "format_text": "Texte seul",
    "preferences_you": "À propos de vous",
    "preferences_address": "Nouvelle adresse électronique",
    "preferences_address_hint": (
        "Seulement pour en changer. Nous envoyons un lien à la nouvelle adresse et ne changeons "
        "rien avant que vous ayez pressé le bouton derrière ce lien."
    ),
    "preferences_button": "Enregistrer",
    "saved_title": "Enregistré",
    "saved_text": (
        "Cela vaut dès le prochain numéro. Pour changer autre chose, demandez un autre lien."
    ),
    "saved_moving": (
        "Un message est en route vers la nouvelle adresse. Pressez son bouton pour en changer."
    ),
    "saved_bad_address": (
        "Nous ne pouvons pas écrire à la nouvelle adresse\u00a0; l’ancienne reste. "
        "Tout le reste a été enregistré."
    ),
    "change_title": "Changer d’adresse",
    "change_text": (
        "Appuyez sur le bouton, et les messages iront à {email} dès le prochain numéro."
    ),
    "change_button": "Utiliser cette adresse",
    "changed_title": "Votre adresse a été changée",
    "changed_text": "Les messages iront à la nouvelle adresse dès le prochain numéro.",
    "change_taken_title": "Cette adresse a déjà un abonnement",
    "change_taken_text": "Rien n’a changé. Désabonnez plutôt l’ancienne adresse, si vous voulez.",
    "export_title": "Tout ce qui est conservé de vous",
    "export_text": (
        "Appuyez sur le bouton pour le télécharger en fichier JSON. Le lien fonctionne une fois."
    ),
    "export_button": "Télécharger",
    "erase_title": "Effacer tout ce qui est conservé de vous",
    "erase_text": (
        "Votre adresse, vos choix et votre nom quittent notre base, et tous vos abonnements "
        "prennent fin. C’est sans retour."
    ),
    "erase_kept": (
        "Ce qui reste\u00a0: un code tiré de votre adresse, qui ne peut être relu, pour que "
        "personne ne l’inscrive à nouveau\u00a0; et des nombres sans aucun nom."
    ),
    "erase_button": "Tout effacer",
    "erased_title": "Tout est effacé",
    "erased_text": (
        "Vous ne recevrez plus de messages de nous, et cette page était la dernière à vous "
        "connaître."
    ),
    "mail_reason": "Vous recevez ce message parce qu’il a été demandé sur {site}.",
    "mail_confirm_subject": "Veuillez confirmer votre abonnement à {briefing}",
    "mail_confirm_heading": "Cette adresse est-elle la vôtre\u00a0?",
    "mail_confirm_text": (
        "Quelqu’un, sans doute vous, souhaite recevoir «\u00a0{briefing}\u00a0» à cette adresse. "
        "Appuyez sur le bouton pour confirmer."
    ),
    "mail_confirm_button": "Confirmer",
    "mail_confirm_after": "Le lien fonctionne jusqu’au {date}.",
    "mail_confirm_ignore": (
        "Ce n’était pas vous\u00a0? Alors ne faites rien\u00a0: vous ne recevrez plus de message."
    ),
    "mail_welcome_subject": "Bienvenue à {briefing}",
    "mail_welcome_heading": "Bienvenue",
    "mail_welcome_text": (
        "Désormais, vous recevez «\u00a0{briefing}\u00a0». Le prochain numéro vous parviendra."
    ),
    "mail_already_subject": "Vous êtes abonné à {briefing}",
    "mail_already_heading": "Vous êtes déjà abonné",
    "mail_already_text": (
        "Quelqu’un, sans doute vous, voulait recevoir «\u00a0{briefing}\u00a0» à cette adresse. "
        "Vous le recevez déjà\u00a0; il n’y a rien à faire."
    ),
    "mail_unsubscribe": "Se désabonner de {briefing}",
    "mail_preferences_subject": "Votre lien pour choisir ce que vous recevez",
    "mail_preferences_heading": "Choisissez ce que vous recevez",
    "mail_preferences_text": "Voici le lien que vous avez demandé.",
    "mail_preferences_button": "Choisir",
    "mail_export_subject": "Votre lien vers ce qui est conservé de vous",
    "mail_export_heading": "Tout ce qui est conservé de vous",
    "mail_export_text": "Voici le lien que vous avez demandé.",
    "mail_export_button": "Y aller",
    "mail_erase_subject": "Votre lien pour tout faire effacer",
    "mail_erase_heading": "Effacer tout ce qui est conservé de vous",
    "mail_erase_text": (
        "Voici le lien que vous avez demandé. Rien n’est effacé avant que vous ayez pressé le "
        "bouton derrière ce lien."
    ),
    "mail_erase_button": "Continuer",
    "mail_link_after": "Le lien fonctionne 30 minutes, une fois.",
    "mail_link_ignore": (
        "Vous ne l’avez pas demandé\u00a0? Alors ne faites rien\u00a0: rien ne change."
    ),
    "mail_change_address_subject": "Veuillez confirmer votre nouvelle adresse",
    "mail_change_address_heading": "Est-ce votre nouvelle adresse\u00a0?",
    "mail_change_address_text": (
        "Quelqu’un, sans doute vous, souhaite recevoir désormais les messages de {publication} à "
        "cette adresse. Appuyez sur le bouton pour confirmer."
    ),
    "mail_change_address_button": "Confirmer",
    "mail_address_changed_subject": "Votre adresse a été changée",
    "mail_address_changed_heading": "Votre adresse a été changée",
    "mail_address_changed_text": (
        "Comme demandé, les messages de {publication} vont désormais à votre nouvelle adresse, et "
        "plus à celle-ci."
    ),
    "mail_address_changed_after": "Ce n’était pas vous\u00a0? Alors répondez à ce message.",
}
