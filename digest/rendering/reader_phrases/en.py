"""English."""

from __future__ import annotations

PHRASES = {
    # What people agree to. Another wording is another version in the record of consent.
    "consent": (
        "I want to get “{briefing}” by {publication} by email. "
        "I can leave at any time, with the link in every mail."
    ),
    # Subscribing.
    "subscribe_title": "Subscribe",
    "subscribe_text": (
        "We send one short mail first, to make sure that the address is yours. "
        "Nothing else comes until you confirm."
    ),
    "subscribe_check_title": "One more step",
    "subscribe_check_text": "Please look it over and press the button.",
    "email_label": "Your email address",
    "email_problem": "This is not an email address that we can write to. Please check it.",
    "briefings_label": "What you would like to get",
    "briefing_problem": "Please choose at least one.",
    "language_label": "Language of mails about your subscription",
    "timezone_label": "Your time zone",
    "timezone_hint": "Such as Europe/Zurich. Empty: that of the publication.",
    "trap_label": "Please leave this field empty",
    "subscribe_button": "Subscribe",
    "asked_title": "Please check your mail",
    "asked_text": (
        "If this address can be subscribed, a mail with a button to confirm is on its way. "
        "Until you press it, you get nothing else."
    ),
    "asked_hint": (
        "Nothing there after some minutes? Look into the spam folder. An address gets "
        "one such mail a day at most."
    ),
    "go_back": "Back to where you came from",
    # Confirming.
    "confirm_title": "Confirm your subscription",
    "confirm_text": "Press the button to get it from the next issue on:",
    "confirm_button": "Yes, subscribe me",
    "confirmed_title": "Welcome",
    "confirmed_text": "You are subscribed. The next issue comes to you:",
    "confirmed_hint": "Every mail has a link at its foot to choose or to leave.",
    "confirm_suppressed": (
        "This address is on our do-not-mail record, so nothing was changed. "
        "Please write to us if you want it taken off."
    ),
    "latest_issue": "Read the latest issue: {title}",
    # Links that do nothing any more, and asking for a fresh one.
    "stale_title": "This link does nothing any more",
    "stale_text": (
        "It was used already, has expired, or is not complete. "
        "Tell us your address, and we mail you a fresh one."
    ),
    "stale_confirm_text": (
        "It was used already, has expired, or is not complete. If you are not subscribed, "
        "please subscribe once more."
    ),
    "unknown_title": "We cannot tell whose link this is",
    "unknown_text": (
        "It may have been cut off on its way. Tell us your address, and we mail you a link "
        "to leave or to choose."
    ),
    "links_title": "Your subscription",
    "links_text": (
        "What we have stored of you is shown and changed only with a link that we mail to your "
        "address. It works for 30 minutes, once."
    ),
    "links_choice": "What would you like to do?",
    "links_preferences": "Choose what I get, pause, or change my address",
    "links_export": "Download all that is stored about me",
    "links_erase": "Have all that is stored about me erased",
    "links_button": "Mail me the link",
    "links_asked_title": "Please check your mail",
    "links_asked_text": (
        "If this address is subscribed here, a mail with the link is on its way. "
        "It works for 30 minutes."
    ),
    # Leaving.
    "leave_title": "Unsubscribe from {briefing}",
    "leave_text": "Press the button, and no more of it is sent to you.",
    "leave_button": "Unsubscribe",
    "leave_other": "Or choose what you get, and how often",
    "left_title": "You are unsubscribed",
    "left_text": "You get no more of “{briefing}”. We are sorry to see you go.",
    "left_undo_text": "Was that a mistake?",
    "left_undo_button": "Subscribe me again",
    "undone_title": "You are subscribed again",
    "undone_text": "“{briefing}” goes on coming to you, as before.",
    # Choosing.
    "preferences_title": "Your subscription",
    "preferences_text": "For {email}.",
    "preferences_briefings": "What you get",
    "preferences_pause": "Pause until",
    "preferences_pause_hint": (
        "Issues that come out before that day are not sent to you later. Empty: no pause."
    ),
    "preferences_topics": "Only these topics",
    "preferences_topics_hint": "None chosen: all of them.",
    "preferences_feed": "Your own feed",
    "preferences_feed_hint": (
        "What this briefing would send you, in a feed reader. "
        "Whoever has the address can read it too."
    ),
    "preferences_cadence": "How often",
    "cadence_each": "Every issue",
    "cadence_weekly": "Once a week",
    "format_label": "How mails look",
    "format_html": "With pictures",
    "format_text": "Text only",
    "preferences_you": "About you",
    "preferences_address": "New email address",
    "preferences_address_hint": (
        "Only to change it. We mail a link to the new address, and change nothing before you "
        "pressed the button behind it."
    ),
    "preferences_button": "Save",
    "saved_title": "Saved",
    "saved_text": "It holds from the next issue on. To change more, ask for another link.",
    "saved_moving": "A mail is on its way to the new address. Press its button to move there.",
    "saved_bad_address": (
        "The new address is none that we can write to, so the old one stays. All else was saved."
    ),
    # Changing the address.
    "change_title": "Change your address",
    "change_text": "Press the button, and mails come to {email} from the next issue on.",
    "change_button": "Use this address",
    "changed_title": "Your address was changed",
    "changed_text": "Mails come to the new address from the next issue on.",
    "change_taken_title": "This address has a subscription already",
    "change_taken_text": "Nothing was changed. Unsubscribe the old address instead, if you like.",
    # Export and erasure.
    "export_title": "All that is stored about you",
    "export_text": "Press the button to download it as a JSON file. The link works once.",
    "export_button": "Download",
    "erase_title": "Erase all that is stored about you",
    "erase_text": (
        "Your address, your choices, and your name leave our database, and all your "
        "subscriptions end. This cannot be undone."
    ),
    "erase_kept": (
        "What stays: a code made of your address, which cannot be read back, so that nobody "
        "subscribes it again; and counts without any name."
    ),
    "erase_button": "Erase everything",
    "erased_title": "Everything is erased",
    "erased_text": "You get no more mails from us, and this page was the last to know you.",
    # Mails.
    "mail_reason": "You get this mail because it was asked for at {site}.",
    "mail_confirm_subject": "Please confirm your subscription to {briefing}",
    "mail_confirm_heading": "Is this address yours?",
    "mail_confirm_text": (
        "Somebody, most likely you, wants to get “{briefing}” at this address. "
        "Press the button to confirm."
    ),
    "mail_confirm_button": "Confirm",
    "mail_confirm_after": "The link works until {date}.",
    "mail_confirm_ignore": "It was not you? Then do nothing: you get no further mail.",
    "mail_welcome_subject": "Welcome to {briefing}",
    "mail_welcome_heading": "Welcome",
    "mail_welcome_text": "From now on you get “{briefing}”. The next issue comes to you.",
    "mail_already_subject": "You are subscribed to {briefing}",
    "mail_already_heading": "You are subscribed already",
    "mail_already_text": (
        "Somebody, most likely you, wanted to get “{briefing}” at this address. "
        "It comes to you already, so there is nothing to do."
    ),
    "mail_unsubscribe": "Unsubscribe from {briefing}",
    "mail_preferences_subject": "Your link to choose what you get",
    "mail_preferences_heading": "Choose what you get",
    "mail_preferences_text": "Here is the link you asked for.",
    "mail_preferences_button": "Choose",
    "mail_export_subject": "Your link to what is stored about you",
    "mail_export_heading": "All that is stored about you",
    "mail_export_text": "Here is the link you asked for.",
    "mail_export_button": "Get it",
    "mail_erase_subject": "Your link to have everything erased",
    "mail_erase_heading": "Erase all that is stored about you",
    "mail_erase_text": (
        "Here is the link you asked for. Nothing is erased before you press the button behind it."
    ),
    "mail_erase_button": "Go on",
    "mail_link_after": "The link works for 30 minutes, once.",
    "mail_link_ignore": "You did not ask for it? Then do nothing: nothing changes.",
    "mail_change_address_subject": "Please confirm your new address",
    "mail_change_address_heading": "Is this your new address?",
    "mail_change_address_text": (
        "Somebody, most likely you, wants to get mails of {publication} at this address "
        "from now on. Press the button to confirm."
    ),
    "mail_change_address_button": "Confirm",
    "mail_address_changed_subject": "Your address was changed",
    "mail_address_changed_heading": "Your address was changed",
    "mail_address_changed_text": (
        "As you asked, mails of {publication} go to your new address from now on, and no longer "
        "to this one."
    ),
    "mail_address_changed_after": "It was not you? Then please answer this mail.",
}
