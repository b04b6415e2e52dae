"""What ``infra/`` and the Dockerfile promise about a running line: one port, one health check, the
three settings, paths that reach the server, and the same steps in words and in the image.
"""

from __future__ import annotations

import configparser
import json
import re
import subprocess
import sys
import threading
import tomllib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from ivr.cli.serve import command as serve
from ivr.server import health, twilio
from ivr.server.run import DRAIN_SECONDS, FORCED_SECONDS
from ivr.settings import Settings
from tests.image.test_image import BUILD, FINAL

ROOT = Path(__file__).parent.parent
INFRA = ROOT / "infra"
PORT = "8080"
THREE = ("IVR_PUBLIC_URL", "TWILIO_AUTH_TOKEN", "ELEVENLABS_API_KEY")


def read(name: str) -> str:
    return (INFRA / name).read_text("utf-8")


def of_final(word: str) -> str:
    """What the last stage of the Dockerfile says with one instruction."""
    (found,) = (step.text for step in FINAL if step.word == word)
    return found


def seconds(text: str) -> int:
    """Of `120` or `2m`."""
    return int(text[:-1]) * 60 if text.endswith("m") else int(text)


@pytest.fixture(scope="module")
def unit() -> configparser.ConfigParser:
    """The systemd unit."""
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(read("ivr.service"))
    return parser


# --- how the line is started ---------------------------------------------------------------------


def starts(unit: configparser.ConfigParser) -> dict[str, list[str]]:
    return {
        "Dockerfile": json.loads(of_final("CMD")),
        "ivr.service": unit["Service"]["ExecStart"].split(),
    }


def test_the_program_that_is_started_is_one_we_install(unit: configparser.ConfigParser) -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]
    for name, (program, *_) in starts(unit).items():
        assert Path(program).name in scripts, name
    assert starts(unit)["ivr.service"][0] == "/opt/ivr/bin/ivr"
    assert BUILD[2].text.endswith(" /opt/ivr"), "the unit and the image install to the same place"


def test_serve_understands_what_it_is_started_with(unit: configparser.ConfigParser) -> None:
    for name, (_, verb, *options) in starts(unit).items():
        assert verb == "serve"
        parsed = serve.make_context(name, options)
        assert parsed.params["port"] == int(PORT)
        assert str(parsed.params["flows"]) == "flows", "relative to the working directory"


def test_without_settings_serve_refuses_in_one_sentence() -> None:
    refused = CliRunner().invoke(serve, [], env=dict.fromkeys(THREE, ""))
    assert refused.exit_code
    assert "IVR_PUBLIC_URL" in str(refused.exception)


def test_a_stop_gives_calls_the_time_they_are_promised(unit: configparser.ConfigParser) -> None:
    compose = yaml.safe_load(read("compose.yaml"))["services"]["ivr"]
    for given in (unit["Service"]["TimeoutStopSec"], compose["stop_grace_period"]):
        assert seconds(given) > DRAIN_SECONDS + FORCED_SECONDS


def test_nobody_runs_the_line_as_root(unit: configparser.ConfigParser) -> None:
    assert unit["Service"]["User"] == of_final("USER") == "ivr"
    assert unit["Service"]["NoNewPrivileges"] == "yes"
    assert unit["Service"]["Restart"] == "always"


# --- the health check ----------------------------------------------------------------------------


class Line(BaseHTTPRequestHandler):
    """A line that is well, or is leaving; it listens until the test is over."""

    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == health.HEALTH_PATH else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing on the test's screen."""


class Leaving(Line):
    status = 503


@pytest.mark.parametrize(("line", "well"), [(Line, True), (Leaving, False)])
def test_the_health_check_asks_the_line(line: type[Line], well: bool) -> None:
    program, *arguments, asks = json.loads(of_final("HEALTHCHECK").partition("CMD ")[2])
    assert program == "python"
    assert f"//127.0.0.1:{PORT}/" in asks
    with ThreadingHTTPServer(("127.0.0.1", 0), line) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        asks_here = asks.replace(f":{PORT}/", f":{server.server_port}/")
        done = subprocess.run([sys.executable, *arguments, asks_here], capture_output=True)
        server.shutdown()
        thread.join()
    assert (done.returncode == 0) is well


# --- the proxy -----------------------------------------------------------------------------------


def forwarded() -> list[str]:
    """The path patterns Caddy hands to the line."""
    (patterns,) = re.findall(r"@line path (.+)", read("Caddyfile"))
    return str(patterns).split()


def test_every_public_path_of_the_server_is_forwarded() -> None:
    paths = [
        health.HEALTH_PATH,
        *(twilio.VOICE_PATH, twilio.AFTER_PATH, twilio.STATUS_PATH, twilio.STREAM_STATUS_PATH),
        twilio.MEDIA_PATH + "/an-id",
    ]
    for path in paths:
        assert any(
            path.startswith(each[:-1]) if each.endswith("*") else path == each
            for each in forwarded()
        ), path


def test_nothing_else_is_forwarded() -> None:
    """A bare ``*`` would publish whatever the server ever learns, the studio among it."""
    assert set(forwarded()) == {"/twilio/*", "/media/*", "/health"}
    assert "respond 404" in read("Caddyfile")


def test_audio_passes_the_proxy_untouched_and_unbuffered() -> None:
    directives = re.sub(r"#.*", "", read("Caddyfile"))
    assert f"127.0.0.1:{PORT}" in directives
    assert "flush_interval -1" in directives
    for breaks_sockets in ("encode", "timeout", "header_up", "versions"):
        assert breaks_sockets not in directives


# --- settings ------------------------------------------------------------------------------------


def test_the_example_names_the_three_settings_and_holds_none_of_them() -> None:
    values = dict(re.findall(r"^([A-Z_]+)=(.*)$", read("env.example"), re.MULTILINE))
    assert set(THREE) < set(values)
    assert all(values[name] == "" for name in THREE)
    example = Settings.from_environment(values)
    environments = yaml.safe_load((ROOT / "flows/settings.yaml").read_text("utf-8"))
    assert example.environment in environments["environments"]


def test_the_example_names_every_variable_that_dotenv_example_explains() -> None:
    """The one in the root is held to the settings by ``tests/cli/test_doctor.py``."""
    truth = re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text("utf-8"), re.MULTILINE)
    named = re.findall(r"^#?([A-Z_]+)=", read("env.example"), re.MULTILINE)
    assert sorted(named) == sorted(truth)
    assert len(truth) >= len(THREE) + 6


def test_what_the_unit_or_the_image_sets_is_not_emptied_by_the_example(
    unit: configparser.ConfigParser,
) -> None:
    written = re.findall(r"^([A-Z_]+)=", read("env.example"), re.MULTILINE)
    (set_by_unit,) = re.findall(r"^([A-Z_]+)=", unit["Service"]["Environment"])
    assert set_by_unit == "IVR_STORE"
    assert set_by_unit not in written
    assert sorted(written) == sorted([*THREE, "IVR_ENV"])


def test_compose_hands_over_all_settings_and_insists_on_the_two_a_line_needs() -> None:
    service = yaml.safe_load(read("compose.yaml"))["services"]["ivr"]
    assert service["env_file"] == ".env"
    assert set(service["environment"]) == set(THREE[:2])
    for name in THREE[:2]:
        assert service["environment"][name].startswith(f"${{{name}:?")


def test_compose_names_files_that_exist_and_volumes_it_has() -> None:
    compose = yaml.safe_load(read("compose.yaml"))
    services = compose["services"]
    assert (INFRA / services["ivr"]["build"]["context"] / "Dockerfile").exists()
    for service in services.values():
        for volume in service["volumes"]:
            source = volume.partition(":")[0]
            known = (INFRA / source).exists() if "/" in source else source in compose["volumes"]
            assert known, volume
    assert services["caddy"]["environment"]["IVR_UPSTREAM"] == f"ivr:{of_final('EXPOSE')}"


# --- the page ------------------------------------------------------------------------------------


def test_the_page_installs_with_the_steps_of_the_image() -> None:
    page = read("README.md")
    for step in BUILD:
        if step.word == "RUN" and ".lock" in step.text:
            how = step.text.partition(" install ")[2].removeprefix("--no-compile ")
            assert f"/opt/ivr/bin/pip install {how}\n" in page


def test_the_page_sends_twilio_to_the_path_the_server_answers() -> None:
    assert f"https://phone.example.com{twilio.VOICE_PATH}`" in read("README.md")


def test_every_file_here_is_explained_on_the_page() -> None:
    page = read("README.md")
    for path in INFRA.iterdir():
        assert path.name in {"README.md", ".env"} or path.name in page, path.name
