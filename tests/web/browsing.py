"""A browser without scripts: opens pages, reads their forms as they came, sends them back changed in a few
fields.
"""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

from conftest import PASSWORD, Bed
from flask.testing import FlaskClient

VOID = {"input", "img", "br", "hr", "meta", "link", "path", "rect", "circle", "line"}


@dataclass
class Form:
    """A form as it stands in the page: where it goes, what is filled in, which buttons it has."""

    id: str
    action: str
    method: str
    filled: list[tuple[str, str]] = field(default_factory=list)
    choices: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)

    def value(self, name: str) -> str:
        """What a field holds."""
        return next(value for key, value in self.filled if key == name)


class Page(HTMLParser):
    """The parts of a page that tests look at: forms, text, links, fields marked as wrong with their words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.forms: list[Form] = []
        self.words: list[str] = []
        self.links: list[str] = []
        self.wrong: set[str] = set()
        self.by_id: dict[str, str] = {}
        self._form: Form | None = None
        self._select: tuple[str, list[tuple[str, bool]]] | None = None
        self._area: tuple[str, list[str]] | None = None
        self._button: tuple[str, str, str, list[str]] | None = None
        self._open: list[tuple[str, str | None]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given: dict[str, Any] = dict(attributes)
        if tag not in VOID:
            self._open.append((tag, given.get("id")))
        if tag == "form":
            self._form = Form(
                given.get("id", ""), given.get("action", ""), given.get("method", "get").lower()
            )
            self.forms.append(self._form)
        elif tag == "a" and given.get("href"):
            self.links.append(given["href"])
        elif tag == "input":
            self._input(given)
        elif tag == "select":
            self._select = (given.get("name", ""), [])
        elif tag == "option" and self._select is not None:
            self._select[1].append((given.get("value", ""), "selected" in given))
        elif tag == "textarea":
            self._area = (given.get("name", ""), [])
        elif tag == "button":
            self._button = (given.get("name", ""), given.get("value", ""), given.get("form", ""), [])
        if given.get("aria-invalid") == "true":
            self.wrong.add(given.get("name", ""))

    def _input(self, given: dict[str, Any]) -> None:
        if self._form is None or not given.get("name") or given.get("type") == "file":
            return
        if given.get("type") in ("checkbox", "radio"):
            self._form.choices.setdefault(given["name"], []).append(given.get("value", "on"))
            if "checked" not in given:
                return
        self._form.filled.append((given["name"], given.get("value") or ""))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass
        if tag == "form":
            self._form = None
        elif tag == "select" and self._select is not None and self._form is not None:
            name, options = self._select
            chosen = (
                [value for value, selected in options if selected] or [options[0][0]] if options else [""]
            )
            self._form.filled.append((name, chosen[0]))
            self._form.choices[name] = [value for value, _ in options]
            self._select = None
        elif tag == "textarea" and self._area is not None and self._form is not None:
            self._form.filled.append((self._area[0], "".join(self._area[1]).removeprefix("\n")))
            self._area = None
        elif tag == "button" and self._button is not None:
            name, value, owner, words = self._button
            form = self._form if not owner else next(one for one in self.forms if one.id == owner)
            if form is not None:
                form.buttons.append((name, value, " ".join("".join(words).split())))
            self._button = None

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area[1].append(data)
        if self._button is not None:
            self._button[3].append(data)
        if data.strip():
            self.words.append(data.strip())
        for _, name in self._open:
            if name:
                self.by_id[name] = f"{self.by_id.get(name, '')} {data.strip()}".strip()

    @property
    def text(self) -> str:
        """All words of the page in one line."""
        return " ".join(" ".join(self.words).split())

    def form(self, holding: str) -> Form:
        """The form that has a field or a button of this name, or this id."""
        for one in self.forms:
            names = (
                [name for name, _ in one.filled] + list(one.choices) + [name for name, _, _ in one.buttons]
            )
            if holding in names or holding == one.id:
                return one
        raise AssertionError(f"no form holds {holding!r}; the page says: {self.text[:600]}")

    def error(self, name: str) -> str:
        """The words of what is wrong with a field; '' when nothing is."""
        return self.by_id.get(f"{name}-error", "")


class Browser:
    """Somebody signed in, one page open."""

    def __init__(self, bed: Bed, username: str) -> None:
        self.client: FlaskClient = bed.app.test_client()
        self.status = 0
        self.path = ""
        self.page = Page("")
        self.open("/login")
        self.send("password", username=username, password=PASSWORD)
        assert self.client.get_cookie("cbccvc_session") is not None, self.page.text

    @classmethod
    def of(cls, client: FlaskClient) -> "Browser":
        """A browser that is signed in already, or on its way."""
        made = cls.__new__(cls)
        made.client, made.status, made.path, made.page = client, 0, "", Page("")
        return made

    def open(self, path: str) -> Page:
        """Go to an address, following where it leads."""
        return self._take(self.client.get(path))

    def send(
        self,
        holding: str,
        button: tuple[str, str] | None = None,
        files: dict[str, Any] | None = None,
        **changed: Any,
    ) -> Page:
        """Send the form that holds a field, as it stands but for what is changed (None: unticked), by a
        button.
        """
        form = self.page.form(holding)
        changed = {name.replace("__", "-"): value for name, value in changed.items()}
        sent = [(name, value) for name, value in form.filled if name not in changed]
        sent += [(name, str(value)) for name, value in changed.items() if value is not None]
        if button is not None:
            assert button in [one[:2] for one in form.buttons], (button, form.buttons)
            sent.append(button)
        data: dict[str, Any] = {}
        for name, value in sent:
            data.setdefault(name, []).append(value)
        target = urljoin(self.path, form.action) if form.action else self.path
        if form.method == "get":
            return self._take(self.client.get(target, query_string=data))
        return self._take(
            self.client.post(
                target, data=data | (files or {}), headers={"Referer": f"http://localhost{self.path}"}
            )
        )

    def _take(self, response: Any) -> Page:
        for _ in range(5):
            if response.status_code not in (301, 302, 303):
                break
            location = urlsplit(response.headers["Location"])
            self.path = location.path + (f"?{location.query}" if location.query else "")
            response = self.client.get(self.path)
        else:
            raise AssertionError("the page leads round in circles")
        self.status = response.status_code
        self.path = response.request.full_path.rstrip("?") if response.request else self.path
        self.page = Page(response.get_data(as_text=True) if response.mimetype == "text/html" else "")
        self.response = response
        return self.page
