"""Spanish."""

from __future__ import annotations

PHRASES = {
    "consent": (
        "Quiero recibir «{briefing}» de {publication} por correo electrónico. "
        "Puedo darme de baja cuando quiera, con el enlace de cada mensaje."
    ),
    "subscribe_title": "Suscribirse",
    "subscribe_text": (
        "Primero enviamos un mensaje breve, para asegurarnos de que la dirección es suya. "
        "Nada más llega antes de que usted confirme."
    ),
    "subscribe_check_title": "Un paso más",
    "subscribe_check_text": "Por favor, revíselo y pulse el botón.",
    "email_label": "Su dirección de correo",
    "email_problem": "No podemos escribir a esta dirección. Por favor, compruébela.",
    "briefings_label": "Qué le gustaría recibir",
    "briefing_problem": "Por favor, elija al menos uno.",
    "language_label": "Idioma de los mensajes sobre su suscripción",
    "timezone_label": "Su zona horaria",
    "timezone_hint": "Por ejemplo, Europe/Madrid. Vacío: la de la publicación.",
    "trap_label": "Por favor, deje este campo vacío",
    "subscribe_button": "Suscribirse",
    "asked_title": "Por favor, mire su correo",
    "asked_text": (
        "Si esta dirección puede suscribirse, un mensaje con un botón para confirmar está en "
        "camino. Hasta que lo pulse, no recibirá nada más."
    ),
    "asked_hint": (
        "¿Nada después de unos minutos? Mire en el correo no deseado. Una dirección recibe como "
        "mucho un mensaje así al día."
    ),
    "go_back": "Volver a donde estaba",
    "confirm_title": "Confirme su suscripción",
    "confirm_text": "Pulse el botón para recibir desde el próximo número:",
    "confirm_button": "Sí, quiero suscribirme",
    "confirmed_title": "Le damos la bienvenida",
    "confirmed_text": "Su suscripción está hecha. Le llegará el próximo número:",
    "confirmed_hint": "Al pie de cada mensaje hay un enlace para elegir o para darse de baja.",
    "confirm_suppressed": (
        "Esta dirección está entre aquellas a las que no escribimos, así que nada ha cambiado. "
        "Escríbanos si quiere que la quitemos de ahí."
    ),
    "latest_issue": "Leer el último número: {title}",
    "stale_title": "Este enlace ya no sirve",
    "stale_text": (
        "Ya se usó, ha caducado o está incompleto. Díganos su dirección y le enviaremos uno nuevo."
    ),
    "stale_confirm_text": (
        "Ya se usó, ha caducado o está incompleto. Si no tiene la suscripción, por favor "
        "suscríbase otra vez."
    ),
    "unknown_title": "No sabemos de quién es este enlace",
    "unknown_text": (
        "Quizá se cortó por el camino. Díganos su dirección y le enviaremos un enlace para darse "
        "de baja o para elegir."
    ),
    "links_title": "Su suscripción",
    "links_text": (
        "Lo que guardamos de usted solo se muestra y se cambia con un enlace que enviamos a su "
        "dirección. Sirve durante 30 minutos, una vez."
    ),
    "links_choice": "¿Qué le gustaría hacer?",
    "links_preferences": "Elegir qué recibo, hacer una pausa o cambiar mi dirección",
    "links_export": "Descargar todo lo que se guarda de mí",
    "links_erase": "Hacer que se borre todo lo que se guarda de mí",
    "links_button": "Enviarme el enlace",
    "links_asked_title": "Por favor, mire su correo",
    "links_asked_text": (
        "Si esta dirección está suscrita aquí, un mensaje con el enlace está en camino. "
        "Sirve durante 30 minutos."
    ),
    "leave_title": "Darse de baja de {briefing}",
    "leave_text": "Pulse el botón y no recibirá más.",
    "leave_button": "Darse de baja",
    "leave_other": "O elija qué recibe y con qué frecuencia",
    "left_title": "Se ha dado de baja",
    "left_text": "Ya no recibirá «{briefing}». Sentimos que se vaya.",
    "left_undo_text": "¿Fue un error?",
    "left_undo_button": "Suscribirme otra vez",
    "undone_title": "Vuelve a estar suscrito",
    "undone_text": "«{briefing}» le sigue llegando, como antes.",
    "preferences_title": "Su suscripción",
    "preferences_text": "Para {email}.",
    "preferences_briefings": "Qué recibe",
    "preferences_pause": "Pausa hasta",
    "preferences_pause_hint": (
        "Los números que salgan antes de ese día no se le enviarán después. Vacío: sin pausa."
    ),
    "preferences_topics": "Solo estos temas",
    "preferences_topics_hint": "Ninguno elegido: todos.",
    "preferences_feed": "Su propio canal",
    "preferences_feed_hint": (
        "Lo que este boletín le enviaría, en un lector de canales. "
        "Quien tenga la dirección también puede leerlo."
    ),
    "preferences_cadence": "Con qué frecuencia",
    "cadence_each": "Cada número",
    "cadence_weekly": "Una vez a la semana",
    "format_label": "Aspecto de los mensajes",
    "format_html": "Con imágenes",
    "format_text": "Solo texto",
    "preferences_you": "Sobre usted",
    "preferences_address": "Nueva dirección de correo",
    "preferences_address_hint": (
        "Solo para cambiarla. Enviamos un enlace a la nueva dirección y no cambiamos nada antes "
        "de que pulse el botón que hay tras él."
    ),
    "preferences_button": "Guardar",
    "saved_title": "Guardado",
    "saved_text": "Vale desde el próximo número. Para cambiar algo más, pida otro enlace.",
    "saved_moving": (
        "Un mensaje va de camino a la nueva dirección. Pulse su botón para pasar a ella."
    ),
    "saved_bad_address": (
        "No podemos escribir a la nueva dirección, así que queda la antigua. "
        "Todo lo demás se ha guardado."
    ),
    "change_title": "Cambiar de dirección",
    "change_text": "Pulse el botón y los mensajes irán a {email} desde el próximo número.",
    "change_button": "Usar esta dirección",
    "changed_title": "Su dirección ha cambiado",
    "changed_text": "Los mensajes irán a la nueva dirección desde el próximo número.",
    "change_taken_title": "Esta dirección ya tiene una suscripción",
    "change_taken_text": "Nada ha cambiado. Si quiere, dé de baja la dirección antigua.",
    "export_title": "Todo lo que se guarda de usted",
    "export_text": ("Pulse el botón para descargarlo como archivo JSON. El enlace sirve una vez."),
    "export_button": "Descargar",
    "erase_title": "Borrar todo lo que se guarda de usted",
    "erase_text": (
        "Su dirección, lo que eligió y su nombre salen de nuestra base de datos, y todas sus "
        "suscripciones terminan. No se puede deshacer."
    ),
    "erase_kept": (
        "Lo que queda: un código hecho de su dirección, que no se puede leer al revés, para que "
        "nadie la vuelva a suscribir; y cuentas sin ningún nombre."
    ),
    "erase_button": "Borrar todo",
    "erased_title": "Todo está borrado",
    "erased_text": (
        "No recibirá más mensajes nuestros, y esta página fue la última que le conoció."
    ),
    "mail_reason": "Recibe este mensaje porque se pidió en {site}.",
    "mail_confirm_subject": "Por favor, confirme su suscripción a {briefing}",
    "mail_confirm_heading": "¿Es suya esta dirección?",
    "mail_confirm_text": (
        "Alguien, probablemente usted, quiere recibir «{briefing}» en esta dirección. "
        "Pulse el botón para confirmar."
    ),
    "mail_confirm_button": "Confirmar",
    "mail_confirm_after": "El enlace sirve hasta el {date}.",
    "mail_confirm_ignore": (
        "¿No fue usted? Entonces no haga nada: no recibirá ningún otro mensaje."
    ),
    "mail_welcome_subject": "Le damos la bienvenida a {briefing}",
    "mail_welcome_heading": "Le damos la bienvenida",
    "mail_welcome_text": "Desde ahora recibe «{briefing}». Le llegará el próximo número.",
    "mail_already_subject": "Está suscrito a {briefing}",
    "mail_already_heading": "Ya está suscrito",
    "mail_already_text": (
        "Alguien, probablemente usted, quería recibir «{briefing}» en esta dirección. "
        "Ya le llega, así que no hay nada que hacer."
    ),
    "mail_unsubscribe": "Darse de baja de {briefing}",
    "mail_preferences_subject": "Su enlace para elegir qué recibe",
    "mail_preferences_heading": "Elija qué recibe",
    "mail_preferences_text": "Aquí está el enlace que pidió.",
    "mail_preferences_button": "Elegir",
    "mail_export_subject": "Su enlace a lo que se guarda de usted",
    "mail_export_heading": "Todo lo que se guarda de usted",
    "mail_export_text": "Aquí está el enlace que pidió.",
    "mail_export_button": "Ir a los datos",
    "mail_erase_subject": "Su enlace para que se borre todo",
    "mail_erase_heading": "Borrar todo lo que se guarda de usted",
    "mail_erase_text": (
        "Aquí está el enlace que pidió. Nada se borra antes de que pulse el botón que hay tras él."
    ),
    "mail_erase_button": "Continuar",
    "mail_link_after": "El enlace sirve durante 30 minutos, una vez.",
    "mail_link_ignore": "¿No lo pidió? Entonces no haga nada: nada cambia.",
    "mail_change_address_subject": "Por favor, confirme su nueva dirección",
    "mail_change_address_heading": "¿Es esta su nueva dirección?",
    "mail_change_address_text": (
        "Alguien, probablemente usted, quiere recibir desde ahora los mensajes de {publication} "
        "en esta dirección. Pulse el botón para confirmar."
    ),
    "mail_change_address_button": "Confirmar",
    "mail_address_changed_subject": "Su dirección ha cambiado",
    "mail_address_changed_heading": "Su dirección ha cambiado",
    "mail_address_changed_text": (
        "Como pidió, los mensajes de {publication} van desde ahora a su nueva dirección, y ya no "
        "a esta."
    ),
    "mail_address_changed_after": "¿No fue usted? Entonces, por favor, responda a este mensaje.",
}
