"""What an operator sets, by environment variables named PLAINSCAN_ and the field's name in capitals."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

BOT_FOLDER = Path(__file__).resolve().parents[2]


class SettingsError(Exception):
    """A setting cannot be used; the message names each variable and its fault, but no value: one is a secret."""


class Settings(BaseModel):
    """All settings and limits of the gateway, with what holds where nothing is set."""

    model_config = ConfigDict(frozen=True)

    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: int = Field(default=8080, ge=0, le=65535)
    rasa_hosts: str = Field(default="127.0.0.1", min_length=1, description="where Rasas run, with commas between")
    rasa_port: int = Field(default=5005, ge=1, le=65535, description="the port of the first Rasa of each host")
    workers: int = Field(default=1, ge=1, le=64, description="Rasas of a host, on ports one after the other")
    secret: SecretStr | None = Field(
        default=None, min_length=16, description="key that signs tokens; random at each start where it is not set"
    )
    clinic_file: Path = BOT_FOLDER / "clinic.yml"
    domain_folder: Path = Field(
        default=BOT_FOLDER / "domain", description="holds the responses that the gateway says itself"
    )

    max_text_chars: int = Field(default=2_000, ge=1)
    max_report_chars: int = Field(default=20_000, ge=1)
    max_body_bytes: int = Field(default=64 * 1024, ge=1)
    max_conversations: int = Field(default=10_000, ge=1, description="held at once; then the idlest is dropped")
    idle_minutes: float = Field(
        default=30, gt=0, description="a conversation without a request for this long has ended"
    )
    messages_per_minute: int = Field(default=30, ge=1, description="of one conversation")
    # Behind a clinic's proxy, or in a hospital's network, many patients share one address.
    conversations_per_minute: int = Field(default=600, ge=1, description="from one address")
    address_messages_per_minute: int = Field(default=6_000, ge=1, description="of all conversations of one address")
    reply_timeout_seconds: float = Field(default=10, gt=0, description="how long Rasa may take for one message")
    metrics_public: bool = Field(default=False, description="answer /metrics to others than this machine")

    @property
    def rasa_urls(self) -> list[str]:
        """The addresses of all Rasas."""
        ports = range(self.rasa_port, self.rasa_port + self.workers)
        return [f"http://{host.strip()}:{port}" for host in self.rasa_hosts.split(",") for port in ports]

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read the settings from `environment`; a variable that is empty counts as not set.

        Raises:
            SettingsError: a value does not fit.
        """
        values = {name: environment.get(variable(name), "") for name in cls.model_fields}
        try:
            return cls.model_validate({name: value for name, value in values.items() if value})
        except ValidationError as error:
            faults = (
                f"{variable(str(fault['loc'][0]))}: {fault['msg']}" for fault in error.errors(include_input=False)
            )
            raise SettingsError("; ".join(faults)) from None


def variable(name: str) -> str:
    """The environment variable of the field `name`."""
    return f"PLAINSCAN_{name.upper()}"
