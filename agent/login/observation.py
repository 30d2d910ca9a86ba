"""What one look at a page found: the form to fill, what the page says, and signs of success."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class FormKind(StrEnum):
    """What a form asks for; only these three are ever filled."""

    LOGIN = "login"
    IDENTIFIER = "identifier"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Spot:
    """Where an element stood in a look: which frame, and its path of places from the root.

    ``path`` is like ``1/2/s/3``: the element's 1-based place at each level; ``s`` enters a shadow
    root. ``tag`` and ``type`` are asked for again when the element is fetched, so that a page that
    changed in between gives nothing rather than another element. ``key`` names the element as long
    as its document lives.
    """

    frame: int
    path: str
    key: str = ""
    tag: str = ""
    type: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One field to fill, or the boxes of one code; ``key`` stays the same from look to look.

    ``invalid``: the page has marked it as wrong.
    """

    key: str
    spots: tuple[Spot, ...] = ()
    score: float = 0.0
    filled: bool = False
    required: bool = False
    invalid: bool = False


@dataclass(frozen=True, slots=True)
class Button:
    """The button that submits a form."""

    key: str
    spot: Spot = Spot(0, "")
    text: str = ""
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Form:
    """Fields that belong together, by what they are for; ``key`` stays the same between looks.

    ``trust`` is a box, not ticked, that would spare this browser a code next time.

    ``method`` is the second factor a form for a code speaks of: totp, email, sms or recovery; empty
    where it does not say.
    """

    key: str
    kind: FormKind
    score: float = 0.0
    username: Field | None = None
    password: Field | None = None
    code: Field | None = None
    submit: Button | None = None
    method: str = ""
    trust: Field | None = None

    @property
    def frame(self) -> int:
        """Tell which frame of the look the form is in; 0 is the page itself."""
        first = next((f for f in (self.username, self.password, self.code) if f and f.spots), None)
        return first.spots[0].frame if first else 0

    def with_filled(self, key: str) -> Form:
        """Return the form as it is after the field ``key`` was typed into."""
        return replace(
            self,
            username=_filled(self.username, key),
            password=_filled(self.password, key),
            code=_filled(self.code, key),
        )


class WayKind(StrEnum):
    """What a control leads to that is neither a field nor the form's own button."""

    PROVIDER = "provider"
    SIGN_IN = "sign_in"
    PASSWORD = "password"  # noqa: S105 - a word for "use the password instead", not one
    ANOTHER = "another"
    METHOD = "method"
    MANUAL = "manual"
    CONSENT = "consent"
    TERMS = "terms"
    DISMISS = "dismiss"


@dataclass(frozen=True, slots=True)
class Way:
    """A control that leads on: to a provider, to another factor, past what is in the way.

    ``host`` is where a link or a form leads, empty where only a script knows; ``method`` names the
    second factor of a ``METHOD``: totp, email, sms, push, passkey, recovery. ``submit`` is pressed
    after ``button`` where the choice is a radio button.
    """

    kind: WayKind
    button: Button
    host: str = ""
    method: str = ""
    submit: Button | None = None
    score: float = 0.0

    @property
    def name(self) -> str:
        """Name the way so that it is known again on another document."""
        return f"{self.kind} {self.method} {self.host} {self.button.text}"


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence the page shows; ``kinds``: what it speaks of, ``alarm``: marked as an error."""

    text: str
    kinds: frozenset[str] = frozenset()
    alarm: bool = False


@dataclass(frozen=True, slots=True)
class Signs:
    """What was seen beside the page: its traffic, and whether a session came about.

    ``answer`` is the HTTP status of the newest answer to something the page has sent (0: none yet);
    ``requests`` counts all there were, of any kind. ``skew`` is how many seconds the site's clock
    is ahead of ours. ``session``: cookies or storage hold something new since the last submission,
    or requests carry an ``Authorization`` the page did not send before. ``proved`` is whether the
    step's own expectation holds, None without one. ``asks``: an empty field stands on a page that
    shows little else, so it wants to be answered. ``challenge`` is the address of an HTTP login
    that is waited for. ``places`` are the addresses of the form's frame and of the page.
    """

    answer: int = 0
    requests: int = 0
    skew: int = 0
    session: bool = False
    proved: bool | None = None
    asks: bool = False
    challenge: str = ""
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Observation:
    """One look at a page and its frames.

    ``document`` changes with every navigation; ``ready`` says that the document is parsed;
    ``status`` is the HTTP status it came with (0: unknown); ``sent`` counts what the page has sent
    since the sign-in began, ``busy`` says that something is still under way; ``new_passwords``
    that the page asks for a new password, ``terms`` that it asks to accept new terms; ``ways`` are
    the controls that lead on, best first; ``covered`` that something lies over the form's fields;
    ``passkey`` that a passkey is asked for; ``elsewhere`` that the page waits for something done on
    another device, like a push.
    """

    document: str = ""
    url: str = ""
    ready: bool = True
    status: int = 200
    form: Form | None = None
    notices: tuple[Notice, ...] = ()
    captcha: bool = False
    signed_in: bool = False
    blank: bool = False
    sent: int = 0
    busy: bool = False
    new_passwords: bool = False
    ways: tuple[Way, ...] = ()
    covered: bool = False
    passkey: bool = False
    elsewhere: bool = False
    terms: bool = False
    signs: Signs = Signs()

    def way(self, *kinds: WayKind) -> Way | None:
        """Give the best way of these kinds."""
        return next((way for way in self.ways if way.kind in kinds), None)


def challenged(address: str) -> Observation:
    """Say what is seen while the browser's own login is asked for: nothing but that."""
    return Observation(signs=Signs(challenge=address))


def _filled(field: Field | None, key: str) -> Field | None:
    return replace(field, filled=True) if field and field.key == key else field
