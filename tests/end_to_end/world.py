"""World: what most tests need around a server: phones that register, callers that speak."""
import unittest

import audio
from rtp import RtpEnd, wait_until
from server import PASSWORD, Firstring
from sipp import Sipp

CALLER_HZ, AGENT_HZ = 440, 700


class CallTest(unittest.TestCase):
    """Everything a test starts is stopped again, also when it fails."""

    settings = {}
    peers = ()               # every SIPp that was started

    def setUp(self):
        self.server = Firstring(**self.settings)
        self.addCleanup(self._leave)
        self.server.start()

    def _leave(self):
        if self.server.process is not None:
            self.server.stop()
        outcome = getattr(self, "_outcome", None)
        broken = outcome is not None and (getattr(outcome, "errors", None) or not outcome.success)
        if broken:
            self._tell_what_happened()

    def _tell_what_happened(self):
        """What one needs to know of a failed test that may not fail again."""
        print("---- %s: output of the server\n%s" % (self.id(), self.server.log()[-3000:]))
        for sipp in self.peers:
            print("---- SIPp %s on port %d\n%s\n%s" % (sipp.name, sipp.port, sipp.errors()[-1000:],
                                                       sipp.outline()))

    def rtp(self, hz=None):
        end = RtpEnd()
        self.addCleanup(end.close)
        if hz:
            end.say(audio.tone_mulaw(hz, 1.0))
        return end

    def sipp(self, scenario, **options):
        options.setdefault("target", self.server.sip_port(
            "tcp" if options.get("transport", "u1").startswith("t") else "udp"))
        run = Sipp(scenario, **options)
        self.addCleanup(run.stop)
        self.peers = [*self.peers, run]
        return run

    def register(self, extension, contact_port, transport="u1", scenario="register",
                 password=PASSWORD):
        self.sipp(scenario, user=extension, auth=(extension, password), transport=transport,
                  keys={"contact_port": contact_port}).wait()

    def agent(self, extension, scenario="agent_answers", ring=300, hold=1000, slug=None,
              transport="u1", end=None):
        """A phone that is registered and will act by its scenario. Gives (phone, its audio end)."""
        end = end or self.rtp(AGENT_HZ)
        phone = self.sipp(scenario, target=None, user=extension, transport=transport,
                          keys={"rtp_port": end.port, "ring": ring, "hold": hold})
        end.aim_by(phone.media_address)
        self.register(extension, phone.port, transport=transport)
        if slug:
            self.server.wait_agent(slug, "ready")
        return phone, end

    def caller(self, scenario="caller", number="5550101", hold=3000, transport="u1", end=None,
               **options):
        """(SIPp, its audio end): a caller who speaks a 440 Hz tone."""
        end = end or self.rtp(CALLER_HZ)
        keys = {"rtp_port": end.port, "hold": hold, **options.pop("keys", {})}
        sipp = self.sipp(scenario, user=number, transport=transport, keys=keys, **options)
        end.aim_by(sipp.media_address)
        return sipp, end

    def assert_hears(self, end, hz, seconds, limit=10):
        """`end` hears `hz` for at least so long."""
        reached = wait_until(lambda: audio.seconds_of(end.heard(), hz) >= seconds, limit)
        heard = end.heard()
        self.assertTrue(reached, "heard %.2f s of %d Hz in %.2f s of sound" %
                        (audio.seconds_of(heard, hz), hz, len(heard) / 8000))

    def wait_node(self, node, limit=10):
        """Until the newest call is at this node of its flow."""
        def there():
            calls = self.server.calls()
            return calls and any(f["type"] == "node.entered" and f["data"]["node"] == node
                                 for f in self.server.facts(calls[0]["id"]))
        self.assertTrue(wait_until(there, limit), "no call came to node " + node)

    def assert_in_order(self, wanted, found):
        """Every wanted fact type is there, in this order, others between them or not."""
        rest = iter(found)
        for name in wanted:
            self.assertTrue(any(name == other for other in rest),
                            "%s is not where it should be in %s" % (name, found))
