"""Arabic."""

from __future__ import annotations

PHRASES = {
    "consent": (
        "أريد أن تصلني «{briefing}» من {publication} بالبريد الإلكتروني. "
        "ويمكنني إلغاء الاشتراك في أي وقت عبر الرابط الموجود في كل رسالة."
    ),
    "subscribe_title": "الاشتراك",
    "subscribe_text": (
        "نرسل أولًا رسالة قصيرة واحدة لنتأكد من أن العنوان لك. ولا يصلك شيء آخر قبل أن تؤكد."
    ),
    "subscribe_check_title": "خطوة أخيرة",
    "subscribe_check_text": "يرجى مراجعة اختيارك ثم الضغط على الزر.",
    "email_label": "عنوان بريدك الإلكتروني",
    "email_problem": "لا يمكننا الكتابة إلى هذا العنوان. يرجى التحقق منه.",
    "briefings_label": "ما الذي تود أن يصلك",
    "briefing_problem": "يرجى اختيار واحد على الأقل.",
    "language_label": "لغة الرسائل المتعلقة باشتراكك",
    "timezone_label": "منطقتك الزمنية",
    "timezone_hint": "مثل Asia/Riyadh. إن تُركت فارغة فهي منطقة المنشور.",
    "trap_label": "يرجى ترك هذا الحقل فارغًا",
    "subscribe_button": "اشتراك",
    "asked_title": "يرجى التحقق من بريدك",
    "asked_text": (
        "إن كان من الممكن اشتراك هذا العنوان، فهناك رسالة في الطريق إليه فيها زر للتأكيد. "
        "ولا يصلك شيء آخر قبل أن تضغط عليه."
    ),
    "asked_hint": (
        "لم يصل شيء بعد بضع دقائق؟ انظر في مجلد الرسائل غير المرغوبة. "
        "ولا يصل إلى العنوان الواحد أكثر من رسالة كهذه في اليوم."
    ),
    "go_back": "العودة إلى حيث كنت",
    "confirm_title": "أكّد اشتراكك",
    "confirm_text": "اضغط على الزر ليصلك ابتداءً من العدد القادم:",
    "confirm_button": "نعم، أريد الاشتراك",
    "confirmed_title": "أهلًا بك",
    "confirmed_text": "تم اشتراكك. سيصلك العدد القادم:",
    "confirmed_hint": "في أسفل كل رسالة رابط للاختيار أو لإلغاء الاشتراك.",
    "confirm_suppressed": (
        "هذا العنوان من العناوين التي لا نكتب إليها، ولذلك لم يتغير شيء. "
        "يرجى الكتابة إلينا إن أردت رفعه منها."
    ),
    "latest_issue": "قراءة أحدث عدد: {title}",
    "stale_title": "لم يعد هذا الرابط يعمل",
    "stale_text": (
        "إما أنه استُخدم، أو انتهت مدته، أو أنه ناقص. اكتب لنا عنوانك لنرسل إليك رابطًا جديدًا."
    ),
    "stale_confirm_text": (
        "إما أنه استُخدم، أو انتهت مدته، أو أنه ناقص. إن لم تكن مشتركًا فيرجى الاشتراك مرة أخرى."
    ),
    "unknown_title": "لا نعرف لمن هذا الرابط",
    "unknown_text": (
        "ربما انقطع جزء منه في الطريق. "
        "اكتب لنا عنوانك لنرسل إليك رابطًا لإلغاء الاشتراك أو للاختيار."
    ),
    "links_title": "اشتراكك",
    "links_text": (
        "لا يُعرض ما نحفظه عنك ولا يُغيَّر إلا برابط نرسله إلى عنوانك. "
        "وهو يعمل لمدة 30 دقيقة ولمرة واحدة."
    ),
    "links_choice": "ماذا تريد أن تفعل؟",
    "links_preferences": "اختيار ما يصلني، أو إيقافه مؤقتًا، أو تغيير عنواني",
    "links_export": "تنزيل كل ما هو محفوظ عني",
    "links_erase": "محو كل ما هو محفوظ عني",
    "links_button": "أرسلوا إليّ الرابط",
    "links_asked_title": "يرجى التحقق من بريدك",
    "links_asked_text": (
        "إن كان هذا العنوان مشتركًا هنا، فهناك رسالة في الطريق إليه فيها الرابط. "
        "وهو يعمل لمدة 30 دقيقة."
    ),
    "leave_title": "إلغاء الاشتراك في {briefing}",
    "leave_text": "اضغط على الزر ولن يصلك منه شيء بعد ذلك.",
    "leave_button": "إلغاء الاشتراك",
    "leave_other": "أو اختر ما يصلك ومتى",
    "left_title": "أُلغي اشتراكك",
    "left_text": "لن تصلك «{briefing}» بعد الآن. يؤسفنا ذهابك.",
    "left_undo_text": "هل كان ذلك خطأ؟",
    "left_undo_button": "أعيدوا اشتراكي",
    "undone_title": "أنت مشترك من جديد",
    "undone_text": "ستستمر «{briefing}» في الوصول إليك كما كانت.",
    "preferences_title": "اشتراكك",
    "preferences_text": "للعنوان {email}.",
    "preferences_briefings": "ما يصلك",
    "preferences_pause": "إيقاف مؤقت حتى",
    "preferences_pause_hint": (
        "الأعداد التي تصدر قبل ذلك اليوم لا تُرسل إليك لاحقًا. إن تُرك فارغًا فلا إيقاف."
    ),
    "preferences_topics": "هذه المواضيع فقط",
    "preferences_topics_hint": "إن لم تختر شيئًا فكلها.",
    "preferences_feed": "خلاصتك الخاصة",
    "preferences_feed_hint": (
        "ما كانت هذه النشرة سترسله إليك، في قارئ خلاصات. من لديه العنوان يستطيع قراءتها أيضًا."
    ),
    "preferences_cadence": "كم مرة",
    "cadence_each": "كل عدد",
    "cadence_weekly": "مرة في الأسبوع",
    "format_label": "شكل الرسائل",
    "format_html": "مع الصور",
    "format_text": "نص فقط",
    "preferences_you": "عنك",
    "preferences_address": "عنوان بريد جديد",
    "preferences_address_hint": (
        "فقط إن أردت تغييره. نرسل رابطًا إلى العنوان الجديد ولا نغيّر شيئًا قبل أن تضغط على الزر "
        "الذي يقود إليه."
    ),
    "preferences_button": "حفظ",
    "saved_title": "تم الحفظ",
    "saved_text": "يسري ذلك ابتداءً من العدد القادم. لتغيير المزيد اطلب رابطًا آخر.",
    "saved_moving": "هناك رسالة في الطريق إلى العنوان الجديد. اضغط على زرها للانتقال إليه.",
    "saved_bad_address": (
        "لا يمكننا الكتابة إلى العنوان الجديد، ولذلك يبقى القديم. وقد حُفظ كل ما عدا ذلك."
    ),
    "change_title": "تغيير عنوانك",
    "change_text": "اضغط على الزر وستصل الرسائل إلى {email} ابتداءً من العدد القادم.",
    "change_button": "استخدام هذا العنوان",
    "changed_title": "تغيّر عنوانك",
    "changed_text": "ستصل الرسائل إلى العنوان الجديد ابتداءً من العدد القادم.",
    "change_taken_title": "لهذا العنوان اشتراك من قبل",
    "change_taken_text": "لم يتغير شيء. يمكنك بدلًا من ذلك إلغاء اشتراك العنوان القديم.",
    "export_title": "كل ما هو محفوظ عنك",
    "export_text": "اضغط على الزر لتنزيله في ملف JSON. يعمل الرابط مرة واحدة.",
    "export_button": "تنزيل",
    "erase_title": "محو كل ما هو محفوظ عنك",
    "erase_text": (
        "يخرج عنوانك واختياراتك واسمك من قاعدة بياناتنا، وتنتهي كل اشتراكاتك. "
        "ولا يمكن الرجوع عن ذلك."
    ),
    "erase_kept": (
        "ما يبقى: رمز مأخوذ من عنوانك لا يمكن قراءته عكسيًا، كي لا يشترك به أحد من جديد؛ "
        "وأعداد بلا أي اسم."
    ),
    "erase_button": "محو كل شيء",
    "erased_title": "مُحي كل شيء",
    "erased_text": "لن تصلك رسائل منا بعد الآن، وكانت هذه آخر صفحة تعرفك.",
    "mail_reason": "تصلك هذه الرسالة لأنها طُلبت في {site}.",
    "mail_confirm_subject": "يرجى تأكيد اشتراكك في {briefing}",
    "mail_confirm_heading": "هل هذا العنوان لك؟",
    "mail_confirm_text": (
        "هناك من يريد، والأرجح أنه أنت، أن تصل «{briefing}» إلى هذا العنوان. اضغط على الزر للتأكيد."
    ),
    "mail_confirm_button": "تأكيد",
    "mail_confirm_after": "يعمل الرابط حتى {date}.",
    "mail_confirm_ignore": "لم تكن أنت؟ إذن لا تفعل شيئًا: لن تصلك رسالة أخرى.",
    "mail_welcome_subject": "أهلًا بك في {briefing}",
    "mail_welcome_heading": "أهلًا بك",
    "mail_welcome_text": "من الآن فصاعدًا تصلك «{briefing}». سيصلك العدد القادم.",
    "mail_already_subject": "أنت مشترك في {briefing}",
    "mail_already_heading": "أنت مشترك من قبل",
    "mail_already_text": (
        "هناك من أراد، والأرجح أنه أنت، أن تصل «{briefing}» إلى هذا العنوان. "
        "وهي تصل إليك بالفعل، فلا حاجة إلى فعل شيء."
    ),
    "mail_unsubscribe": "إلغاء الاشتراك في {briefing}",
    "mail_preferences_subject": "رابطك لاختيار ما يصلك",
    "mail_preferences_heading": "اختر ما يصلك",
    "mail_preferences_text": "هذا هو الرابط الذي طلبته.",
    "mail_preferences_button": "اختيار",
    "mail_export_subject": "رابطك إلى ما هو محفوظ عنك",
    "mail_export_heading": "كل ما هو محفوظ عنك",
    "mail_export_text": "هذا هو الرابط الذي طلبته.",
    "mail_export_button": "إلى البيانات",
    "mail_erase_subject": "رابطك لمحو كل شيء",
    "mail_erase_heading": "محو كل ما هو محفوظ عنك",
    "mail_erase_text": (
        "هذا هو الرابط الذي طلبته. ولا يُمحى شيء قبل أن تضغط على الزر الذي يقود إليه."
    ),
    "mail_erase_button": "متابعة",
    "mail_link_after": "يعمل الرابط لمدة 30 دقيقة ولمرة واحدة.",
    "mail_link_ignore": "لم تطلبه؟ إذن لا تفعل شيئًا: لن يتغير شيء.",
    "mail_change_address_subject": "يرجى تأكيد عنوانك الجديد",
    "mail_change_address_heading": "هل هذا عنوانك الجديد؟",
    "mail_change_address_text": (
        "هناك من يريد، والأرجح أنه أنت، أن تصل رسائل {publication} إلى هذا العنوان من الآن فصاعدًا. "
        "اضغط على الزر للتأكيد."
    ),
    "mail_change_address_button": "تأكيد",
    "mail_address_changed_subject": "تغيّر عنوانك",
    "mail_address_changed_heading": "تغيّر عنوانك",
    "mail_address_changed_text": (
        "كما طلبت، تصل رسائل {publication} من الآن فصاعدًا إلى عنوانك الجديد لا إلى هذا."
    ),
    "mail_address_changed_after": "لم تكن أنت؟ إذن يرجى الرد على هذه الرسالة.",
}
