# ruff: noqa: RUF001, E501 - the words of many languages, and HTML line by line
"""What each file of tests/data/articles says: the expected value beside each file, in one table."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from digest.model import Author, Enclosure, Image

TIMEZONE = ZoneInfo("Europe/Kyiv")
"""In which the files' times are told that have no zone."""

EXPECTED: dict[str, dict[str, object]] = {
    "2026-03-02-the-harbour-bell.md": {
        "title": "The harbour bell is back",
        "slug": "the-harbour-bell",
        "summary": "After forty years in a museum cellar, the harbour bell hangs over the pier again. It rang at six, and nobody complained.",
        "published_at": datetime(2026, 3, 1, 22, 0, tzinfo=UTC),
        "image": Image(
            url="images/bell.jpg",
            alt="A bronze bell under a wooden roof",
            caption="The bell on its first morning",
        ),
        "html": [
            "<p>After forty years in a museum cellar, the harbour bell hangs over the pier again. It rang at six, and nobody complained.</p>",
            "<h2>What it took</h2>",
            '<p>The mayor called it <em>a small return</em>. Others counted<sup><a href="#fn-1" id="fnref-1">1</a></sup>:</p>',
            "<table>",
            "<thead>",
            "<tr>",
            "<th>Item</th>",
            '<th align="right">Crowns</th>',
            "</tr>",
            "</thead>",
            "<tbody>",
            "<tr>",
            "<td>Rope</td>",
            '<td align="right">90</td>',
            "</tr>",
            "<tr>",
            "<td>Paint</td>",
            '<td align="right"><del>40</del> 45</td>',
            "</tr>",
            "</tbody>",
            "</table>",
            "<ol>",
            "<li>Lift the bell.</li>",
            "<li>Let it cool.</li>",
            "</ol>",
            "<blockquote>",
            "<p>We kept the old rope.",
            "It knows the way.</p>",
            "</blockquote>",
            '<p>See the <a href="log.html">log</a> or <a href="https://harbour.example/bell?y=2026&amp;m=3">https://harbour.example/bell?y=2026&amp;m=3</a>.</p>',
            '<figure><img src="images/rope.jpg" alt="A coil of rope"><figcaption>Ninety crowns</figcaption></figure>',
            "<section>",
            "<ol>",
            '<li id="fn-1">',
            '<p>By hand. <a href="#fnref-1">↩</a></p>',
            "</li>",
            "</ol>",
            "</section>",
        ],
    },
    "a-bundle/index.md": {
        "title": "An article with a folder of its own",
        "slug": "a-bundle",
        "summary": "The picture lies beside the text, so that both can be moved at once without breaking.",
        "image": Image(
            url="photo.jpg",
            alt="Alt only",
        ),
        "html": [
            "<p>The picture lies beside the text, so that both can be moved at once without breaking.</p>"
        ],
    },
    "bom.md": {
        "title": "A mark at the beginning",
        "slug": "bom",
        "summary": "Three bytes that mean nothing can stop a program from seeing a heading.",
        "html": ["<p>Three bytes that mean nothing can stop a program from seeing a heading.</p>"],
    },
    "carriage-returns.txt": {
        "title": "An old Macintosh file",
        "slug": "carriage-returns",
        "summary": "Lines once ended in a single character that hardly any program still understands.",
        "html": [
            "<p>Lines once ended in a single character that hardly any program still understands.</p>"
        ],
    },
    "comment.html": {
        "title": "A page that says so itself",
        "slug": "comment",
        "summary": "The comment above is for the machine; this paragraph is for you, dear reader.",
        "authors": (Author(name="Mia Holt"),),
        "html": [
            "<p>The comment above is for the machine; this paragraph is for you, dear reader.</p>"
        ],
    },
    "controls.txt": {
        "title": "A bell in the text",
        "slug": "controls",
        "summary": "The old terminal rang whenever the author was proud of a sentence, and sometimes otherwise.",
        "removals": [
            (1, "U+0007", "not allowed in XML 1.0"),
            (3, "U+0007 U+000B U+FFFE", "not allowed in XML 1.0"),
        ],
        "html": [
            "<p>The old terminal rang whenever the author was proud of a sentence, and sometimes otherwise.</p>"
        ],
    },
    "cp1251.txt": {
        "title": "Міст над річкою знову відкрито",
        "slug": "mist-nad-richkoiu-znovu-vidkryto",
        "summary": "Після трьох років ремонту міст знову відкрито для пішоходів. Першим перейшов його поштар із газетами.",
        "html": [
            "<p>Після трьох років ремонту міст знову відкрито для пішоходів. Першим перейшов його поштар із газетами.</p>"
        ],
    },
    "crlf.md": {
        "title": "Two characters for one end",
        "slug": "crlf",
        "summary": "The teletype needed time for its carriage to return, and we still give it that time today.",
        "html": [
            "<p>The teletype needed time for its carriage to return, and we still give it that time today.</p>"
        ],
    },
    "everything.md": {
        "title": "Tea: a {{7*7}} history",
        "slug": "tea-history",
        "slug_is_explicit": True,
        "summary": "Where the leaves came from.",
        "uid": "tag:tea.example,2026:history",
        "authors": (
            Author(name="Ana Reyes", email="ana@tea.example"),
            Author(name="Bo Lund", url="https://tea.example/bo"),
        ),
        "topics": ("Food", "Trade"),
        "published_at": datetime(2026, 1, 21, 7, 30, tzinfo=UTC),
        "updated_at": datetime(2026, 1, 22, 8, 0, tzinfo=UTC),
        "image": Image(
            url="https://tea.example/l%C3%AFd.jpg",
            alt="A lid",
            caption="The lid that started it",
            credit="A. Reyes",
        ),
        "url": "https://tea.example/history",
        "language": "pt-BR",
        "pinned": True,
        "correction": "The year was 1662.",
        "enclosures": (
            Enclosure(
                url="https://tea.example/tea.mp3",
                media_type="audio/mpeg",
                length_bytes=12345,
                title="Listen",
                duration_seconds=3723,
            ),
        ),
        "html": ["<p>Leaves travelled further than people did, and were better documented.</p>"],
    },
    "fragment.htm": {
        "title": "A table of two halves",
        "slug": "fragment",
        "summary": "Un paragraphe en français, avec une phrase entière.",
        "html": [
            '<p lang="fr" dir="ltr">Un paragraphe en français, avec une phrase entière.</p>',
            '<table><caption>Sums</caption><tbody><tr><th scope="col">A</th><td colspan="2">1</td></tr></tbody></table>',
            "<pre><code>x &lt; y",
            "  z</code></pre>",
        ],
    },
    "latin-1.html": {
        "title": "Été à Orléans",
        "slug": "latin-1",
        "summary": "L’été fut long, et la rivière si basse que l’on voyait les piles du vieux pont.",
        "html": [
            "<p>L’été fut long, et la rivière si basse que l’on voyait les piles du vieux pont.</p>"
        ],
    },
    "line-per-paragraph.txt": {
        "title": "Three doors in the alley",
        "slug": "line-per-paragraph",
        "summary": "The first door has been painted so often that it no longer closes, and the family behind it has given up on closing it.",
        "html": [
            "<p>The first door has been painted so often that it no longer closes, and the family behind it has given up on closing it.</p>",
            "<p>The second one has no handle.</p>",
            "<h2>Behind the blue one</h2>",
            "<p>Nobody has seen the third door open, although there is a light behind it in the evenings and, some say, the sound of a piano.</p>",
            "<p>On Sundays the alley is quiet.</p>",
        ],
    },
    "lists.txt": {
        "title": "What to bring to the island",
        "slug": "lists",
        "summary": "The boat leaves at nine and does not wait. Bring the following, in this order of importance.",
        "html": [
            "<p>The boat leaves at nine and does not wait. Bring the following, in this order of importance.</p>",
            "<ul><li>A coat</li><li>A second coat</li><li>A book you have read before</li></ul>",
            "<p>Then do this:</p>",
            '<ol start="3"><li>Sit on the left side.</li><li>Do not wave.</li></ol>',
            "<p>- said nobody, ever.</p>",
            '<p>More at (<a href="https://island.example/what_(to)_bring">https://island.example/what_(to)_bring</a>), or write to us.</p>',
            "<hr>",
            "<p>Thank you for reading all the way to the bottom of the page.</p>",
        ],
    },
    "look-alikes.txt": {
        "title": "Share the road, say cyclists",
        "slug": "look-alikes",
        "summary": "The council wants everybody to share on equal terms, and it has said so on a very large sign.",
        "html": [
            "<p>The council wants everybody to share on equal terms, and it has said so on a very large sign.</p>",
            "<h2>Related work in other towns</h2>",
            "<p>Some towns have tried advertisement for courtesy. One of them printed “Read more signs” on the back of a bus.</p>",
            "<h2>Comments from the saddle</h2>",
            "<p>We asked ten people. Subscribe to no theory, one said, but ring the bell.</p>",
            "<p>Follow us along the canal and you will see it: nobody shares, and yet everybody arrives.</p>",
        ],
    },
    "mail-tight.txt": {
        "title": "Letter from the weather station",
        "slug": "mail-tight",
        "summary": "The barometer fell all night, and by morning it had reached a depth at which the needle rests on its pin and will go no further.",
        "html": [
            "<p>The barometer fell all night, and by morning it had reached a depth at which the needle rests on its pin and will go no further.</p>",
            "<p>We wrote down the number anyway. Somebody will want it, and if nobody does, then at least it has been written down by a person who was there.</p>",
            "<h2>What the instruments say</h2>",
            "<p>The wind gauge turned until four and then stopped, because it had been taken away by the wind. It was found in the hen house, still counting. The hens were unimpressed.</p>",
        ],
    },
    "mail-wrapped.txt": {
        "title": "Notes from the lighthouse, or how to count ships when the fog will not let you see them",
        "slug": "mail-wrapped",
        "summary": "Dear readers, this week the fog came in on Monday and has not left us since. We count the ships by ear now, which is slower but more honest, and the cook says that he can tell a trawler from a tanker by the soup.",
        "html": [
            "<p>Dear readers, this week the fog came in on Monday and has not left us since. We count the ships by ear now, which is slower but more honest, and the cook says that he can tell a trawler from a tanker by the soup.</p>",
            "<h2>The lamp</h2>",
            "<p>The lamp was cleaned on Tuesday. It took three of us, a ladder that is older than the tower, and most of the vinegar.</p>",
            "<ul><li>The glass is whole, except for the pane that the gull broke in September.</li><li>The oil will last until spring.</li></ul>",
            '<p>Next week we shall write about the stairs: <a href="https://light.example/stairs">https://light.example/stairs</a>.</p>',
            "<p>Best wishes</p>",
        ],
    },
    "name-standfirst.txt": {
        "title": "Anna Berg asks farmers why",
        "slug": "name-standfirst",
        "summary": "President Anna Berg visits Lund this week to hear why so few young people want to farm.",
        "html": [
            "<p>President Anna Berg visits Lund this week to hear why so few young people want to farm.</p>",
            "<p>Her first stop was a barn. The barn had been swept for the occasion, and the cows looked surprised.</p>",
        ],
    },
    "pasted-ar.txt": {
        "title": "الطاحونة تدور من جديد",
        "slug": "pasted-ar",
        "summary": "بعد عشر سنوات من الصمت تدور العجلة من جديد. ينام الجيران منذ ذلك الحين نوما أسوأ.",
        "removals": [
            (3, "إعلان", "advertisement (ar)"),
            (5, "شارك على فيسبوك", "share line (ar)"),
            (13, "اقرأ أيضا", "related articles (ar)"),
            (15, "3 تعليقات", "comments (ar)"),
        ],
        "html": [
            "<p>بعد عشر سنوات من الصمت تدور العجلة من جديد. ينام الجيران منذ ذلك الحين نوما أسوأ.</p>",
            "<h2>عجلة جديدة</h2>",
            "<p>نُحتت العجلة من بلوطة القرية المجاورة.</p>",
        ],
    },
    "pasted-de.txt": {
        "title": "Die Mühle läuft wieder",
        "slug": "pasted-de",
        "summary": "Nach zehn Jahren Stille dreht sich das Rad wieder. Die Nachbarn schlafen seither schlechter.",
        "removals": [
            (3, "Anzeige", "advertisement (de)"),
            (5, "Lesezeit: 3 Minuten", "reading time (de)"),
            (13, "Lesen Sie auch", "related articles (de)"),
            (15, "Auf Facebook teilen", "share line (de)"),
        ],
        "html": [
            "<p>Nach zehn Jahren Stille dreht sich das Rad wieder. Die Nachbarn schlafen seither schlechter.</p>",
            "<h2>Ein neues Rad</h2>",
            "<p>Das Rad wurde aus der Eiche des Nachbardorfs gezimmert.</p>",
        ],
    },
    "pasted-es.txt": {
        "title": "El molino vuelve a girar",
        "slug": "pasted-es",
        "summary": "Tras diez años de silencio, la rueda gira otra vez. Los vecinos duermen peor desde entonces.",
        "removals": [
            (3, "Publicidad", "advertisement (es)"),
            (5, "Compartir en Facebook", "share line (es)"),
            (13, "Te puede interesar", "related articles (es)"),
            (15, "Suscríbete a nuestro boletín", "newsletter sign-up (es)"),
        ],
        "html": [
            "<p>Tras diez años de silencio, la rueda gira otra vez. Los vecinos duermen peor desde entonces.</p>",
            "<h2>Una rueda nueva</h2>",
            "<p>La rueda se talló en el roble del pueblo vecino.</p>",
        ],
    },
    "pasted-fr.txt": {
        "title": "Le moulin reprend du service",
        "slug": "pasted-fr",
        "summary": "Après dix ans de silence, le moulin tourne à nouveau. Les voisins dorment moins bien, disent-ils.",
        "removals": [
            (3, "Publicité", "advertisement (fr)"),
            (5, "Lire aussi : Un pont trop court", "related article (fr)"),
            (13, "À lire aussi", "related articles (fr)"),
            (15, "3 commentaires", "comments (fr)"),
        ],
        "html": [
            "<p>Après dix ans de silence, le moulin tourne à nouveau. Les voisins dorment moins bien, disent-ils.</p>",
            "<h2>Une roue neuve</h2>",
            "<p>La roue a été taillée dans le chêne du village voisin.</p>",
        ],
    },
    "pasted-he.txt": {
        "title": "הטחנה שוב מסתובבת",
        "slug": "pasted-he",
        "summary": "אחרי עשר שנים של שקט הגלגל שוב מסתובב. השכנים ישנים מאז פחות טוב.",
        "removals": [
            (3, "פרסומת", "advertisement (he)"),
            (5, "שתפו בפייסבוק", "share line (he)"),
            (13, "קראו גם", "related articles (he)"),
            (15, "12 תגובות", "comments (he)"),
        ],
        "html": [
            "<p>אחרי עשר שנים של שקט הגלגל שוב מסתובב. השכנים ישנים מאז פחות טוב.</p>",
            "<h2>גלגל חדש</h2>",
            "<p>הגלגל נחצב מעץ האלון של הכפר השכן.</p>",
        ],
    },
    "pasted-it.txt": {
        "title": "Il mulino torna a girare",
        "slug": "pasted-it",
        "summary": "Dopo dieci anni di silenzio la ruota gira di nuovo. I vicini dormono peggio, dicono.",
        "removals": [
            (3, "Pubblicità", "advertisement (it)"),
            (5, "Leggi anche: Un ponte troppo corto", "related article (it)"),
            (13, "Leggi anche", "related articles (it)"),
            (15, "Condividi su Facebook", "share line (it)"),
        ],
        "html": [
            "<p>Dopo dieci anni di silenzio la ruota gira di nuovo. I vicini dormono peggio, dicono.</p>",
            "<h2>Una ruota nuova</h2>",
            "<p>La ruota è stata tagliata nella quercia del paese accanto.</p>",
        ],
    },
    "pasted-ja.txt": {
        "title": "水車がまた回る",
        "slug": "pasted-ja",
        "summary": "十年の沈黙のあと、水車がまた回りはじめた。近所の人はそれ以来よく眠れないと言う。",
        "removals": [
            (3, "広告", "advertisement (ja)"),
            (5, "Facebookでシェア", "share line (ja)"),
            (13, "関連記事", "related articles (ja)"),
            (15, "3件のコメント", "comments (ja)"),
        ],
        "html": [
            "<p>十年の沈黙のあと、水車がまた回りはじめた。近所の人はそれ以来よく眠れないと言う。</p>",
            "<h2>新しい輪</h2>",
            "<p>輪は隣村の樫の木から作られた。</p>",
        ],
    },
    "pasted-nl.txt": {
        "title": "De molen draait weer",
        "slug": "pasted-nl",
        "summary": "Na tien jaar stilte draait het rad weer. De buren slapen sindsdien slechter.",
        "removals": [
            (3, "Advertentie", "advertisement (nl)"),
            (5, "Deel op Facebook", "share line (nl)"),
            (13, "Lees ook", "related articles (nl)"),
            (15, "12 reacties", "comments (nl)"),
        ],
        "html": [
            "<p>Na tien jaar stilte draait het rad weer. De buren slapen sindsdien slechter.</p>",
            "<h2>Een nieuw rad</h2>",
            "<p>Het rad is gemaakt van de eik uit het dorp verderop.</p>",
        ],
    },
    "pasted-page.txt": {
        "title": "Bridge engineers meet at the ford",
        "slug": "pasted-page",
        "summary": "The two engineers agreed on nothing except the weather. They met for an hour, they said, and parted as friends.",
        "authors": (Author(name="Jonas Ek"),),
        "image": Image(
            url="",
            alt="",
            caption="Chief engineer Ida Noll meets with her colleague Per Aas in Ostra, Lund, on May 4, 2025.",
        ),
        "removals": [
            (1, "Skip to content", "page navigation (en)"),
            (7, "Must read", "related articles (en)"),
            (15, "Share on Facebook", "share line (en)"),
            (29, "More articles", "related articles (en)"),
            (31, "A ferry for the winter", "headline under 'More articles'"),
            (33, "Why ropes sing", "headline under 'More articles'"),
            (35, "Latest article", "related articles (en)"),
        ],
        "html": [
            "<p>The two engineers agreed on nothing except the weather. They met for an hour, they said, and parted as friends.</p>",
            "<p>“I told him that the old piers will hold,” said Ida Noll after the meeting. “He told me that they will not.”</p>",
            "<blockquote><p>A bridge is a promise: never more than it can carry, never less than it must,”</p><footer>says <cite>Ida Noll</cite></footer></blockquote>",
            "<h2>Old piers, new doubts</h2>",
            "<p>The piers date from 1911. Nobody has seen their feet since.</p>",
            "<blockquote><p>“Whoever built them did not intend to come back.”</p></blockquote>",
            "<h2>What the river wants</h2>",
            "<p>The river has no opinion, but it has a record. In 1954 it took the ford.</p>",
        ],
    },
    "pasted-pl.txt": {
        "title": "Młyn znów pracuje",
        "slug": "pasted-pl",
        "summary": "Po dziesięciu latach ciszy koło znów się obraca. Sąsiedzi śpią odtąd gorzej.",
        "removals": [
            (3, "Reklama", "advertisement (pl)"),
            (5, "Udostępnij na Facebooku", "share line (pl)"),
            (13, "Czytaj także", "related articles (pl)"),
            (15, "3 min czytania", "reading time (pl)"),
        ],
        "html": [
            "<p>Po dziesięciu latach ciszy koło znów się obraca. Sąsiedzi śpią odtąd gorzej.</p>",
            "<h2>Nowe koło</h2>",
            "<p>Koło wycięto z dębu z sąsiedniej wsi.</p>",
        ],
    },
    "pasted-pt.txt": {
        "title": "O moinho volta a girar",
        "slug": "pasted-pt",
        "summary": "Depois de dez anos de silêncio, a roda gira outra vez. Os vizinhos dormem pior desde então.",
        "removals": [
            (3, "Publicidade", "advertisement (pt)"),
            (5, "5 min de leitura", "reading time (pt)"),
            (13, "Leia também", "related articles (pt)"),
            (15, "Deixe um comentário", "comments (pt)"),
        ],
        "html": [
            "<p>Depois de dez anos de silêncio, a roda gira outra vez. Os vizinhos dormem pior desde então.</p>",
            "<h2>Uma roda nova</h2>",
            "<p>A roda foi talhada no carvalho da aldeia vizinha.</p>",
        ],
    },
    "pasted-ru.txt": {
        "title": "Мельница снова работает",
        "slug": "pasted-ru",
        "summary": "После десяти лет тишины колесо снова крутится. Соседи с тех пор спят хуже.",
        "removals": [
            (3, "Реклама", "advertisement (uk)"),
            (5, "Поделиться в Telegram", "share line (ru)"),
            (13, "Читайте также", "related articles (ru)"),
            (15, "5 комментариев", "comments (ru)"),
        ],
        "html": [
            "<p>После десяти лет тишины колесо снова крутится. Соседи с тех пор спят хуже.</p>",
            "<h2>Новое колесо</h2>",
            "<p>Колесо вытесали из дуба, который рос в соседнем селе.</p>",
        ],
    },
    "pasted-uk.txt": {
        "title": "Млин знову працює",
        "slug": "pasted-uk",
        "summary": "Після десяти років тиші колесо знову крутиться. Сусіди відтоді сплять гірше.",
        "removals": [
            (3, "Реклама", "advertisement (uk)"),
            (5, "Поділитися у Facebook", "share line (uk)"),
            (13, "Читайте також", "related articles (uk)"),
            (15, "12 коментарів", "comments (uk)"),
        ],
        "html": [
            "<p>Після десяти років тиші колесо знову крутиться. Сусіди відтоді сплять гірше.</p>",
            "<h2>Нове колесо</h2>",
            "<p>Колесо витесали з дуба, що ріс у сусідньому селі.</p>",
        ],
    },
    "pasted-zh.txt": {
        "title": "水车又转起来了",
        "slug": "pasted-zh",
        "summary": "沉默了十年之后,水车又转起来了。邻居们说,从那以后他们睡得更差了。",
        "removals": [
            (3, "广告", "advertisement (zh)"),
            (5, "分享到微信", "share line (zh)"),
            (13, "相关阅读", "related articles (zh)"),
            (15, "12条评论", "comments (zh)"),
        ],
        "html": [
            "<p>沉默了十年之后,水车又转起来了。邻居们说,从那以后他们睡得更差了。</p>",
            "<h2>新的轮子</h2>",
            "<p>轮子是用邻村的橡树做成的。</p>",
        ],
    },
    "photo-credit.txt": {
        "title": "Kites over the dunes",
        "slug": "photo-credit",
        "summary": "Some of the kites had been made at school, from bags and the ribs of an umbrella.",
        "image": Image(
            url="",
            alt="",
            caption="Children fly kites on the beach at Rindby (left) and wait for wind.",
            credit="Lis Dahl/Coast News",
        ),
        "removals": [(5, "© Coast News", "second picture credit")],
        "html": [
            "<p>Some of the kites had been made at school, from bags and the ribs of an umbrella.</p>"
        ],
    },
    "quotes.de.txt": {
        "title": "Die Stille im Archiv",
        "slug": "quotes-de",
        "summary": "Wer zählt die Karten, wenn keiner mehr fragt? Im Archiv wird seit Jahren gezählt, Blatt für Blatt.",
        "html": [
            "<p>Wer zählt die Karten, wenn keiner mehr fragt? Im Archiv wird seit Jahren gezählt, Blatt für Blatt.</p>",
            "<blockquote><p>„Wir zählen nicht, wir grüßen sie.“</p><footer>— <cite>Herta Moll, Archivarin</cite></footer></blockquote>",
            "<blockquote><p>»Eine Karte ist ein Versprechen an den Weg«,</p><footer>sagt <cite>Herta Moll</cite></footer></blockquote>",
            "<blockquote><p>„Das erste Blatt war leer.</p><p>„Das zweite war es auch, aber absichtlich.“</p></blockquote>",
            "<p>Danach gingen wir in den Keller, und dort war es noch stiller als oben.</p>",
        ],
    },
    "rule-first.md": {
        "title": "Late heading",
        "slug": "rule-first",
        "summary": "The line above is a rule and not front matter, because no key follows it in this file.",
        "html": [
            "<hr>",
            "<p>The line above is a rule and not front matter, because no key follows it in this file.</p>",
            "",
            "<hr>",
        ],
    },
    "saved-page.html": {
        "title": "Owls of the old mill",
        "slug": "saved-page",
        "summary": "Who lives behind the wheel.",
        "authors": (Author(name="Ola Berg"),),
        "topics": ("Birds", "Mills"),
        "published_at": datetime(2026, 4, 1, 20, 0, tzinfo=UTC),
        "image": Image(
            url="/img/owl.jpg",
            alt="An owl",
            caption="At dusk",
            width=640,
            height=480,
        ),
        "language": "en-GB",
        "html": [
            "<p>Two owls have moved in behind the wheel, which has not turned since the spring flood.</p>",
            "",
            '<p>They <a>hunt</a> <a>along</a> the <a href="river.html">river</a>.</p>',
        ],
    },
    "shift-jis.txt": {
        "title": "港の鐘",
        "slug": "shift-jis",
        "summary": "四十年ぶりに港の鐘が鳴った。町の人々は窓を開けて耳を澄ませた。",
        "html": ["<p>四十年ぶりに港の鐘が鳴った。町の人々は窓を開けて耳を澄ませた。</p>"],
    },
    "standfirst.txt": {
        "title": "The winter ferry runs again",
        "slug": "standfirst",
        "summary": "After two years of repairs the ferry is back, but hopes that it will run on time are low.",
        "removals": [(5, "Share", "share line (en)")],
        "html": [
            "<p>After two years of repairs the ferry is back, but hopes that it will run on time are low.</p>",
            "<p>The first crossing left at six with eleven people on board. It returned with twelve.</p>",
        ],
    },
    "template.txt": {
        "title": "{{7*7}} and =?utf-8?q?friends?=",
        "slug": "template",
        "summary": '{% include "/etc/passwd" %} is a sentence like any other here, and so is ${HOME} or <b>this</b>.',
        "html": [
            '<p>{% include "/etc/passwd" %} is a sentence like any other here, and so is ${HOME} or &lt;b&gt;this&lt;/b&gt;.</p>'
        ],
    },
    "toml.markdown": {
        "title": "Numbers in a notebook",
        "slug": "toml",
        "summary": "Every page had the same sum on it, and every sum was different by one.",
        "topics": ("Science",),
        "published_at": datetime(2026, 2, 2, 22, 0, tzinfo=UTC),
        "image": Image(
            url="images/notebook.png",
            alt="A notebook",
        ),
        "pinned": True,
        "enclosures": (
            Enclosure(
                url="notes.pdf",
                media_type="",
                length_bytes=0,
                title="The notes",
                duration_seconds=None,
            ),
        ),
        "html": ["<p>Every page had the same sum on it, and every sum was different by one.</p>"],
    },
    "utf-16.txt": {
        "title": "Ōkami and the moon",
        "slug": "utf-16",
        "summary": "The wolf came down to the village on the night of the eclipse, and left before it ended.",
        "html": [
            "<p>The wolf came down to the village on the night of the eclipse, and left before it ended.</p>"
        ],
    },
    "verse.txt": {
        "title": "A song from the mill",
        "slug": "verse",
        "summary": "The miller used to sing this while he waited for the water, and he waited a long time every year.",
        "html": [
            "<p>The miller used to sing this while he waited for the water, and he waited a long time every year.</p>",
            "<p>Turn, wheel, turn<br>The river is late<br>And so am I</p>",
            "<p>Nobody knows who wrote it. The tune is older than the mill.</p>",
        ],
    },
}
"""By file; what is not named is empty. ``html`` is given line by line."""

REFUSED: dict[str, tuple[int | None, str]] = {
    "broken/bad-date.md": (
        3,
        "published must be a date or a time, like 2026-01-21 or 2026-01-21 14:30",
    ),
    "broken/bad-slug.md": (
        3,
        "slug must be 1 to 80 small letters a to z, digits, and hyphens, like apfel",
    ),
    "broken/bad-toml.md": (3, "is not TOML here: Invalid value"),
    "broken/bad-url.md": (3, "url must be an http or https address"),
    "broken/binary.txt": (None, "is not text: it is full of control characters"),
    "broken/braces.md": (
        2,
        "has a key that is no word; put a value that starts with { or [ into quotes",
    ),
    "broken/damaged-utf-8.txt": (
        4,
        "has bytes that are not UTF-8, though the rest is; type them anew",
    ),
    "broken/empty.txt": (1, "has no title; add `title:` to its front matter, or a heading"),
    "broken/long-title.txt": (
        None,
        "has a title of 499 characters; put a short line above the text",
    ),
    "broken/no-title.md": (1, "has no title; add `title:` to its front matter, or a heading"),
    "broken/not-yaml.md": (
        2,
        "is not YAML here: mapping values are not allowed here; put a value that holds `: ` or starts with a quote into quotes",
    ),
    "broken/nul.txt": (None, "is not text: it holds NUL bytes; if it is text, save it as UTF-8"),
    "broken/other-tool.md": (3, "has an unknown key 'date'; say published"),
    "broken/page-date.html": (
        2,
        "published must be a date or a time, like 2026-01-21 or 2026-01-21 14:30",
    ),
    "broken/picture.svg": (
        None,
        "is no article by its name; there is: .htm, .html, .markdown, .md, .txt",
    ),
    "broken/unclosed.md": (1, "has front matter without an end: close it with ---"),
    "broken/unknown-key.md": (3, "has an unknown key 'topic'; did you mean topics?"),
    "broken/wrong-type.md": (3, "pinned must be true or false"),
}
"""By file: the line and the reason with which it is refused."""
