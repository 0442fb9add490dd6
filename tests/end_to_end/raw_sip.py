"""RawSip: SIP by hand over one socket, for what no well-bred peer would say."""
import hashlib
import re
import socket
import time
import uuid

SDP = ("v=0\r\no=raw 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
       "m=audio %d RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\n"
       "a=rtpmap:101 telephone-event/8000\r\na=ptime:20\r\n")


class RawSip:
    def __init__(self, port, transport="udp"):
        self.transport = transport
        self.target = ("127.0.0.1", port)
        kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
        self.socket = socket.socket(socket.AF_INET, kind)
        if transport == "udp":
            self.socket.bind(("127.0.0.1", 0))
        else:
            self.socket.connect(self.target)
        self.port = self.socket.getsockname()[1]
        self._rest = b""

    def request(self, method, user, from_user="tester", body="", headers="", call_id=None, cseq=1,
                to_user=None, from_name=""):
        """A whole request, as bytes."""
        uri = "sip:%s127.0.0.1:%d" % (user + "@" if user else "", self.target[1])
        to = "<sip:%s@127.0.0.1>" % (to_user or user or from_user)
        lines = [
            "%s %s SIP/2.0" % (method, uri),
            "Via: SIP/2.0/%s 127.0.0.1:%d;branch=z9hG4bK%s;rport" %
            (self.transport.upper(), self.port, uuid.uuid4().hex),
            "From: %s<sip:%s@127.0.0.1>;tag=%s" % (from_name, from_user, uuid.uuid4().hex[:8]),
            "To: " + to, "Call-ID: " + (call_id or uuid.uuid4().hex),
            "CSeq: %d %s" % (cseq, method),
            "Contact: <sip:%s@127.0.0.1:%d;transport=%s>" % (from_user, self.port, self.transport),
            "Max-Forwards: 70"]
        text = "\r\n".join(lines) + "\r\n" + headers
        if body:
            text += "Content-Type: application/sdp\r\n"
        return (text + "Content-Length: %d\r\n\r\n%s" % (len(body.encode()), body)).encode()

    def send(self, data):
        if self.transport == "udp":
            self.socket.sendto(data, self.target)
        else:
            self.socket.sendall(data)

    def receive(self, limit=10.0):
        """The next message as text; None when none came in time or the connection is closed."""
        self.socket.settimeout(limit)
        try:
            if self.transport == "udp":
                return self.socket.recv(65536).decode(errors="replace")
            while True:
                head, mark, rest = self._rest.partition(b"\r\n\r\n")
                if mark:
                    length = re.search(rb"(?im)^(?:content-length|l)\s*:\s*(\d+)", head)
                    size = int(length.group(1)) if length else 0
                    if len(rest) >= size:
                        self._rest = rest[size:]
                        return (head + mark + rest[:size]).decode(errors="replace")
                data = self.socket.recv(65536)
                if not data:
                    return None
                self._rest += data
        except (TimeoutError, ConnectionError):
            return None

    def ask(self, data, limit=10.0):
        """Sends, and gives the final response; repeats over UDP as RFC 3261 timer E does."""
        end = time.monotonic() + limit
        self.send(data)
        while time.monotonic() < end:
            answer = self.receive(min(1.0, end - time.monotonic()) if self.transport == "udp"
                                  else end - time.monotonic())
            if answer is None:
                if self.transport != "udp":
                    return None
                self.send(data)
            elif answer.startswith("SIP/2.0 ") and not answer.startswith("SIP/2.0 1"):
                return answer
        return None

    def acknowledge(self, answer, user, cseq=1, method="ACK"):
        """Within the dialog that a 200 made: its ACK; or another request, as bytes."""
        return ("%s sip:%s@127.0.0.1:%d SIP/2.0\r\n"
                "Via: SIP/2.0/%s 127.0.0.1:%d;branch=z9hG4bK%s;rport\r\n"
                "From: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\nMax-Forwards: 70\r\n"
                "Content-Length: 0\r\n\r\n" % (
                    method, user, self.target[1], self.transport.upper(), self.port,
                    uuid.uuid4().hex, header(answer, "From"), header(answer, "To"),
                    header(answer, "Call-ID"), cseq, method)).encode()

    def close(self):
        self.socket.close()


def status(answer):
    return int(answer.split(" ", 2)[1]) if answer else None


def header(answer, name):
    found = re.search(r"(?im)^%s\s*:\s*(.*?)\r?$" % re.escape(name), answer or "")
    return found.group(1) if found else None


def credentials(challenge, method, uri, user, password, count=1):
    """The Authorization line to a 401, with the first algorithm that it offers (RFC 8760)."""
    line = header(challenge, "WWW-Authenticate")
    fields = dict(re.findall(r'(\w+)="?([^",]*)"?', line))
    algorithm = re.search(r"algorithm=([\w-]+)", line)
    digest = hashlib.sha256 if algorithm and algorithm.group(1) == "SHA-256" else hashlib.md5
    hashed = lambda text: digest(text.encode()).hexdigest()
    nonce, cnonce, nc = fields["nonce"], "0a4f113b", "%08x" % count
    first = hashed("%s:%s:%s" % (user, fields["realm"], password))
    second = hashed("%s:%s" % (method, uri))
    response = hashed(":".join((first, nonce, nc, cnonce, "auth", second)))
    return ('Authorization: Digest username="%s", realm="%s", nonce="%s", uri="%s", response="%s", '
            'cnonce="%s", nc=%s, qop=auth%s\r\n' % (
                user, fields["realm"], nonce, uri, response, cnonce, nc,
                ", algorithm=" + algorithm.group(1) if algorithm else ""))
