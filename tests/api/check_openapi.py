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
    if isinstance(body, str):
        headers.setdefault("Content-Type", "application/yaml")
    elif body is not None:
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


def check_callbacks():
    callbacks = check("listCallbacks", "/api/v1/callbacks", expect=200)["data"]
    check("listCallbacks", "/api/v1/callbacks?nonsense=1", expect=400)
    one = f"/api/v1/callbacks/{callbacks[0]['id']}"
    for operation, tail in [("cancelCallback", "cancel"), ("callBackNow", "now")]:
        check(operation, f"{one}/{tail}", expect=204)
        check(operation, f"{one}/{tail}?nonsense=1", expect=400)
        check(operation, f"/api/v1/callbacks/turn_0000000000001/{tail}", expect=404)
    wanted = {"agent": "anna", "number": "+12125550100"}
    check("placeCall", "/api/v1/calls", wanted, expect=200)
    check("placeCall", "/api/v1/calls", {**wanted, "agent": "nobody"}, expect=404)
    check("placeCall", "/api/v1/calls", {**wanted, "nonsense": 1}, expect=400)


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
    check("listFigureDefinitions", "/api/v1/figures/definitions", expect=200)
    check("getFigures", "/api/v1/figures?kpis=all&by=queue,day", expect=200)
    check("getFigures", "/api/v1/figures?kpis=asa&calls=denominator", expect=200)
    check("getFigures", "/api/v1/figures?by=colour", expect=400)
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


def check_work():
    voicemails = check("listVoicemails", "/api/v1/voicemails", expect=200)["data"]
    check("listVoicemails", "/api/v1/voicemails?limit=1", expect=200)
    check("listVoicemails", "/api/v1/voicemails?nonsense=1", expect=400)
    missing = "/api/v1/voicemails/rec_0000000000001"
    path = f"/api/v1/voicemails/{voicemails[0]['id']}"
    check("getVoicemail", path, expect=200)
    check("getVoicemail", missing, expect=404)
    check("getVoicemailAudio", path + "/audio", expect=200)
    check("getVoicemailAudio", path + "/audio", headers={"Range": "bytes=1-3"}, expect=206)
    check("getVoicemailAudio", path + "/audio", headers={"Range": "bytes=99999999-"}, expect=416)
    check("getVoicemailAudio", missing + "/audio", expect=404)
    for operation, tail, body in [("hearVoicemail", "heard", None),
                                  ("assignVoicemail", "assign", {"agent": "ben"}),
                                  ("takeVoicemail", "take", {"agent": "anna"}),
                                  ("finishVoicemail", "done", None)]:
        check(operation, f"{path}/{tail}", body, expect=200)
        check(operation, f"{missing}/{tail}", body, expect=404)
        check(operation, f"{path}/{tail}?nonsense=1", body, expect=400)
        if body:
            check(operation, f"{path}/{tail}", {"agent": "nobody"}, expect=400)
    check("takeVoicemail", path + "/take", {"agent": "ben"}, expect=409)
    check("deleteVoicemail", path, expect=204)
    check("deleteVoicemail", path, expect=404)
    callers = check("listRecovery", "/api/v1/recovery", expect=200)["data"]
    check("listRecovery", "/api/v1/recovery?lost=perhaps", expect=400)
    check("listRecovery", "/api/v1/recovery?lost=true", expect=200)
    dismiss = f"/api/v1/recovery/{urllib.parse.quote(callers[0]['from'])}/dismiss"
    check("dismissCaller", dismiss, {"outcome": ""}, expect=400)
    check("dismissCaller", dismiss, {"outcome": "called back"}, expect=204)
    check("dismissCaller", dismiss, {"outcome": "called back"}, expect=404)
    check("listMessages", "/api/v1/messages", expect=200)
    check("listMessages", "/api/v1/messages?limit=0", expect=400)


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


def check_configuration():
    """The text in force, a plan, putting it in force, the way back."""
    path = "/api/v1/configuration"
    source = check("getConfigurationSource", path + "/source", expect=200).decode()
    changed = source.replace("Good bye", "Good night")
    plan = check("planConfiguration", path + "/plan", changed, expect=200)
    if [change["path"] for change in plan["changes"]] != ["business.flows.main"]:
        fail(f"planConfiguration: {plan['changes']}")
    if not check("planConfiguration", path + "/plan", "business: 1", expect=200)["problems"]:
        fail("planConfiguration: no problem found in nonsense")
    check("planConfiguration", path + "/plan", {"yaml": "no"}, expect=400)
    mine = {"If-Match": f'"{plan["base"]}"'}
    check("putConfiguration", path, "business: 1", expect=400)
    check("putConfiguration", path, changed, {"If-Match": '"of yesterday"'}, expect=412)
    done = check("putConfiguration", path + "?author=anna&message=evening", changed, mine,
                 expect=200)
    if (done["number"], done["author"], done["message"]) != (2, "anna", "evening"):
        fail(f"putConfiguration: {done}")
    check("putConfiguration", path, source, mine, expect=412)
    versions = check("listConfigurationVersions", path + "/versions", expect=200)["data"]
    if [one["number"] for one in versions] != [2, 1]:
        fail(f"listConfigurationVersions: {versions}")
    page = check("listConfigurationVersions", path + "/versions?limit=1", expect=200)
    rest = check("listConfigurationVersions",
                 f"{path}/versions?cursor={page['next_cursor']}", expect=200)
    if [one["number"] for one in rest["data"]] != [1]:
        fail(f"listConfigurationVersions: second page {rest}")
    check("getConfigurationVersion", path + "/versions/1", expect=200)
    for number in ("7", "0", "-1", "x"):
        check("getConfigurationVersion", f"{path}/versions/{number}", expect=404)
        check("getVersionSource", f"{path}/versions/{number}/source", expect=404)
        check("restoreConfigurationVersion", f"{path}/versions/{number}/restore", expect=404)
    if check("getVersionSource", path + "/versions/1/source", expect=200).decode() != source:
        fail("getVersionSource: not what was in force")
    back = check("restoreConfigurationVersion", path + "/versions/1/restore", expect=200)
    if (back["number"], back["message"]) != (3, "back to version 1"):
        fail(f"restoreConfigurationVersion: {back}")


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
check_callbacks()
check_people()
check_conferences()
check_recordings()
check_work()
check_service()
check_configuration()
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
