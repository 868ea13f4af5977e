"""Linux: asking the system over D-Bus not to sleep."""

from __future__ import annotations

from contextlib import suppress

from jeepney import DBusAddress, Message, MessageType, new_method_call
from jeepney.fds import FileDescriptor
from jeepney.io.blocking import DBusConnection, open_dbus_connection

# What a bus that is not there, or hangs up, raises.
_NO_BUS = (OSError, ValueError, KeyError, TimeoutError, RuntimeError)
_BUS_WITHIN = 2.0
_SESSION_SERVICES = (
    ("org.freedesktop.PowerManagement.Inhibit", "/org/freedesktop/PowerManagement/Inhibit"),
    ("org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver"),
)


class DBusInhibitor:
    """Linux: systemd-logind's inhibitor, else the session's power management or screen saver; the first that
    answers. Each ends by itself with our connection, so a killed program keeps nobody awake.

    Spoken by jeepney: QtDBus sends every Python number as a signed one, and cookies are unsigned.
    """

    def __init__(self) -> None:
        self._connection: DBusConnection | None = None
        self._logind: FileDescriptor | None = None
        self._cookie: tuple[DBusAddress, int] | None = None

    def hold(self, reason: str) -> bool:
        return self._by_logind(reason) or any(
            self._by_session(DBusAddress(path, bus_name=name, interface=name), reason)
            for name, path in _SESSION_SERVICES
        )

    def _by_logind(self, reason: str) -> bool:
        address = DBusAddress(
            "/org/freedesktop/login1",
            bus_name="org.freedesktop.login1",
            interface="org.freedesktop.login1.Manager",
        )
        try:
            with open_dbus_connection("SYSTEM", enable_fds=True) as connection:
                body = ("sleep:idle", "Reelkey", reason, "block")
                answer = _ask(connection, new_method_call(address, "Inhibit", "ssss", body))
        except _NO_BUS:
            return False
        if answer is None or not answer.body or not isinstance(answer.body[0], FileDescriptor):
            return False
        self._logind = answer.body[0]  # held for as long as it is open
        return True

    def _by_session(self, address: DBusAddress, reason: str) -> bool:
        try:
            connection = open_dbus_connection("SESSION")
        except _NO_BUS:
            return False
        try:
            answer = _ask(connection, new_method_call(address, "Inhibit", "ss", ("Reelkey", reason)))
        except _NO_BUS:
            answer = None
        if answer is None:
            connection.close()
            return False
        self._connection = connection
        self._cookie = (address, int(answer.body[0]))
        return True

    def drop(self) -> None:
        if self._logind is not None:
            self._logind.close()
            self._logind = None
        if self._connection is not None and self._cookie is not None:
            (address, cookie), connection = self._cookie, self._connection
            self._connection = self._cookie = None
            with suppress(*_NO_BUS):
                _ask(connection, new_method_call(address, "UnInhibit", "u", (cookie,)))
            connection.close()


def _ask(connection: DBusConnection, call: Message) -> Message | None:
    """The answer to a call; None where the service says no or is not there."""
    answer = connection.send_and_get_reply(call, timeout=_BUS_WITHIN)
    return answer if answer.header.message_type is MessageType.method_return else None
