#!/usr/bin/env python3
"""Holds a running server to api/openapi.yaml, and the document to the server.

    check_openapi.py URL TOKEN ROUTES_FILE

ROUTES_FILE: what the server routes, a line each: "GET /api/v1/calls/{id}". Every route must be in
the document and the other way round. Every operation is asked, rightly and wrongly, and every answer
must be of a status, a content type and a schema that the document promises. The stream is listened
to as well. Debian packages: python3-yaml, python3-jsonschema.
"""
import base64
import http.client
import json
import os
import pathlib
import re
import socket
import struct
import sys
import urllib.parse

import jsonschema
import yaml

document_path = pathlib.Path(__file__).resolve().parents[2] / "api" / "openapi.yaml"
document = yaml.safe_load(document_path.read_text())
url, token, routes_file = sys.argv[1:4]
host = urllib.parse.urlsplit(url).netloc
failures = []
seen = set()  # (operationId, status)


def fail(what):
    failures.append(what)


formats = jsonschema.FormatChecker(())


@formats.checks("date-time")
def is_time(value):
    """Ours are all of one form: UTC with milliseconds."""
    return not isinstance(value, str) or bool(
        re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", value))


def resolve(node):
    """Follows a $ref inside the document."""
    while isinstance(node, dict) and "$ref" in node:
        target = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


def validate(instance, schema, where):
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema",
             "components": document["components"], **schema}
    validator = jsonschema.Draft202012Validator(whole, format_checker=formats)
    for error in validator.iter_errors(instance):
        fail(f"{where}: {'/'.join(map(str, error.absolute_path))}: {error.message[:300]}")


def ask(method, path, body=None, headers=None, with_token=True):
    connection = http.client.HTTPConnection(host, timeout=20)
    headers = dict(headers or {})
    if with_token:
        headers["Authorization"] = f"Bearer {token}"
    if body is not None:
        headers["Content-Type"] = "application/json"
        body = json.dumps(body)
    connection.request(method.upper(), path, body, headers)
    answer = connection.getresponse()
    return answer.status, dict((k.lower(), v) for k, v in answer.getheaders()), answer.read()


def check(operation_id, path, body=None, headers=None, with_token=True, expect=None):
    """Asks one operation and holds the answer to the document."""
    method, operation = operations[operation_id]
    status, answer_headers, content = ask(method, path, body, headers, with_token)
    where = f"{operation_id} {method.upper()} {path} -> {status}"
    if expect is not None and status != expect:
        fail(f"{where}: expected {expect}: {content[:300]!r}")
    if "x-request-id" not in answer_headers:
        fail(f"{where}: no X-Request-Id")
    promised = operation["responses"].get(str(status))
    if promised is None:
        fail(f"{where}: this status is not in the document")
        return None
    seen.add((operation_id, status))
    promised = resolve(promised)
    if "content" not in promised:
        if content:
            fail(f"{where}: a body where the document has none")
        return None
    kind = answer_headers.get("content-type", "").split(";")[0]
    if kind not in promised["content"]:
        fail(f"{where}: content type {kind!r} is not in the document")
        return None
    if kind.endswith("json"):
        value = json.loads(content)
        validate(value, promised["content"][kind]["schema"], where)
        return value
    return content


def collect_operations():
    found = {}
    documented = set()
    for path, item in document["paths"].items():
        for method, operation in item.items():
            found[operation["operationId"]] = (method, operation)
            documented.add(f"{method.upper()} {path}")
            names = {resolve(p)["name"] for p in operation.get("parameters", [])}
            for part in path.split("/"):
                if part.startswith("{") and part.strip("{}") not in names:
                    fail(f"{path}: the document does not describe {part}")
    routed = set(pathlib.Path(routes_file).read_text().split("\n")) - {""}
    routed.add("GET /api/v1/stream")
    for route in sorted(routed - documented):
        fail(f"{route} is served, but is not in the document")
    for route in sorted(documented - routed):
        fail(f"{route} is in the document, but is not served")
    return found


def check_calls():
    calls = check("listCalls", "/api/v1/calls?limit=200", expect=200)["data"]
    check("listCalls", "/api/v1/calls?limit=2", expect=200)
    check("listCalls", "/api/v1/calls?limit=0", expect=400)
    live = next(call["id"] for call in calls if call["live"])
    call = f"/api/v1/calls/{live}"
    for operation, path in [("getCall", call), ("listCallFacts", call + "/facts"),
                            ("listCallLadder", call + "/ladder"), ("whyCall", call + "/why")]:
        check(operation, path, expect=200)
        check(operation, path + "?nonsense=1", expect=400)
        check(operation, path.replace(live, "call_0000000000001"), expect=404)
    for entry in calls:
        check("getCall", f"/api/v1/calls/{entry['id']}", expect=200)
    somebody = {"kind": "agent", "to": "ben", "notes": "was promised a call"}
    bodies = {"recordCall": {"action": "start"}, "transferCall": somebody,
              "superviseCall": {"agent": "carla", "mode": "listen", "reason": "new here"},
              "consultInCall": somebody,
              "setDisposition": {"agent": "anna", "outcome": "booked", "notes": "at nine"}}
    for operation, tail in [("holdCall", "hold"), ("resumeCall", "resume"), ("muteCall", "mute"),
                            ("unmuteCall", "unmute"), ("recordCall", "record"),
                            ("superviseCall", "supervise"),
                            ("stopSupervision", "supervise/stop"),
                            ("consultInCall", "consult"), ("swapConsult", "consult/swap"),
                            ("completeConsult", "consult/complete"),
                            ("cancelConsult", "consult/cancel"), ("transferCall", "transfer"),
                            ("setDisposition", "disposition"), ("hangUpCall", "hang_up")]:
        body = bodies.get(operation)
        check(operation, f"{call}/{tail}", body, expect=204)
        check(operation, f"/api/v1/calls/call_0000000000001/{tail}", body, expect=404)
        check(operation, f"{call}/{tail}?nonsense=1", body, expect=400)
        if body:
            check(operation, f"{call}/{tail}", {**body, "nonsense": 1}, expect=400)
        waiting = [c["id"] for c in check("getLive", "/api/v1/live")["calls"]
                   if c["stage"] == "waiting"]
        if waiting:
            check(operation, f"/api/v1/calls/{waiting[0]}/{tail}", body, expect=409)


def check_people():
    agents = check("listAgents", "/api/v1/agents", expect=200)["data"]
    agent = f"/api/v1/agents/{agents[-1]['slug']}"
    check("getAgent", agent, expect=200)
    check("getAgent", "/api/v1/agents/nobody", expect=404)
    check("putPresence", agent + "/presence", {"presence": "away", "reason": "lunch"}, expect=200)
    check("putPresence", agent + "/presence", {"presence": "lunch"}, expect=400)
    check("putPresence", "/api/v1/agents/nobody/presence", {"presence": "ready"}, expect=404)
    wrapping = [a["slug"] for a in agents if a["state"] == "wrap_up"]
    for slug in wrapping:
        check("extendWrapUp", f"/api/v1/agents/{slug}/wrap_up/extend", expect=200)
        check("endWrapUp", f"/api/v1/agents/{slug}/wrap_up/end", expect=200)
    check("endWrapUp", agent + "/wrap_up/end", expect=409)
    check("endWrapUp", "/api/v1/agents/nobody/wrap_up/end", expect=404)
    check("extendWrapUp", "/api/v1/agents/nobody/wrap_up/extend", expect=404)
    check("extendWrapUp", agent + "/wrap_up/extend", expect=409)
    check("clearAgent", "/api/v1/agents/nobody/clear", {"by": "eva"}, expect=404)
    check("clearAgent", agent + "/clear", {"by": ""}, expect=400)
    check("clearAgent", agent + "/clear", {"by": "eva"}, expect=200)
    check("putPresence", agent + "/presence", {"presence": "away", "reason": "lunch"}, expect=200)
    queues = check("listQueues", "/api/v1/queues", expect=200)["data"]
    check("getQueue", f"/api/v1/queues/{queues[0]['slug']}", expect=200)
    check("getQueue", "/api/v1/queues/nothing", expect=404)


def check_conferences():
    rooms = check("listConferences", "/api/v1/conferences", expect=200)["data"]
    room = f"/api/v1/conferences/{rooms[0]['slug']}"
    check("getConference", room, expect=200)
    check("getConference", room + "?nonsense=1", expect=400)
    check("getConference", "/api/v1/conferences/nothing", expect=404)
    for operation, tail in [("lockConference", "lock"), ("unlockConference", "unlock")]:
        check(operation, f"{room}/{tail}", expect=204)
        check(operation, f"{room}/{tail}?nonsense=1", expect=400)
        check(operation, f"/api/v1/conferences/nothing/{tail}", expect=409)
    talking = next(c["id"] for c in check("getLive", "/api/v1/live")["calls"]
                   if c["stage"] == "talking")
    for operation, tail in [("muteMember", "mute"), ("unmuteMember", "unmute"),
                            ("removeMember", "remove")]:
        check(operation, f"{room}/members/{talking}/{tail}", expect=204)
        check(operation, f"{room}/members/call_0000000000001/{tail}", expect=404)


def check_recordings():
    for recording in check("listRecordings", "/api/v1/recordings", expect=200)["data"]:
        path = f"/api/v1/recordings/{recording['id']}"
        check("getRecording", path, expect=200)
        if recording["audio_url"]:
            check("getAudio", recording["audio_url"], expect=200)
            check("getAudio", recording["audio_url"], headers={"Range": "bytes=1-3"}, expect=206)
            check("getAudio", recording["audio_url"], headers={"Range": "bytes=99999999-"},
                  expect=416)
        elif recording["state"] == "recording":
            check("getAudio", path + "/audio", expect=409)
    check("listRecordings", "/api/v1/recordings?call=nonsense", expect=400)
    check("getRecording", "/api/v1/recordings/rec_0000000000001", expect=404)
    check("getAudio", "/api/v1/recordings/rec_0000000000001/audio", expect=404)


def check_service():
    for operation, path in [("getKpis", "/api/v1/kpis"), ("getLive", "/api/v1/live"),
                            ("listAlarms", "/api/v1/alarms"),
                            ("getConfiguration", "/api/v1/configuration")]:
        check(operation, path, expect=200)
        check(operation, path + "?nonsense=1", expect=400)
        check(operation, path, with_token=False, expect=401)
    for operation, path in [("getLivez", "/livez"), ("getReadyz", "/readyz"),
                            ("getReadyz", "/readyz?verbose"), ("getMetrics", "/metrics"),
                            ("getPage", "/"), ("getStyle", "/style.css"),
                            ("getProgram", "/live.js"), ("getIcon", "/icon.svg")]:
        check(operation, path, with_token=False, expect=200)
    check("getReadyz", "/readyz?verbose=perhaps", with_token=False, expect=400)
    served = check("getOpenapi", "/api/v1/openapi.json", with_token=False, expect=200)
    if served != json.loads(json.dumps(document)):
        fail("/api/v1/openapi.json is not api/openapi.yaml")


def read_exactly(sock, size):
    data = b""
    while len(data) < size:
        more = sock.recv(size - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def check_stream():
    """Says hello and holds some messages to the schema; the facts of an action come, too."""
    name, port = host.split(":")
    sock = socket.create_connection((name, int(port)), timeout=10)
    key = base64.b64encode(os.urandom(16)).decode()
    sock.sendall((f"GET /api/v1/stream HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\n"
                  f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
                  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: firstring.v1\r\n\r\n"
                  ).encode())
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += read_exactly(sock, 1)
    if b" 101 " not in head or b"Sec-WebSocket-Protocol: firstring.v1" not in head:
        fail(f"stream: {head!r}")
        return
    hello = {"type": "hello", "token": token}
    validate(hello, document["components"]["schemas"]["StreamHello"], "hello")
    payload = json.dumps(hello).encode()
    mask = os.urandom(4)
    masked = bytes(b ^ mask[i % 4] for i, b in enumerate(payload))
    sock.sendall(struct.pack("!BB", 0x81, 0x80 | len(payload)) + mask + masked)
    types = []
    while "snapshot" not in types or "changes" not in types:
        first, size = read_exactly(sock, 2)
        if size == 126:
            size = struct.unpack("!H", read_exactly(sock, 2))[0]
        elif size == 127:
            size = struct.unpack("!Q", read_exactly(sock, 8))[0]
        content = read_exactly(sock, size)
        if first != 0x81:
            fail(f"stream: frame {first:#x}")
            return
        message = json.loads(content)
        validate(message, document["components"]["schemas"]["StreamMessage"],
                 f"stream {message.get('type')}")
        types.append(message["type"])
        if message["type"] == "snapshot":
            slug = message["live"]["agents"][-1]["slug"]
            check("putPresence", f"/api/v1/agents/{slug}/presence", {"presence": "ready"},
                  expect=200)
    sock.close()


operations = collect_operations()
check_people()
check_conferences()
check_recordings()
check_service()
check_stream()
check_calls()
for operation_id, (_, operation) in operations.items():
    good = [s for s in operation["responses"] if s.startswith("2")]
    if good and not any((operation_id, int(s)) in seen for s in good):
        fail(f"{operation_id} was never answered with {' or '.join(good)}")
for problem in failures:
    print(problem)
print(f"{len(seen)} answers held to the document, {len(failures)} failures")
sys.exit(1 if failures else 0)
