# ruff: noqa: RUF001 - the words of many languages
"""Phrases by which web pages give their furniture away, by rule and language (BCP 47).

``#`` stands for a number, ``*`` for up to 60 characters, ``@`` for social networks; capitals,
punctuation around a line, and the kind of apostrophe do not matter. See
:mod:`digest.syndication.furniture`.
"""

PHRASES = {
    "related articles": {
        "en": "must read|read more|read also|also read|more articles|more stories|more news|"
        "more from *|latest article|latest articles|latest news|latest|latest posts|"
        "related|related articles|related stories|related posts|related news|"
        "related topics|related content|recommended|recommended for you|"
        "you may also like|you might also like|you may also be interested in|most read|"
        "most popular|most viewed|trending|trending now|popular posts|up next|"
        "editors' picks|editor's picks|read next|next article|previous article|see also|"
        "continue reading|don't miss|top stories|more on this story|more on this topic|"
        "previous post|next post",
        "es": "lea también|lee también|leer más|te puede interesar|también te puede interesar|"
        "más artículos|más noticias|últimas noticias|último artículo|últimos artículos|"
        "artículos relacionados|noticias relacionadas|lo más leído|más leídas|"
        "recomendados|no te pierdas|le puede interesar|temas relacionados",
        "fr": "à lire aussi|lire aussi|à lire également|lire la suite|plus d'articles|"
        "articles liés|articles similaires|articles récents|dernier article|"
        "derniers articles|sur le même sujet|les plus lus|à ne pas manquer|"
        "dernières actualités|dernières nouvelles|à voir aussi|articles connexes|"
        "en savoir plus",
        "de": "lesen sie auch|auch interessant|das könnte sie auch interessieren|"
        "das könnte dich auch interessieren|mehr zum thema|weitere artikel|mehr artikel|"
        "ähnliche artikel|neueste artikel|letzter artikel|meistgelesen|meist gelesen|"
        "weiterlesen|mehr lesen|empfohlen|passend zum thema|zum thema|nächster artikel|"
        "vorheriger artikel|neueste beiträge|ähnliche beiträge",
        "it": "leggi anche|leggi tutto|continua a leggere|altri articoli|articoli correlati|"
        "ultimo articolo|ultimi articoli|ultime notizie|potrebbe interessarti|"
        "potrebbe interessarti anche|i più letti|da non perdere|articoli simili",
        "pt": "leia também|leia mais|veja também|mais artigos|mais notícias|"
        "artigos relacionados|notícias relacionadas|último artigo|últimos artigos|"
        "últimas notícias|mais lidas|mais lidos|você também pode gostar|saiba mais|"
        "recomendados para você",
        "uk": "читайте також|читати далі|читайте ще|також читайте|більше статей|схожі статті|"
        "останні новини|останні статті|остання стаття|пов'язані статті|найпопулярніше|"
        "популярне|вам може сподобатися|обов'язково прочитайте|дивіться також|за темою|"
        "новини за темою",
        "ru": "читайте также|читать далее|читать дальше|также читайте|ещё статьи|еще статьи|"
        "другие статьи|похожие статьи|последние новости|последние статьи|"
        "последняя статья|материалы по теме|по теме|самое читаемое|популярное|"
        "вам может понравиться|смотрите также|статьи по теме",
        "pl": "czytaj także|czytaj też|czytaj również|czytaj więcej|czytaj dalej|"
        "przeczytaj także|przeczytaj też|zobacz także|zobacz też|zobacz również|"
        "więcej artykułów|podobne artykuły|powiązane artykuły|najnowsze artykuły|"
        "ostatni artykuł|najnowsze|najczęściej czytane|polecane|warto przeczytać",
        "nl": "lees ook|lees meer|lees verder|meer artikelen|meer nieuws|"
        "gerelateerde artikelen|laatste artikel|laatste artikelen|laatste nieuws|"
        "meest gelezen|aanbevolen|bekijk ook|zie ook|misschien ook interessant|"
        "verder lezen",
        "ar": "اقرأ أيضا|اقرأ أيضاً|اقرأ ايضا|اقرأ المزيد|مقالات ذات صلة|مواضيع ذات صلة|"
        "أخبار ذات صلة|المزيد من المقالات|آخر الأخبار|أحدث المقالات|الأكثر قراءة|"
        "قد يعجبك أيضا|قد يعجبك أيضاً",
        "he": "קראו גם|קרא גם|קראו עוד|קרא עוד|כתבות נוספות|מאמרים נוספים|כתבות קשורות|"
        "הכי נקראות|חדשות אחרונות|אולי יעניין אותך|עוד בנושא|המאמר האחרון",
        "zh": "相关文章|相關文章|相关阅读|相關閱讀|延伸阅读|延伸閱讀|推荐阅读|推薦閱讀|"
        "更多文章|最新文章|热门文章|熱門文章|阅读更多|閱讀更多|猜你喜欢|上一篇|下一篇",
        "ja": "関連記事|おすすめ記事|あわせて読みたい|合わせて読みたい|続きを読む|もっと読む|"
        "最新記事|最新の記事|人気記事|その他の記事|こちらもおすすめ|次の記事|前の記事",
    },
    "related article": {
        "en": "read also: *|also read: *|read more: *|related: *|must read: *|read next: *",
        "es": "lea también: *|lee también: *|leer más: *|te puede interesar: *",
        "fr": "à lire aussi : *|lire aussi : *|à lire également : *|à lire aussi: *|lire aussi: *",
        "de": "lesen sie auch: *|mehr zum thema: *|auch interessant: *",
        "it": "leggi anche: *",
        "pt": "leia também: *|leia mais: *|veja também: *",
        "uk": "читайте також: *",
        "ru": "читайте также: *",
        "pl": "czytaj także: *|czytaj też: *|przeczytaj też: *|przeczytaj także: *|zobacz także: *",
        "nl": "lees ook: *",
        "ar": "اقرأ أيضا: *|اقرأ أيضاً: *",
        "he": "קראו גם: *",
        "zh": "相关阅读：*|延伸阅读：*",
        "ja": "関連記事：*",
    },
    "share line": {
        "en": "share|share this|share this article|share this story|share this post|share on @|"
        "share via @|share with friends|share with your friends|tweet|tweet this|pin it|"
        "email|print|print this page|copy link|link copied|follow us|follow us on @|"
        "like this|like us on @|# shares|# share|save|save article|facebook|twitter|"
        "whatsapp|linkedin|telegram|instagram|pinterest|reddit|x.com|facebook messenger|"
        "email this article|print this article|send by email|share to @",
        "es": "compartir|comparte|compártelo|compartir en @|compartir esta noticia|"
        "síguenos en @|copiar enlace|imprimir|enviar por correo|# compartidos|"
        "comparte este artículo|compartir este artículo",
        "fr": "partager|partager sur @|partager cet article|partagez|suivez-nous|"
        "suivez-nous sur @|copier le lien|imprimer|envoyer par e-mail|# partages|"
        "partager l'article|partagez sur @",
        "de": "teilen|artikel teilen|auf @ teilen|teilen auf @|beitrag teilen|link kopieren|"
        "drucken|folgen sie uns|folgen sie uns auf @|per e-mail versenden|"
        "per mail teilen|merken|twittern|diesen artikel teilen",
        "it": "condividi|condividi su @|condividi questo articolo|seguici su @|copia link|"
        "stampa|condividi l'articolo|invia per email",
        "pt": "compartilhar|compartilhe|partilhar|partilhe|compartilhar no @|partilhar no @|"
        "compartilhe no @|compartilhe esta notícia|siga-nos no @|copiar link|imprimir|"
        "compartilhar este artigo|partilhar este artigo",
        "uk": "поділитися|поширити|поділитися у @|поділитися в @|поділитися на @|поділіться|"
        "скопіювати посилання|надрукувати|стежте за нами|підписуйтесь на нас у @|"
        "стежте за нами у @|поділитися статтею",
        "ru": "поделиться|поделиться в @|поделиться на @|поделитесь|скопировать ссылку|"
        "распечатать|подписывайтесь на нас в @|следите за нами|поделиться статьёй|"
        "поделиться статьей|следите за нами в @",
        "pl": "udostępnij|udostępnij na @|udostępnij artykuł|podziel się|podziel się na @|"
        "kopiuj link|skopiuj link|drukuj|obserwuj nas|obserwuj nas na @|wyślij e-mailem",
        "nl": "delen|deel|deel dit artikel|deel op @|delen op @|deel via @|kopieer link|"
        "afdrukken|volg ons|volg ons op @|delen via @",
        "ar": "شارك|مشاركة|شارك المقال|شارك على @|مشاركة على @|شارك هذا المقال|نسخ الرابط|"
        "طباعة|تابعنا|تابعنا على @",
        "he": "שתפו|שתף|שיתוף|שתפו בפייסבוק|שתפו ב@|שיתוף ב@|העתק קישור|הדפסה|עקבו אחרינו|"
        "שתפו את הכתבה",
        "zh": "分享|分享到@|分享至@|分享本文|转发|轉發|复制链接|複製連結|打印|列印|关注我们|"
        "關注我們",
        "ja": "シェア|シェアする|ツイート|共有|共有する|リンクをコピー|印刷|印刷する|"
        "この記事をシェア|この記事をシェアする|@でシェア|@でシェアする|フォローする",
    },
    "advertisement": {
        "en": "advertisement|advertisements|advertising|ad|ads|sponsored|sponsored content|"
        "promoted|promoted content|article continues below advertisement|"
        "story continues below advertisement|advertisement - scroll to continue|"
        "paid content|paid post|skip advertisement|"
        "advertisement. scroll to continue reading|continue reading below",
        "es": "publicidad|anuncio|anuncios|contenido patrocinado|patrocinado",
        "fr": "publicité|annonce|contenu sponsorisé|sponsorisé|la suite après la publicité|"
        "la suite après cette publicité",
        "de": "anzeige|anzeigen|werbung|gesponsert|gesponserter inhalt",
        "it": "pubblicità|annuncio|contenuto sponsorizzato|sponsorizzato|annuncio pubblicitario",
        "pt": "publicidade|anúncio|anúncios|conteúdo patrocinado|patrocinado|"
        "continua após a publicidade",
        "uk": "реклама|на правах реклами",
        "ru": "реклама|на правах рекламы",
        "pl": "reklama|artykuł sponsorowany|materiał sponsorowany|"
        "dalsza część artykułu pod reklamą",
        "nl": "advertentie|advertenties|gesponsord|gesponsorde inhoud",
        "ar": "إعلان|إعلانات|اعلان",
        "he": "פרסומת|פרסומות|תוכן ממומן|ממומן",
        "zh": "广告|廣告|赞助内容|贊助內容",
        "ja": "広告|スポンサーリンク|スポンサードリンク",
    },
    "newsletter sign-up": {
        "en": "subscribe|subscribe now|sign up|sign up now|newsletter|"
        "subscribe to our newsletter|subscribe to * newsletter|"
        "sign up for our newsletter|sign up for * newsletter|sign up to our newsletter|"
        "sign up to * newsletter|join our newsletter|get our newsletter|enter your email|"
        "enter your email address|your email address|email address|your email|"
        "get the latest news in your inbox|get * in your inbox|"
        "get * delivered to your inbox|join our mailing list|sign in|log in|register|"
        "subscribe for free|already a subscriber? *|thanks for subscribing|"
        "thank you for subscribing|newsletter: *|sign up for our *|sign up to our *|"
        "subscribe to our *",
        "es": "suscríbete|suscríbase|suscribirse|boletín|suscríbete a nuestro boletín|"
        "suscríbete al boletín|suscríbete a nuestra newsletter|"
        "suscríbete a la newsletter|regístrate|iniciar sesión|"
        "introduce tu correo electrónico|tu correo electrónico|correo electrónico",
        "fr": "s'abonner|abonnez-vous|s'inscrire|inscrivez-vous|"
        "inscrivez-vous à notre newsletter|abonnez-vous à notre newsletter|"
        "inscrivez-vous à la newsletter|se connecter|votre adresse e-mail|"
        "votre adresse email|votre e-mail|adresse e-mail|je m'abonne|je m'inscris|"
        "newsletter : *",
        "de": "abonnieren|jetzt abonnieren|newsletter abonnieren|jetzt anmelden|anmelden|"
        "zum newsletter anmelden|newsletter-anmeldung|"
        "melden sie sich für unseren newsletter an|abonnieren sie unseren newsletter|"
        "ihre e-mail-adresse|e-mail-adresse|e-mail-adresse eingeben|einloggen|"
        "registrieren|newsletter: *",
        "it": "iscriviti|abbonati|iscriviti alla newsletter|iscriviti alla nostra newsletter|"
        "accedi|registrati|inserisci la tua email|la tua email|indirizzo email",
        "pt": "assine|assine já|subscreva|inscreva-se|assine a nossa newsletter|"
        "assine nossa newsletter|subscreva a nossa newsletter|"
        "inscreva-se na nossa newsletter|entrar|cadastre-se|digite seu e-mail|seu e-mail|"
        "o seu email",
        "uk": "підписатися|підпишіться|підпишіться на розсилку|підписатися на розсилку|"
        "підпишіться на нашу розсилку|увійти|зареєструватися|"
        "введіть вашу електронну адресу|ваша електронна адреса|ваш email",
        "ru": "подписаться|подпишитесь|подпишитесь на рассылку|подписаться на рассылку|"
        "подпишитесь на нашу рассылку|войти|зарегистрироваться|введите ваш email|"
        "ваш email|ваш e-mail|введите адрес электронной почты",
        "pl": "subskrybuj|zapisz się|zapisz się do newslettera|zapisz się na newsletter|"
        "zapisz się do naszego newslettera|zaloguj się|zarejestruj się|twój adres e-mail|"
        "wpisz swój adres e-mail|adres e-mail",
        "nl": "abonneren|abonneer|abonneer nu|schrijf je in|"
        "schrijf je in voor onze nieuwsbrief|schrijf je in voor de nieuwsbrief|"
        "meld je aan|meld je aan voor onze nieuwsbrief|meld je aan voor de nieuwsbrief|"
        "nieuwsbrief|inloggen|registreren|je e-mailadres|uw e-mailadres|e-mailadres",
        "ar": "اشترك|اشترك الآن|اشترك في نشرتنا|اشترك في النشرة البريدية|"
        "اشترك في نشرتنا البريدية|النشرة البريدية|تسجيل الدخول|البريد الإلكتروني|"
        "أدخل بريدك الإلكتروني",
        "he": "הירשמו|הרשמה|הירשמו לניוזלטר|הרשמה לניוזלטר|הירשמו לניוזלטר שלנו|ניוזלטר|"
        "התחברות|התחבר|כתובת אימייל|הזינו כתובת אימייל",
        "zh": "订阅|訂閱|立即订阅|立即訂閱|订阅我们的新闻通讯|訂閱電子報|订阅新闻通讯|登录|"
        "登入|注册|註冊|请输入您的电子邮箱",
        "ja": "購読|購読する|登録|会員登録|ログイン|メールマガジン登録|メルマガ登録|"
        "ニュースレター登録|ニュースレターを購読|ニュースレターに登録|メールアドレス|"
        "メールアドレスを入力",
    },
    "cookie or legal notice": {
        "en": "accept|accept all|accept cookies|accept all cookies|reject all|cookie settings|"
        "cookies settings|manage cookies|manage preferences|cookie policy|privacy policy|"
        "terms of use|terms of service|we use cookies|we use cookies *|"
        "this site uses cookies|this site uses cookies *|this website uses cookies|"
        "this website uses cookies *|all rights reserved|* all rights reserved|"
        "all rights reserved *",
        "es": "aceptar|aceptar todo|aceptar cookies|aceptar todas las cookies|rechazar todo|"
        "configurar cookies|política de cookies|política de privacidad|usamos cookies *|"
        "utilizamos cookies *|este sitio utiliza cookies *|este sitio usa cookies *|"
        "todos los derechos reservados|* todos los derechos reservados|"
        "todos los derechos reservados *",
        "fr": "accepter|tout accepter|accepter les cookies|tout refuser|gérer les cookies|"
        "paramétrer les cookies|politique de confidentialité|"
        "nous utilisons des cookies *|ce site utilise des cookies *|tous droits réservés|"
        "continuer sans accepter|* tous droits réservés|tous droits réservés *",
        "de": "akzeptieren|alle akzeptieren|cookies akzeptieren|alle cookies akzeptieren|"
        "alle ablehnen|cookie-einstellungen|datenschutz|datenschutzerklärung|impressum|"
        "wir verwenden cookies *|diese website verwendet cookies *|"
        "diese webseite verwendet cookies *|wir nutzen cookies *|alle rechte vorbehalten|"
        "* alle rechte vorbehalten|alle rechte vorbehalten *",
        "it": "accetta|accetta tutto|accetta tutti|accetta i cookie|rifiuta tutto|"
        "impostazioni cookie|informativa sulla privacy|utilizziamo i cookie *|"
        "usiamo i cookie *|questo sito utilizza cookie *|questo sito utilizza i cookie *|"
        "tutti i diritti riservati|* tutti i diritti riservati|"
        "tutti i diritti riservati *",
        "pt": "aceitar|aceitar todos|aceitar tudo|aceitar cookies|rejeitar todos|"
        "política de privacidade|política de cookies|usamos cookies *|"
        "utilizamos cookies *|este site usa cookies *|este site utiliza cookies *|"
        "todos os direitos reservados|* todos os direitos reservados|"
        "todos os direitos reservados *",
        "uk": "прийняти|прийняти всі|прийняти файли cookie|політика конфіденційності|"
        "ми використовуємо cookies *|ми використовуємо файли cookie *|"
        "цей сайт використовує *cookie*|усі права захищено|всі права захищені|"
        "* усі права захищено|усі права захищено *",
        "ru": "принять|принять все|принять файлы cookie|политика конфиденциальности|"
        "мы используем cookies *|мы используем файлы cookie *|"
        "этот сайт использует *cookie*|все права защищены|* все права защищены|"
        "все права защищены *",
        "pl": "akceptuję|akceptuj|akceptuj wszystkie|zaakceptuj wszystkie|odrzuć wszystkie|"
        "ustawienia plików cookie|polityka prywatności|używamy plików cookie *|"
        "ta strona używa plików cookie *|ta strona korzysta z plików cookie *|"
        "wszelkie prawa zastrzeżone|* wszelkie prawa zastrzeżone|"
        "wszelkie prawa zastrzeżone *",
        "nl": "accepteren|alles accepteren|cookies accepteren|alles weigeren|"
        "cookie-instellingen|privacybeleid|wij gebruiken cookies *|"
        "we gebruiken cookies *|deze website gebruikt cookies *|"
        "deze site gebruikt cookies *|alle rechten voorbehouden|"
        "* alle rechten voorbehouden|alle rechten voorbehouden *",
        "ar": "قبول|قبول الكل|سياسة الخصوصية|نستخدم ملفات تعريف الارتباط *|"
        "يستخدم هذا الموقع ملفات تعريف الارتباط *|جميع الحقوق محفوظة|"
        "* جميع الحقوق محفوظة|جميع الحقوق محفوظة *",
        "he": "אישור|אישור הכל|מדיניות פרטיות|אנו משתמשים בעוגיות *|אתר זה משתמש בעוגיות *|"
        "אתר זה עושה שימוש בעוגיות *|כל הזכויות שמורות|* כל הזכויות שמורות|"
        "כל הזכויות שמורות *",
        "zh": "接受|全部接受|接受所有cookie|隐私政策|隱私政策|隱私權政策|我们使用cookie*|"
        "我們使用cookie*|本网站使用cookie*|本網站使用cookie*|版权所有|版權所有|*版权所有|"
        "版权所有*",
        "ja": "同意する|すべて同意する|すべて受け入れる|プライバシーポリシー|"
        "当サイトではcookie*|このサイトはcookie*|当サイトはcookie*|無断転載禁止|"
        "*無断転載禁止|無断転載禁止*",
    },
    "comments": {
        "en": "comments|comment|# comments|# comment|comments (#)|no comments|no comments yet|"
        "leave a comment|leave a reply|post a comment|add a comment|"
        "join the conversation|join the discussion|be the first to comment|view comments|"
        "show comments|view all comments|reply",
        "es": "comentarios|# comentarios|# comentario|comentarios (#)|sin comentarios|"
        "deja un comentario|dejar un comentario|deja tu comentario|comentar|"
        "ver comentarios",
        "fr": "commentaires|# commentaires|# commentaire|commentaires (#)|"
        "laisser un commentaire|aucun commentaire|réagir|commenter|voir les commentaires|"
        "pas de commentaires",
        "de": "kommentare|# kommentare|# kommentar|kommentare (#)|kommentieren|"
        "kommentar schreiben|kommentar hinterlassen|keine kommentare|jetzt kommentieren|"
        "schreibe einen kommentar|kommentare anzeigen",
        "it": "commenti|# commenti|# commento|commenti (#)|lascia un commento|nessun commento|"
        "commenta|scrivi un commento",
        "pt": "comentários|# comentários|# comentário|comentários (#)|deixe um comentário|"
        "deixe seu comentário|deixar um comentário|sem comentários|comentar",
        "uk": "коментарі|# коментарів|# коментарі|# коментар|коментарі (#)|коментарів немає|"
        "немає коментарів|залишити коментар|додати коментар|прокоментувати",
        "ru": "комментарии|# комментариев|# комментария|# комментарий|комментарии (#)|"
        "комментариев нет|нет комментариев|оставить комментарий|добавить комментарий|"
        "комментировать",
        "pl": "komentarze|# komentarzy|# komentarze|# komentarz|komentarze (#)|brak komentarzy|"
        "dodaj komentarz|skomentuj|zostaw komentarz",
        "nl": "reacties|# reacties|# reactie|reacties (#)|geen reacties|reageer|"
        "plaats een reactie|laat een reactie achter|geef een reactie|reageren",
        "ar": "تعليقات|التعليقات|# تعليقات|# تعليق|اترك تعليقا|اترك تعليقاً|أضف تعليقا|"
        "أضف تعليقاً|لا توجد تعليقات|لا تعليقات",
        "he": "תגובות|# תגובות|הוסף תגובה|הוסיפו תגובה|כתבו תגובה|השאר תגובה|אין תגובות",
        "zh": "评论|評論|留言|# 条评论|#条评论|# 則留言|#則留言|发表评论|發表評論|发表留言|"
        "暂无评论|写评论",
        "ja": "コメント|コメント (#)|#件のコメント|# 件のコメント|コメントする|コメントを残す|"
        "コメントを書く|コメントはありません",
    },
    "reading time": {
        "en": "# min read|# mins read|# minute read|# minutes read|# min. read|# min|"
        "reading time|reading time: *|estimated reading time: *|reading time * minutes|"
        "# views|# reads|# minutes to read|listen|listen: # min|listen: # minutes|"
        "listen to this article|listen to article|# likes|# like",
        "es": "# min de lectura|# minutos de lectura|tiempo de lectura|tiempo de lectura: *|"
        "lectura de # min|# vistas|# visitas|escuchar|escuchar este artículo",
        "fr": "# min de lecture|# minutes de lecture|temps de lecture|temps de lecture : *|"
        "temps de lecture: *|lecture # min|lecture : # min|# vues|écouter|"
        "écouter cet article",
        "de": "# min lesezeit|# min. lesezeit|# minuten lesezeit|lesezeit|lesezeit: *|"
        "lesezeit # min|lesezeit # minuten|lesedauer: *|# aufrufe|artikel anhören|"
        "anhören|vorlesen",
        "it": "# min di lettura|# minuti di lettura|tempo di lettura|tempo di lettura: *|"
        "lettura # min|# visualizzazioni|ascolta|ascolta l'articolo",
        "pt": "# min de leitura|# minutos de leitura|tempo de leitura|tempo de leitura: *|"
        "leitura de # min|# visualizações|ouvir|ouvir este artigo|ouça este artigo",
        "uk": "# хв читання|# хв. читання|# хвилин читання|# хвилини читання|час читання|"
        "час читання: *|# переглядів|# перегляди|слухати",
        "ru": "# мин чтения|# мин. чтения|# минут чтения|# минуты чтения|время чтения|"
        "время чтения: *|# просмотров|# просмотра|слушать",
        "pl": "# min czytania|# min. czytania|# minut czytania|# minuty czytania|czas czytania|"
        "czas czytania: *|# wyświetleń|posłuchaj|odsłuchaj artykuł",
        "nl": "# min leestijd|# min. leestijd|# minuten leestijd|# min lezen|# minuten lezen|"
        "leestijd|leestijd: *|# weergaven|luister|beluister dit artikel",
        "ar": "# دقائق قراءة|# دقيقة قراءة|دقائق قراءة|وقت القراءة|وقت القراءة: *|"
        "مدة القراءة: *|# مشاهدة|# مشاهدات|استمع|استمع إلى المقال",
        "he": "# דקות קריאה|דקות קריאה: #|זמן קריאה|זמן קריאה: *|# צפיות|האזינו|האזינו לכתבה",
        "zh": "阅读时间|阅读时间：*|閱讀時間：*|#分钟阅读|# 分钟阅读|阅读需 # 分钟|"
        "阅读约需#分钟|阅读量 #|阅读 #|阅读量：#|#次阅读",
        "ja": "読了時間|読了時間：*|この記事は#分で読めます|#分で読める|所要時間：*|#回閲覧",
    },
    "page navigation": {
        "en": "home|menu|search|skip to content|skip to main content|back to top|back to home|"
        "back|next|previous|close|view gallery|view all|show more|load more|see all|"
        "click to enlarge|loading|loading...|open in app|toggle navigation|scroll to top",
        "es": "inicio|menú|buscar|ir al contenido|volver arriba|cerrar|ver más|ver todo|"
        "cargar más|siguiente|anterior",
        "fr": "accueil|menu|rechercher|aller au contenu|haut de page|retour en haut|fermer|"
        "voir plus|voir tout|charger plus|suivant|précédent",
        "de": "startseite|menü|suche|zum inhalt springen|nach oben|zurück|schließen|"
        "mehr anzeigen|alle anzeigen|mehr laden|weiter|zur startseite",
        "it": "cerca|vai al contenuto|torna su|chiudi|mostra altro|carica altro|vedi tutto|"
        "successivo|precedente",
        "pt": "início|pesquisar|ir para o conteúdo|voltar ao topo|fechar|ver mais|ver tudo|"
        "carregar mais|próximo|seguinte",
        "uk": "головна|меню|пошук|перейти до вмісту|перейти до змісту|нагору|закрити|"
        "показати ще|показати більше|завантажити ще|назад|далі",
        "ru": "главная|меню|поиск|перейти к содержимому|наверх|закрыть|показать ещё|"
        "показать еще|загрузить ещё|загрузить еще|назад|далее",
        "pl": "strona główna|szukaj|wyszukaj|przejdź do treści|do góry|zamknij|pokaż więcej|"
        "załaduj więcej|wróć|dalej",
        "nl": "zoeken|ga naar inhoud|naar inhoud|naar boven|terug naar boven|sluiten|toon meer|"
        "meer laden|volgende|vorige",
        "ar": "الرئيسية|القائمة|بحث|ابحث|تخطى إلى المحتوى|العودة إلى الأعلى|إغلاق|عرض المزيد|"
        "تحميل المزيد|التالي|السابق",
        "he": "דף הבית|תפריט|חיפוש|דלג לתוכן|חזרה למעלה|סגור|הצג עוד|טען עוד|הבא|הקודם",
        "zh": "首页|首頁|菜单|選單|搜索|搜尋|跳至内容|跳到主要内容|返回顶部|回到頂部|关闭|關閉|"
        "加载更多|查看更多|下一页|上一页",
        "ja": "ホーム|メニュー|検索|コンテンツへスキップ|本文へスキップ|トップへ戻る|"
        "ページトップへ|閉じる|もっと見る|すべて見る|次へ|前へ",
    },
}
