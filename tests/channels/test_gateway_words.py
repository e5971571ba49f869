"""What is read before the gateway starts: settings, clinic and responses."""

import socket
import tomllib
from pathlib import Path

import pytest

from bot.channels.gateway import __main__ as gateway_main
from bot.channels.gateway import __version__
from bot.channels.gateway.settings import Settings, SettingsError
from bot.channels.gateway.words import Clinic, Words, WordsError, read_words
from tests.channels.conftest import CLINIC, DOMAIN

ROOT = Path(__file__).parents[2]


def read(tmp_path: Path, clinic: str = CLINIC, **domain: str) -> Words:
    folder = tmp_path / "domain"
    folder.mkdir()
    for name, content in (domain or {"shared": DOMAIN}).items():
        (folder / f"{name}.yml").write_text(content)
    (tmp_path / "clinic.yml").write_text(clinic)
    return read_words(tmp_path / "clinic.yml", folder)


def test_the_first_variation_counts_and_numbers_are_words(tmp_path: Path) -> None:
    words = read(tmp_path)
    assert words.responses["utter_greeting"].text == "Hello from $clinic_name."
    assert words.clinic.emergency_number == "911"


def test_the_clinics_names_are_filled_and_others_stay(tmp_path: Path) -> None:
    clinic = read(tmp_path).clinic
    assert (
        clinic.fill("$clinic_name, $clinic_phone, $emergency_number, $crisis_line")
        == "North Clinic, 555 0100, 911, 988"
    )
    assert clinic.fill("$booking_url $opening_hours $other $5") == "https://north.example/book 8 to 5 $other $5"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (("utter_report_not_read", "utter_other"), "no response utter_report_not_read"),
        (("$emergency_number", "soon"), "has to name"),
        (("Please type the words you want explained.", ""), "utter_report_not_read: it needs a text"),
    ],
)
def test_missing_words_stop_the_start(tmp_path: Path, change: tuple[str, str], fault: str) -> None:
    with pytest.raises(WordsError, match=fault):
        read(tmp_path, shared=DOMAIN.replace(*change))


def test_a_response_in_two_files_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(WordsError, match=r"b\.yml: utter_greeting stands in another file too"):
        read(tmp_path, a=DOMAIN, b="responses: {utter_greeting: [{text: Hi}]}")


@pytest.mark.parametrize(
    "origin",
    [
        "*",
        "https://*.example",
        "https://clinic.example/",
        "clinic.example",
        "https://Clinic.example",
        "ftp://a.example",
        "null",
    ],
)
def test_an_origin_that_is_none_stops_the_start(tmp_path: Path, origin: str) -> None:
    with pytest.raises(WordsError, match="allowed_origins"):
        read(tmp_path, CLINIC.replace('https://north.example"]', f'{origin}"]'))


def test_a_clinic_without_emergency_number_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(WordsError, match="emergency_number: Field required"):
        read(tmp_path, CLINIC.replace("emergency_number", "emergency"))


def test_the_projects_own_words_can_be_read() -> None:
    settings = Settings()
    words = read_words(settings.clinic_file, settings.domain_folder)
    assert words.clinic.emergency_number in words.clinic.fill(words.responses["utter_unavailable"].text)
    for response in words.responses.values():
        text = response.text.replace("$flags", "").replace("$advice", "")  # filled when a danger sign is found
        assert "$" not in words.clinic.fill(text)


def test_a_clinic_of_reviewed_passages_greets_with_that(tmp_path: Path) -> None:
    assert read(tmp_path, CLINIC + "serve: reviewed\n").clinic.serve == "reviewed"
    assert Clinic.model_fields["serve"].default == "draft"
    words = read_words(Settings().clinic_file, Settings().domain_folder)
    assert "no clinician has reviewed them" in words.responses["utter_greeting"].text
    assert "a clinician has reviewed each" in words.responses["utter_greeting_reviewed"].text
    for name in ("utter_greeting", "utter_greeting_reviewed"):
        assert "$emergency_number" in words.responses[name].text


def test_settings_come_from_the_environment() -> None:
    settings = Settings.from_environment(
        {
            "PLAINSCAN_PORT": "9000",
            "PLAINSCAN_MESSAGES_PER_MINUTE": "5",
            "PLAINSCAN_METRICS_PUBLIC": "1",
            "PLAINSCAN_HOST": "",
        }
    )
    assert (settings.port, settings.messages_per_minute, settings.metrics_public) == (9000, 5, True)
    assert (settings.host, settings.max_text_chars, settings.max_report_chars) == ("127.0.0.1", 2000, 20000)
    assert (settings.max_body_bytes, settings.conversations_per_minute, settings.idle_minutes) == (65536, 600, 30)


def test_a_wrong_setting_is_named_without_its_value() -> None:
    with pytest.raises(SettingsError) as error:
        Settings.from_environment({"PLAINSCAN_PORT": "eighty", "PLAINSCAN_SECRET": "hush"})
    assert "PLAINSCAN_PORT" in str(error.value) and "PLAINSCAN_SECRET" in str(error.value)
    assert "hush" not in str(error.value) and "eighty" not in str(error.value)


def test_a_taken_port_is_one_clear_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("PLAINSCAN_PORT", str(port))
        monkeypatch.delenv("PLAINSCAN_HOST", raising=False)
        assert gateway_main.main() == 1
    assert capsys.readouterr().err == (
        f"gateway: cannot listen on 127.0.0.1 port {port}: Address already in use. "
        "Stop what uses it, or set PLAINSCAN_PORT (and PLAINSCAN_HOST) to something else.\n"
    )


def test_the_version_is_the_projects() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == __version__
