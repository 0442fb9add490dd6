"""Trunks: we register with a carrier (played by SIPp), its calls come in, and it may be down."""
import socket
import unittest

from rtp import wait_until
from server import Firstring
from sipp import Sipp, free_port
from watcher import Watcher
from world import CALLER_HZ, CallTest

PASSWORD = "the-carriers-secret"
ASSERTED = "+493012121212"


class TrunkTest(CallTest):
    trusted = "yes"
    transport = "udp"

    def setUp(self):
        stream = self.transport == "tcp"
        self.port = free_port(socket.SOCK_STREAM if stream else socket.SOCK_DGRAM)
        trunk = ('    carrier: {registrar: "sip:127.0.0.1:%d;transport=%s", user: office-7, '
                 'password: %s, trusted: %s, number: "600"}')
        self.settings = {"trunks": trunk % (self.port, self.transport, PASSWORD, self.trusted)}

    def carrier(self, password=PASSWORD):
        carrier = Sipp("carrier", port=self.port, user="office-7",
                       transport="t1" if self.transport == "tcp" else "u1",
                       keys={"carrier_user": "office-7", "carrier_password": password})
        self.addCleanup(carrier.stop)
        return carrier

    def start(self):
        self.server = Firstring(**self.settings)
        self.addCleanup(self._leave)
        self.server.start()

    def alarms(self):
        return {alarm["name"]: alarm["detail"]
                for alarm in self.server.get("/api/v1/alarms")["data"]}

    def wait_registered(self, carrier):
        self.assertTrue(wait_until(lambda: "trunk.registered" in self.log_of_facts()),
                        carrier.messages())

    def call_from_carrier(self, privacy="none"):
        """The record of a call that comes from the carrier's address."""
        carrier = self.carrier()
        self.start()
        self.wait_registered(carrier)
        caller, end = self.caller("carrier_calls", number="office-7", hold=1000,
                                  keys={"asserted": ASSERTED, "privacy": privacy})
        self.assert_hears(end, CALLER_HZ, 0.3)         # the trunk's number is 600: the echo
        caller.wait()
        return self.server.wait_ended()

    def log_of_facts(self):
        """Every fact type so far, by the live stream from the first one on."""
        watcher = Watcher(self.server, resume_from=0)
        watcher.wait_message("facts")
        types = [fact["type"] for fact in watcher.facts()]
        watcher.close()
        return types


class Registered(TrunkTest):
    def test_registers_by_digest_and_takes_it_back_at_the_end(self):
        carrier = self.carrier()
        self.start()
        self.wait_registered(carrier)
        self.assertEqual(self.alarms(), {})
        self.assertEqual(carrier.received(r"(?m)^To: <sip:([^@]+)@"), ["office-7"] * 2)
        self.assertEqual(self.server.stop(), 0)
        carrier.wait()                                 # the password was right; Expires: 0 came

    def test_a_call_from_it_brings_the_caller_that_it_asserts(self):
        call = self.call_from_carrier()
        self.assertEqual((call["from"], call["from_name"], call["trunk"], call["number"]),
                         (ASSERTED, "Erika Muster", "carrier", "600"))

    def test_a_caller_who_asks_for_privacy_has_it(self):
        call = self.call_from_carrier(privacy="id")
        self.assertEqual((call["from"], call["from_name"], call["trunk"]), (None, None, "carrier"))


class NotTrusted(TrunkTest):
    trusted = "no"

    def test_what_an_untrusted_carrier_asserts_is_not_believed(self):
        call = self.call_from_carrier()
        self.assertEqual((call["from"], call["from_name"], call["trunk"]),
                         ("+49305000", "Head Office", "carrier"))


class Failing(TrunkTest):
    def test_a_wrong_password_is_an_alarm_that_says_so(self):
        self.carrier(password="another")
        self.start()
        self.assertTrue(wait_until(lambda: "trunk_down_carrier" in self.alarms()))
        self.assertIn("403", self.alarms()["trunk_down_carrier"])
        self.assertIn("password", self.alarms()["trunk_down_carrier"])
        self.assertNotIn(PASSWORD, str(self.alarms()) + self.server.log())


class Down(TrunkTest):
    transport = "tcp"

    def test_a_carrier_that_goes_down_is_an_alarm_until_it_is_back(self):
        carrier = self.carrier()
        self.start()
        self.wait_registered(carrier)
        self.assertEqual(self.alarms(), {})
        carrier.stop()
        self.assertTrue(wait_until(lambda: "trunk_down_carrier" in self.alarms()))
        self.carrier()
        self.assertTrue(wait_until(lambda: self.alarms() == {}, 40), self.alarms())


if __name__ == "__main__":
    unittest.main()
