"""What was asked for can't be done: commands, addresses, links, settings."""

from __future__ import annotations

from app.domain.errors.root import EXIT_USAGE, ReelkeyError
from app.domain.words import N_


class UsageError(ReelkeyError):
    code = "usage"
    exit_code = EXIT_USAGE
    title_key = N_("This command is not understood")
    message_key = N_("{reason}")
    hint_key = N_("reelkey --help shows what there is")


class NothingToSend(UsageError):
    code = "nothing_to_send"
    title_key = N_("There is nothing to send")
    message_key = N_("What was chosen holds no file")
    hint_key = N_("Choose a film, a file, or a folder with files in it")


class TooMuchAtOnce(UsageError):
    """`reason`: what there is too much of, with its bound."""

    code = "too_much_at_once"
    title_key = N_("This is too much for one export")
    hint_key = N_("Choose less, and send the rest in an export of its own")


class QuestionOver(UsageError):
    """The window's question was answered already, or the process that asked it has ended since."""

    code = "question_over"
    title_key = N_("This question is over")
    message_key = N_("It was answered already, or the work behind the window began anew meanwhile")
    hint_key = N_("Press the button on the site again, or begin it here once more")


class TooManyLinks(UsageError):
    """`most` requests of links wait for their answers already."""

    code = "too_many_links"
    title_key = N_("Too many requests are waiting")
    message_key = N_("{most} requests wait for your answer; this one was not taken")
    hint_key = N_("Answer those first, then press the button on the site again")


class NoServer(ReelkeyError):
    code = "no_server"
    exit_code = EXIT_USAGE
    title_key = N_("No library is set")
    message_key = N_("This command needs a library and none is given or set")
    hint_key = N_("Give --server https://… or set one: reelkey settings set server.NAME https://…")


class ServerNotAllowed(ReelkeyError):
    code = "server_not_allowed"
    exit_code = EXIT_USAGE
    title_key = N_("This library address can't be used")
    message_key = N_("{server}: {reason}")
    hint_key = N_("An address is https://host[:port], or the name of a library in the settings")


class NotEncrypted(ReelkeyError):
    code = "not_encrypted"
    exit_code = EXIT_USAGE
    title_key = N_("The way to this library is not encrypted")
    message_key = N_("Your sign-in would cross the network in clear to {server}")
    hint_key = N_("Use https://, or say --yes if you know the network")


class NoToken(ReelkeyError):
    code = "no_token"
    exit_code = 4
    title_key = N_("You are not signed in")
    message_key = N_("There is no sign-in for {server}")
    hint_key = N_("Press the button on your studio's site again, or set REELKEY_TOKEN")


class LinkRefused(ReelkeyError):
    code = "link_refused"
    exit_code = EXIT_USAGE
    title_key = N_("This link is incomplete or not safe")
    message_key = N_("{which} is wrong; nothing was done")
    hint_key = N_("Press the button on the site again")


class LinkFieldRefused(LinkRefused):
    """The one link error that is raised: `which` field, and the `reason`, never the field's own text."""

    message_key = N_("What the link says of {which} can't be used: {reason}. Nothing was done")


class SettingRefused(ReelkeyError):
    code = "setting_refused"
    exit_code = EXIT_USAGE
    title_key = N_("This setting can't have that value")
    message_key = N_("{key}: {reason}")
    hint_key = N_("reelkey settings get shows all settings with their values")


class UnknownTask(ReelkeyError):
    code = "unknown_task"
    exit_code = EXIT_USAGE
    title_key = N_("There is no such film here")
    message_key = N_("{task_id} is not in the journal of this profile")
    hint_key = N_("reelkey tasks lists what there is")
