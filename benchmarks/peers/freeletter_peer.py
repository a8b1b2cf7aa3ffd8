"""django-freeletter, by its own send command on its own database, in an environment of its own.

Its mails have no List-Unsubscribe header; the link in the body is personal.
"""

from __future__ import annotations

import json
import os
import sys
import time
import types
from pathlib import Path

import django  # type: ignore[import-not-found] # stands in the peer's environment only
from django.conf import settings  # type: ignore[import-not-found] # the same
from django.core.management import call_command  # type: ignore[import-not-found] # the same


def prepare(database: Path, port: int) -> None:
    """Set Django up with an empty database."""
    routes = types.ModuleType("bench_urls")
    sys.modules["bench_urls"] = routes
    settings.configure(
        SECRET_KEY="benchmark",  # noqa: S106 - of a site that nobody visits
        ALLOWED_HOSTS=["gazette.example"],
        INSTALLED_APPS=[
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "freeletter",
        ],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(database)}},
        TEMPLATES=[
            {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}
        ],
        EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=port,
        DEFAULT_FROM_EMAIL="briefing@gazette.example",
        FREELETTER_SITE_URL="https://gazette.example",
        FREELETTER_BASE_URL="https://gazette.example",
        ROOT_URLCONF="bench_urls",
        USE_TZ=True,
    )
    django.setup()
    from django.urls import include, path  # type: ignore[import-not-found] # noqa: PLC0415 - after setup

    routes.urlpatterns = [path("", include("freeletter.urls"))]  # type: ignore[attr-defined] # a module made here
    call_command("migrate", verbosity=0)


def fill(letter: dict[str, str], count: int) -> None:
    """Write the readers and the issue."""
    from django.utils import timezone  # type: ignore[import-not-found] # noqa: PLC0415 - after setup
    from freeletter.models import (  # type: ignore[import-not-found] # noqa: PLC0415 - after setup
        Issue,
        IssueBlock,
        Subscriber,
    )

    now = timezone.now()
    Subscriber.objects.bulk_create(
        Subscriber(email=f"reader{number}@inbox.example", is_confirmed=True, confirmed_at=now)
        for number in range(count)
    )
    issue = Issue.objects.create(title=letter["subject"], slug="one")
    body = letter["html"].partition("<body")[2].partition(">")[2].partition("</body>")[0]
    IssueBlock.objects.create(issue=issue, html=body)
    issue.queue()


def main() -> None:
    """Do the task on the command line."""
    letter_file, port, count, _ = sys.argv[1:]
    letter = json.loads(Path(letter_file).read_text(encoding="utf-8"))
    database = Path(letter_file).with_name(f"freeletter-{os.getpid()}.sqlite3")
    prepare(database, int(port))
    fill(letter, int(count))
    began = time.perf_counter()
    call_command("send_freeletter_issues")
    print(json.dumps({"seconds": time.perf_counter() - began}))


if __name__ == "__main__":
    main()
