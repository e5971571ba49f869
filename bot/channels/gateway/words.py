"""The words that the gateway needs without Rasa: the clinic's own, and a few responses of the bot's domain."""

from pathlib import Path
from string import Template
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

GREETING = "utter_greeting"
GREETING_REVIEWED = "utter_greeting_reviewed"
UNAVAILABLE = "utter_unavailable"
REPORT_NOT_READ = "utter_report_not_read"
URGENT = tuple(
    f"utter_{what}"
    for what in (
        *(f"urgent_{level}" for level in ("emergency", "self_harm", "same_day", "soon")),
        *(f"urgent_{level}_reminder" for level in ("emergency", "self_harm", "same_day")),
        *(f"call_{level}" for level in ("emergency", "self_harm", "same_day", "soon")),
    )
)
POSSIBLE, GUESSED = "utter_urgent_possible", "utter_urgent_guessed"
RESPONSES = (GREETING, GREETING_REVIEWED, UNAVAILABLE, REPORT_NOT_READ, POSSIBLE, GUESSED, *URGENT)
# What a patient in danger must never be told without.
NUMBERS = {
    UNAVAILABLE: ("emergency_number",),
    "utter_urgent_emergency": ("emergency_number",),
    "utter_urgent_emergency_reminder": ("emergency_number",),
    "utter_call_emergency": ("emergency_number",),
    "utter_urgent_self_harm": ("crisis_line", "emergency_number"),
    "utter_urgent_self_harm_reminder": ("crisis_line", "emergency_number"),
    "utter_call_self_harm": ("crisis_line", "emergency_number"),
    "utter_urgent_same_day": ("clinic_phone", "emergency_number"),
}


class WordsError(Exception):
    """clinic.yml or the domain does not hold what the gateway has to say; the message names file and fault."""


class WidgetSettings(BaseModel):
    """How the widget is where a page says nothing else."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str = ""
    label: str = ""
    position: Literal["end", "start"] = "end"
    theme: Literal["auto", "light", "dark"] = "auto"
    keep_transcript: bool = True


class Clinic(BaseModel):
    """What the clinic has set in clinic.yml, as far as the gateway needs it."""

    model_config = ConfigDict(frozen=True, coerce_numbers_to_str=True)

    name: str
    phone: str
    emergency_number: str = Field(min_length=1)
    crisis_line: str
    booking_url: str = Field(pattern=r"^(https?://.*)?$")
    opening_hours: str
    # What is served: unreviewed passages too, or only those that a clinician has reviewed.
    serve: Literal["draft", "reviewed"] = "draft"
    privacy_url: str = Field(default="", pattern=r"^(https?://.*)?$")
    colours: dict[str, str] = {}
    widget: WidgetSettings = WidgetSettings()
    # As a browser sends them: no path, no slash at the end, no wildcard. Anything else matches never, or too much.
    allowed_origins: list[str] = []

    def model_post_init(self, context: Any) -> None:
        for origin in self.allowed_origins:
            scheme, _, host = origin.partition("://")
            if scheme not in ("http", "https") or not host or set(host) & set("/*? #@") or host != host.lower():
                raise WordsError(f"allowed_origins: {origin!r} is not an origin like https://clinic.example")

    def fill(self, text: str) -> str:
        """Return `text` with $clinic_name, $clinic_phone, $emergency_number and so on filled in; others stay."""
        if "$" not in text:
            return text
        return Template(text).safe_substitute(
            clinic_name=self.name,
            clinic_phone=self.phone,
            emergency_number=self.emergency_number,
            crisis_line=self.crisis_line,
            booking_url=self.booking_url,
            opening_hours=self.opening_hours,
        )


class Response(BaseModel):
    """One variation of a response of the domain, with Rasa payloads behind its buttons."""

    class Button(BaseModel):
        title: str
        payload: str

    text: str = Field(min_length=1)
    buttons: list[Button] = []


class Words(BaseModel):
    """The clinic and the gateway's responses, by name."""

    clinic: Clinic
    responses: dict[str, Response]


def read_words(clinic_file: Path, domain_folder: Path) -> Words:
    """Read `clinic_file` and the first variation of each of RESPONSES from the YAML files of `domain_folder`.

    Raises:
        WordsError: a file cannot be read, a field or response is missing, a response is there twice, or what is said
            in an emergency, or when the system is down, does not name whom to call.
    """
    found: dict[str, Response] = {}
    for path in sorted(domain_folder.glob("**/*.yml")):
        declared = _read(path).get("responses") or {}
        for name in RESPONSES:
            if name not in declared:
                continue
            if name in found:
                raise WordsError(f"{path}: {name} stands in another file too")
            try:
                found[name] = Response.model_validate(declared[name][0])
            except (ValidationError, LookupError, TypeError):
                raise WordsError(f"{path}: {name}: it needs a text, and each button a title and payload") from None
    missing = [name for name in RESPONSES if name not in found]
    if missing:
        raise WordsError(f"{domain_folder}: no response {', '.join(missing)}")
    for name, numbers in NUMBERS.items():
        for number in numbers:
            if number not in Template(found[name].text).get_identifiers():
                raise WordsError(f"{domain_folder}: {name} has to name ${number}")
    try:
        clinic = Clinic.model_validate(_read(clinic_file))
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise WordsError(f"{clinic_file}: {faults}") from None
    except WordsError as error:
        raise WordsError(f"{clinic_file}: {error}") from None
    return Words(clinic=clinic, responses=found)


def _read(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise WordsError(f"{path}: not readable: {type(error).__name__}") from None
    return content if isinstance(content, dict) else {}
