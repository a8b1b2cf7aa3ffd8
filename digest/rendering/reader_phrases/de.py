"""German."""

from __future__ import annotations

PHRASES = {
    "consent": (
        "Ich möchte „{briefing}“ von {publication} per E-Mail erhalten. "
        "Ich kann jederzeit abbestellen, mit dem Link in jeder Nachricht."
    ),
    "subscribe_title": "Abonnieren",
    "subscribe_text": (
        "Wir senden zuerst eine kurze Nachricht, um sicherzugehen, dass die Adresse Ihnen gehört. "
        "Vor Ihrer Bestätigung kommt sonst nichts."
    ),
    "subscribe_check_title": "Noch ein Schritt",
    "subscribe_check_text": "Bitte sehen Sie alles durch und drücken Sie den Knopf.",
    "email_label": "Ihre E-Mail-Adresse",
    "email_problem": "An diese Adresse können wir nicht schreiben. Bitte prüfen Sie sie.",
    "briefings_label": "Was Sie erhalten möchten",
    "briefing_problem": "Bitte wählen Sie mindestens eines.",
    "language_label": "Sprache der Nachrichten zu Ihrem Abonnement",
    "timezone_label": "Ihre Zeitzone",
    "timezone_hint": "Etwa Europe/Zurich. Leer: die der Publikation.",
    "trap_label": "Bitte lassen Sie dieses Feld leer",
    "subscribe_button": "Abonnieren",
    "asked_title": "Bitte sehen Sie in Ihr Postfach",
    "asked_text": (
        "Wenn diese Adresse angemeldet werden kann, ist eine Nachricht mit einem Knopf zum "
        "Bestätigen unterwegs. Bevor Sie ihn drücken, erhalten Sie sonst nichts."
    ),
    "asked_hint": (
        "Nach einigen Minuten noch nichts? Sehen Sie in den Spam-Ordner. Eine Adresse bekommt "
        "höchstens eine solche Nachricht am Tag."
    ),
    "go_back": "Zurück, woher Sie kamen",
    "confirm_title": "Bestätigen Sie Ihr Abonnement",
    "confirm_text": "Drücken Sie den Knopf, um ab der nächsten Ausgabe zu erhalten:",
    "confirm_button": "Ja, ich möchte es",
    "confirmed_title": "Willkommen",
    "confirmed_text": "Sie haben abonniert. Die nächste Ausgabe kommt zu Ihnen:",
    "confirmed_hint": "Am Fuß jeder Nachricht steht ein Link zum Wählen und zum Abbestellen.",
    "confirm_suppressed": (
        "Diese Adresse steht auf unserer Liste derer, denen wir nicht schreiben; es wurde nichts "
        "geändert. Bitte schreiben Sie uns, wenn wir sie dort streichen sollen."
    ),
    "latest_issue": "Die neueste Ausgabe lesen: {title}",
    "stale_title": "Dieser Link bewirkt nichts mehr",
    "stale_text": (
        "Er wurde schon benutzt, ist abgelaufen oder unvollständig. "
        "Nennen Sie uns Ihre Adresse, und wir senden Ihnen einen neuen."
    ),
    "stale_confirm_text": (
        "Er wurde schon benutzt, ist abgelaufen oder unvollständig. Wenn Sie noch nicht abonniert "
        "haben, melden Sie sich bitte noch einmal an."
    ),
    "unknown_title": "Wir wissen nicht, wessen Link das ist",
    "unknown_text": (
        "Vielleicht wurde er unterwegs abgeschnitten. Nennen Sie uns Ihre Adresse, und wir senden "
        "Ihnen einen Link zum Abbestellen oder Wählen."
    ),
    "links_title": "Ihr Abonnement",
    "links_text": (
        "Was wir von Ihnen gespeichert haben, wird nur mit einem Link gezeigt und geändert, den "
        "wir an Ihre Adresse senden. Er gilt 30 Minuten, einmal."
    ),
    "links_choice": "Was möchten Sie tun?",
    "links_preferences": "Wählen, was ich erhalte, pausieren oder meine Adresse ändern",
    "links_export": "Alles herunterladen, was über mich gespeichert ist",
    "links_erase": "Alles löschen lassen, was über mich gespeichert ist",
    "links_button": "Den Link senden",
    "links_asked_title": "Bitte sehen Sie in Ihr Postfach",
    "links_asked_text": (
        "Wenn diese Adresse hier angemeldet ist, ist eine Nachricht mit dem Link unterwegs. "
        "Er gilt 30 Minuten."
    ),
    "leave_title": "{briefing} abbestellen",
    "leave_text": "Drücken Sie den Knopf, und Sie erhalten nichts mehr davon.",
    "leave_button": "Abbestellen",
    "leave_other": "Oder wählen Sie, was Sie erhalten und wie oft",
    "left_title": "Sie haben abbestellt",
    "left_text": "Sie erhalten „{briefing}“ nicht mehr. Schade, dass Sie gehen.",
    "left_undo_text": "War das ein Versehen?",
    "left_undo_button": "Wieder abonnieren",
    "undone_title": "Sie haben wieder abonniert",
    "undone_text": "„{briefing}“ kommt weiterhin zu Ihnen, wie zuvor.",
    "preferences_title": "Ihr Abonnement",
    "preferences_text": "Für {email}.",
    "preferences_briefings": "Was Sie erhalten",
    "preferences_pause": "Pausieren bis",
    "preferences_pause_hint": (
        "Ausgaben, die vor diesem Tag erscheinen, werden nicht nachgesandt. Leer: keine Pause."
    ),
    "preferences_topics": "Nur diese Themen",
    "preferences_topics_hint": "Keines gewählt: alle.",
    "preferences_feed": "Ihr eigener Feed",
    "preferences_feed_hint": (
        "Was Ihnen dieses Briefing senden würde, im Feedreader. "
        "Wer die Adresse hat, kann es auch lesen."
    ),
    "preferences_cadence": "Wie oft",
    "cadence_each": "Jede Ausgabe",
    "cadence_weekly": "Einmal in der Woche",
    "format_label": "Wie die Nachrichten aussehen",
    "format_html": "Mit Bildern",
    "format_text": "Nur Text",
    "preferences_you": "Über Sie",
    "preferences_address": "Neue E-Mail-Adresse",
    "preferences_address_hint": (
        "Nur um sie zu ändern. Wir senden einen Link an die neue Adresse und ändern nichts, bevor "
        "Sie den Knopf dahinter gedrückt haben."
    ),
    "preferences_button": "Speichern",
    "saved_title": "Gespeichert",
    "saved_text": (
        "Es gilt ab der nächsten Ausgabe. Um mehr zu ändern, fordern Sie einen weiteren Link an."
    ),
    "saved_moving": (
        "Eine Nachricht ist an die neue Adresse unterwegs. Drücken Sie den Knopf darin, um zu "
        "wechseln."
    ),
    "saved_bad_address": (
        "An die neue Adresse können wir nicht schreiben; die alte bleibt. "
        "Alles andere wurde gespeichert."
    ),
    "change_title": "Adresse ändern",
    "change_text": (
        "Drücken Sie den Knopf, und Nachrichten kommen ab der nächsten Ausgabe an {email}."
    ),
    "change_button": "Diese Adresse verwenden",
    "changed_title": "Ihre Adresse wurde geändert",
    "changed_text": "Nachrichten kommen ab der nächsten Ausgabe an die neue Adresse.",
    "change_taken_title": "Diese Adresse hat schon ein Abonnement",
    "change_taken_text": (
        "Es wurde nichts geändert. Bestellen Sie stattdessen für die alte Adresse ab, wenn Sie "
        "möchten."
    ),
    "export_title": "Alles, was über Sie gespeichert ist",
    "export_text": (
        "Drücken Sie den Knopf, um es als JSON-Datei herunterzuladen. Der Link gilt einmal."
    ),
    "export_button": "Herunterladen",
    "erase_title": "Alles löschen, was über Sie gespeichert ist",
    "erase_text": (
        "Ihre Adresse, Ihre Wahl und Ihr Name verlassen unsere Datenbank, und alle Ihre "
        "Abonnements enden. Das lässt sich nicht rückgängig machen."
    ),
    "erase_kept": (
        "Was bleibt: ein aus Ihrer Adresse gebildeter Code, der sich nicht zurücklesen lässt, "
        "damit sie niemand wieder anmeldet; und Zahlen ohne jeden Namen."
    ),
    "erase_button": "Alles löschen",
    "erased_title": "Alles ist gelöscht",
    "erased_text": (
        "Sie erhalten keine Nachrichten mehr von uns, und diese Seite war die letzte, die Sie "
        "kannte."
    ),
    "mail_reason": "Sie erhalten diese Nachricht, weil sie auf {site} angefordert wurde.",
    "mail_confirm_subject": "Bitte bestätigen Sie Ihr Abonnement von {briefing}",
    "mail_confirm_heading": "Gehört diese Adresse Ihnen?",
    "mail_confirm_text": (
        "Jemand, wahrscheinlich Sie, möchte „{briefing}“ an diese Adresse erhalten. "
        "Drücken Sie zur Bestätigung den Knopf."
    ),
    "mail_confirm_button": "Bestätigen",
    "mail_confirm_after": "Der Link gilt bis {date}.",
    "mail_confirm_ignore": (
        "Das waren nicht Sie? Dann tun Sie nichts: Sie erhalten keine weitere Nachricht."
    ),
    "mail_welcome_subject": "Willkommen bei {briefing}",
    "mail_welcome_heading": "Willkommen",
    "mail_welcome_text": (
        "Von jetzt an erhalten Sie „{briefing}“. Die nächste Ausgabe kommt zu Ihnen."
    ),
    "mail_already_subject": "Sie haben {briefing} abonniert",
    "mail_already_heading": "Sie haben schon abonniert",
    "mail_already_text": (
        "Jemand, wahrscheinlich Sie, wollte „{briefing}“ an diese Adresse erhalten. "
        "Es kommt schon zu Ihnen; Sie brauchen nichts zu tun."
    ),
    "mail_unsubscribe": "{briefing} abbestellen",
    "mail_preferences_subject": "Ihr Link zum Wählen",
    "mail_preferences_heading": "Wählen Sie, was Sie erhalten",
    "mail_preferences_text": "Hier ist der Link, den Sie angefordert haben.",
    "mail_preferences_button": "Wählen",
    "mail_export_subject": "Ihr Link zu dem, was über Sie gespeichert ist",
    "mail_export_heading": "Alles, was über Sie gespeichert ist",
    "mail_export_text": "Hier ist der Link, den Sie angefordert haben.",
    "mail_export_button": "Zu den Daten",
    "mail_erase_subject": "Ihr Link, um alles löschen zu lassen",
    "mail_erase_heading": "Alles löschen, was über Sie gespeichert ist",
    "mail_erase_text": (
        "Hier ist der Link, den Sie angefordert haben. Nichts wird gelöscht, bevor Sie den Knopf "
        "dahinter drücken."
    ),
    "mail_erase_button": "Weiter",
    "mail_link_after": "Der Link gilt 30 Minuten, einmal.",
    "mail_link_ignore": (
        "Sie haben ihn nicht angefordert? Dann tun Sie nichts: Es ändert sich nichts."
    ),
    "mail_change_address_subject": "Bitte bestätigen Sie Ihre neue Adresse",
    "mail_change_address_heading": "Ist das Ihre neue Adresse?",
    "mail_change_address_text": (
        "Jemand, wahrscheinlich Sie, möchte Nachrichten von {publication} von nun an an diese "
        "Adresse erhalten. Drücken Sie zur Bestätigung den Knopf."
    ),
    "mail_change_address_button": "Bestätigen",
    "mail_address_changed_subject": "Ihre Adresse wurde geändert",
    "mail_address_changed_heading": "Ihre Adresse wurde geändert",
    "mail_address_changed_text": (
        "Wie gewünscht gehen Nachrichten von {publication} von nun an an Ihre neue Adresse und "
        "nicht mehr an diese."
    ),
    "mail_address_changed_after": "Das waren nicht Sie? Dann antworten Sie bitte auf diese Mail.",
}
