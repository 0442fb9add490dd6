"""Phone: a SIP phone by hand that registers, answers, calls, and hands calls on by REFER."""
import re
import threading
import uuid

from raw_sip import SDP, RawSip, credentials, header, status
from rtp import wait_until


class Dialog:
    """One call of the phone. `local` and `remote` are From and To of its own requests."""

    def __init__(self, call_id, local, remote, target, cseq):
        self.call_id, self.local, self.remote = call_id, local, remote
        self.target, self.cseq = target, cseq
        self.ended = False
        self.notified = []                   # what NOTIFY said: "SIP/2.0 200 OK"

    def tag(self, side):
        return re.search(r";tag=([^;>\s]+)", side).group(1)


class Phone:
    def __init__(self, server, extension, password, end):
        self.raw = RawSip(server.sip_port())
        self.extension, self.password, self.end = extension, password, end
        self.calls = {}                      # by Call-ID
        self.answers = {}                    # final responses by (Call-ID, CSeq)
        self._stop = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self):
        self._stop = True
        self._thread.join()
        self.raw.close()

    # ---- what it does ----

    def register(self):
        uri = "sip:127.0.0.1:%d" % self.raw.target[1]
        call_id = uuid.uuid4().hex
        line = ""
        for cseq in (1, 2):
            answer = self._ask(self.raw.request("REGISTER", "", from_user=self.extension,
                                                headers=line + "Expires: 300\r\n",
                                                call_id=call_id, cseq=cseq), call_id, cseq)
            if status(answer) == 401:
                line = credentials(answer, "REGISTER", uri, self.extension, self.password)
        assert status(answer) == 200, answer

    def call(self, number, headers=""):
        """The answered call, or the final response that refused it."""
        uri = "sip:%s@127.0.0.1:%d" % (number, self.raw.target[1])
        call_id, line = uuid.uuid4().hex, ""
        for cseq in (1, 2):
            sent = self.raw.request("INVITE", number, from_user=self.extension, call_id=call_id,
                                    cseq=cseq, body=SDP % self.end.port, headers=line + headers)
            answer = self._ask(sent, call_id, cseq)
            self.raw.send(self.raw.acknowledge(answer, number, cseq))
            if status(answer) == 401:
                line = credentials(answer, "INVITE", uri, self.extension, self.password)
        if status(answer) != 200:
            return answer
        self._listen_to(answer)
        dialog = Dialog(call_id, header(answer, "From"), header(answer, "To"),
                        self._contact(answer), cseq)
        self.calls[call_id] = dialog
        return dialog

    def request(self, dialog, method, headers="", body=""):
        """Within the call; the final response."""
        dialog.cseq += 1
        text = ("%s %s SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:%d;branch=z9hG4bK%s;rport\r\n"
                "From: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\n"
                "Contact: <sip:%s@127.0.0.1:%d>\r\nMax-Forwards: 70\r\n%sContent-Length: %d\r\n\r\n%s"
                % (method, dialog.target, self.raw.port, uuid.uuid4().hex, dialog.local,
                   dialog.remote, dialog.call_id, dialog.cseq, method, self.extension,
                   self.raw.port, headers, len(body), body))
        return self._ask(text.encode(), dialog.call_id, dialog.cseq)

    def refer(self, dialog, to, replaces=None):
        target = "sip:%s@127.0.0.1" % to
        if replaces:
            target += "?Replaces=%s%%3Bto-tag%%3D%s%%3Bfrom-tag%%3D%s" % (
                replaces.call_id, replaces.tag(replaces.remote), replaces.tag(replaces.local))
        return self.request(dialog, "REFER", "Refer-To: <%s>\r\n" % target)

    def hang_up(self, dialog):
        dialog.ended = True
        return self.request(dialog, "BYE")

    # ---- what comes ----

    def _ask(self, data, call_id, cseq):
        for _ in range(20):                  # over UDP it is said again
            self.raw.send(data)
            if wait_until(lambda: (call_id, cseq) in self.answers, 0.5):
                return self.answers[call_id, cseq]
        raise AssertionError("no answer to\n" + data.decode())

    @staticmethod
    def _contact(message):
        return re.search(r"<([^>]+)>", header(message, "Contact")).group(1)

    def _listen_to(self, message):
        found = re.search(r"c=IN IP4 (\S+)[\s\S]*?m=audio (\d+)", message)
        if found:
            self.end.aim((found.group(1), int(found.group(2))))

    def _run(self):
        while not self._stop:
            message = self.raw.receive(0.2)
            if message is None:
                continue
            number, method = header(message, "CSeq").split()
            if message.startswith("SIP/2.0 "):
                if not message.startswith("SIP/2.0 1"):
                    self.answers[header(message, "Call-ID"), int(number)] = message
            elif method != "ACK":
                self._serve(message, method)

    def _serve(self, message, method):
        dialog = self.calls.get(header(message, "Call-ID"))
        if method == "INVITE":
            return self._answer(message, dialog)
        if dialog and method == "NOTIFY":
            dialog.notified.append(message.partition("\r\n\r\n")[2].strip())
        if dialog and method == "BYE":
            dialog.ended = True
        self.raw.send(self._response(message, "200 OK", header(message, "To")))

    def _answer(self, message, dialog):
        if dialog is None:
            tag = uuid.uuid4().hex[:8]
            dialog = Dialog(header(message, "Call-ID"), header(message, "To") + ";tag=" + tag,
                            header(message, "From"), self._contact(message), 0)
            self.calls[dialog.call_id] = dialog
            self.raw.send(self._response(message, "180 Ringing", dialog.local))
        self._listen_to(message)
        self.raw.send(self._response(message, "200 OK", dialog.local, SDP % self.end.port))

    def _response(self, request, code, to, body=""):
        vias = "".join("Via: %s\r\n" % via for via in re.findall(r"(?im)^Via\s*:\s*(.*?)\r?$",
                                                                 request))
        text = ("SIP/2.0 %s\r\n%sFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %s\r\n"
                "Contact: <sip:%s@127.0.0.1:%d>\r\n" %
                (code, vias, header(request, "From"), to, header(request, "Call-ID"),
                 header(request, "CSeq"), self.extension, self.raw.port))
        if body:
            text += "Content-Type: application/sdp\r\n"
        return (text + "Content-Length: %d\r\n\r\n%s" % (len(body), body)).encode()
