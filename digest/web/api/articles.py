"""Articles: written, read, and withdrawn by the names that their writers give them."""

from __future__ import annotations

import hashlib
import re

from starlette.requests import Request
from starlette.responses import Response

from digest.mail.headers import clean
from digest.steps.access import Scope
from digest.steps.gather import ANY, Once, Standing, Wanted, look_at, push, withdraw
from digest.web.api.bodies import ID_PATTERN, ArticleIn, ArticleOut
from digest.web.api.door import MAX_ARTICLE_BYTES, Call, Operation, Parameter, said
from digest.web.api.problems import Field, ProblemError
from digest.web.responses import PRIVATE

MAX_REASON_CHARS = 300
_KEY = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?", re.ASCII)
_ID = re.compile(ID_PATTERN.removesuffix("$") + r"\Z", re.ASCII)
_ETAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e]*"', re.ASCII)


def put(call: Call) -> Response:
    """Create or replace."""
    name = _name(call)
    done = push(
        call.service.store,
        call.service.config,
        call.token.source,
        call.body(ArticleIn).pushed(name),
        now=call.now,
        wanted=wanted_of(call.request),
    )
    status = 201 if done.is_new else 200
    return said(shown(done.standing), status, ETag=done.standing.etag, Location=_place(call, name))


def create(call: Call) -> Response:
    """Create once, however often the request comes."""
    key = call.request.headers.get("idempotency-key", "")
    if not _KEY.fullmatch(key):
        reason = "an Idempotency-Key of 1 to 255 characters (ASCII) is needed"
        raise ProblemError(400, reason, [Field("Idempotency-Key", reason)])
    # Two tokens may choose the same key, and never see each other's articles by it.
    digest = hashlib.sha256(key.encode("ascii")).hexdigest()
    name = "k-" + hashlib.sha256(f"{call.token.id} {digest} {call.now}".encode()).hexdigest()[:32]
    done = push(
        call.service.store,
        call.service.config,
        call.token.source,
        call.body(ArticleIn).pushed(name),
        now=call.now,
        once=Once(call.token.id, digest, hashlib.sha256(call.raw).hexdigest()),
        answer=lambda standing: shown(standing).model_dump_json(),
    )
    if done.repeated is not None:
        before = ArticleOut.model_validate_json(done.repeated.body)
        return said(before, done.repeated.status, Location=_place(call, before.id))
    return said(shown(done.standing), 201, Location=_place(call, name))


def show(call: Call) -> Response:
    """Show one."""
    name = _name(call)
    standing = look_at(call.service.store, call.token.source, name, now=call.now)
    if standing is None:
        raise _missing(name)
    wanted = wanted_of(call.request)
    if standing.etag in wanted.if_none_match or ANY in wanted.if_none_match:
        return Response(status_code=304, headers={"ETag": standing.etag, "Cache-Control": PRIVATE})
    html = standing.article.content_html if standing.article else None
    body = shown(standing).model_copy(update={"content_html": html})
    return said(body, ETag=standing.etag)


def delete(call: Call) -> Response:
    """Withdraw."""
    name = _name(call)
    reason = " ".join(clean(call.request.query_params.get("reason", "")).split())
    if len(reason) > MAX_REASON_CHARS:
        text = f"must not have more than {MAX_REASON_CHARS} characters"
        raise ProblemError(422, f"reason: {text}", [Field("reason", text)])
    standing = withdraw(
        call.service.store,
        call.token.source,
        name,
        reason,
        now=call.now,
        wanted=wanted_of(call.request),
    )
    if standing is None:
        raise _missing(name)
    return said(shown(standing), ETag=standing.etag)


def shown(standing: Standing) -> ArticleOut:
    """Return what is told of an article."""
    article = standing.article
    told = {
        "id": standing.id,
        "state": standing.state.value,
        "reason": standing.reason,
        "title": standing.title,
    }
    if article is None:
        names = ("uid", "url", "slug", "revision", "published_at", "updated_at", "is_mailed")
        return ArticleOut.model_validate({**told, **dict.fromkeys(names)})
    return ArticleOut.model_validate(
        {
            **told,
            "uid": article.uid,
            "url": article.url,
            "slug": article.slug,
            "revision": article.revision,
            "published_at": article.published_at,
            "updated_at": article.updated_at,
            "is_mailed": not article.is_backfill,
        }
    )


def wanted_of(request: Request) -> Wanted:
    """Return what the headers want of the article (RFC 9110, section 13.1)."""
    return Wanted(_etags(request, "if-match"), _etags(request, "if-none-match"))


def _etags(request: Request, header: str) -> tuple[str, ...]:
    lines = ",".join(request.headers.getlist(header)).strip()
    if lines == ANY:
        return (ANY,)
    found = tuple(_ETAG.findall(lines))
    if lines and not found:
        raise ProblemError(400, f"{header} must be * or ETags in quotes")
    return found


def is_id(name: str) -> bool:
    """Return whether an article can be called *name*."""
    return _ID.match(name) is not None


def _name(call: Call) -> str:
    name = call.path("id")
    if not is_id(name):
        reason = (
            "an id has 1 to 200 characters: letters and digits of ASCII, and . _ ~ : @ - within it"
        )
        raise ProblemError(422, reason, [Field("id", reason)])
    return name


def _missing(name: str) -> ProblemError:
    return ProblemError(404, f"there is no article {name!r}")


def _place(call: Call, name: str) -> str:
    return f"{call.service.config.web.url}api/v1/articles/{name}"


_NAME = Parameter("id", "path", "What its writer calls it, for good.", True, ID_PATTERN)  # noqa: FBT003 - required
_IF_MATCH = Parameter("If-Match", "header", "Only if it is as this ETag says.")
_IF_NONE = Parameter("If-None-Match", "header", "*: only if there is none yet.")

OPERATIONS = (
    Operation(
        "PUT",
        "/articles/{id}",
        "putArticle",
        "Create an article, or replace it. A withdrawn one is published again.",
        Scope.ARTICLES,
        put,
        ArticleIn,
        ((200, "Replaced, or as it was.", ArticleOut), (201, "Created.", ArticleOut)),
        (409, 412),
        (_NAME, _IF_MATCH, _IF_NONE),
        MAX_ARTICLE_BYTES,
    ),
    Operation(
        "GET",
        "/articles/{id}",
        "getArticle",
        "Show how an article stands.",
        Scope.ARTICLES,
        show,
        None,
        ((200, "The article.", ArticleOut), (304, "It is as If-None-Match says.", None)),
        (404, 422),
        (_NAME, _IF_NONE),
    ),
    Operation(
        "DELETE",
        "/articles/{id}",
        "withdrawArticle",
        "Withdraw an article: it leaves the feeds, the site, and issues that are not out.",
        Scope.ARTICLES,
        delete,
        None,
        ((200, "Withdrawn.", ArticleOut),),
        (404, 412, 422),
        (_NAME, Parameter("reason", "query", "Why, for the record."), _IF_MATCH),
    ),
    Operation(
        "POST",
        "/articles",
        "createArticle",
        "Create an article that Digest names. Repeated within 24 hours, it answers the same.",
        Scope.ARTICLES,
        create,
        ArticleIn,
        ((201, "Created.", ArticleOut),),
        (409,),
        (Parameter("Idempotency-Key", "header", "What makes the request this one.", True),),  # noqa: FBT003 - required
        MAX_ARTICLE_BYTES,
    ),
)
