"""A browser at the desk: keeps cookies, fills forms as they are, says where it comes from."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import httpx2
from starlette.types import ASGIApp

from digest.model import Role
from digest.steps.desk import set_password
from digest.web.desk import make_desk
from digest.wiring import Service

PASSWORD = "correct horse battery"

_TOKEN = re.compile(r'name="token" value="([0-9a-f]+)"')


@dataclass(slots=True)
class DeskClient:
    """Asks *app* at *origin* from the address *ip*."""

    app: ASGIApp
    origin: str = "http://127.0.0.1:8026"
    ip: str = "127.0.0.1"
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""
    """Of the last page that had a form."""

    async def get(self, path: str, **headers: str) -> httpx2.Response:
        """Return the answer to GET; redirects are not followed."""
        return await self._ask("GET", path, headers=headers)

    async def page(self, path: str) -> str:
        """Return the page at *path*, which must be there."""
        answer = await self.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:2000])
        return answer.text

    async def post(self, path: str, **fields: str) -> httpx2.Response:
        """Return the answer to a form with the token of the last page, sent from this site."""
        return await self.send(path, {"token": self.token, **fields}, {"origin": self.origin})

    async def send(
        self, path: str, fields: dict[str, str], headers: dict[str, str]
    ) -> httpx2.Response:
        """Return the answer to a form with just these *fields* and *headers*."""
        return await self._ask("POST", path, headers=headers, fields=fields)

    async def enter(self, name: str = "ines", password: str = PASSWORD) -> httpx2.Response:
        """Sign in as a person does."""
        await self.get("/enter")
        answer = await self.post("/enter", name=name, password=password)
        if answer.status_code == 303:
            await self.get("/account")
        return answer

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        headers: dict[str, str],
        fields: dict[str, str] | None = None,
    ) -> httpx2.Response:
        transport = httpx2.ASGITransport(self.app, client=(self.ip, 50_000))
        said = {"cookie": "; ".join(f"{key}={value}" for key, value in self.cookies.items())}
        async with httpx2.AsyncClient(transport=transport, base_url=self.origin) as client:
            sent = {key: value for key, value in {**said, **headers}.items() if value}
            answer = await client.request(method, path, headers=sent, data=fields)
        for line in answer.headers.get_list("set-cookie"):
            name, _, rest = line.partition("=")
            value = rest.partition(";")[0].strip('"')
            if value:
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)
        if found := _TOKEN.search(answer.text):
            self.token = found[1]
        return answer


def desk_of(service: Service, **accounts: Role) -> DeskClient:
    """Return a browser at the desk of *service*, which gets *accounts*; ines, if none."""
    for name, role in (accounts or {"ines": Role.OPERATOR}).items():
        set_password(service.store, name, PASSWORD, role, now=service.clock.now())
    return DeskClient(make_desk(service))
