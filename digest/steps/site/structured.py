"""What machines are told of an article: schema.org's NewsArticle, as JSON-LD. Pure."""

from __future__ import annotations

from typing import Any

from digest.model import Article, Author, Publication


def news_article(article: Article, publication: Publication) -> dict[str, Any]:
    """Return *article* as a schema.org ``NewsArticle``; what is not known is left out."""
    publisher: dict[str, Any] = {
        "@type": "NewsMediaOrganization",
        "name": publication.title,
        "url": publication.url,
    }
    if publication.logo_url:
        publisher["logo"] = {"@type": "ImageObject", "url": publication.logo_url}
    told: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "mainEntityOfPage": article.url,
        "url": article.url,
        "identifier": article.uid,
        "headline": article.title,
        "description": article.summary,
        "datePublished": article.published_at.isoformat(),
        "dateModified": article.updated_at.isoformat(),
        "inLanguage": article.language,
        "isAccessibleForFree": True,
        "author": [_person(author) for author in article.authors if author.name],
        "publisher": publisher,
        "articleSection": list(article.topics),
        "image": _image(article),
        "correction": article.correction,
    }
    return {key: value for key, value in told.items() if value not in ("", [], None)}


def _person(author: Author) -> dict[str, str]:
    person = {"@type": "Person", "name": author.name}
    return person | ({"url": author.url} if author.url else {})


def _image(article: Article) -> dict[str, Any] | None:
    image = article.image
    if image is None:
        return None
    told = {
        "@type": "ImageObject",
        "url": image.url,
        "width": image.width,
        "height": image.height,
        "caption": image.caption,
        "creditText": image.credit,
    }
    return {key: value for key, value in told.items() if value}
