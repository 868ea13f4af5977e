"""This computer: keyring, journal, settings, screen."""

from __future__ import annotations

from app.domain.errors.root import EXIT_USAGE, ReelkeyError
from app.domain.words import N_


class KeyringLocked(ReelkeyError):
    code = "keyring_locked"
    retry = True
    title_key = N_("The keyring is not available")
    message_key = N_("What is kept in it can't be read: {reason}")
    hint_key = N_("Unlock the system's keyring and try again")


class SignInNotKept(ReelkeyError):
    """A keyring did not take a sign-in: it works, as long as this process does."""

    code = "sign_in_not_kept"
    retry = True
    title_key = N_("The keyring is not available")
    message_key = N_("Sign-in lasts until you quit: {reason}")
    hint_key = N_("Unlock the system's keyring to stay signed in")


class SignInNowhereKept(SignInNotKept):
    """There is no keyring."""

    hint_key = N_("Set up a keyring on this computer to stay signed in")


class JournalNewer(ReelkeyError):
    code = "journal_newer"
    title_key = N_("This profile was made by a newer Reelkey")
    message_key = N_("Its journal has version {found}, this Reelkey knows {known}")
    hint_key = N_("Update, then go on")


class JournalDamaged(ReelkeyError):
    code = "journal_damaged"
    title_key = N_("The journal of this profile can't be read")
    message_key = N_("{path}: {reason}")
    hint_key = N_("Nothing was changed. Keep a copy of the profile and send us the diagnostics")


class SchemeNotSet(ReelkeyError):
    code = "scheme_not_set"
    title_key = N_("Links from the browser can't be set up")
    message_key = N_("{reason}")
    hint_key = N_("Paste link in the window does the same: copy the link on the site, then paste it")


class WindowSilent(ReelkeyError):
    code = "window_silent"
    retry = True
    title_key = N_("Reelkey is open but does not answer")
    message_key = N_("The request was not taken within {seconds} s")
    hint_key = N_("Look at its window; close it if it hangs, then press the button on the site again")


class NoScreen(ReelkeyError):
    code = "no_screen"
    title_key = N_("No window can open here")
    message_key = N_("There is no screen (neither DISPLAY nor WAYLAND_DISPLAY is set)")
    hint_key = N_("reelkey --help shows what can be done in the terminal; reelkey open takes a link there")


class SettingsDamaged(ReelkeyError):
    code = "settings_damaged"
    exit_code = EXIT_USAGE
    title_key = N_("The settings can't be read")
    message_key = N_("{path}: {reason}. The file was left as it is")
    hint_key = N_("Mend it, or move it aside to begin with the defaults")


class ProfileKeyLost(ReelkeyError):
    """The key that seals the journal's secrets is gone or damaged. A new one is never made in its place."""

    code = "profile_key_lost"
    title_key = N_("The key of this profile is missing")
    message_key = N_("{place}: {reason}. Without it, what the journal keeps sealed can't be read")
    hint_key = N_("Bring it back from a backup, or begin with a new profile (--profile DIR)")


class SecretDamaged(ReelkeyError):
    code = "secret_damaged"
    title_key = N_("A secret in the journal can't be opened")
    message_key = N_("{what} was changed, or sealed with another key")
    hint_key = N_("Send or receive this film again")
