"""The set-up of the documentation, run for real: PostgreSQL, two processes, and before them a proxy that speaks TLS, as in `deploy`."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode

import pytest
from trialrules.service.work.signing import MEANINGS

from .conftest import program, started
from .postgres import SERVER

DEPLOY = Path(__file__).resolve().parents[3] / "deploy"
PASSWORD = "seven quiet herons wade"
pytestmark = pytest.mark.skipif(not SERVER, reason="for the run on PostgreSQL")


def free_ports(count):
    """Ports that nobody uses."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    found = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return found


def nginx(folder, port, ports, certificate, key):
    """How nginx is started on the sample, with other ports and a certificate of one's own."""
    text = (DEPLOY / "nginx.conf").read_text()
    for old, new in {
        "127.0.0.1:8765": f"127.0.0.1:{ports[0]}",
        "127.0.0.1:8766": f"127.0.0.1:{ports[1]}",
        "listen 443 ssl http2": f"listen 127.0.0.1:{port} ssl http2",
        "listen 80": f"listen 127.0.0.1:{free_ports(1)[0]}",
        "trials.example.org": "localhost",
        "/etc/ssl/certs/trialrules.pem": str(certificate),
        "/etc/ssl/private/trialrules.key": str(key),
        "/var/log/nginx/trialrules.log": str(folder / "error.log"),
    }.items():
        assert old in text
        text = text.replace(old, new)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    # Debian's nginx compresses where a site does not say otherwise.
    main = f"daemon off; pid {folder}/pid; events {{}} http {{ gzip on; gzip_types text/calendar; {temporary} {text} }}"
    (folder / "main.conf").write_text(main)
    return ["nginx", "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(folder / "main.conf")]


def caddy(folder, port, ports, certificate, key):
    """How Caddy is started on the sample; a certificate of one's own, as nobody here gives one."""
    text = (DEPLOY / "Caddyfile").read_text()
    for old, new in {
        "127.0.0.1:8765 127.0.0.1:8766": " ".join(f"127.0.0.1:{one}" for one in ports),
        "{$HOSTNAME_OF_SERVICE:trials.example.org}": f"https://localhost:{port}",
        "\treverse_proxy": f"\ttls {certificate} {key}\n\treverse_proxy",
    }.items():
        assert old in text
        text = text.replace(old, new)
    (folder / "Caddyfile").write_text(f"{{\n\tadmin off\n\tauto_https disable_redirects\n}}\n{text}")
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


class Browser:
    """Somebody who comes through the proxy, keeps cookies, and believes this certificate only."""

    def __init__(self, url, certificate):
        self.url, self.cookies = url, CookieJar()
        secure = urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=str(certificate)))
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), secure, urllib.request.HTTPCookieProcessor(self.cookies))
        self.opener.addheaders = []

    def asked(self, path, data=None, method=None, **headers):
        """Status, headers and body."""
        given = {"Origin": self.url, "Referer": self.url + path, **{name.replace("_", "-"): value for name, value in headers.items()}}
        request = urllib.request.Request(self.url + path, data, given, method=method)  # noqa: S310 - our own address
        try:
            with self.opener.open(request, timeout=60) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    def signs_in(self, link):
        """By a one-time link."""
        path = link.removeprefix(self.url)
        status, _, page = self.asked(path)
        assert status == 200, page
        self.token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.decode())[1]
        form = {"password": PASSWORD, "again": PASSWORD, "csrfmiddlewaretoken": self.token}
        status, _, page = self.asked(path, urlencode(form).encode())
        assert status == 200, page
        self.token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.decode())[1]

    def api(self, path, body=None):
        """Status and value."""
        data = None if body is None else json.dumps(body).encode()
        status, _, answer = self.asked(f"/api/v1{path}", data, X_CSRFToken=self.token, Content_Type="application/json")
        return status, json.loads(answer)


@pytest.fixture(params=[nginx, caddy])
def behind_proxy(request, installed, tmp_path):
    """The proxy's address, a browser, the two processes, and how they are reached without it."""
    name = request.param.__name__
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    home, made = installed
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    words = ["-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run(["openssl", "req", "-x509", *words, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    port, *ports = free_ports(3)
    url = f"https://localhost:{port}"
    running = []
    try:
        for one in ports:
            words = ["--no-migrate", "--proxy", "127.0.0.1", "--port", str(one)]
            running.append(started(home, *words, TRIALRULES_URL=url, **made.as_app)[0])
        (tmp_path / "proxy").mkdir()
        command = request.param(tmp_path / "proxy", port, ports, certificate, key)
        with (tmp_path / "proxy.log").open("wb") as log:
            running.append(subprocess.Popen(command, stdout=log, stderr=log, env={"HOME": str(tmp_path), "PATH": "/usr/sbin:/usr/bin"}))
        browser = Browser(url, certificate)
        wait_for(browser, running[-1], tmp_path / "proxy.log")
        link = program("user", "link", "investigator", home=home, TRIALRULES_URL=url, **made.as_app).stdout.strip()
        assert link.startswith(url)
        browser.signs_in(link)
        yield browser, running, ports
    finally:
        for process in running:
            process.terminate()
            process.communicate(timeout=30)


def wait_for(browser, proxy, log):
    until = time.monotonic() + 30
    while time.monotonic() < until and proxy.poll() is None:
        try:
            if browser.asked("/healthz")[0] == 200:
                return
        except urllib.error.URLError:
            time.sleep(0.1)
    raise AssertionError(log.read_text())


def unsigned(browser):
    """A decision that can be signed, and the signature without the password."""
    base = "/studies/aclf1/subjects"
    for one in browser.api(base)[1]["subjects"]:
        decision = (one["decision"] or {}).get("id")
        if one["state"] not in {"eligible", "not eligible"} or decision is None:
            continue
        path = f"{base}/{one['subject']}/decisions/{decision}"
        _, whole = browser.api(path)
        if whole["signature"] is None and whole["decision"] != "undetermined" and not whole["provisional"]:
            outcomes = {each["id"]: each["verdict"] for each in whole["result"]["criteria"]}
            return path, {"outcomes": outcomes, "meaning": MEANINGS[0 if whole["decision"] == "eligible" else 1]}
    raise AssertionError("the demonstration has nothing to sign")


@pytest.mark.req("T-05")
@pytest.mark.req("T-24")
def test_people_and_calendars_through_the_proxy(behind_proxy):
    browser, running, ports = behind_proxy
    cookies = {one.name: one for one in browser.cookies}
    assert set(cookies) == {"__Host-session", "__Host-csrf"}
    assert all(one.secure and one.path == "/" and not one.domain_specified for one in cookies.values())
    assert browser.asked("/")[1]["Strict-Transport-Security"].startswith("max-age=31536000")
    # Neither the proxy lets anybody at the figures, nor does the service believe that a visitor is here.
    assert browser.asked("/metrics")[0] == 404
    assert direct(ports[0], "/metrics", {}) == 200
    assert direct(ports[0], "/metrics", {"X-Forwarded-For": "192.0.2.7"}) == 404

    path, signature = unsigned(browser)
    status, signed = browser.api(f"{path}/signature", {**signature, "username": "investigator", "password": PASSWORD})
    assert (status, signed["signature"]["meaning"]) == (201, signature["meaning"])
    assert browser.asked(f"/api/v1{path}/signature", b"{}", Origin="https://evil.example", Content_Type="application/json")[0] == 403

    status, made = browser.api("/studies/aclf1/feeds", {"kind": "mine"})
    assert (status, made["url"].startswith(browser.url)) == (201, True)
    calendar = made["url"].removeprefix(browser.url)
    status, plain, content = browser.asked(calendar)
    assert (status, plain["Content-Type"], plain["Content-Encoding"]) == (200, "text/calendar; charset=utf-8", None)
    assert content.startswith(b"BEGIN:VCALENDAR")
    status, zipped, body = browser.asked(calendar, Accept_Encoding="gzip")
    assert (status, zipped["Content-Encoding"], gzip.decompress(body)) == (200, "gzip", content)
    assert re.fullmatch(r'"[^"]+"', plain["ETag"]), "strong, as the service made it"
    assert zipped["ETag"] == f'"{plain["ETag"][1:-1]}-gzip"'
    for tag in (plain["ETag"], zipped["ETag"]):
        status, headers, body = browser.asked(calendar, If_None_Match=tag, Accept_Encoding="gzip")
        assert (status, body, headers["ETag"]) == (304, b"", zipped["ETag"])

    # One process is killed: the other one goes on, and nobody is signed out.
    running[0].kill()
    running[0].wait()
    for _ in range(6):
        assert browser.asked("/healthz")[0] == 200
        assert browser.asked(calendar, If_None_Match=plain["ETag"])[0] == 304
        assert browser.api("/studies/aclf1/subjects")[0] == 200
    status, _ = browser.api("/studies/aclf1/feeds", {"kind": "mine"})
    assert status == 201


def direct(port, path, headers):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
